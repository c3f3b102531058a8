#ifndef _STRINGS_H
#define _STRINGS_H

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

__END_C

#endif
