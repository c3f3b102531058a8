#ifndef _SYS_EPOLL_H
#define _SYS_EPOLL_H

#include <bits/sigset.h>
#include <bits/timespec.h>
#include <features.h>
#include <kpio/flags/epoll.h>
#include <kpio/flags/epoll_create.h>
#include <kpio/flags/epoll_operation.h>
#include <stdint.h>

__BEGIN_C

typedef union epoll_data {
    void *ptr;
    int fd;
    uint32_t u32;
    uint64_t u64;
} epoll_data_t;

struct epoll_event {
    uint32_t events;
    epoll_data_t data;
} __attribute__((packed));

int epoll_create(int size);
int epoll_create1(int flags);
int epoll_ctl(int epfd, int operation, int fd, struct epoll_event *event);
int epoll_wait(int epfd, struct epoll_event *events, int count, int timeout);
int epoll_pwait(int epfd, struct epoll_event *events, int count, int timeout, const sigset_t *mask);
int epoll_pwait2(int epfd, struct epoll_event *events, int count, const struct timespec *timeout,
    const sigset_t *mask);

__END_C

#endif
