#ifndef _TIME_H
#define _TIME_H

#include <bits/timespec.h>
#include <bits/types.h>
#include <features.h>
#include <kpio/flags/clock.h>
#include <kpio/flags/timer.h>

__BEGIN_C

struct itimerspec {
    struct timespec it_interval;
    struct timespec it_value;
};

#define CLOCKS_PER_SEC 1000000L

clock_t clock(void);
int clock_getres(clockid_t clock, struct timespec *resolution);
int clock_gettime(clockid_t clock, struct timespec *time);
int clock_nanosleep(clockid_t clock, int flags, const struct timespec *request,
                    struct timespec *remaining);
int nanosleep(const struct timespec *request, struct timespec *remaining);

__END_C

#endif
