/* Generated from kernel_py/abi/flags.py; edit that and run `kpio abi`. */

/* Where SEEK counts from. Made to be included by <unistd.h>. */

#ifndef KPIO_FLAGS_SEEK_H
#define KPIO_FLAGS_SEEK_H

/* The beginning. */
#define SEEK_SET 0
/* The position of the descriptor. */
#define SEEK_CUR 1
/* The end. */
#define SEEK_END 2

#endif
