/* Generated from kernel_py/abi/flags.py; edit that and run `kpio abi`. */

/* Signal numbers: what ended a process, in the status WAIT gives. Made to be included by
 * <signal.h>. */

#ifndef KPIO_FLAGS_SIGNAL_H
#define KPIO_FLAGS_SIGNAL_H

/* Executed an instruction that does not exist or is not its to use. */
#define SIGILL 4
/* Executed a breakpoint. */
#define SIGTRAP 5
/* Gave itself up. */
#define SIGABRT 6
/* Used an address no memory can be provided for, or a misaligned one. */
#define SIGBUS 7
/* Divided by zero, or overflowed in a division. */
#define SIGFPE 8
/* Was ended by another. */
#define SIGKILL 9
/* Used an address that is not its own, or not in this way. */
#define SIGSEGV 11
/* Made a system call it may not make. */
#define SIGSYS 31

#endif
