"""Channels: messages of bytes and handles, from one end to the other."""

from typing import Final

from kernel_py.abi.syscalls.call import (
    Argument,
    Direction,
    ErrorCase,
    Kind,
    Syscall,
)

CHANNEL_MESSAGE_BYTES: Final = 65536
"""Bytes of one message."""
CHANNEL_MESSAGE_HANDLES: Final = 64
"""Handles of one message."""
CHANNEL_QUEUE_BYTES: Final = 4 * CHANNEL_MESSAGE_BYTES
"""Bytes of all messages that wait at one end."""
CHANNEL_QUEUE_MESSAGES: Final = 256
"""Messages that wait at one end."""
HANDLES_IN_FLIGHT: Final = 1024
"""Handles in messages that one process has sent and nobody has received."""

CHANNEL_CREATE: Final = Syscall(
    88,
    "CHANNEL_CREATE",
    "Make a channel: a message that is sent at its one end is received at the other, whole and in "
    "order. Both descriptors are the lowest free numbers.",
    (
        Argument(
            "ends",
            Kind.STRUCT,
            "The descriptors.",
            direction=Direction.OUT,
            target="ChannelEnds",
        ),
        Argument("flags", Kind.U32, "How to open them.", unit="O_CLOEXEC, O_NONBLOCK"),
    ),
    returns="0.",
    errors=(
        ErrorCase("EFAULT", "`ends` cannot be written by the process."),
        ErrorCase("EINVAL", "Another flag is set."),
        ErrorCase("EMFILE", "The process cannot have two more descriptors."),
        ErrorCase("ENOMEM", "The kernel has no memory for the channel."),
    ),
    source='Fuchsia "zx_channel_create"',
)

CHANNEL_SEND: Final = Syscall(
    89,
    "CHANNEL_SEND",
    "Send a message to the other end of a channel: bytes, and handles. All of it is sent, or "
    "nothing is, and every handle stays. It waits while the other end has 256 messages, or has no "
    "room for the bytes among its 262144. No signal comes when the other end is gone.",
    (
        Argument("fd", Kind.FD, "An end of a channel."),
        Argument("bytes", Kind.BUFFER, "The bytes.", direction=Direction.IN, length="len"),
        Argument("len", Kind.LENGTH, "How many; 0 is a message too.", unit="bytes"),
        Argument(
            "handles",
            Kind.ARRAY,
            "The handles, and what the receiver may do with them.",
            direction=Direction.IN,
            target="SentHandle",
            length="count",
            max_count=CHANNEL_MESSAGE_HANDLES,
        ),
        Argument("count", Kind.COUNT, "How many.", unit="handles"),
        Argument("flags", Kind.U32, "Nothing yet.", unit="0"),
    ),
    returns="0.",
    errors=(
        ErrorCase("EAGAIN", "It would wait, and O_NONBLOCK is set."),
        ErrorCase(
            "EBADF",
            "`fd` is not open, was revoked or has not the right WRITE, or becomes so while the "
            "call waits; or a handle to be sent is not open, was revoked, or has not the right "
            "TRANSFER, nor, to be copied, the right DUPLICATE.",
        ),
        ErrorCase("EFAULT", "`bytes` or `handles` cannot be read by the process."),
        ErrorCase("EINTR", "A signal was handled while the call waited."),
        ErrorCase(
            "EINVAL",
            "`fd` is no channel; `count` is more than 64; a flag is set; an operation is unknown, "
            "`rights` has a bit that is no right of a handle, a handle is to be moved twice, or "
            "the other end is the kernel's, which takes none.",
        ),
        ErrorCase(
            "ELOOP",
            "A handle is for an end of a channel in whose messages, or in the messages of ends in "
            "those, the receiving end is: nobody could ever reach either.",
        ),
        ErrorCase("EMSGSIZE", "`len` is more than 65536."),
        ErrorCase("ENFILE", "Too many handles stem from the same one."),
        ErrorCase("ENOMEM", "The kernel has no memory for the message."),
        ErrorCase("EPIPE", "The other end is gone."),
        ErrorCase(
            "ETOOMANYREFS",
            "1024 handles that the process has sent would be in messages, or the ends of channels "
            "among the handles hold more than 1024 others.",
        ),
    ),
    rights=("WRITE",),
    source='Fuchsia "zx_channel_write_etc"; Linux unix(7), SCM_RIGHTS',
    is_restarted=True,
)

CHANNEL_RECEIVE: Final = Syscall(
    90,
    "CHANNEL_RECEIVE",
    "Receive the first message at an end of a channel. Its handles become descriptors, the lowest "
    "free numbers, with FD_CLOEXEC and the rights they were sent with. A message that does not "
    "fit, or cannot be stored, stays the first.",
    (
        Argument("fd", Kind.FD, "An end of a channel."),
        Argument(
            "bytes",
            Kind.BUFFER,
            "Where the bytes go.",
            direction=Direction.OUT,
            length="capacity",
        ),
        Argument("capacity", Kind.LENGTH, "How many there is room for.", unit="bytes"),
        Argument(
            "handles",
            Kind.ARRAY,
            "Where the descriptors go.",
            direction=Direction.OUT,
            target="i32",
            length="count",
            max_count=CHANNEL_MESSAGE_HANDLES,
        ),
        Argument("count", Kind.COUNT, "How many there is room for.", unit="handles"),
        Argument(
            "size",
            Kind.STRUCT,
            "What the message has: written with EMSGSIZE too.",
            direction=Direction.OUT,
            target="MessageSize",
        ),
    ),
    returns="How many bytes the message has.",
    errors=(
        ErrorCase("EAGAIN", "There is no message, and O_NONBLOCK is set."),
        ErrorCase(
            "EBADF",
            "`fd` is not open, was revoked or has not the right READ, or becomes so while the "
            "call waits.",
        ),
        ErrorCase("EFAULT", "`bytes`, `handles` or `size` cannot be written by the process."),
        ErrorCase("EINTR", "A signal was handled while the call waited."),
        ErrorCase("EINVAL", "`fd` is no channel, or `count` is more than 64."),
        ErrorCase("EMFILE", "The process cannot have that many more descriptors."),
        ErrorCase("EMSGSIZE", "The message has more bytes or handles than there is room for."),
        ErrorCase("ENOMEM", "The kernel has no memory for the descriptors."),
        ErrorCase("EPIPE", "There is no message, and the other end is gone."),
    ),
    rights=("READ",),
    source='Fuchsia "zx_channel_read_etc"; Linux recvmsg(2)',
    is_restarted=True,
)

CALLS: Final = (
    CHANNEL_CREATE,
    CHANNEL_SEND,
    CHANNEL_RECEIVE,
)
