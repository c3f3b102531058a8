/* Generated from kernel_py/abi/flags.py; edit that and run `kpio abi`. */

/* Places in c_cc. Made to be included by <termios.h>. */

#ifndef KPIO_FLAGS_TERMINAL_CHARACTER_H
#define KPIO_FLAGS_TERMINAL_CHARACTER_H

/* How long a read waits for more bytes, in tenths of a second. */
#define VTIME 5
/* How many bytes a read waits for. */
#define VMIN 6

#endif
