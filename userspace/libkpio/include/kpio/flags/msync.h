/* Generated from kernel_py/abi/flags.py; edit that and run `kpio abi`. */

/* How a mapping is made safe. Made to be included by <sys/mman.h>. */

#ifndef KPIO_FLAGS_MSYNC_H
#define KPIO_FLAGS_MSYNC_H

/* Soon. */
#define MS_ASYNC 0x1
/* Other mappings see it. They always do. */
#define MS_INVALIDATE 0x2
/* Before the call returns. */
#define MS_SYNC 0x4

#endif
