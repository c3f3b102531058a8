/* Generated from kernel_py/abi/flags.py; edit that and run `kpio abi`. */

/* What a program says about its use of memory. Made to be included by <sys/mman.h>. */

#ifndef KPIO_FLAGS_MADVISE_H
#define KPIO_FLAGS_MADVISE_H

/* Nothing special. Advice only. */
#define MADV_NORMAL 0
/* No order. Advice only. */
#define MADV_RANDOM 1
/* In order. Advice only. */
#define MADV_SEQUENTIAL 2
/* Soon. Advice only. */
#define MADV_WILLNEED 3
/* Drop private pages; they come anew at the next touch. */
#define MADV_DONTNEED 4
/* Drop private pages at once, as MADV_DONTNEED does. */
#define MADV_FREE 8
/* Not for children. Not served yet: EINVAL. */
#define MADV_DONTFORK 10
/* Large pages. Advice only. */
#define MADV_HUGEPAGE 14
/* Small pages. Advice only. */
#define MADV_NOHUGEPAGE 15
/* Not in a dump; there is none. Advice only. */
#define MADV_DONTDUMP 16
/* In a dump; there is none. Advice only. */
#define MADV_DODUMP 17
/* Not soon. Advice only. */
#define MADV_COLD 20
/* Not for long. Advice only. */
#define MADV_PAGEOUT 21

#endif
