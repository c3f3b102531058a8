/* Generated from kernel_py/abi/flags.py; edit that and run `kpio abi`. */

/* How GET_RANDOM behaves. Made to be included by <sys/random.h>. */

#ifndef KPIO_FLAGS_RANDOM_H
#define KPIO_FLAGS_RANDOM_H

/* Do not wait for entropy: EAGAIN instead. */
#define GRND_NONBLOCK 0x1
/* Accepted; there is one source. */
#define GRND_RANDOM 0x2
/* Accepted; there is one source. */
#define GRND_INSECURE 0x4

#endif
