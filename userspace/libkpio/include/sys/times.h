#ifndef _SYS_TIMES_H
#define _SYS_TIMES_H

#include <bits/types.h>
#include <features.h>

__BEGIN_C

struct tms {
    clock_t tms_utime;
    clock_t tms_stime;
    clock_t tms_cutime;
    clock_t tms_cstime;
};

clock_t times(struct tms *times);

__END_C

#endif
