/* Generated from kernel_py/abi/flags.py; edit that and run `kpio abi`. */

/* How a file is opened. Made to be included by <fcntl.h>. */

#ifndef KPIO_FLAGS_OPEN_H
#define KPIO_FLAGS_OPEN_H

/* For reading. */
#define O_RDONLY 0
/* For writing. */
#define O_WRONLY 01
/* For reading and writing. */
#define O_RDWR 02
/* Mask of the access mode. As in musl it contains O_PATH; the kernel compares the low two bits. */
#define O_ACCMODE 010000003
/* Make the file if there is none. */
#define O_CREAT 0100
/* With O_CREAT: refuse a file that exists. */
#define O_EXCL 0200
/* Do not become the terminal's session. Always so. */
#define O_NOCTTY 0400
/* Drop the content. */
#define O_TRUNC 01000
/* Every write goes to the end. */
#define O_APPEND 02000
/* Do not wait: EAGAIN instead. */
#define O_NONBLOCK 04000
/* A write returns when its data is on the medium. */
#define O_DSYNC 010000
/* Signal when ready. Not served yet: ignored. */
#define O_ASYNC 020000
/* Bypass the cache. Not served yet: ignored. */
#define O_DIRECT 040000
/* Always so; accepted for its name. */
#define O_LARGEFILE 0100000
/* Refuse what is not a directory. */
#define O_DIRECTORY 0200000
/* Refuse a symbolic link as the last name. */
#define O_NOFOLLOW 0400000
/* Leave the time of the last reading alone. */
#define O_NOATIME 01000000
/* A process that is spawned does not get the descriptor. */
#define O_CLOEXEC 02000000
/* O_DSYNC for attributes too. */
#define O_SYNC 04010000
/* The same as O_SYNC. */
#define O_RSYNC 04010000
/* A place in the tree, not its content. */
#define O_PATH 010000000
/* A file without a name. Not served yet: EOPNOTSUPP. */
#define O_TMPFILE 020200000

#endif
