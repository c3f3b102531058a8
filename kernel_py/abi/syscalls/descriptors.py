"""What concerns a descriptor rather than what is behind it, and scattered reading."""

from typing import Final

from kernel_py.abi.syscalls.call import (
    IOV_MAX,
    Argument,
    Direction,
    ErrorCase,
    Kind,
    Syscall,
)

DUP: Final = Syscall(
    31,
    "DUP",
    "Make the number `to` stand for what `fd` stands for, with the same rights. What was open "
    "under it is closed. FCNTL with F_DUPFD chooses a free number instead.",
    (
        Argument("fd", Kind.FD, "The descriptor."),
        Argument("to", Kind.FD, "The number."),
        Argument("flags", Kind.U32, "Flags of the new descriptor.", unit="O_CLOEXEC"),
    ),
    returns="`to`.",
    errors=(
        ErrorCase(
            "EBADF",
            "`fd` is not open or has not the right DUPLICATE, or `to` is no number a descriptor "
            "can have.",
        ),
        ErrorCase("EINVAL", "`fd` and `to` are the same, or another flag is set."),
        ErrorCase("ENFILE", "Too many descriptors stem from the same one."),
        ErrorCase("ENOMEM", "The kernel has no memory for it."),
    ),
    rights=("DUPLICATE",),
    source='POSIX "dup3"; Linux dup(2)',
)

FCNTL: Final = Syscall(
    32,
    "FCNTL",
    "Ask or change what a descriptor is. Of the argument, commands that take an int look at the "
    "low 32 bits; those of locks take the address of a FileLock. Locks keep nobody from reading or "
    "writing, only from locking. A process loses its locks of a file with any descriptor of the "
    "file that it closes, and a child gets none.",
    (
        Argument("fd", Kind.FD, "The descriptor."),
        Argument("command", Kind.U32, "What to do.", unit="F_* value"),
        Argument("argument", Kind.U64, "What the command needs.", unit="as the command says"),
    ),
    returns="F_DUPFD, F_DUPFD_CLOEXEC: the new descriptor; F_GETFD, F_GETFL: flags; F_GETPIPE_SZ, "
    "F_SETPIPE_SZ: bytes; otherwise 0.",
    errors=(
        ErrorCase(
            "EBADF",
            "`fd` is not open; F_DUPFD: it has not the right DUPLICATE; F_GETPIPE_SZ, "
            "F_SETPIPE_SZ: it is no pipe; F_RDLCK, F_WRLCK: it has not the right READ, WRITE.",
        ),
        ErrorCase("EAGAIN", "F_SETLK, F_OFD_SETLK: a lock is in the way."),
        ErrorCase("EBUSY", "F_SETPIPE_SZ: the pipe holds more bytes than that."),
        ErrorCase("EDEADLK", "F_SETLKW: who is in the way waits for the process."),
        ErrorCase("EFAULT", "The lock cannot be read, or written, by the process."),
        ErrorCase("EINTR", "F_SETLKW, F_OFD_SETLKW: a signal was handled."),
        ErrorCase(
            "EINVAL",
            "The command is unknown; F_DUPFD: the argument is no number a descriptor can have; "
            "F_SETPIPE_SZ: it is negative; locks: `fd` is no file, or the lock is none.",
        ),
        ErrorCase("EMFILE", "F_DUPFD: no number from there on is free."),
        ErrorCase("ENFILE", "F_DUPFD: too many descriptors stem from the same one."),
        ErrorCase("ENOLCK", "There are as many locks in the system as there may be."),
        ErrorCase("ENOMEM", "F_DUPFD, F_SETPIPE_SZ: the kernel has no memory for it."),
        ErrorCase("EOVERFLOW", "Locks: the bytes end beyond what a file can have."),
        ErrorCase("EPERM", "F_SETPIPE_SZ: more than a mebibyte."),
    ),
    source='POSIX "fcntl"; Linux fcntl(2), fcntl_locking(2)',
    is_restarted=True,
)

FLOCK: Final = Syscall(
    100,
    "FLOCK",
    "Lock a file for the open file description, or unlock it. These locks keep nobody from reading "
    "or writing, nor from the locks of FCNTL, and go with the last descriptor of the description. "
    "A lock that is to become another kind is given back first.",
    (
        Argument("fd", Kind.FD, "The descriptor."),
        Argument("operation", Kind.U32, "What to do.", unit="LOCK_* flags"),
    ),
    returns="0.",
    errors=(
        ErrorCase("EAGAIN", "LOCK_NB, and a lock is in the way."),
        ErrorCase("EBADF", "`fd` is not open, or was opened with O_PATH."),
        ErrorCase("EINTR", "A signal was handled."),
        ErrorCase("EINVAL", "`operation` is unknown, or `fd` is no file."),
        ErrorCase("ENOLCK", "There are as many locks in the system as there may be."),
    ),
    source="Linux flock(2)",
    is_restarted=True,
)

IOCTL: Final = Syscall(
    33,
    "IOCTL",
    "Ask or change what only some descriptors have.",
    (
        Argument("fd", Kind.FD, "The descriptor."),
        Argument("request", Kind.U32, "What to do.", unit="request of <sys/ioctl.h>"),
        Argument("argument", Kind.ADDRESS, "Where the request's value is or goes."),
    ),
    returns="0.",
    errors=(
        ErrorCase("EBADF", "`fd` is not open."),
        ErrorCase("EFAULT", "The value cannot be read, or written, by the process."),
        ErrorCase(
            "EINVAL",
            "`request` does not hold a number of 32 bits; TCSETS: the console does not do that; "
            "TCSETSF.",
        ),
        ErrorCase("ENOTTY", "The request is unknown, or not for what is behind `fd`."),
    ),
    source="Linux ioctl(2), ioctl_tty(2)",
    not_yet=("TCSETSF: EINVAL", "TCSETS with line editing, echo or conversion of bytes: EINVAL"),
)

READV: Final = Syscall(
    34,
    "READV",
    "READ into several pieces, one after the other. It waits for the first byte only.",
    (
        Argument("fd", Kind.FD, "Where to read."),
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
    returns="Number of bytes read; 0 at the end of the file, or if all pieces are empty.",
    errors=(
        ErrorCase("EAGAIN", "O_NONBLOCK is set, and there is nothing to read yet."),
        ErrorCase("EBADF", "`fd` is not open, or not for reading."),
        ErrorCase("EFAULT", "`iov` cannot be read, or the first bytes cannot be written."),
        ErrorCase(
            "EINVAL",
            "`count` is more than IOV_MAX, the pieces are longer than 2^63 - 1 together, or `fd` "
            "does not hold a number of 32 bits.",
        ),
        ErrorCase("EIO", "The medium failed."),
        ErrorCase("EISDIR", "`fd` is a directory."),
    ),
    rights=("READ",),
    source='POSIX "readv"; Linux readv(2)',
)

CALLS: Final = (
    DUP,
    FCNTL,
    FLOCK,
    IOCTL,
    READV,
)
