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
    ),
    source="Linux eventfd(2)",
)

CALLS: Final = (POLL, EVENTFD)
