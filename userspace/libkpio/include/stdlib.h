#ifndef _STDLIB_H
#define _STDLIB_H

#include <bits/types.h>
#include <bits/wchar.h>
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
int system(const char *command);
char *getenv(const char *name);
int setenv(const char *name, const char *value, int overwrites);
int unsetenv(const char *name);
int putenv(char *entry);
int clearenv(void);

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
size_t __ctype_get_mb_cur_max(void);
#define MB_CUR_MAX (__ctype_get_mb_cur_max())

int mblen(const char *bytes, size_t limit);
int mbtowc(wchar_t *__restrict_c wide, const char *__restrict_c bytes, size_t limit);
int wctomb(char *bytes, wchar_t wide);
size_t mbstowcs(wchar_t *__restrict_c target, const char *__restrict_c source, size_t room);
size_t wcstombs(char *__restrict_c target, const wchar_t *__restrict_c source, size_t room);

#define RAND_MAX 0x7fffffff

int rand(void);
void srand(unsigned seed);
int rand_r(unsigned *seed);
long random(void);
void srandom(unsigned seed);
char *initstate(unsigned seed, char *state, size_t len);
char *setstate(char *state);
double drand48(void);
double erand48(unsigned short state[3]);
long lrand48(void);
long nrand48(unsigned short state[3]);
long mrand48(void);
long jrand48(unsigned short state[3]);
void srand48(long seed);
unsigned short *seed48(unsigned short state[3]);
void lcong48(unsigned short parameters[7]);

void qsort(void *start, size_t count, size_t size, int (*compare)(const void *, const void *));
void qsort_r(void *start, size_t count, size_t size,
             int (*compare)(const void *, const void *, void *), void *argument);
void *bsearch(const void *key, const void *start, size_t count, size_t size,
              int (*compare)(const void *, const void *));

char *mktemp(char *path);
int mkstemp(char *path);
int mkostemp(char *path, int flags);
int mkstemps(char *path, int suffix_len);
int mkostemps(char *path, int suffix_len, int flags);
char *mkdtemp(char *path);

typedef struct {
    int quot;
    int rem;
} div_t;
typedef struct {
    long quot;
    long rem;
} ldiv_t;
typedef struct {
    long long quot;
    long long rem;
} lldiv_t;

div_t div(int dividend, int divisor);
ldiv_t ldiv(long dividend, long divisor);
lldiv_t lldiv(long long dividend, long long divisor);
int abs(int value);
long labs(long value);
long long llabs(long long value);

__END_C

#endif
