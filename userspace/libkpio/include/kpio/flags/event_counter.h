/* Generated from kernel_py/abi/flags.py; edit that and run `kpio abi`. */

/* How EVENTFD makes a counter. Made to be included by <sys/eventfd.h>. */

#ifndef KPIO_FLAGS_EVENT_COUNTER_H
#define KPIO_FLAGS_EVENT_COUNTER_H

/* A read takes 1, not everything. */
#define EFD_SEMAPHORE 01
/* Calls that would wait are refused. */
#define EFD_NONBLOCK 04000
/* The descriptor is not for a program that EXEC starts. */
#define EFD_CLOEXEC 02000000

#endif
