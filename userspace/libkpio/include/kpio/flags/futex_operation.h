/* Generated from kernel_py/abi/flags.py; edit that and run `kpio abi`. */

/* What FUTEX does. Made to be included by <linux/futex.h>. */

#ifndef KPIO_FLAGS_FUTEX_OPERATION_H
#define KPIO_FLAGS_FUTEX_OPERATION_H

/* Sleep if the word still has the value. */
#define FUTEX_WAIT 0
/* Wake sleepers. */
#define FUTEX_WAKE 1
/* Wake some, let others sleep on another word. */
#define FUTEX_REQUEUE 3
/* FUTEX_REQUEUE if the word still has the value. */
#define FUTEX_CMP_REQUEUE 4
/* FUTEX_WAIT with a mask and an absolute deadline. */
#define FUTEX_WAIT_BITSET 9
/* FUTEX_WAKE of the sleepers whose mask fits. */
#define FUTEX_WAKE_BITSET 10

#endif
