/* Generated from kernel_py/abi/flags.py; edit that and run `kpio abi`. */

/* How a signal is handled. Made to be included by <signal.h>. */

#ifndef KPIO_FLAGS_SIGACTION_H
#define KPIO_FLAGS_SIGACTION_H

/* SIGCHLD is for children that end, not for those that stop or go on. */
#define SA_NOCLDSTOP 0x1
/* Children that end are forgotten at once. */
#define SA_NOCLDWAIT 0x2
/* The handler takes three arguments. It always gets them. */
#define SA_SIGINFO 0x4
/* The handler runs on the alternate stack. */
#define SA_ONSTACK 0x8000000
/* Calls that were interrupted go on, where they can. */
#define SA_RESTART 0x10000000
/* The signal is not blocked while its handler runs. */
#define SA_NODEFER 0x40000000
/* The handler runs once; then the default is back. */
#define SA_RESETHAND 0x80000000U
/* The action names the code that a handler returns to. Must be set. */
#define SA_RESTORER 0x4000000

#endif
