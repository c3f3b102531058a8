/* Generated from kernel_py/abi/flags.py; edit that and run `kpio abi`. */

/* What EPOLL_CTL does. Made to be included by <sys/epoll.h>. */

#ifndef KPIO_FLAGS_EPOLL_OPERATION_H
#define KPIO_FLAGS_EPOLL_OPERATION_H

/* Watch a descriptor. */
#define EPOLL_CTL_ADD 1
/* Watch it no longer. */
#define EPOLL_CTL_DEL 2
/* Change what is waited for; EPOLLONESHOT begins again. */
#define EPOLL_CTL_MOD 3

#endif
