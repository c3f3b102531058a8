/* Generated from kernel_py/abi/flags.py; edit that and run `kpio abi`. */

/* Clocks. Made to be included by <time.h>. */

#ifndef KPIO_FLAGS_CLOCK_H
#define KPIO_FLAGS_CLOCK_H

/* Time since 1970-01-01 00:00:00 UTC. */
#define CLOCK_REALTIME 0
/* Time since the kernel was entered; never steps back. */
#define CLOCK_MONOTONIC 1
/* Time the process has run; SLEEP: EINVAL. */
#define CLOCK_PROCESS_CPUTIME_ID 2
/* Time the thread has run; SLEEP: EINVAL. */
#define CLOCK_THREAD_CPUTIME_ID 3
/* The same as CLOCK_MONOTONIC. */
#define CLOCK_MONOTONIC_RAW 4
/* The same as CLOCK_REALTIME. */
#define CLOCK_REALTIME_COARSE 5
/* The same as CLOCK_MONOTONIC. */
#define CLOCK_MONOTONIC_COARSE 6
/* The same as CLOCK_MONOTONIC: the machine never suspends. */
#define CLOCK_BOOTTIME 7

#endif
