/* Generated from kernel_py/abi/flags.py; edit that and run `kpio abi`. */

/* What IOCTL does. Made to be included by <sys/ioctl.h>. */

#ifndef KPIO_FLAGS_IOCTL_REQUEST_H
#define KPIO_FLAGS_IOCTL_REQUEST_H

/* How the terminal treats its bytes, as a Termios. */
#define TCGETS 21505
/* Set that, at once. */
#define TCSETS 21506
/* Set that after what was written. As TCSETS: nothing lags. */
#define TCSETSW 21507
/* TCSETSW that drops input nobody has read. Not served yet: EINVAL. */
#define TCSETSF 21508
/* How large the terminal is, as a WinSize. */
#define TIOCGWINSZ 21523
/* How many bytes a read could take now, as an i32. */
#define FIONREAD 21531
/* Set O_NONBLOCK unless the i32 is 0. */
#define FIONBIO 21537
/* Clear FD_CLOEXEC. */
#define FIONCLEX 21584
/* Set FD_CLOEXEC. */
#define FIOCLEX 21585

#endif
