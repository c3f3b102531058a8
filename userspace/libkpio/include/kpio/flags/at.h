/* Generated from kernel_py/abi/flags.py; edit that and run `kpio abi`. */

/* How a path that counts from a directory is followed. Made to be included by <fcntl.h>. */

#ifndef KPIO_FLAGS_AT_H
#define KPIO_FLAGS_AT_H

/* A symbolic link at the end is what is meant. */
#define AT_SYMLINK_NOFOLLOW 0x100
/* UNLINKAT: remove a directory. */
#define AT_REMOVEDIR 0x200
/* FACCESSAT: by the effective user. */
#define AT_EACCESS 0x200
/* LINKAT: follow a symbolic link at the end. */
#define AT_SYMLINK_FOLLOW 0x400
/* FSTATAT: accepted; nothing is mounted by itself. */
#define AT_NO_AUTOMOUNT 0x800
/* An empty path means the descriptor itself. */
#define AT_EMPTY_PATH 0x1000

#endif
