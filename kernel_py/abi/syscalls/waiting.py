"""Waiting for one of several descriptors."""

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

CALLS: Final = (POLL,)
