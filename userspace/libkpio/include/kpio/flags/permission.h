/* Generated from kernel_py/abi/flags.py; edit that and run `kpio abi`. */

/* Permission bits, in st_mode. Made to be included by <sys/stat.h>. */

#ifndef KPIO_FLAGS_PERMISSION_H
#define KPIO_FLAGS_PERMISSION_H

/* Runs as its owner. */
#define S_ISUID 04000
/* Runs as its group. */
#define S_ISGID 02000
/* In a directory: only an owner removes his files. */
#define S_ISVTX 01000
/* Mask of the owner's bits. */
#define S_IRWXU 0700
/* The owner may read. */
#define S_IRUSR 0400
/* The owner may write. */
#define S_IWUSR 0200
/* The owner may execute. */
#define S_IXUSR 0100
/* Mask of the group's bits. */
#define S_IRWXG 070
/* The group may read. */
#define S_IRGRP 040
/* The group may write. */
#define S_IWGRP 020
/* The group may execute. */
#define S_IXGRP 010
/* Mask of everybody else's bits. */
#define S_IRWXO 07
/* Everybody else may read. */
#define S_IROTH 04
/* Everybody else may write. */
#define S_IWOTH 02
/* Everybody else may execute. */
#define S_IXOTH 01

#endif
