"""Pipes."""

from typing import Final

from kernel_py.abi.syscalls.call import (
    Argument,
    Direction,
    ErrorCase,
    Kind,
    Syscall,
)

PIPE2: Final = Syscall(
    30,
    "PIPE2",
    "Make a pipe: bytes that are written to its one end come out of the other, in order. Both "
    "descriptors are the lowest free numbers. At most PIPE_BUF bytes of one write stay together.",
    (
        Argument(
            "ends",
            Kind.STRUCT,
            "The descriptors.",
            direction=Direction.OUT,
            target="PipeEnds",
        ),
        Argument("flags", Kind.U32, "How to open them.", unit="O_CLOEXEC, O_NONBLOCK"),
    ),
    returns="0.",
    errors=(
        ErrorCase("EFAULT", "`ends` cannot be written by the process."),
        ErrorCase("EINVAL", "Another flag is set."),
        ErrorCase("EMFILE", "The process cannot have two more descriptors."),
        ErrorCase("ENOMEM", "The kernel has no memory for the pipe."),
    ),
    source='POSIX "pipe2"; Linux pipe(2), pipe(7)',
    not_yet=("O_DIRECT: EINVAL",),
)

CALLS: Final = (PIPE2,)
