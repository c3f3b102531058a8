/* Generated from kernel_py/abi/flags.py; edit that and run `kpio abi`. */

/* A descriptor's own flags. Made to be included by <fcntl.h>. */

#ifndef KPIO_FLAGS_FCNTL_DESCRIPTOR_H
#define KPIO_FLAGS_FCNTL_DESCRIPTOR_H

/* A process that is spawned does not get the descriptor. */
#define FD_CLOEXEC 0x1

#endif
