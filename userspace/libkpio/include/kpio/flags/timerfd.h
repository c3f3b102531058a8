/* Generated from kernel_py/abi/flags.py; edit that and run `kpio abi`. */

/* How TIMERFD_CREATE makes a timer. Made to be included by <sys/timerfd.h>. */

#ifndef KPIO_FLAGS_TIMERFD_H
#define KPIO_FLAGS_TIMERFD_H

/* The descriptor is not for a program that EXEC starts. */
#define TFD_CLOEXEC 02000000
/* Fail with EAGAIN instead of waiting. */
#define TFD_NONBLOCK 04000

#endif
