"""Signals: actions, masks, sending, taking."""

from typing import Final

from kernel_py.abi.syscalls.call import (
    Argument,
    Direction,
    ErrorCase,
    Kind,
    Syscall,
)

SIGACTION: Final = Syscall(
    53,
    "SIGACTION",
    "Set what the process does about a signal, and tell what it did. SIGKILL and SIGSTOP cannot "
    "be changed.",
    (
        Argument("signal", Kind.U32, "Which.", unit="signal number"),
        Argument(
            "action",
            Kind.STRUCT,
            "From now on; 0: leave it.",
            direction=Direction.IN,
            target="SignalAction",
            is_nullable=True,
        ),
        Argument(
            "old",
            Kind.STRUCT,
            "Until now; 0: not wanted.",
            direction=Direction.OUT,
            target="SignalAction",
            is_nullable=True,
        ),
    ),
    returns="0.",
    errors=(
        ErrorCase("EFAULT", "`action` cannot be read, or `old` not be written, by the process."),
        ErrorCase(
            "EINVAL",
            "There is no such signal, it is SIGKILL or SIGSTOP and `action` is given, a flag is "
            "unknown, or a handler comes without SA_RESTORER or lies beyond USER_END.",
        ),
    ),
    source='POSIX "sigaction"; Linux rt_sigaction(2)',
)

SIGPROCMASK: Final = Syscall(
    54,
    "SIGPROCMASK",
    "Change which signals the thread blocks, and tell which it did. SIGKILL and SIGSTOP are never "
    "blocked.",
    (
        Argument("how", Kind.U32, "How to change; ignored without `set`.", unit="SIG_* value"),
        Argument(
            "set",
            Kind.STRUCT,
            "The signals; bit 0 is signal 1; 0: change nothing.",
            direction=Direction.IN,
            target="u64",
            is_nullable=True,
        ),
        Argument(
            "old",
            Kind.STRUCT,
            "Those blocked until now; 0: not wanted.",
            direction=Direction.OUT,
            target="u64",
            is_nullable=True,
        ),
    ),
    returns="0.",
    errors=(
        ErrorCase("EFAULT", "`set` cannot be read, or `old` not be written, by the process."),
        ErrorCase("EINVAL", "`how` is unknown."),
    ),
    source='POSIX "pthread_sigmask"; Linux rt_sigprocmask(2)',
)

SIGPENDING: Final = Syscall(
    55,
    "SIGPENDING",
    "Tell which signals wait for the thread or its process.",
    (
        Argument(
            "set",
            Kind.STRUCT,
            "The signals; bit 0 is signal 1.",
            direction=Direction.OUT,
            target="u64",
        ),
    ),
    returns="0.",
    errors=(ErrorCase("EFAULT", "`set` cannot be written by the process."),),
    source='POSIX "sigpending"; Linux rt_sigpending(2)',
)

SIGSUSPEND: Final = Syscall(
    56,
    "SIGSUSPEND",
    "Block other signals until one is handled; then the mask is as it was.",
    (
        Argument(
            "set",
            Kind.STRUCT,
            "The signals to block meanwhile.",
            direction=Direction.IN,
            target="u64",
        ),
    ),
    returns="Never returns 0.",
    errors=(
        ErrorCase("EFAULT", "`set` cannot be read by the process."),
        ErrorCase("EINTR", "A signal was handled. Always so."),
    ),
    source='POSIX "sigsuspend"; Linux rt_sigsuspend(2)',
)

SIGTIMEDWAIT: Final = Syscall(
    57,
    "SIGTIMEDWAIT",
    "Take a signal that waits, or wait for one. They should be blocked.",
    (
        Argument("set", Kind.STRUCT, "The signals.", direction=Direction.IN, target="u64"),
        Argument(
            "info",
            Kind.STRUCT,
            "Why it was sent; 0: not wanted.",
            direction=Direction.OUT,
            target="SignalInfo",
            is_nullable=True,
        ),
        Argument(
            "timeout",
            Kind.STRUCT,
            "How long at most; 0: for ever.",
            direction=Direction.IN,
            target="Timespec",
            is_nullable=True,
        ),
    ),
    returns="Number of the signal.",
    errors=(
        ErrorCase("EAGAIN", "The time is over."),
        ErrorCase(
            "EFAULT", "`set` or `timeout` cannot be read, or `info` not be written, by the process."
        ),
        ErrorCase("EINTR", "Another signal was handled."),
        ErrorCase("EINVAL", "The timeout is negative or has nanoseconds out of range."),
    ),
    source='POSIX "sigtimedwait"; Linux rt_sigtimedwait(2)',
)

SIGALTSTACK: Final = Syscall(
    58,
    "SIGALTSTACK",
    "Set the thread's alternate stack for handlers, and tell what it was.",
    (
        Argument(
            "stack",
            Kind.STRUCT,
            "From now on; 0: leave it.",
            direction=Direction.IN,
            target="SignalStack",
            is_nullable=True,
        ),
        Argument(
            "old",
            Kind.STRUCT,
            "Until now; 0: not wanted.",
            direction=Direction.OUT,
            target="SignalStack",
            is_nullable=True,
        ),
    ),
    returns="0.",
    errors=(
        ErrorCase("EFAULT", "`stack` cannot be read, or `old` not be written, by the process."),
        ErrorCase(
            "EINVAL",
            "`ss_flags` is neither 0 nor SS_DISABLE, or the stack does not lie below USER_END.",
        ),
        ErrorCase("ENOMEM", "The stack is smaller than AT_MINSIGSTKSZ says."),
        ErrorCase("EPERM", "The thread runs on it."),
    ),
    source='POSIX "sigaltstack"; Linux sigaltstack(2)',
)

SIGRETURN: Final = Syscall(
    59,
    "SIGRETURN",
    "Go on where a handler interrupted. The frame lies at the stack pointer, as the kernel put it "
    "there; a frame that is none ends the process with SIGSEGV.",
    (),
    returns="What the interrupted code had in rax.",
    errors=(),
    source="Linux sigreturn(2)",
)

KILL: Final = Syscall(
    60,
    "KILL",
    "Send a signal to a process or to many; 0 sends none and only checks that they are there.",
    (
        Argument(
            "pid",
            Kind.I32,
            "A process; 0: every one of the caller's process group; -1: every one but process 1 "
            "and the caller; below: every one of that group.",
            unit="process number, 0, -1 or negated group",
        ),
        Argument("signal", Kind.U32, "Which.", unit="signal number"),
    ),
    returns="0.",
    errors=(
        ErrorCase("EINVAL", "There is no such signal, or a number is wider than its type."),
        ErrorCase("EPERM", "The caller may send signals to none of them."),
        ErrorCase("ESRCH", "There is no such process or group."),
    ),
    source='POSIX "kill"; Linux kill(2)',
)

TGKILL: Final = Syscall(
    61,
    "TGKILL",
    "Send a signal to a thread; 0 sends none.",
    (
        Argument("pid", Kind.I32, "The thread's process.", unit="process number"),
        Argument("tid", Kind.I32, "The thread.", unit="thread number"),
        Argument("signal", Kind.U32, "Which.", unit="signal number"),
    ),
    returns="0.",
    errors=(
        ErrorCase("EAGAIN", "It is a real-time signal, and as many wait as may."),
        ErrorCase(
            "EINVAL", "There is no such signal, a number is not positive, or wider than its type."
        ),
        ErrorCase("EPERM", "The caller may not send signals to it."),
        ErrorCase("ESRCH", "There is no such thread in the process."),
    ),
    source='POSIX "pthread_kill"; Linux tgkill(2)',
)

SIGQUEUE: Final = Syscall(
    62,
    "SIGQUEUE",
    "Send a signal with a value to a process.",
    (
        Argument("pid", Kind.I32, "The process.", unit="process number"),
        Argument("signal", Kind.U32, "Which.", unit="signal number"),
        Argument("value", Kind.U64, "The value.", unit="number or address"),
    ),
    returns="0.",
    errors=(
        ErrorCase("EAGAIN", "As many signals wait as may."),
        ErrorCase("EINVAL", "There is no such signal, or a number is wider than its type."),
        ErrorCase("EPERM", "The caller may not send signals to it."),
        ErrorCase("ESRCH", "There is no such process."),
    ),
    source='POSIX "sigqueue"; Linux rt_sigqueueinfo(2)',
)

CALLS: Final = (
    SIGACTION,
    SIGPROCMASK,
    SIGPENDING,
    SIGSUSPEND,
    SIGTIMEDWAIT,
    SIGALTSTACK,
    SIGRETURN,
    KILL,
    TGKILL,
    SIGQUEUE,
)
