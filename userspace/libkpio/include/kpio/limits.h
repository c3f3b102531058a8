/* Generated from kernel_py/abi/syscalls/; edit that and run `kpio abi`. */

/* Limits of the calls. Made to be included by <limits.h>. */

#ifndef KPIO_LIMITS_H
#define KPIO_LIMITS_H

/* Most pieces of one WRITEV. */
#define IOV_MAX 1024
/* Longest path in bytes, with its final zero. */
#define PATH_MAX 4096
/* Longest write to a pipe that arrives as a whole, in bytes. */
#define PIPE_BUF 4096
/* Most bytes of one message of a channel. */
#define KPIO_CHANNEL_MESSAGE_BYTES 65536
/* Most handles of one message of a channel. */
#define KPIO_CHANNEL_MESSAGE_HANDLES 64

#endif
