/* Generated from kernel_py/abi/flags.py; edit that and run `kpio abi`. */

/* How EPOLL_CREATE1 makes an epoll. Made to be included by <sys/epoll.h>. */

#ifndef KPIO_FLAGS_EPOLL_CREATE_H
#define KPIO_FLAGS_EPOLL_CREATE_H

/* The descriptor is not for a program that EXEC starts. */
#define EPOLL_CLOEXEC 02000000

#endif
