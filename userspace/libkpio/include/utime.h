#ifndef _UTIME_H
#define _UTIME_H

#include <bits/types.h>
#include <features.h>

__BEGIN_C

struct utimbuf {
    time_t actime;
    time_t modtime;
};

int utime(const char *path, const struct utimbuf *times);

__END_C

#endif
