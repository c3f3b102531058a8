/* Generated from kernel_py/abi/flags.py; edit that and run `kpio abi`. */

/* State of the alternate signal stack. Made to be included by <signal.h>. */

#ifndef KPIO_FLAGS_SIGALTSTACK_H
#define KPIO_FLAGS_SIGALTSTACK_H

/* It is in use. */
#define SS_ONSTACK 0x1
/* There is none. */
#define SS_DISABLE 0x2

#endif
