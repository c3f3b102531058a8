/* Generated from kernel_py/abi/flags.py; edit that and run `kpio abi`. */

/* What FACCESSAT asks for. Made to be included by <unistd.h>. */

#ifndef KPIO_FLAGS_ACCESS_H
#define KPIO_FLAGS_ACCESS_H

/* That there is such a file. */
#define F_OK 0x0
/* Executing; of a directory, searching. */
#define X_OK 0x1
/* Writing. */
#define W_OK 0x2
/* Reading. */
#define R_OK 0x4

#endif
