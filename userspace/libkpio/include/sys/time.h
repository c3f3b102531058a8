#ifndef _SYS_TIME_H
#define _SYS_TIME_H

#include <features.h>
#include <kpio/flags/interval_timer.h>
#include <sys/select.h>

__BEGIN_C

struct itimerval {
    struct timeval it_interval;
    struct timeval it_value;
};

int getitimer(int which, struct itimerval *current);
int setitimer(int which, const struct itimerval *__restrict new_time,
              struct itimerval *__restrict old_time);

__END_C

#endif
