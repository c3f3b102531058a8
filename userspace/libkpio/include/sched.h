#ifndef _SCHED_H
#define _SCHED_H

#include <features.h>

__BEGIN_C

int sched_yield(void);

__END_C

#endif
