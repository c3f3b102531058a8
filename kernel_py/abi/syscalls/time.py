"""Clocks and sleeping."""

from typing import Final

from kernel_py.abi.syscalls.call import (
    Argument,
    Direction,
    ErrorCase,
    Kind,
    Syscall,
)

CLOCK_GET: Final = Syscall(
    14,
    "CLOCK_GET",
    "Read a clock.",
    (
        Argument("clock", Kind.U32, "Which.", unit="CLOCK_* value"),
        Argument("time", Kind.STRUCT, "Its time.", direction=Direction.OUT, target="Timespec"),
    ),
    returns="0.",
    errors=(
        ErrorCase("EFAULT", "`time` cannot be written by the process."),
        ErrorCase("EINVAL", "The clock is unknown or not served yet."),
    ),
    source='POSIX "clock_gettime"; Linux clock_gettime(2)',
    not_yet=("CLOCK_PROCESS_CPUTIME_ID, CLOCK_THREAD_CPUTIME_ID: EINVAL",),
)

SLEEP: Final = Syscall(
    15,
    "SLEEP",
    "Sleep for a span of a clock, or with TIMER_ABSTIME until a point on it.",
    (
        Argument("clock", Kind.U32, "Which.", unit="CLOCK_* value"),
        Argument("flags", Kind.U32, "Span or point.", unit="TIMER_ABSTIME or 0"),
        Argument("request", Kind.STRUCT, "The time.", direction=Direction.IN, target="Timespec"),
    ),
    returns="0.",
    errors=(
        ErrorCase("EFAULT", "`request` cannot be read by the process."),
        ErrorCase("EINTR", "A signal was handled."),
        ErrorCase(
            "EINVAL",
            "The clock or a flag is unknown, or the time is negative or has nanoseconds out of "
            "range.",
        ),
    ),
    source='POSIX "clock_nanosleep"; Linux clock_nanosleep(2)',
)

CALLS: Final = (
    CLOCK_GET,
    SLEEP,
)
