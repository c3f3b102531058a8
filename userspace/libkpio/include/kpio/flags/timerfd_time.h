/* Generated from kernel_py/abi/flags.py; edit that and run `kpio abi`. */

/* How TIMERFD_SETTIME reads its time. Made to be included by <sys/timerfd.h>. */

#ifndef KPIO_FLAGS_TIMERFD_TIME_H
#define KPIO_FLAGS_TIMERFD_TIME_H

/* The time is a point on the clock, not a span. */
#define TFD_TIMER_ABSTIME 0x1
/* Cancel it when the clock is set: no call sets one. */
#define TFD_TIMER_CANCEL_ON_SET 0x2

#endif
