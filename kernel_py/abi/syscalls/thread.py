"""Threads: beginning, end, the thread pointer, futexes."""

from typing import Final

from kernel_py.abi.syscalls.call import (
    Argument,
    Direction,
    ErrorCase,
    Kind,
    Syscall,
)

THREAD_CREATE: Final = Syscall(
    7,
    "THREAD_CREATE",
    "Start a thread in the process. The caller provides its stack and its thread pointer.",
    (
        Argument(
            "start",
            Kind.STRUCT,
            "How it starts.",
            direction=Direction.IN,
            target="ThreadCreateArgs",
            length="size",
        ),
        Argument("size", Kind.SIZE, "Size of the struct.", unit="bytes"),
    ),
    returns="Number of the new thread.",
    errors=(
        ErrorCase("EAGAIN", "The process, or the system, has as many threads as it may have."),
        ErrorCase("EFAULT", "`start` cannot be read, or `parent_tid` cannot be written."),
        ErrorCase(
            "EINVAL",
            "`size` is not the size of the struct; `entry`, `stack_pointer` or `thread_pointer` "
            "is not an address below USER_END; or `parent_tid` is not a multiple of 4.",
        ),
        ErrorCase("ENOMEM", "The kernel has no memory for its stack."),
    ),
    source="Linux clone3(2), with CLONE_VM | CLONE_THREAD | CLONE_SETTLS | CLONE_PARENT_SETTID",
)

THREAD_EXIT: Final = Syscall(
    8,
    "THREAD_EXIT",
    "End the calling thread. If `clear_tid` is not 0, the u32 there becomes 0 and one sleeper on "
    "it wakes; an address that cannot be written does not matter. When the last thread ends, the "
    "process ends with status 0.",
    (
        Argument(
            "clear_tid",
            Kind.ADDRESS,
            "Address of a u32, or 0.",
        ),
    ),
    returns="",
    errors=(),
    source="Linux exit(2), set_tid_address(2)",
)

FUTEX: Final = Syscall(
    9,
    "FUTEX",
    "Sleep until another thread wakes this one, if a word still has the value the caller saw; or "
    "wake sleepers, or move them to another word. The look at the word and the falling asleep, or "
    "the moving, are one step.",
    (
        Argument("uaddr", Kind.ADDRESS, "Address of the word, a u32; a multiple of 4."),
        Argument("op", Kind.U32, "What to do.", unit="FUTEX_* operation and options"),
        Argument(
            "val",
            Kind.U32,
            "WAIT: the value the word should have; WAKE, REQUEUE: most sleepers to wake.",
            unit="value or count",
        ),
        Argument(
            "timeout",
            Kind.STRUCT,
            "WAIT: how long at most; WAIT_BITSET: until when; 0: for ever. REQUEUE: no address, "
            "but most sleepers to move. WAKE does not look.",
            direction=Direction.IN,
            target="Timespec",
            is_nullable=True,
            is_deferred=True,
        ),
        Argument(
            "uaddr2",
            Kind.ADDRESS,
            "REQUEUE: address of the word they are moved to. The others do not look.",
            is_deferred=True,
        ),
        Argument(
            "val3",
            Kind.U32,
            "WAIT_BITSET, WAKE_BITSET: the mask. CMP_REQUEUE: the value the word should have. The "
            "others do not look.",
            unit="bit mask or value",
            is_deferred=True,
        ),
    ),
    returns="WAIT: 0. WAKE, REQUEUE: number of sleepers that were woken; CMP_REQUEUE: with those "
    "that were moved.",
    errors=(
        ErrorCase("EAGAIN", "WAIT, CMP_REQUEUE: the word has another value."),
        ErrorCase("EFAULT", "The word, or the timeout, cannot be read by the process."),
        ErrorCase("EINTR", "A signal was handled while it waited."),
        ErrorCase(
            "EINVAL",
            "`uaddr` or `uaddr2` is not a multiple of 4; a number is wider than its type; the mask "
            "is 0; the timeout is negative or has nanoseconds out of range; or a number of "
            "sleepers of REQUEUE is negative.",
        ),
        ErrorCase("ENOSYS", "The operation is unknown or not served yet."),
        ErrorCase("ETIMEDOUT", "WAIT: the time is over."),
    ),
    source="Linux futex(2)",
    is_restarted=True,
    not_yet=(
        "the priority-inheriting operations: ENOSYS",
        "FUTEX_CLOCK_REALTIME with anything but FUTEX_WAIT and FUTEX_WAIT_BITSET: ENOSYS",
    ),
)

GETTID: Final = Syscall(
    16,
    "GETTID",
    "Tell the number of the calling thread. That of a process's first thread is the process's.",
    (),
    returns="The number.",
    errors=(),
    source="Linux gettid(2)",
)

SET_THREAD_POINTER: Final = Syscall(
    18,
    "SET_THREAD_POINTER",
    "Set the FS base of the calling thread.",
    (Argument("addr", Kind.ADDRESS, "The address."),),
    returns="0.",
    errors=(ErrorCase("EINVAL", "The address is not below USER_END."),),
    source="Linux arch_prctl(2), ARCH_SET_FS",
)

YIELD: Final = Syscall(
    19,
    "YIELD",
    "Let another thread run, if one is ready.",
    (),
    returns="0.",
    errors=(),
    source='POSIX "sched_yield"; Linux sched_yield(2)',
)

SETPRIORITY: Final = Syscall(
    101,
    "SETPRIORITY",
    "Say how nice threads are to others. A thread's share of the CPU is as its weight, and that is "
    "5/4 of what the next nice value weighs; nobody gets none. What a thread starts is as nice as "
    "it is.",
    (
        Argument("which", Kind.U32, "What `who` is.", unit="PRIO_* value"),
        Argument("who", Kind.I32, "Who; 0: the caller, or its own.", unit="as `which` says"),
        Argument(
            "nice",
            Kind.I32,
            "How nice: -20, the largest share, to 19; what is beyond counts as the nearest.",
            unit="nice value",
        ),
    ),
    returns="0.",
    errors=(
        ErrorCase("EINVAL", "`which` is unknown, or a number is wider than its type."),
        ErrorCase("EPERM", "None of them is one that the caller may send signals to."),
        ErrorCase("ESRCH", "There is nobody like that."),
    ),
    source='POSIX "getpriority"; Linux setpriority(2)',
)

GETPRIORITY: Final = Syscall(
    102,
    "GETPRIORITY",
    "Tell how nice threads are; of several the least.",
    (
        Argument("which", Kind.U32, "What `who` is.", unit="PRIO_* value"),
        Argument("who", Kind.I32, "Who; 0: the caller, or its own.", unit="as `which` says"),
    ),
    returns="20 less the nice value: 1 to 40.",
    errors=(
        ErrorCase("EINVAL", "`which` is unknown, or a number is wider than its type."),
        ErrorCase("ESRCH", "There is nobody like that."),
    ),
    source='POSIX "getpriority"; Linux getpriority(2)',
)

CALLS: Final = (
    THREAD_CREATE,
    THREAD_EXIT,
    FUTEX,
    GETTID,
    SET_THREAD_POINTER,
    YIELD,
    SETPRIORITY,
    GETPRIORITY,
)
