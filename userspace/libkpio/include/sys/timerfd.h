#ifndef _SYS_TIMERFD_H
#define _SYS_TIMERFD_H

#include <features.h>
#include <kpio/flags/timerfd.h>
#include <kpio/flags/timerfd_time.h>
#include <time.h>

__BEGIN_C

int timerfd_create(int clock, int flags);
int timerfd_settime(int fd, int flags, const struct itimerspec *new_time,
                    struct itimerspec *old_time);
int timerfd_gettime(int fd, struct itimerspec *current);

__END_C

#endif
