/* Generated from kernel_py/abi/flags.py; edit that and run `kpio abi`. */

/* Which children WAITID waits for. Made to be included by <sys/wait.h>. */

#ifndef KPIO_FLAGS_WAIT_ID_H
#define KPIO_FLAGS_WAIT_ID_H

/* Any. */
#define P_ALL 0
/* The one of this number. */
#define P_PID 1
/* Those of this process group; 0: of the caller's. */
#define P_PGID 2

#endif
