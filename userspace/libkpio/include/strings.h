#ifndef _STRINGS_H
#define _STRINGS_H

#include <bits/locale.h>
#include <bits/types.h>
#include <features.h>

__BEGIN_C

int bcmp(const void *left, const void *right, size_t len);
void bcopy(const void *source, void *target, size_t len);
void bzero(void *target, size_t len);
int strcasecmp(const char *left, const char *right);
int strncasecmp(const char *left, const char *right, size_t limit);
int ffs(int value);
int ffsl(long value);
int ffsll(long long value);

char *index(const char *text, int byte);
char *rindex(const char *text, int byte);
int strcasecmp_l(const char *left, const char *right, locale_t locale);
int strncasecmp_l(const char *left, const char *right, size_t limit, locale_t locale);

__END_C

#endif
