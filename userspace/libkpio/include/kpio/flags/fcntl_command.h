/* Generated from kernel_py/abi/flags.py; edit that and run `kpio abi`. */

/* What FCNTL does. Made to be included by <fcntl.h>. */

#ifndef KPIO_FLAGS_FCNTL_COMMAND_H
#define KPIO_FLAGS_FCNTL_COMMAND_H

/* A second descriptor, from the argument's number on. */
#define F_DUPFD 0
/* The descriptor's own flags. */
#define F_GETFD 1
/* Set them. */
#define F_SETFD 2
/* The access mode and the flags that all its duplicates share. */
#define F_GETFL 3
/* Set those of them that may change: O_APPEND, O_NONBLOCK. */
#define F_SETFL 4
/* What keeps the process from locking bytes of a file. */
#define F_GETLK 5
/* Lock bytes of a file for the process, or unlock them. */
#define F_SETLK 6
/* F_SETLK that waits. */
#define F_SETLKW 7
/* F_GETLK for the open file description. */
#define F_OFD_GETLK 36
/* F_SETLK for the open file description. */
#define F_OFD_SETLK 37
/* F_SETLKW for the open file description. */
#define F_OFD_SETLKW 38
/* F_DUPFD with FD_CLOEXEC set. */
#define F_DUPFD_CLOEXEC 1030
/* Set how many bytes a pipe has room for. */
#define F_SETPIPE_SZ 1031
/* How many bytes a pipe has room for. */
#define F_GETPIPE_SZ 1032

#endif
