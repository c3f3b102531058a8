/* Generated from kernel_py/abi/flags.py; edit that and run `kpio abi`. */

/* Flags of a file system, in f_flags. Made to be included by <sys/statvfs.h>. */

#ifndef KPIO_FLAGS_FILE_SYSTEM_H
#define KPIO_FLAGS_FILE_SYSTEM_H

/* It is read-only. */
#define ST_RDONLY 0x1

#endif
