#ifndef _POLL_H
#define _POLL_H

#include <bits/sigset.h>
#include <bits/timespec.h>
#include <features.h>
#include <kpio/flags/poll.h>

__BEGIN_C

typedef unsigned long nfds_t;

struct pollfd {
    int fd;
    short events;
    short revents;
};

int poll(struct pollfd *fds, nfds_t count, int timeout);
int ppoll(struct pollfd *fds, nfds_t count, const struct timespec *timeout, const sigset_t *mask);

__END_C

#endif
