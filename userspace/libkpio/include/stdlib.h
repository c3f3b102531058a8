#ifndef _STDLIB_H
#define _STDLIB_H

#include <bits/types.h>
#include <features.h>

#ifndef NULL
#include <stddef.h>
#endif

__BEGIN_C

#define EXIT_SUCCESS 0
#define EXIT_FAILURE 1

void *malloc(size_t len);
void *calloc(size_t count, size_t size);
void *realloc(void *start, size_t len);
void *reallocarray(void *start, size_t count, size_t size);
void free(void *start);
void *aligned_alloc(size_t align, size_t len);
int posix_memalign(void **result, size_t align, size_t len);

_Noreturn void exit(int status);
_Noreturn void quick_exit(int status);
_Noreturn void _Exit(int status);
_Noreturn void abort(void);
int atexit(void (*function)(void));
int at_quick_exit(void (*function)(void));

char *realpath(const char *__restrict_c path, char *__restrict_c resolved);
char *getenv(const char *name);

long strtol(const char *__restrict_c text, char **__restrict_c end, int base);
long long strtoll(const char *__restrict_c text, char **__restrict_c end, int base);
unsigned long strtoul(const char *__restrict_c text, char **__restrict_c end, int base);
unsigned long long strtoull(const char *__restrict_c text, char **__restrict_c end, int base);
double strtod(const char *__restrict_c text, char **__restrict_c end);
float strtof(const char *__restrict_c text, char **__restrict_c end);
long double strtold(const char *__restrict_c text, char **__restrict_c end);
double atof(const char *text);
int atoi(const char *text);
long atol(const char *text);
long long atoll(const char *text);
int abs(int value);
long labs(long value);
long long llabs(long long value);

__END_C

#endif
