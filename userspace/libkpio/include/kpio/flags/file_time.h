/* Generated from kernel_py/abi/flags.py; edit that and run `kpio abi`. */

/* Nanoseconds that mean something else, for UTIMENSAT. Made to be included by <sys/stat.h>. */

#ifndef KPIO_FLAGS_FILE_TIME_H
#define KPIO_FLAGS_FILE_TIME_H

/* The time is now. */
#define UTIME_NOW 1073741823
/* The time stays as it is. */
#define UTIME_OMIT 1073741822

#endif
