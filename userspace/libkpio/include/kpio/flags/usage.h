/* Generated from kernel_py/abi/flags.py; edit that and run `kpio abi`. */

/* Whose usage GETRUSAGE tells. Made to be included by <sys/resource.h>. */

#ifndef KPIO_FLAGS_USAGE_H
#define KPIO_FLAGS_USAGE_H

/* The process's. */
#define RUSAGE_SELF 0
/* That of the children it has waited for, and of theirs. */
#define RUSAGE_CHILDREN -1
/* The thread's. */
#define RUSAGE_THREAD 1

#endif
