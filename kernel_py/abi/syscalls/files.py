"""Files, directories, and what every descriptor can do."""

from typing import Final

from kernel_py.abi.syscalls.call import (
    IOV_MAX,
    Argument,
    Direction,
    ErrorCase,
    Kind,
    Syscall,
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
        ErrorCase("EAGAIN", "O_NONBLOCK is set, and there is nothing to read yet."),
        ErrorCase("EBADF", "`fd` is not open, or not for reading."),
        ErrorCase("EFAULT", "A byte of the buffer cannot be written by the process."),
        ErrorCase("EINTR", "A signal was handled while it waited."),
        ErrorCase(
            "EINVAL",
            "`fd` does not hold a number of 32 bits, or is an event counter and `len` below 8.",
        ),
        ErrorCase("EIO", "The medium failed."),
        ErrorCase("EISDIR", "`fd` is a directory."),
    ),
    rights=("READ",),
    source='POSIX "read"; Linux read(2)',
    is_restarted=True,
)

WRITE: Final = Syscall(
    2,
    "WRITE",
    "Put bytes into a descriptor at its position, and move the position. Into a pipe: waits until "
    "all have found room.",
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
        ErrorCase("EAGAIN", "O_NONBLOCK is set, and there is no room yet."),
        ErrorCase("EBADF", "`fd` is not open, or not for writing."),
        ErrorCase("EFAULT", "The first bytes of the buffer cannot be read by the process."),
        ErrorCase("EFBIG", "The file would be larger than its file system allows."),
        ErrorCase("EINTR", "A signal was handled while it waited."),
        ErrorCase(
            "EINVAL",
            "`fd` does not hold a number of 32 bits; or it is an event counter, and `len` is below "
            "8 or the number the highest there is.",
        ),
        ErrorCase("EIO", "The medium failed."),
        ErrorCase("ENOMEM", "The kernel has no memory for the bytes."),
        ErrorCase("ENOSPC", "The file system is full."),
        ErrorCase("EPIPE", "`fd` is a pipe that nobody can read from."),
    ),
    rights=("WRITE",),
    source='POSIX "write"; Linux write(2)',
    is_restarted=True,
)

OPEN: Final = Syscall(
    3,
    "OPEN",
    "Open a file. A path that does not begin with `/` counts from the working directory. The "
    "descriptor is the lowest free number, its position 0.",
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
        ErrorCase(
            "EINVAL",
            "A number is wider than its type, the access mode is 3, or O_CREAT with O_DIRECTORY.",
        ),
        ErrorCase("EIO", "The medium failed."),
        ErrorCase("EISDIR", "The file is a directory, and writing was asked for."),
        ErrorCase("ELOOP", "Too many symbolic links, or one at the end and O_NOFOLLOW."),
        ErrorCase("EMFILE", "The process has as many descriptors as it may have."),
        ErrorCase("ENAMETOOLONG", "The path is longer than PATH_MAX, or a name in it than 255."),
        ErrorCase("ENOENT", "There is no such file, or the path is empty."),
        ErrorCase("ENOMEM", "The kernel has no memory for the handle."),
        ErrorCase("ENOSPC", "O_CREAT, and the file system is full."),
        ErrorCase("ENOTDIR", "A name that is not the last is not a directory, or O_DIRECTORY."),
        ErrorCase("ENXIO", "The file is a device, a pipe or a socket with nothing behind it."),
        ErrorCase("EOPNOTSUPP", "O_TMPFILE is given."),
        ErrorCase("EROFS", "Writing, O_CREAT or O_TRUNC on a read-only file system."),
    ),
    source='POSIX "open"; Linux open(2)',
    not_yet=("O_TMPFILE: EOPNOTSUPP",),
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
        ErrorCase("EAGAIN", "O_NONBLOCK is set, and there is no room yet."),
        ErrorCase("EBADF", "`fd` is not open, or not for writing."),
        ErrorCase("EFAULT", "`iov`, or the first bytes to be written, cannot be read."),
        ErrorCase("EINTR", "A signal was handled while it waited."),
        ErrorCase(
            "EINVAL",
            "`count` is more than IOV_MAX, the pieces are longer than 2^63 - 1 together, or `fd` "
            "does not hold a number of 32 bits.",
        ),
        ErrorCase("EIO", "The medium failed."),
        ErrorCase("ENOMEM", "The kernel has no memory for the bytes."),
        ErrorCase("EPIPE", "`fd` is a pipe that nobody can read from."),
    ),
    rights=("WRITE",),
    source='POSIX "writev"; Linux writev(2)',
    is_restarted=True,
)

_FD: Final = Argument("fd", Kind.FD, "The descriptor.")
_OFFSET: Final = Argument(
    "offset", Kind.I64, "Where, counted from the beginning of the file.", unit="bytes"
)
_NARROW: Final = ErrorCase("EINVAL", "`fd` does not hold a number of 32 bits.")
_MEDIUM: Final = ErrorCase("EIO", "The medium failed.")


def _pieces(direction: Direction) -> tuple[Argument, Argument]:
    """Return the arguments that say where the pieces of a transfer lie."""
    array = Argument(
        "iov",
        Kind.ARRAY,
        "The pieces.",
        direction=direction,
        target="IoVec",
        length="count",
        max_count=IOV_MAX,
    )
    return array, Argument("count", Kind.COUNT, "How many pieces.", unit="pieces")


PREAD: Final = Syscall(
    36,
    "PREAD",
    "Take bytes from a descriptor at a given place. Its position neither counts nor moves.",
    (
        _FD,
        Argument(
            "buffer",
            Kind.BUFFER,
            "Where the bytes go.",
            direction=Direction.OUT,
            length="len",
        ),
        Argument("len", Kind.LENGTH, "Most bytes to read.", unit="bytes"),
        _OFFSET,
    ),
    returns="Number of bytes read; 0 at or behind the end of the file, or if `len` is 0.",
    errors=(
        ErrorCase("EBADF", "`fd` is not open, or not for reading."),
        ErrorCase("EFAULT", "A byte of the buffer cannot be written by the process."),
        ErrorCase("EINVAL", "`offset` is negative, or `fd` does not hold a number of 32 bits."),
        _MEDIUM,
        ErrorCase("EISDIR", "`fd` is a directory."),
        ErrorCase("ESPIPE", "`fd` has no places: the console."),
    ),
    rights=("READ",),
    source='POSIX "pread"; Linux pread(2)',
)

PWRITE: Final = Syscall(
    37,
    "PWRITE",
    "Put bytes into a descriptor at a given place. Its position neither counts nor moves, and "
    "O_APPEND does not count either, as POSIX has it.",
    (
        _FD,
        Argument(
            "buffer",
            Kind.BUFFER,
            "The bytes.",
            direction=Direction.IN,
            length="len",
        ),
        Argument("len", Kind.LENGTH, "How many bytes.", unit="bytes"),
        _OFFSET,
    ),
    returns="Number of bytes written; less than `len` if a later byte could not be.",
    errors=(
        ErrorCase("EBADF", "`fd` is not open, or not for writing."),
        ErrorCase("EFAULT", "The first bytes of the buffer cannot be read by the process."),
        ErrorCase("EFBIG", "The file would be larger than its file system allows."),
        ErrorCase("EINVAL", "`offset` is negative, or `fd` does not hold a number of 32 bits."),
        _MEDIUM,
        ErrorCase("ENOSPC", "The file system is full."),
        ErrorCase("ESPIPE", "`fd` has no places: the console."),
    ),
    rights=("WRITE",),
    source='POSIX "pwrite"; Linux pwrite(2)',
)

_BAD_PIECES: Final = (
    "`count` is more than IOV_MAX, the pieces have more than 2^63 - 1 bytes together, or `fd` does "
    "not hold a number of 32 bits."
)

PREADV: Final = Syscall(
    38,
    "PREADV",
    "PREAD into several pieces, one after the other.",
    (_FD, *_pieces(Direction.IN), _OFFSET),
    returns="Number of bytes read; 0 at the end of the file, or if no piece has a byte.",
    errors=(
        ErrorCase("EBADF", "`fd` is not open, or not for reading."),
        ErrorCase("EFAULT", "`iov` cannot be read, or no byte of a piece written."),
        ErrorCase("EINVAL", f"`offset` is negative; or {_BAD_PIECES}"),
        _MEDIUM,
        ErrorCase("EISDIR", "`fd` is a directory."),
        ErrorCase("ESPIPE", "`fd` has no places: the console."),
    ),
    rights=("READ",),
    source="Linux preadv(2)",
)

PWRITEV: Final = Syscall(
    39,
    "PWRITEV",
    "PWRITE of several pieces, one after the other.",
    (_FD, *_pieces(Direction.IN), _OFFSET),
    returns="Number of bytes written; less than all if a later byte could not be.",
    errors=(
        ErrorCase("EBADF", "`fd` is not open, or not for writing."),
        ErrorCase("EFAULT", "`iov`, or the first bytes to be written, cannot be read."),
        ErrorCase("EFBIG", "The file would be larger than its file system allows."),
        ErrorCase("EINVAL", f"`offset` is negative; or {_BAD_PIECES}"),
        _MEDIUM,
        ErrorCase("ENOSPC", "The file system is full."),
        ErrorCase("ESPIPE", "`fd` has no places: the console."),
    ),
    rights=("WRITE",),
    source="Linux pwritev(2)",
)

_SYNC_ERRORS: Final = (
    ErrorCase("EBADF", "`fd` is not open, or with O_PATH."),
    ErrorCase("EINVAL", "`fd` is no file or directory, or does not hold a number of 32 bits."),
    ErrorCase("EIO", "The medium failed: what was written since the last time may be lost."),
)

FSYNC: Final = Syscall(
    40,
    "FSYNC",
    "Return when everything that was done to a file survives a power cut: content, attributes and "
    "names. Everything else on its file system does so too then.",
    (_FD,),
    returns="0.",
    errors=_SYNC_ERRORS,
    source='POSIX "fsync"; Linux fsync(2)',
)

FDATASYNC: Final = Syscall(
    41,
    "FDATASYNC",
    "FSYNC that need not care for times. It does today.",
    (_FD,),
    returns="0.",
    errors=_SYNC_ERRORS,
    source='POSIX "fdatasync"; Linux fdatasync(2)',
)

SYNC: Final = Syscall(
    42,
    "SYNC",
    "FSYNC of all file systems.",
    (),
    returns="0.",
    errors=(_MEDIUM,),
    source='POSIX "sync"; Linux sync(2)',
)

FTRUNCATE: Final = Syscall(
    43,
    "FTRUNCATE",
    "Set the length of a file: cut it, or let it end in zeros that take no space. No position "
    "moves.",
    (_FD, Argument("length", Kind.I64, "The new length.", unit="bytes")),
    returns="0.",
    errors=(
        ErrorCase("EBADF", "`fd` is not open, or with O_PATH."),
        ErrorCase("EFBIG", "The file would be larger than its file system allows."),
        ErrorCase(
            "EINVAL",
            "`length` is negative, `fd` is no file or not open for writing, or does not hold a "
            "number of 32 bits.",
        ),
        _MEDIUM,
        ErrorCase("ENOSPC", "The file system is full."),
    ),
    source='POSIX "ftruncate"; Linux ftruncate(2)',
)

GETDENTS: Final = Syscall(
    44,
    "GETDENTS",
    "Read names of a directory at the descriptor's position, and move the position. The answer is "
    "musl's `struct dirent`s, one behind the other, each `d_reclen` bytes long. SEEK to 0 or to a "
    "`d_off` that was given goes on from there.",
    (
        _FD,
        Argument(
            "buffer",
            Kind.BUFFER,
            "Where they go.",
            direction=Direction.OUT,
            length="len",
        ),
        Argument("len", Kind.LENGTH, "Most bytes of them.", unit="bytes"),
    ),
    returns="Number of bytes; 0 behind the last name.",
    errors=(
        ErrorCase("EBADF", "`fd` is not open, or not for reading."),
        ErrorCase("EFAULT", "A byte of the buffer cannot be written by the process."),
        ErrorCase(
            "EINVAL",
            "The next name does not fit into the buffer, or `fd` does not hold a number of 32 "
            "bits.",
        ),
        _MEDIUM,
        ErrorCase("ENOENT", "The directory was removed."),
        ErrorCase("ENOMEM", "The kernel has no memory for the names."),
        ErrorCase("ENOTDIR", "`fd` is no directory."),
    ),
    rights=("READ",),
    source="Linux getdents64(2); musl `dirent.h`",
)

CALLS: Final = (
    READ,
    WRITE,
    OPEN,
    CLOSE,
    SEEK,
    FSTAT,
    WRITEV,
    PREAD,
    PWRITE,
    PREADV,
    PWRITEV,
    FSYNC,
    FDATASYNC,
    SYNC,
    FTRUNCATE,
    GETDENTS,
)
