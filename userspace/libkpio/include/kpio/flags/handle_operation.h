/* Generated from kernel_py/abi/flags.py; edit that and run `kpio abi`. */

/* What becomes of a handle that is sent. */

#ifndef KPIO_FLAGS_HANDLE_OPERATION_H
#define KPIO_FLAGS_HANDLE_OPERATION_H

/* It is the receiver's; the sender has it no longer. */
#define HANDLE_MOVE 0
/* The receiver's descends from it; the sender keeps it. */
#define HANDLE_COPY 1

#endif
