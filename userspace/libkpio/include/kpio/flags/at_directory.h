/* Generated from kernel_py/abi/flags.py; edit that and run `kpio abi`. */

/* Where a path begins, in place of a descriptor. Made to be included by <fcntl.h>. */

#ifndef KPIO_FLAGS_AT_DIRECTORY_H
#define KPIO_FLAGS_AT_DIRECTORY_H

/* At the working directory. */
#define AT_FDCWD -100

#endif
