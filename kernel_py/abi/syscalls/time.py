"""Clocks, sleeping and timers."""

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
        ErrorCase("EINVAL", "The clock is unknown."),
    ),
    source='POSIX "clock_gettime"; Linux clock_gettime(2)',
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
            "The clock or a flag is unknown, the clock is one of CPU time, or the time is negative "
            "or has nanoseconds out of range.",
        ),
    ),
    source='POSIX "clock_nanosleep"; Linux clock_nanosleep(2)',
)

TIMERFD_CREATE: Final = Syscall(
    94,
    "TIMERFD_CREATE",
    "Make a timer, which is not set. READ waits until it has gone off and gives how often it has "
    "since it was read or set last, in eight bytes.",
    (
        Argument(
            "clock",
            Kind.U32,
            "What its absolute times are of.",
            unit="CLOCK_REALTIME, CLOCK_MONOTONIC or CLOCK_BOOTTIME",
        ),
        Argument("flags", Kind.U32, "How.", unit="TFD_CLOEXEC, TFD_NONBLOCK"),
    ),
    returns="The new descriptor, the lowest free number.",
    errors=(
        ErrorCase("EINVAL", "The clock or a flag is unknown."),
        ErrorCase("EMFILE", "The process has as many descriptors as it may have."),
        ErrorCase("ENOMEM", "The kernel has no memory for the timer."),
    ),
    source="Linux timerfd_create(2)",
)

TIMERFD_SETTIME: Final = Syscall(
    95,
    "TIMERFD_SETTIME",
    "Say when a timer goes off: after a span, or with TFD_TIMER_ABSTIME at a point on its clock; "
    "at once if that has passed. A point before the machine's start counts as its start. What it "
    "went off before is forgotten.",
    (
        Argument("fd", Kind.FD, "The timer."),
        Argument("flags", Kind.U32, "Span or point.", unit="TFD_TIMER_* flags"),
        Argument(
            "new",
            Kind.STRUCT,
            "When; an `it_value` of 0: not at all.",
            direction=Direction.IN,
            target="TimerSpec",
        ),
        Argument(
            "old",
            Kind.STRUCT,
            "What TIMERFD_GETTIME would have told.",
            direction=Direction.OUT,
            target="TimerSpec",
            is_nullable=True,
        ),
    ),
    returns="0.",
    rights=("WRITE",),
    errors=(
        ErrorCase("EBADF", "`fd` is not open, or has not the right WRITE."),
        ErrorCase(
            "EFAULT",
            "`new` cannot be read or `old` cannot be written by the process. The timer is as it "
            "was.",
        ),
        ErrorCase(
            "EINVAL",
            "`fd` is no timer, a flag is unknown, a time is negative or has nanoseconds out of "
            "range.",
        ),
    ),
    source="Linux timerfd_settime(2)",
)

TIMERFD_GETTIME: Final = Syscall(
    96,
    "TIMERFD_GETTIME",
    "Tell how long until a timer goes off again, and its interval.",
    (
        Argument("fd", Kind.FD, "The timer."),
        Argument(
            "current",
            Kind.STRUCT,
            "The span that is left, 0 if it does not go off any more; and the interval.",
            direction=Direction.OUT,
            target="TimerSpec",
        ),
    ),
    returns="0.",
    rights=("READ",),
    errors=(
        ErrorCase("EBADF", "`fd` is not open, or has not the right READ."),
        ErrorCase("EFAULT", "`current` cannot be written by the process."),
        ErrorCase("EINVAL", "`fd` is no timer."),
    ),
    source="Linux timerfd_gettime(2)",
)

SETITIMER: Final = Syscall(
    97,
    "SETITIMER",
    "Say when the process gets SIGALRM: after a span, and then perhaps again and again. A signal "
    "that still waits, or is ignored, is not sent again. A child begins without such a timer; a "
    "new program keeps it.",
    (
        Argument("which", Kind.U32, "Which timer.", unit="ITIMER_* value"),
        Argument(
            "new",
            Kind.STRUCT,
            "When; an `it_value` of 0: not at all.",
            direction=Direction.IN,
            target="IntervalTimer",
        ),
        Argument(
            "old",
            Kind.STRUCT,
            "What GETITIMER would have told.",
            direction=Direction.OUT,
            target="IntervalTimer",
            is_nullable=True,
        ),
    ),
    returns="0.",
    errors=(
        ErrorCase(
            "EFAULT",
            "`new` cannot be read or `old` cannot be written by the process. The timer is as it "
            "was.",
        ),
        ErrorCase(
            "EINVAL",
            "`which` is not ITIMER_REAL, or a time is negative or has microseconds out of range.",
        ),
    ),
    source='POSIX "getitimer"; Linux setitimer(2)',
    not_yet=("ITIMER_VIRTUAL, ITIMER_PROF: EINVAL",),
)

GETITIMER: Final = Syscall(
    98,
    "GETITIMER",
    "Tell how long until the process gets its next SIGALRM of SETITIMER, and the interval.",
    (
        Argument("which", Kind.U32, "Which timer.", unit="ITIMER_* value"),
        Argument(
            "current",
            Kind.STRUCT,
            "The span that is left, 0 if none comes; and the interval.",
            direction=Direction.OUT,
            target="IntervalTimer",
        ),
    ),
    returns="0.",
    errors=(
        ErrorCase("EFAULT", "`current` cannot be written by the process."),
        ErrorCase("EINVAL", "`which` is not ITIMER_REAL."),
    ),
    source='POSIX "getitimer"; Linux getitimer(2)',
    not_yet=("ITIMER_VIRTUAL, ITIMER_PROF: EINVAL",),
)

CALLS: Final = (
    CLOCK_GET,
    SLEEP,
    TIMERFD_CREATE,
    TIMERFD_SETTIME,
    TIMERFD_GETTIME,
    SETITIMER,
    GETITIMER,
)
