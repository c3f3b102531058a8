/* Generated from kernel_py/abi/flags.py; edit that and run `kpio abi`. */

/* What POLL waits for. Made to be included by <poll.h>. */

#ifndef KPIO_FLAGS_POLL_H
#define KPIO_FLAGS_POLL_H

/* A read would not wait. */
#define POLLIN 0x1
/* There is something urgent; nothing has that yet. */
#define POLLPRI 0x2
/* A write would not wait. */
#define POLLOUT 0x4
/* Using it fails; of a pipe: nobody can read. Not waited for. */
#define POLLERR 0x8
/* The other side is gone. Not waited for. */
#define POLLHUP 0x10
/* The descriptor is not open. Not waited for. */
#define POLLNVAL 0x20
/* The same as POLLIN. */
#define POLLRDNORM 0x40
/* Never comes. */
#define POLLRDBAND 0x80
/* The same as POLLOUT. */
#define POLLWRNORM 0x100
/* Never comes. */
#define POLLWRBAND 0x200
/* Never comes. */
#define POLLMSG 0x400
/* The other side sends nothing more; nothing tells that yet. */
#define POLLRDHUP 0x2000

#endif
