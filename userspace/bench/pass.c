/* See pass.h. */

#include "pass.h"

#include <errno.h>
#include <unistd.h>

#ifdef __kpio__

#include <kpio_channel.h>

#define ALL_RIGHTS                                                                                 \
    (KPIO_RIGHT_READ | KPIO_RIGHT_WRITE | KPIO_RIGHT_SEEK | KPIO_RIGHT_INSPECT |                   \
     KPIO_RIGHT_DUPLICATE | KPIO_RIGHT_TRANSFER | KPIO_RIGHT_REVOKE | KPIO_RIGHT_MAP |                   \
     KPIO_RIGHT_CHANGE)

long pass_open(int ends[2])
{
    struct kpio_channel_ends made;
    if (kpio_channel_create(&made, 0) != 0)
        return -errno;
    ends[0] = made.first;
    ends[1] = made.second;
    return 0;
}

long pass_send(int end, const void *bytes, size_t len, int handle)
{
    const struct kpio_sent_handle sent = {handle, HANDLE_MOVE, ALL_RIGHTS};
    return kpio_channel_send(end, bytes, len, &sent, 1, 0) == 0 ? 0 : -errno;
}

long pass_receive(int end, void *bytes, size_t len, int *handle)
{
    struct kpio_message_size size;
    if (kpio_channel_receive(end, bytes, len, handle, 1, &size) < 0)
        return -errno;
    return size.bytes == len && size.handles == 1 ? 0 : -EBADMSG;
}

#else

#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

long pass_open(int ends[2])
{
    return socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends) == 0 ? 0 : -errno;
}

union control {
    struct cmsghdr header;
    char bytes[CMSG_SPACE(sizeof(int))];
};

long pass_send(int end, const void *bytes, size_t len, int handle)
{
    union control control = {0};
    struct iovec piece = {(void *)bytes, len};
    struct msghdr message = {
        .msg_iov = &piece,
        .msg_iovlen = 1,
        .msg_control = &control,
        .msg_controllen = sizeof(control.bytes),
    };
    control.header.cmsg_len = CMSG_LEN(sizeof(int));
    control.header.cmsg_level = SOL_SOCKET;
    control.header.cmsg_type = SCM_RIGHTS;
    memcpy(CMSG_DATA(&control.header), &handle, sizeof(handle));
    if (sendmsg(end, &message, 0) != (ssize_t)len)
        return -errno;
    /* The sender's own is a copy. */
    return close(handle) == 0 ? 0 : -errno;
}

long pass_receive(int end, void *bytes, size_t len, int *handle)
{
    union control control;
    struct iovec piece = {bytes, len};
    struct msghdr message = {
        .msg_iov = &piece,
        .msg_iovlen = 1,
        .msg_control = &control,
        .msg_controllen = sizeof(control.bytes),
    };
    if (recvmsg(end, &message, 0) != (ssize_t)len)
        return -errno;
    if (message.msg_controllen < CMSG_LEN(sizeof(int)) || control.header.cmsg_type != SCM_RIGHTS)
        return -EBADMSG;
    memcpy(handle, CMSG_DATA(&control.header), sizeof(*handle));
    return 0;
}

#endif
