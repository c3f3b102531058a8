/* Generated from kernel_py/abi/flags.py; edit that and run `kpio abi`. */

/* What a lock of FCNTL keeps others from. Made to be included by <fcntl.h>. */

#ifndef KPIO_FLAGS_FILE_LOCK_H
#define KPIO_FLAGS_FILE_LOCK_H

/* Locks of F_WRLCK; the descriptor must be open for reading. */
#define F_RDLCK 0
/* Every lock; the descriptor must be open for writing. */
#define F_WRLCK 1
/* Nothing: it is given back. */
#define F_UNLCK 2

#endif
