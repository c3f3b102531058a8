/* Generated from kernel_py/abi/flags.py; edit that and run `kpio abi`. */

/* What a fault was, by signal. Made to be included by <signal.h>. */

#ifndef KPIO_FLAGS_FAULT_CODE_H
#define KPIO_FLAGS_FAULT_CODE_H

/* SIGILL: the operands are not allowed. */
#define ILL_ILLOPN 0x2
/* SIGFPE: division by zero, or overflow. */
#define FPE_INTDIV 0x1
/* SIGFPE: a floating-point operation. */
#define FPE_FLTINV 0x7
/* SIGSEGV: nothing is mapped there. */
#define SEGV_MAPERR 0x1
/* SIGSEGV: the page does not allow it. */
#define SEGV_ACCERR 0x2
/* SIGBUS: misaligned. */
#define BUS_ADRALN 0x1
/* SIGBUS: there is no memory for the address. */
#define BUS_ADRERR 0x2
/* SIGTRAP: a breakpoint. */
#define TRAP_BRKPT 0x1
/* SIGTRAP: a single step. */
#define TRAP_TRACE 0x2

#endif
