/* Generated from kernel_py/abi/memory.py; edit that and run `kpio abi`. */

/* The memory layout as a program sees it: page size, and what it may map. */

#ifndef KPIO_MEMORY_H
#define KPIO_MEMORY_H

/* Size of a page and of a frame. In bytes. */
#define KPIO_PAGE_SIZE 0x1000UL
/* Lowest address a process may map. What lies below stays unmapped, so that a null pointer with a
 * small offset always faults. */
#define KPIO_USER_MIN 0x10000UL
/* Where the text of a fixed-address program starts, and where a static-PIE is loaded. */
#define KPIO_USER_TEXT_BASE 0x400000UL
/* Where the search for free space begins: MMAP without MAP_FIXED grows down from here. */
#define KPIO_USER_MMAP_TOP 0x7FFF00000000UL
/* Where every program finds a ClockPage, to read the clock without a call. */
#define KPIO_USER_CLOCK_PAGE 0x7FFF00001000UL
/* First address after the main thread's stack. */
#define KPIO_USER_STACK_TOP 0x7FFFFFFFF000UL
/* Size of the main thread's stack. The page below it is never mapped. In bytes. */
#define KPIO_USER_STACK_SIZE 0x800000UL
/* First address after everything a process may map. The last canonical page below the hole stays
 * unmapped, so that SYSRET never returns to a non-canonical address. */
#define KPIO_USER_END 0x7FFFFFFFF000UL
/* Most that argv, envp, auxv and their strings may take: a quarter of the stack. In bytes. */
#define KPIO_START_MAX_BYTES 0x200000UL
/* Longest single string of argv or envp, with its final zero. In bytes. */
#define KPIO_START_MAX_STRING_BYTES 0x20000UL

#endif
