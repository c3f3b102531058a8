"""Waiting for one of several descriptors, and what is made to be waited for."""

from typing import Final

from kernel_py.abi.syscalls.call import (
    Argument,
    Direction,
    ErrorCase,
    Kind,
    Syscall,
)

POLL_MAX: Final = 1024
"""Descriptors one POLL looks at: as many as a process can have."""

POLL: Final = Syscall(
    35,
    "POLL",
    "Wait until one of several descriptors is ready, and say which are.",
    (
        Argument(
            "fds",
            Kind.ARRAY,
            "The descriptors, with what is waited for; `revents` of each is written.",
            direction=Direction.IN_OUT,
            target="PollFd",
            length="count",
            max_count=POLL_MAX,
        ),
        Argument("count", Kind.COUNT, "How many descriptors.", unit="descriptors"),
        Argument(
            "timeout",
            Kind.STRUCT,
            "How long to wait; 0: without end.",
            direction=Direction.IN,
            target="Timespec",
            is_nullable=True,
        ),
        Argument(
            "mask",
            Kind.STRUCT,
            "Signals to be held back meanwhile; 0: as before.",
            direction=Direction.IN,
            target="u64",
            is_nullable=True,
        ),
    ),
    returns="How many descriptors have `revents`; 0 after `timeout`.",
    errors=(
        ErrorCase("EFAULT", "`fds`, `timeout` or `mask` is no memory of the process."),
        ErrorCase("EINTR", "A signal was handled before one was ready."),
        ErrorCase("EINVAL", "`count` is more than 1024, or `timeout` is no span of time."),
        ErrorCase("ENOMEM", "The kernel has no memory for the list."),
    ),
    source='POSIX "ppoll"; Linux poll(2)',
)

EVENTFD: Final = Syscall(
    87,
    "EVENTFD",
    "Make an event counter. WRITE adds a number of eight bytes to its count, waiting while that is "
    "too much; READ waits for a count, gives it and leaves 0, with EFD_SEMAPHORE gives 1 and "
    "leaves the rest.",
    (
        Argument("count", Kind.U32, "What it begins with.", unit="events"),
        Argument("flags", Kind.U32, "How.", unit="EFD_* flags"),
    ),
    returns="The new descriptor, the lowest free number.",
    errors=(
        ErrorCase("EINVAL", "A flag is unknown."),
        ErrorCase("EMFILE", "The process has as many descriptors as it may have."),
        ErrorCase("ENOMEM", "The kernel has no memory for it."),
    ),
    source="Linux eventfd(2)",
)

EPOLL_MAX_EVENTS: Final = (2**31 - 1) // 12
"""Events one EPOLL_PWAIT gives: Linux's `EP_MAX_EVENTS`."""

EPOLL_CREATE1: Final = Syscall(
    91,
    "EPOLL_CREATE1",
    "Make an epoll: watches over descriptors, which can be waited for together. It can be watched "
    "itself, by POLL and by other epolls.",
    (Argument("flags", Kind.U32, "How.", unit="EPOLL_CLOEXEC or 0"),),
    returns="The new descriptor, the lowest free number.",
    errors=(
        ErrorCase("EINVAL", "A flag is unknown."),
        ErrorCase("EMFILE", "The process has as many descriptors as it may have."),
        ErrorCase("ENOMEM", "The kernel has no memory for it."),
    ),
    source="Linux epoll_create(2)",
)

EPOLL_CTL: Final = Syscall(
    92,
    "EPOLL_CTL",
    "Add, change or remove an epoll's watch over a descriptor. A watch is of the descriptor's "
    "object under this number; it goes with the last descriptor of the object, in any process.",
    (
        Argument("epfd", Kind.FD, "The epoll."),
        Argument("operation", Kind.U32, "What to do.", unit="EPOLL_CTL_ADD, DEL or MOD"),
        Argument("fd", Kind.FD, "The descriptor that is watched."),
        Argument(
            "event",
            Kind.STRUCT,
            "What to wait for, and the word to be told with it; EPOLL_CTL_DEL does not look at it.",
            direction=Direction.IN,
            target="EpollEvent",
            is_deferred=True,
        ),
    ),
    returns="0.",
    rights=("WRITE",),
    errors=(
        ErrorCase("EBADF", "`epfd` or `fd` is not open, or `epfd` has not the right WRITE."),
        ErrorCase("EEXIST", "EPOLL_CTL_ADD, and `fd` is watched already."),
        ErrorCase("EFAULT", "`event` cannot be read by the process."),
        ErrorCase(
            "EINVAL",
            "`epfd` is no epoll, or the same as `fd`; `operation` is unknown; `event` has unknown "
            "events or EPOLLEXCLUSIVE; or an argument does not hold a number of 32 bits.",
        ),
        ErrorCase(
            "ELOOP",
            "`fd` is an epoll that `epfd` is watched by, or more than 5 epolls would watch one "
            "another in a row.",
        ),
        ErrorCase("ENOENT", "EPOLL_CTL_MOD or EPOLL_CTL_DEL, and `fd` is not watched."),
        ErrorCase("ENOMEM", "The kernel has no memory for the watch."),
        ErrorCase("ENOSPC", "There are as many watches in the system as there may be."),
        ErrorCase("EPERM", "`fd` is of a kind that is always ready, such as a file."),
    ),
    source="Linux epoll_ctl(2), epoll(7)",
    not_yet=("EPOLLEXCLUSIVE: EINVAL",),
)

EPOLL_PWAIT: Final = Syscall(
    93,
    "EPOLL_PWAIT",
    "Wait until something comes that an epoll watches for, and say what. Who was told of longest "
    "ago comes first.",
    (
        Argument("epfd", Kind.FD, "The epoll."),
        Argument(
            "events",
            Kind.ARRAY,
            "What has come.",
            direction=Direction.OUT,
            target="EpollEvent",
            length="count",
            max_count=EPOLL_MAX_EVENTS,
        ),
        Argument("count", Kind.COUNT, "How many there is room for, at least 1.", unit="events"),
        Argument(
            "timeout",
            Kind.STRUCT,
            "How long to wait; 0: without end.",
            direction=Direction.IN,
            target="Timespec",
            is_nullable=True,
        ),
        Argument(
            "mask",
            Kind.STRUCT,
            "Signals to be held back meanwhile; 0: as before.",
            direction=Direction.IN,
            target="u64",
            is_nullable=True,
        ),
    ),
    returns="How many events; 0 after `timeout`.",
    rights=("READ",),
    errors=(
        ErrorCase("EBADF", "`epfd` is not open, or has not the right READ."),
        ErrorCase(
            "EFAULT",
            "`events`, `timeout` or `mask` is no memory of the process. What could not be told is "
            "told by the next call.",
        ),
        ErrorCase("EINTR", "A signal was handled before something came."),
        ErrorCase(
            "EINVAL",
            "`epfd` is no epoll, `count` is 0 or more than 178956970, or `timeout` is no span of "
            "time.",
        ),
    ),
    source="Linux epoll_pwait2(2)",
)

CALLS: Final = (POLL, EVENTFD, EPOLL_CREATE1, EPOLL_CTL, EPOLL_PWAIT)
