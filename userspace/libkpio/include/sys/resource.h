#ifndef _SYS_RESOURCE_H
#define _SYS_RESOURCE_H

#include <bits/timeval.h>
#include <bits/types.h>
#include <features.h>
#include <kpio/flags/priority.h>
#include <kpio/flags/usage.h>

__BEGIN_C

#define PRIO_MIN (-20)
#define PRIO_MAX 20

struct rusage {
    struct timeval ru_utime;
    struct timeval ru_stime;
    long ru_maxrss;
    long ru_ixrss;
    long ru_idrss;
    long ru_isrss;
    long ru_minflt;
    long ru_majflt;
    long ru_nswap;
    long ru_inblock;
    long ru_oublock;
    long ru_msgsnd;
    long ru_msgrcv;
    long ru_nsignals;
    long ru_nvcsw;
    long ru_nivcsw;
    long __reserved[16];
};

int getrusage(int who, struct rusage *usage);
int getpriority(int which, id_t who);
int setpriority(int which, id_t who, int nice);

__END_C

#endif
