#ifndef _WCHAR_H
#define _WCHAR_H

#include <bits/locale.h>
#include <bits/types.h>
#include <bits/wchar.h>
#include <features.h>
#include <stdio.h>
#include <wctype.h>

__BEGIN_C

#ifndef WCHAR_MAX
#define WCHAR_MAX __WCHAR_MAX__
#define WCHAR_MIN (-WCHAR_MAX - 1)
#endif

typedef struct {
    unsigned __opaque[2];
} mbstate_t;

struct tm;

size_t wcslen(const wchar_t *text);
size_t wcsnlen(const wchar_t *text, size_t limit);
int wcscmp(const wchar_t *left, const wchar_t *right);
int wcsncmp(const wchar_t *left, const wchar_t *right, size_t limit);
int wcscasecmp(const wchar_t *left, const wchar_t *right);
int wcsncasecmp(const wchar_t *left, const wchar_t *right, size_t limit);
int wcscasecmp_l(const wchar_t *left, const wchar_t *right, locale_t locale);
int wcsncasecmp_l(const wchar_t *left, const wchar_t *right, size_t limit, locale_t locale);
int wcscoll(const wchar_t *left, const wchar_t *right);
int wcscoll_l(const wchar_t *left, const wchar_t *right, locale_t locale);
size_t wcsxfrm(wchar_t *__restrict_c target, const wchar_t *__restrict_c source, size_t room);
size_t wcsxfrm_l(wchar_t *__restrict_c target, const wchar_t *__restrict_c source, size_t room,
                 locale_t locale);
wchar_t *wcscpy(wchar_t *__restrict_c target, const wchar_t *__restrict_c source);
wchar_t *wcsncpy(wchar_t *__restrict_c target, const wchar_t *__restrict_c source, size_t len);
wchar_t *wcpcpy(wchar_t *__restrict_c target, const wchar_t *__restrict_c source);
wchar_t *wcpncpy(wchar_t *__restrict_c target, const wchar_t *__restrict_c source, size_t len);
wchar_t *wcscat(wchar_t *__restrict_c target, const wchar_t *__restrict_c source);
wchar_t *wcsncat(wchar_t *__restrict_c target, const wchar_t *__restrict_c source, size_t limit);
wchar_t *wcschr(const wchar_t *text, wchar_t wanted);
wchar_t *wcsrchr(const wchar_t *text, wchar_t wanted);
size_t wcsspn(const wchar_t *text, const wchar_t *members);
size_t wcscspn(const wchar_t *text, const wchar_t *members);
wchar_t *wcspbrk(const wchar_t *text, const wchar_t *members);
wchar_t *wcsstr(const wchar_t *text, const wchar_t *wanted);
wchar_t *wcswcs(const wchar_t *text, const wchar_t *wanted);
wchar_t *wcstok(wchar_t *__restrict_c text, const wchar_t *__restrict_c separators,
                wchar_t **__restrict_c rest);
wchar_t *wcsdup(const wchar_t *text);
wchar_t *wmemchr(const wchar_t *array, wchar_t wanted, size_t len);
int wmemcmp(const wchar_t *left, const wchar_t *right, size_t len);
wchar_t *wmemcpy(wchar_t *__restrict_c target, const wchar_t *__restrict_c source, size_t len);
wchar_t *wmemmove(wchar_t *target, const wchar_t *source, size_t len);
wchar_t *wmemset(wchar_t *target, wchar_t wide, size_t len);

wint_t btowc(int byte);
int wctob(wint_t wide);
int mbsinit(const mbstate_t *state);
size_t mbrlen(const char *__restrict_c bytes, size_t limit, mbstate_t *__restrict_c state);
size_t mbrtowc(wchar_t *__restrict_c wide, const char *__restrict_c bytes, size_t limit,
               mbstate_t *__restrict_c state);
size_t wcrtomb(char *__restrict_c bytes, wchar_t wide, mbstate_t *__restrict_c state);
size_t mbsrtowcs(wchar_t *__restrict_c target, const char **__restrict_c source, size_t room,
                 mbstate_t *__restrict_c state);
size_t mbsnrtowcs(wchar_t *__restrict_c target, const char **__restrict_c source, size_t limit,
                  size_t room, mbstate_t *__restrict_c state);
size_t wcsrtombs(char *__restrict_c target, const wchar_t **__restrict_c source, size_t room,
                 mbstate_t *__restrict_c state);
size_t wcsnrtombs(char *__restrict_c target, const wchar_t **__restrict_c source, size_t limit,
                  size_t room, mbstate_t *__restrict_c state);
int wcwidth(wchar_t wide);
int wcswidth(const wchar_t *text, size_t limit);

long wcstol(const wchar_t *__restrict_c text, wchar_t **__restrict_c end, int base);
long long wcstoll(const wchar_t *__restrict_c text, wchar_t **__restrict_c end, int base);
unsigned long wcstoul(const wchar_t *__restrict_c text, wchar_t **__restrict_c end, int base);
unsigned long long wcstoull(const wchar_t *__restrict_c text, wchar_t **__restrict_c end, int base);
float wcstof(const wchar_t *__restrict_c text, wchar_t **__restrict_c end);
double wcstod(const wchar_t *__restrict_c text, wchar_t **__restrict_c end);
long double wcstold(const wchar_t *__restrict_c text, wchar_t **__restrict_c end);

int fwide(FILE *file, int mode);
wint_t fgetwc(FILE *file);
wint_t getwc(FILE *file);
wint_t getwchar(void);
wint_t ungetwc(wint_t wide, FILE *file);
wint_t fputwc(wchar_t wide, FILE *file);
wint_t putwc(wchar_t wide, FILE *file);
wint_t putwchar(wchar_t wide);
wchar_t *fgetws(wchar_t *__restrict_c place, int room, FILE *__restrict_c file);
int fputws(const wchar_t *__restrict_c text, FILE *__restrict_c file);
wint_t fgetwc_unlocked(FILE *file);
wint_t getwc_unlocked(FILE *file);
wint_t getwchar_unlocked(void);
wint_t fputwc_unlocked(wchar_t wide, FILE *file);
wint_t putwc_unlocked(wchar_t wide, FILE *file);
wint_t putwchar_unlocked(wchar_t wide);
wchar_t *fgetws_unlocked(wchar_t *__restrict_c place, int room, FILE *__restrict_c file);
int fputws_unlocked(const wchar_t *__restrict_c text, FILE *__restrict_c file);

int wprintf(const wchar_t *__restrict_c format, ...);
int fwprintf(FILE *__restrict_c file, const wchar_t *__restrict_c format, ...);
int swprintf(wchar_t *__restrict_c place, size_t room, const wchar_t *__restrict_c format, ...);
int vwprintf(const wchar_t *__restrict_c format, __builtin_va_list arguments);
int vfwprintf(FILE *__restrict_c file, const wchar_t *__restrict_c format,
              __builtin_va_list arguments);
int vswprintf(wchar_t *__restrict_c place, size_t room, const wchar_t *__restrict_c format,
              __builtin_va_list arguments);

__END_C

#endif
