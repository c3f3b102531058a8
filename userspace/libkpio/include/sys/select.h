#ifndef _SYS_SELECT_H
#define _SYS_SELECT_H

#include <bits/sigset.h>
#include <bits/timespec.h>
#include <bits/timeval.h>
#include <features.h>

__BEGIN_C

#define FD_SETSIZE 1024

typedef unsigned long fd_mask;

typedef struct {
    unsigned long fds_bits[FD_SETSIZE / 8 / sizeof(long)];
} fd_set;

#define __FD_BITS (8 * sizeof(long))
#define FD_ZERO(set) \
    do { \
        for (unsigned long __i = 0; __i < FD_SETSIZE / __FD_BITS; __i++) \
            (set)->fds_bits[__i] = 0; \
    } while (0)
#define FD_SET(fd, set) ((set)->fds_bits[(fd) / __FD_BITS] |= 1UL << ((fd) % __FD_BITS))
#define FD_CLR(fd, set) ((set)->fds_bits[(fd) / __FD_BITS] &= ~(1UL << ((fd) % __FD_BITS)))
#define FD_ISSET(fd, set) (!!((set)->fds_bits[(fd) / __FD_BITS] & 1UL << ((fd) % __FD_BITS)))

int select(int count, fd_set *__restrict read, fd_set *__restrict write,
           fd_set *__restrict except, struct timeval *__restrict timeout);
int pselect(int count, fd_set *__restrict read, fd_set *__restrict write,
            fd_set *__restrict except, const struct timespec *__restrict timeout,
            const sigset_t *__restrict mask);

__END_C

#endif
