/* Generated from kernel_py/abi/flags.py; edit that and run `kpio abi`. */

/* Kind of a mapping. Made to be included by <sys/mman.h>. */

#ifndef KPIO_FLAGS_MAP_H
#define KPIO_FLAGS_MAP_H

/* Changes are seen by every holder. */
#define MAP_SHARED 0x1
/* Changes are the process's own. */
#define MAP_PRIVATE 0x2
/* MAP_SHARED that refuses unknown flags. */
#define MAP_SHARED_VALIDATE 0x3
/* Mask of the three above. */
#define MAP_TYPE 0xF
/* At the given address, replacing what is there. */
#define MAP_FIXED 0x10
/* Zeroed memory, no file. */
#define MAP_ANONYMOUS 0x20
/* A stack that grows by itself. Not served yet: ENOSYS. */
#define MAP_GROWSDOWN 0x100
/* Never paged out. Always so; pages are provided at once. */
#define MAP_LOCKED 0x2000
/* Promise no memory ahead of its use. */
#define MAP_NORESERVE 0x4000
/* Provide all pages at once, as far as memory goes. */
#define MAP_POPULATE 0x8000
/* The memory will be a stack. Advice only. */
#define MAP_STACK 0x20000
/* At the given address, EEXIST if something is there. */
#define MAP_FIXED_NOREPLACE 0x100000

#endif
