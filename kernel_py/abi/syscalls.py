"""System calls: number, arguments, rights, results, errors.

Register order and returns are Linux's on x86-64: the number in rax, arguments in rdi rsi rdx r10
r8 r9, the result in rax, -errno for an error; `syscall` destroys rcx and r11. A number is never
used again once it is published (`abi.lock.json`).

Source: System V ABI, AMD64 supplement, "Calling Conventions" of the Linux kernel; Linux
`man 2 syscall`. Each call names its own.
"""

from dataclasses import dataclass, field
from enum import Enum
from typing import Final

from kernel_py.abi.place import Place, definition_place

MAX_ARGUMENTS: Final = 6
IOV_MAX: Final = 1024
PATH_MAX: Final = 4096


class Kind(Enum):
    """How the kernel reads an argument's 64-bit word, before the call's own code sees it."""

    I32 = "i32"
    """A signed number of 32 bits, sign- or zero-extended; anything else is EINVAL."""
    U32 = "u32"
    """An unsigned number of 32 bits; high bits that are not zero are EINVAL."""
    LOW_I32 = "low i32"
    """The low 32 bits; the high ones are ignored, because the call cannot fail."""
    I64 = "i64"
    """A signed number of 64 bits."""
    U64 = "u64"
    """An unsigned number of 64 bits."""
    FD = "fd"
    """A file descriptor: an I32 that is not negative; otherwise EBADF."""
    ADDRESS = "address"
    """An address the call checks itself, because what it must fulfil depends on the others."""
    BUFFER = "buffer"
    """Bytes of the process: with `length` they are checked to lie below USER_END, else EFAULT."""
    STRUCT = "struct"
    """A struct or scalar of the process, named by `target`; checked as a buffer is."""
    ARRAY = "array"
    """`length` structs in a row, at most `max_count`, more is EINVAL; checked as a buffer is."""
    PATH = "path"
    """A zero-terminated path, at most PATH_MAX bytes with the zero; longer: ENAMETOOLONG."""
    STRINGS = "strings"
    """An array of addresses of zero-terminated strings that ends with a null one."""
    LENGTH = "length"
    """The length of a buffer in bytes."""
    COUNT = "count"
    """The number of elements of an array."""
    SIZE = "size"
    """The size of a struct in bytes as the caller knows it; not the kernel's size: EINVAL."""

    @property
    def is_pointer(self) -> bool:
        """Whether the kernel reads or writes memory of the process through it."""
        return self in _POINTERS

    @property
    def is_measure(self) -> bool:
        """Whether it belongs to a pointer, and is decoded together with that."""
        return self in _MEASURES


_POINTERS: Final = frozenset({Kind.BUFFER, Kind.STRUCT, Kind.ARRAY, Kind.PATH, Kind.STRINGS})
_MEASURES: Final = frozenset({Kind.LENGTH, Kind.COUNT, Kind.SIZE})


class Direction(Enum):
    """Which way the bytes behind a pointer go, seen from the kernel."""

    VALUE = "value"
    IN = "in"
    OUT = "out"


@dataclass(frozen=True)
class Argument:
    """One argument, in register order.

    `unit` says what a number counts or which flags it holds. For pointers: `target` names a struct
    of `types.py` or a scalar, `length` the argument that says how much there is, `is_nullable`
    allows 0 for "not wanted". `is_deferred` is for a word that only some forms of the call use:
    the kernel must not judge it before it knows the form, so the call decodes it itself.
    """

    name: str
    kind: Kind
    doc: str
    unit: str = ""
    direction: Direction = Direction.VALUE
    target: str = ""
    length: str = ""
    is_nullable: bool = False
    is_deferred: bool = False
    max_count: int = 0
    place: Place = field(default_factory=definition_place, compare=False)


@dataclass(frozen=True)
class ErrorCase:
    """An error a call may give, and when."""

    error: str
    when: str
    place: Place = field(default_factory=definition_place, compare=False)


@dataclass(frozen=True)
class Syscall:
    """A system call. `returns` is what a success gives; empty: the call does not return.

    `rights` are names of `rights.py`: those of a handle are needed on the descriptor argument,
    those of a process on the caller. `source` cites the page whose behaviour the call follows.
    """

    number: int
    name: str
    doc: str
    arguments: tuple[Argument, ...]
    returns: str
    errors: tuple[ErrorCase, ...]
    source: str
    rights: tuple[str, ...] = ()
    not_yet: tuple[str, ...] = ()
    place: Place = field(default_factory=definition_place, compare=False)


EXIT: Final = Syscall(
    0,
    "EXIT",
    "End the process with all its threads. Its descriptors are closed, its memory is given back, "
    "its parent's WAIT returns. When process 1 ends, the machine powers off with its status.",
    (
        Argument(
            "status",
            Kind.LOW_I32,
            "What WAIT reports; the low 8 bits count.",
            unit="exit status",
        ),
    ),
    returns="",
    errors=(),
    source='POSIX "_Exit"; Linux exit_group(2)',
)

READ: Final = Syscall(
    1,
    "READ",
    "Take bytes from a descriptor at its position, and move the position. Waits until there is at "
    "least one byte or the end is known.",
    (
        Argument("fd", Kind.FD, "Where to read."),
        Argument(
            "buffer",
            Kind.BUFFER,
            "Where the bytes go.",
            direction=Direction.OUT,
            length="len",
        ),
        Argument("len", Kind.LENGTH, "Most bytes to read.", unit="bytes"),
    ),
    returns="Number of bytes read; 0 at the end of the file, or if `len` is 0.",
    errors=(
        ErrorCase("EBADF", "`fd` is not open, or not for reading."),
        ErrorCase("EFAULT", "A byte of the buffer cannot be written by the process."),
        ErrorCase("EINVAL", "`fd` does not hold a number of 32 bits."),
        ErrorCase("EIO", "The medium failed."),
        ErrorCase("EISDIR", "`fd` is a directory."),
    ),
    rights=("READ",),
    source='POSIX "read"; Linux read(2)',
)

WRITE: Final = Syscall(
    2,
    "WRITE",
    "Put bytes into a descriptor at its position, and move the position.",
    (
        Argument("fd", Kind.FD, "Where to write."),
        Argument(
            "buffer",
            Kind.BUFFER,
            "The bytes.",
            direction=Direction.IN,
            length="len",
        ),
        Argument("len", Kind.LENGTH, "How many bytes.", unit="bytes"),
    ),
    returns="Number of bytes written; less than `len` if a later byte could not be.",
    errors=(
        ErrorCase("EBADF", "`fd` is not open, or not for writing."),
        ErrorCase("EFAULT", "The first bytes of the buffer cannot be read by the process."),
        ErrorCase("EINVAL", "`fd` does not hold a number of 32 bits."),
        ErrorCase("EIO", "The medium failed."),
    ),
    rights=("WRITE",),
    source='POSIX "write"; Linux write(2)',
)

OPEN: Final = Syscall(
    3,
    "OPEN",
    "Open a file. A path that does not begin with `/` counts from `/`. The descriptor is the "
    "lowest free number, its position 0.",
    (
        Argument("path", Kind.PATH, "The file.", direction=Direction.IN),
        Argument("flags", Kind.U32, "How to open it.", unit="O_* flags"),
        Argument(
            "mode",
            Kind.U32,
            "Permission bits of a file that is made; otherwise ignored.",
            unit="S_I* bits",
        ),
    ),
    returns="The new descriptor.",
    errors=(
        ErrorCase("EACCES", "The path goes through something that may not be searched."),
        ErrorCase("EEXIST", "O_CREAT and O_EXCL are given, and the file exists."),
        ErrorCase("EFAULT", "The path cannot be read by the process."),
        ErrorCase("EINVAL", "A number is wider than its type, the access mode is 3, or O_PATH."),
        ErrorCase("EIO", "The medium failed."),
        ErrorCase("EISDIR", "The file is a directory, and writing was asked for."),
        ErrorCase("ELOOP", "Too many symbolic links, or one at the end and O_NOFOLLOW."),
        ErrorCase("EMFILE", "The process has as many descriptors as it may have."),
        ErrorCase("ENAMETOOLONG", "The path is longer than PATH_MAX, or a name in it than 255."),
        ErrorCase("ENOENT", "There is no such file, or the path is empty."),
        ErrorCase("ENOMEM", "The kernel has no memory for the handle."),
        ErrorCase("ENOTDIR", "A name that is not the last is not a directory, or O_DIRECTORY."),
        ErrorCase("ENXIO", "The file is a device, a pipe or a socket with nothing behind it."),
        ErrorCase("EOPNOTSUPP", "O_TMPFILE is given."),
        ErrorCase("EROFS", "Writing, O_CREAT or O_TRUNC on a read-only file system."),
    ),
    source='POSIX "open"; Linux open(2)',
    not_yet=("O_PATH: EINVAL", "O_TMPFILE: EOPNOTSUPP"),
)

CLOSE: Final = Syscall(
    4,
    "CLOSE",
    "Close a descriptor. Its number is free for the next OPEN.",
    (Argument("fd", Kind.FD, "The descriptor."),),
    returns="0.",
    errors=(
        ErrorCase("EBADF", "`fd` is not open."),
        ErrorCase("EINVAL", "`fd` does not hold a number of 32 bits."),
    ),
    source='POSIX "close"; Linux close(2)',
)

MMAP: Final = Syscall(
    5,
    "MMAP",
    "Map memory. Zeroed pages of the process's own, from its first touch on. Without MAP_FIXED the "
    "kernel chooses the place, below USER_MMAP_TOP; `addr` is then advice.",
    (
        Argument("addr", Kind.ADDRESS, "Where; with MAP_FIXED a multiple of PAGE_SIZE."),
        Argument("len", Kind.U64, "How much; rounded up to whole pages.", unit="bytes"),
        Argument("prot", Kind.U32, "Access.", unit="PROT_* flags"),
        Argument("flags", Kind.U32, "Kind.", unit="MAP_* flags"),
        Argument(
            "fd",
            Kind.I32,
            "The file; ignored with MAP_ANONYMOUS.",
            unit="file descriptor or -1",
        ),
        Argument(
            "offset",
            Kind.I64,
            "Where in the file; 0 with MAP_ANONYMOUS.",
            unit="bytes",
        ),
    ),
    returns="Address of the first byte.",
    errors=(
        ErrorCase("EACCES", "PROT_WRITE together with PROT_EXEC."),
        ErrorCase("EEXIST", "MAP_FIXED_NOREPLACE, and something is mapped in the range."),
        ErrorCase(
            "EINVAL",
            "`len` is 0; a number is wider than its type; `prot` or `flags` has an unknown bit, or "
            "not exactly one kind; `addr` with MAP_FIXED is not on a page boundary; or `offset` is "
            "not 0.",
        ),
        ErrorCase(
            "ENOMEM",
            "No free range of this length; MAP_FIXED outside of USER_MIN to USER_END; too many "
            "mappings; more than the machine has, without MAP_NORESERVE; or the kernel has no "
            "memory.",
        ),
        ErrorCase(
            "ENOSYS",
            "A mapping of a file, or a kind that is listed under `not yet`.",
        ),
    ),
    source='POSIX "mmap"; Linux mmap(2)',
    not_yet=(
        "mappings of files (no MAP_ANONYMOUS): ENOSYS",
        "MAP_SHARED, MAP_SHARED_VALIDATE: ENOSYS",
        "MAP_GROWSDOWN, MAP_LOCKED, MAP_POPULATE: ENOSYS",
    ),
)

MUNMAP: Final = Syscall(
    6,
    "MUNMAP",
    "Unmap every page of a range. Pages that are not mapped do not matter.",
    (
        Argument("addr", Kind.ADDRESS, "First byte; a multiple of PAGE_SIZE."),
        Argument("len", Kind.U64, "How much; rounded up to whole pages.", unit="bytes"),
    ),
    returns="0.",
    errors=(
        ErrorCase(
            "EINVAL",
            "`len` is 0, `addr` is not on a page boundary, or the range ends beyond USER_END.",
        ),
        ErrorCase("ENOMEM", "The process would have too many mappings."),
    ),
    source='POSIX "munmap"; Linux munmap(2)',
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
    "wake sleepers. The look at the word and the falling asleep are one step.",
    (
        Argument("uaddr", Kind.ADDRESS, "Address of the word, a u32; a multiple of 4."),
        Argument("op", Kind.U32, "What to do.", unit="FUTEX_* operation and options"),
        Argument(
            "val",
            Kind.U32,
            "WAIT: the value the word should have; WAKE: most sleepers to wake.",
            unit="value or count",
        ),
        Argument(
            "timeout",
            Kind.STRUCT,
            "WAIT: how long at most; WAIT_BITSET: until when; 0: for ever. WAKE does not look.",
            direction=Direction.IN,
            target="Timespec",
            is_nullable=True,
            is_deferred=True,
        ),
        Argument(
            "uaddr2", Kind.ADDRESS, "For operations that are not served yet.", is_deferred=True
        ),
        Argument(
            "val3",
            Kind.U32,
            "WAIT_BITSET, WAKE_BITSET: the mask. The others do not look.",
            unit="bit mask",
            is_deferred=True,
        ),
    ),
    returns="WAIT: 0. WAKE: number of sleepers that were woken.",
    errors=(
        ErrorCase("EAGAIN", "WAIT: the word has another value."),
        ErrorCase("EFAULT", "The word, or the timeout, cannot be read by the process."),
        ErrorCase(
            "EINVAL",
            "`uaddr` is not a multiple of 4; a number is wider than its type; the mask is 0; or "
            "the timeout is negative or has nanoseconds out of range.",
        ),
        ErrorCase("ENOSYS", "The operation is unknown or not served yet."),
        ErrorCase("ETIMEDOUT", "WAIT: the time is over."),
    ),
    source="Linux futex(2)",
    not_yet=(
        "FUTEX_REQUEUE, FUTEX_CMP_REQUEUE and the priority-inheriting operations: ENOSYS",
        "FUTEX_CLOCK_REALTIME with anything but FUTEX_WAIT_BITSET: ENOSYS",
    ),
)

SPAWN: Final = Syscall(
    10,
    "SPAWN",
    "Start a program in a new process. It gets the caller's descriptors, under the same numbers, "
    "that were not opened with O_CLOEXEC.",
    (
        Argument("path", Kind.PATH, "The program, an ELF file.", direction=Direction.IN),
        Argument("argv", Kind.STRINGS, "Its arguments.", direction=Direction.IN),
        Argument("envp", Kind.STRINGS, "Its environment.", direction=Direction.IN),
        Argument("flags", Kind.U32, "Must be 0.", unit="none is defined"),
    ),
    returns="Number of the new process.",
    errors=(
        ErrorCase("E2BIG", "argv and envp take more than START_MAX_BYTES."),
        ErrorCase("EACCES", "The file is not executable, or its directory not to be searched."),
        ErrorCase("EAGAIN", "The system has as many processes as it may have."),
        ErrorCase("EFAULT", "The path, an array or a string cannot be read by the process."),
        ErrorCase("EINVAL", "`flags` is not 0."),
        ErrorCase("EIO", "The medium failed."),
        ErrorCase("ELOOP", "Too many symbolic links."),
        ErrorCase("ENAMETOOLONG", "The path is longer than PATH_MAX, or a name in it than 255."),
        ErrorCase("ENOENT", "There is no such file, or the path is empty."),
        ErrorCase(
            "ENOEXEC",
            "The loader refuses the file; which field is wrong is in the kernel's log and in "
            "the event `exec.refused`.",
        ),
        ErrorCase("ENOMEM", "There is no memory for the program."),
        ErrorCase("ENOTDIR", "A name of the path that is not the last is not a directory."),
    ),
    source='POSIX "posix_spawn"; Linux execve(2)',
)

WAIT: Final = Syscall(
    11,
    "WAIT",
    "Wait until a child process has ended, and forget it.",
    (
        Argument("pid", Kind.I32, "Which child; -1: any.", unit="process number or -1"),
        Argument(
            "status",
            Kind.STRUCT,
            "How it ended: `exit status << 8`, or the number of the signal that ended it.",
            direction=Direction.OUT,
            target="i32",
            is_nullable=True,
        ),
        Argument("options", Kind.U32, "How to wait.", unit="W* flags"),
    ),
    returns="Number of the child; 0 with WNOHANG if none has ended.",
    errors=(
        ErrorCase("ECHILD", "The caller has no such child."),
        ErrorCase("EFAULT", "`status` cannot be written by the process. No child is waited for."),
        ErrorCase("EINVAL", "A number is wider than its type, or `options` has an unknown bit."),
        ErrorCase("ENOSYS", "`pid` is 0 or below -1: process groups."),
    ),
    source='POSIX "waitpid"; Linux wait4(2)',
    not_yet=("process groups (pid 0 or below -1): ENOSYS", "WUNTRACED, WCONTINUED: EINVAL"),
)

SEEK: Final = Syscall(
    12,
    "SEEK",
    "Move the position of a descriptor. It may lie after the end.",
    (
        Argument("fd", Kind.FD, "The descriptor."),
        Argument("offset", Kind.I64, "How far.", unit="bytes"),
        Argument("whence", Kind.U32, "Counted from where.", unit="SEEK_* value"),
    ),
    returns="The new position, in bytes from the beginning.",
    errors=(
        ErrorCase("EBADF", "`fd` is not open."),
        ErrorCase("EINVAL", "`whence` is unknown, or the position would be negative."),
        ErrorCase("EOVERFLOW", "The position would not fit into 63 bits."),
        ErrorCase("ESPIPE", "`fd` has no position: the console."),
    ),
    rights=("SEEK",),
    source='POSIX "lseek"; Linux lseek(2)',
)

FSTAT: Final = Syscall(
    13,
    "FSTAT",
    "Tell what is known about an open file.",
    (
        Argument("fd", Kind.FD, "The descriptor."),
        Argument("stat", Kind.STRUCT, "The answer.", direction=Direction.OUT, target="Stat"),
    ),
    returns="0.",
    errors=(
        ErrorCase("EBADF", "`fd` is not open."),
        ErrorCase("EFAULT", "`stat` cannot be written by the process."),
        ErrorCase("EINVAL", "`fd` does not hold a number of 32 bits."),
        ErrorCase("EIO", "The medium failed."),
    ),
    rights=("INSPECT",),
    source='POSIX "fstat"; Linux fstat(2)',
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
        ErrorCase(
            "EINVAL",
            "The clock or a flag is unknown, or the time is negative or has nanoseconds out of "
            "range.",
        ),
    ),
    source='POSIX "clock_nanosleep"; Linux clock_nanosleep(2)',
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

GETPID: Final = Syscall(
    17,
    "GETPID",
    "Tell the number of the calling process.",
    (),
    returns="The number.",
    errors=(),
    source='POSIX "getpid"; Linux getpid(2)',
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

GET_RANDOM: Final = Syscall(
    20,
    "GET_RANDOM",
    "Fill a buffer with random bytes that are fit for keys.",
    (
        Argument(
            "buffer",
            Kind.BUFFER,
            "Where the bytes go.",
            direction=Direction.OUT,
            length="len",
        ),
        Argument("len", Kind.LENGTH, "How many.", unit="bytes"),
        Argument("flags", Kind.U32, "How.", unit="GRND_* flags"),
    ),
    returns="Number of bytes written: `len`.",
    errors=(
        ErrorCase("EAGAIN", "GRND_NONBLOCK, and the source is not seeded yet."),
        ErrorCase("EFAULT", "A byte of the buffer cannot be written by the process."),
        ErrorCase("EINVAL", "`flags` has an unknown bit, or both GRND_RANDOM and GRND_INSECURE."),
    ),
    source="Linux getrandom(2)",
)

SYSTEM_INFO: Final = Syscall(
    21,
    "SYSTEM_INFO",
    "Tell figures about the whole system.",
    (
        Argument(
            "info",
            Kind.STRUCT,
            "The figures.",
            direction=Direction.OUT,
            target="SystemInfo",
            length="size",
        ),
        Argument("size", Kind.SIZE, "Size of the struct.", unit="bytes"),
    ),
    returns="0.",
    errors=(
        ErrorCase("EFAULT", "`info` cannot be written by the process."),
        ErrorCase("EINVAL", "`size` is not the size of the struct."),
    ),
    source="Linux sysinfo(2)",
)

POWER_OFF: Final = Syscall(
    22,
    "POWER_OFF",
    "End the machine, orderly. Does not return if it succeeds.",
    (
        Argument(
            "status",
            Kind.U32,
            "0: success; anything else: failure. It is in the event `power.off`.",
            unit="exit status",
        ),
    ),
    returns="",
    errors=(
        ErrorCase("EINVAL", "`status` holds more than 32 bits."),
        ErrorCase("EPERM", "The caller is not process 1."),
    ),
    rights=("POWER",),
    source="Linux reboot(2), LINUX_REBOOT_CMD_POWER_OFF",
)

MPROTECT: Final = Syscall(
    23,
    "MPROTECT",
    "Change the access to every page of a range.",
    (
        Argument("addr", Kind.ADDRESS, "First byte; a multiple of PAGE_SIZE."),
        Argument("len", Kind.U64, "How much; rounded up to whole pages.", unit="bytes"),
        Argument("prot", Kind.U32, "The new access.", unit="PROT_* flags"),
    ),
    returns="0.",
    errors=(
        ErrorCase("EACCES", "PROT_WRITE together with PROT_EXEC."),
        ErrorCase("EINVAL", "`addr` is not on a page boundary, or `prot` has an unknown bit."),
        ErrorCase("ENOMEM", "A page of the range is not mapped, or the kernel has no memory."),
    ),
    source='POSIX "mprotect"; Linux mprotect(2)',
)

WRITEV: Final = Syscall(
    24,
    "WRITEV",
    "WRITE of several pieces, one after the other.",
    (
        Argument("fd", Kind.FD, "Where to write."),
        Argument(
            "iov",
            Kind.ARRAY,
            "The pieces.",
            direction=Direction.IN,
            target="IoVec",
            length="count",
            max_count=IOV_MAX,
        ),
        Argument("count", Kind.COUNT, "How many pieces.", unit="pieces"),
    ),
    returns="Number of bytes written; less than all if a later byte could not be.",
    errors=(
        ErrorCase("EBADF", "`fd` is not open, or not for writing."),
        ErrorCase("EFAULT", "`iov`, or the first bytes to be written, cannot be read."),
        ErrorCase(
            "EINVAL",
            "`count` is more than IOV_MAX, or `fd` does not hold a number of 32 bits.",
        ),
        ErrorCase("EIO", "The medium failed."),
    ),
    rights=("WRITE",),
    source='POSIX "writev"; Linux writev(2)',
)

GETPPID: Final = Syscall(
    25,
    "GETPPID",
    "Tell the number of the process this one is a child of; 0: it is the kernel's.",
    (),
    returns="The number.",
    errors=(),
    source='POSIX "getppid"; Linux getppid(2)',
)

SYSCALLS: Final = (
    EXIT,
    READ,
    WRITE,
    OPEN,
    CLOSE,
    MMAP,
    MUNMAP,
    THREAD_CREATE,
    THREAD_EXIT,
    FUTEX,
    SPAWN,
    WAIT,
    SEEK,
    FSTAT,
    CLOCK_GET,
    SLEEP,
    GETTID,
    GETPID,
    SET_THREAD_POINTER,
    YIELD,
    GET_RANDOM,
    SYSTEM_INFO,
    POWER_OFF,
    MPROTECT,
    WRITEV,
    GETPPID,
)
