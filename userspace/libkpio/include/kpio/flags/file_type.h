/* Generated from kernel_py/abi/flags.py; edit that and run `kpio abi`. */

/* Type of a file, in st_mode. Made to be included by <sys/stat.h>. */

#ifndef KPIO_FLAGS_FILE_TYPE_H
#define KPIO_FLAGS_FILE_TYPE_H

/* Mask of the type. */
#define S_IFMT 0170000
/* Pipe. */
#define S_IFIFO 010000
/* Character device. */
#define S_IFCHR 020000
/* Directory. */
#define S_IFDIR 040000
/* Block device. */
#define S_IFBLK 060000
/* Regular file. */
#define S_IFREG 0100000
/* Symbolic link. */
#define S_IFLNK 0120000
/* Socket. */
#define S_IFSOCK 0140000

#endif
