#ifndef _SYS_UIO_H
#define _SYS_UIO_H

#include <bits/types.h>
#include <features.h>
#include <kpio/limits.h>

__BEGIN_C

#define UIO_MAXIOV IOV_MAX

struct iovec {
    void *iov_base;
    size_t iov_len;
};

ssize_t readv(int fd, const struct iovec *pieces, int count);
ssize_t writev(int fd, const struct iovec *pieces, int count);
ssize_t preadv(int fd, const struct iovec *pieces, int count, off_t offset);
ssize_t pwritev(int fd, const struct iovec *pieces, int count, off_t offset);

__END_C

#endif
