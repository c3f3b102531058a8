/* Generated from kernel_py/abi/flags.py; edit that and run `kpio abi`. */

/* Why a signal was sent. Made to be included by <signal.h>. */

#ifndef KPIO_FLAGS_SIGNAL_CODE_H
#define KPIO_FLAGS_SIGNAL_CODE_H

/* By KILL. */
#define SI_USER 0
/* By the kernel. */
#define SI_KERNEL 128
/* By SIGQUEUE. */
#define SI_QUEUE -1
/* A timer is over. */
#define SI_TIMER -2
/* By TGKILL. */
#define SI_TKILL -6

#endif
