/* Generated from kernel_py/abi/flags.py; edit that and run `kpio abi`. */

/* Type of a file, in d_type. Made to be included by <dirent.h>. */

#ifndef KPIO_FLAGS_ENTRY_TYPE_H
#define KPIO_FLAGS_ENTRY_TYPE_H

/* The directory does not say. */
#define DT_UNKNOWN 0
/* Pipe. */
#define DT_FIFO 1
/* Character device. */
#define DT_CHR 2
/* Directory. */
#define DT_DIR 4
/* Block device. */
#define DT_BLK 6
/* Regular file. */
#define DT_REG 8
/* Symbolic link. */
#define DT_LNK 10
/* Socket. */
#define DT_SOCK 12

#endif
