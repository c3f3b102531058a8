#ifndef _STRING_H
#define _STRING_H

#include <bits/locale.h>
#include <bits/types.h>
#include <features.h>
#include <strings.h>

#ifndef NULL
#include <stddef.h>
#endif

__BEGIN_C

void *memcpy(void *__restrict_c target, const void *__restrict_c source, size_t len);
void *mempcpy(void *__restrict_c target, const void *__restrict_c source, size_t len);
void *memmove(void *target, const void *source, size_t len);
void *memset(void *target, int byte, size_t len);
int memcmp(const void *left, const void *right, size_t len);
void *memchr(const void *memory, int byte, size_t len);
void *memrchr(const void *memory, int byte, size_t len);
void *memmem(const void *memory, size_t len, const void *wanted, size_t wanted_len);

void *memccpy(void *__restrict_c target, const void *__restrict_c source, int byte, size_t len);
void explicit_bzero(void *target, size_t len);

size_t strlen(const char *text);
size_t strnlen(const char *text, size_t limit);
int strcmp(const char *left, const char *right);
int strncmp(const char *left, const char *right, size_t limit);
int strcoll(const char *left, const char *right);
char *strcpy(char *__restrict_c target, const char *__restrict_c source);
char *strncpy(char *__restrict_c target, const char *__restrict_c source, size_t len);
char *stpcpy(char *__restrict_c target, const char *__restrict_c source);
char *stpncpy(char *__restrict_c target, const char *__restrict_c source, size_t len);
char *strcat(char *__restrict_c target, const char *__restrict_c source);
char *strncat(char *__restrict_c target, const char *__restrict_c source, size_t limit);
size_t strlcpy(char *target, const char *source, size_t room);
size_t strlcat(char *target, const char *source, size_t room);
char *strchr(const char *text, int byte);
char *strchrnul(const char *text, int byte);
char *strrchr(const char *text, int byte);
char *strstr(const char *text, const char *wanted);
size_t strspn(const char *text, const char *members);
size_t strcspn(const char *text, const char *members);
char *strpbrk(const char *text, const char *members);
char *strtok_r(char *__restrict_c text, const char *__restrict_c separators,
               char **__restrict_c rest);
char *strtok(char *__restrict_c text, const char *__restrict_c separators);
char *strcasestr(const char *text, const char *wanted);
int strverscmp(const char *left, const char *right);
size_t strxfrm(char *__restrict_c target, const char *__restrict_c source, size_t room);
size_t strxfrm_l(char *__restrict_c target, const char *__restrict_c source, size_t room,
                 locale_t locale);
int strcoll_l(const char *left, const char *right, locale_t locale);
char *strerror_l(int number, locale_t locale);
char *strsep(char **text, const char *separators);
char *strdup(const char *text);
char *strndup(const char *text, size_t limit);
char *strerror(int number);
int strerror_r(int number, char *text, size_t room);

__END_C

#endif
