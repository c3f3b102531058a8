/* Generated from kernel_py/abi/flags.py; edit that and run `kpio abi`. */

/* Signal numbers; 32 to 64 are the real-time ones. Made to be included by <signal.h>. */

#ifndef KPIO_FLAGS_SIGNAL_H
#define KPIO_FLAGS_SIGNAL_H

/* The terminal is gone, or the leader of the session. */
#define SIGHUP 1
/* Interrupted from the terminal. */
#define SIGINT 2
/* Ended from the terminal. */
#define SIGQUIT 3
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
/* Is ended by another; cannot be caught. */
#define SIGKILL 9
/* What the program makes of it. */
#define SIGUSR1 10
/* Used an address that is not its own, or not in this way. */
#define SIGSEGV 11
/* What the program makes of it. */
#define SIGUSR2 12
/* Wrote where nobody reads. */
#define SIGPIPE 13
/* A timer is over. */
#define SIGALRM 14
/* Is asked to end. */
#define SIGTERM 15
/* Never sent by the kernel. */
#define SIGSTKFLT 16
/* A child ended, stopped or went on. */
#define SIGCHLD 17
/* Goes on, if it was stopped. */
#define SIGCONT 18
/* Stops; cannot be caught. */
#define SIGSTOP 19
/* Is stopped from the terminal. */
#define SIGTSTP 20
/* Read from the terminal in the background. */
#define SIGTTIN 21
/* Wrote to the terminal in the background. */
#define SIGTTOU 22
/* Urgent data on a socket. */
#define SIGURG 23
/* Used its processor time up. */
#define SIGXCPU 24
/* Wrote beyond its limit of file sizes. */
#define SIGXFSZ 25
/* A timer of its processor time is over. */
#define SIGVTALRM 26
/* A profiling timer is over. */
#define SIGPROF 27
/* The terminal has another size. */
#define SIGWINCH 28
/* A descriptor is ready. */
#define SIGIO 29
/* Power fails. */
#define SIGPWR 30
/* Made a system call it may not make. */
#define SIGSYS 31

#endif
