/* Generated from kernel_py/abi/flags.py; edit that and run `kpio abi`. */

/* What an epoll waits for. Made to be included by <sys/epoll.h>. */

#ifndef KPIO_FLAGS_EPOLL_H
#define KPIO_FLAGS_EPOLL_H

/* A read would not wait. */
#define EPOLLIN 0x1
/* There is something urgent; nothing has that yet. */
#define EPOLLPRI 0x2
/* A write would not wait. */
#define EPOLLOUT 0x4
/* Using it fails; of a pipe: nobody can read. Not waited for. */
#define EPOLLERR 0x8
/* The other side is gone. Not waited for. */
#define EPOLLHUP 0x10
/* The same as EPOLLIN. */
#define EPOLLRDNORM 0x40
/* Never comes. */
#define EPOLLRDBAND 0x80
/* The same as EPOLLOUT. */
#define EPOLLWRNORM 0x100
/* Never comes. */
#define EPOLLWRBAND 0x200
/* Never comes. */
#define EPOLLMSG 0x400
/* The other side sends nothing more; nothing tells that yet. */
#define EPOLLRDHUP 0x2000
/* Not all epolls that watch it need to be told. Not served yet: EINVAL. */
#define EPOLLEXCLUSIVE 0x10000000
/* The machine stays awake meanwhile: it always does. */
#define EPOLLWAKEUP 0x20000000
/* Told of once, and then not until EPOLL_CTL_MOD. */
#define EPOLLONESHOT 0x40000000
/* Told of when something changes, not while it is so. */
#define EPOLLET 0x80000000U

#endif
