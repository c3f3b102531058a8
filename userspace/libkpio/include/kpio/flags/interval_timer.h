/* Generated from kernel_py/abi/flags.py; edit that and run `kpio abi`. */

/* Timers of a process. Made to be included by <sys/time.h>. */

#ifndef KPIO_FLAGS_INTERVAL_TIMER_H
#define KPIO_FLAGS_INTERVAL_TIMER_H

/* Of time as it passes; SIGALRM. */
#define ITIMER_REAL 0
/* Of time in user mode; SIGVTALRM. Not served yet: EINVAL. */
#define ITIMER_VIRTUAL 1
/* Of time the process has run; SIGPROF. Not served yet: EINVAL. */
#define ITIMER_PROF 2

#endif
