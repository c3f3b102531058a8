/* Generated from kernel_py/abi/flags.py; edit that and run `kpio abi`. */

/* How a mapping changes its size. Made to be included by <sys/mman.h>. */

#ifndef KPIO_FLAGS_MREMAP_H
#define KPIO_FLAGS_MREMAP_H

/* It may move if there is no room. */
#define MREMAP_MAYMOVE 0x1
/* It moves to the given address, replacing what is there. */
#define MREMAP_FIXED 0x2

#endif
