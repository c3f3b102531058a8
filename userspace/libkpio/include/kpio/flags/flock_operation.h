/* Generated from kernel_py/abi/flags.py; edit that and run `kpio abi`. */

/* What FLOCK does. Made to be included by <sys/file.h>. */

#ifndef KPIO_FLAGS_FLOCK_OPERATION_H
#define KPIO_FLAGS_FLOCK_OPERATION_H

/* Lock against those who want it alone. */
#define LOCK_SH 0x1
/* Lock against all others. */
#define LOCK_EX 0x2
/* Fail with EAGAIN instead of waiting. */
#define LOCK_NB 0x4
/* Unlock. */
#define LOCK_UN 0x8

#endif
