/* Generated from kernel_py/abi/flags.py; edit that and run `kpio abi`. */

/* How WAIT waits. Made to be included by <sys/wait.h>. */

#ifndef KPIO_FLAGS_WAIT_H
#define KPIO_FLAGS_WAIT_H

/* Return 0 at once if no child has ended. */
#define WNOHANG 0x1
/* Report stopped children too. Not served yet: EINVAL. */
#define WUNTRACED 0x2
/* Report continued children too. Not served yet: EINVAL. */
#define WCONTINUED 0x8

#endif
