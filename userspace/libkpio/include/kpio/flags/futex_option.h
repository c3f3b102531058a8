/* Generated from kernel_py/abi/flags.py; edit that and run `kpio abi`. */

/* Bits that go with a FUTEX operation. Made to be included by <linux/futex.h>. */

#ifndef KPIO_FLAGS_FUTEX_OPTION_H
#define KPIO_FLAGS_FUTEX_OPTION_H

/* The word is not shared with another process. */
#define FUTEX_PRIVATE_FLAG 0x80
/* The deadline is of CLOCK_REALTIME. */
#define FUTEX_CLOCK_REALTIME 0x100
/* Mask of the operation without these bits. */
#define FUTEX_CMD_MASK 0xFFFFFE7FU
/* The mask that fits every other mask. */
#define FUTEX_BITSET_MATCH_ANY 0xFFFFFFFFU

#endif
