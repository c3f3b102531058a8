/* Generated from kernel_py/abi/flags.py; edit that and run `kpio abi`. */

/* What happened to a child. Made to be included by <signal.h>. */

#ifndef KPIO_FLAGS_CHILD_CODE_H
#define KPIO_FLAGS_CHILD_CODE_H

/* It ended itself. */
#define CLD_EXITED 1
/* A signal ended it. */
#define CLD_KILLED 2
/* A signal ended it, and there is a dump. Never so. */
#define CLD_DUMPED 3
/* It is traced. Never so. */
#define CLD_TRAPPED 4
/* It stopped. */
#define CLD_STOPPED 5
/* It goes on. */
#define CLD_CONTINUED 6

#endif
