/* Generated from kernel_py/abi/flags.py; edit that and run `kpio abi`. */

/* How SIGPROCMASK changes the mask. Made to be included by <signal.h>. */

#ifndef KPIO_FLAGS_SIGPROCMASK_H
#define KPIO_FLAGS_SIGPROCMASK_H

/* Block these too. */
#define SIG_BLOCK 0
/* Block these no longer. */
#define SIG_UNBLOCK 1
/* Block these alone. */
#define SIG_SETMASK 2

#endif
