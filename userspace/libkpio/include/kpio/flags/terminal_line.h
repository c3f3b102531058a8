/* Generated from kernel_py/abi/flags.py; edit that and run `kpio abi`. */

/* The line of a terminal, in c_cflag. Made to be included by <termios.h>. */

#ifndef KPIO_FLAGS_TERMINAL_LINE_H
#define KPIO_FLAGS_TERMINAL_LINE_H

/* Bytes of eight bits. */
#define CS8 060
/* Input is received. */
#define CREAD 0200
/* There is no modem. */
#define CLOCAL 04000
/* 115200 bits a second. */
#define B115200 010002

#endif
