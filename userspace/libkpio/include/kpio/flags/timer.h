/* Generated from kernel_py/abi/flags.py; edit that and run `kpio abi`. */

/* How SLEEP reads its time. Made to be included by <time.h>. */

#ifndef KPIO_FLAGS_TIMER_H
#define KPIO_FLAGS_TIMER_H

/* The time is a point on the clock, not a span. */
#define TIMER_ABSTIME 0x1

#endif
