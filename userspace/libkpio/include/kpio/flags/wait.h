/* Generated from kernel_py/abi/flags.py; edit that and run `kpio abi`. */

/* What WAIT and WAITID wait for, and how. Made to be included by <sys/wait.h>. */

#ifndef KPIO_FLAGS_WAIT_H
#define KPIO_FLAGS_WAIT_H

/* Return 0 at once if there is nothing to report. */
#define WNOHANG 0x1
/* Report children that stopped, too. */
#define WUNTRACED 0x2
/* WUNTRACED by the name WAITID has for it. */
#define WSTOPPED 0x2
/* WAITID: report children that ended. WAIT always does. */
#define WEXITED 0x4
/* Report children that go on, too. */
#define WCONTINUED 0x8
/* WAITID: leave the child as it is, to be waited for again. */
#define WNOWAIT 0x1000000

#endif
