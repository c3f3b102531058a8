"""Names of files: making, finding, changing and removing what a path leads to."""

from typing import Final

from kernel_py.abi.syscalls.call import Argument, Direction, ErrorCase, Kind, Syscall


def _dirfd(name: str = "dirfd") -> Argument:
    doc = "The directory where a path that does not begin with `/` begins."
    return Argument(name, Kind.I32, doc, unit="descriptor, or AT_FDCWD")


def _path(name: str = "path", doc: str = "The path.") -> Argument:
    return Argument(name, Kind.PATH, doc, direction=Direction.IN)


def _flags(doc: str, unit: str = "AT_* flags") -> Argument:
    return Argument("flags", Kind.U32, doc, unit=unit)


_FD: Final = Argument("fd", Kind.FD, "The descriptor.")
_MODE: Final = Argument("mode", Kind.U32, "Permission bits.", unit="S_I* bits")
_OWNER: Final = (
    Argument("uid", Kind.U32, "The new owner; all ones: the same as before.", unit="user"),
    Argument("gid", Kind.U32, "The new group; all ones: the same as before.", unit="group"),
)


def _errors(*cases: ErrorCase) -> tuple[ErrorCase, ...]:
    return tuple(sorted(cases, key=lambda case: case.error))


_WALK: Final = (
    ErrorCase("EFAULT", "A path cannot be read by the process."),
    ErrorCase("EIO", "The medium failed."),
    ErrorCase("ELOOP", "Too many symbolic links."),
    ErrorCase("ENAMETOOLONG", "A path is longer than PATH_MAX, or a name in it than 255."),
    ErrorCase("ENOMEM", "The kernel has no memory for it."),
)
_MISSING: Final = ErrorCase("ENOENT", "There is no such file, or a path is empty.")
_NO_DIRECTORY: Final = ErrorCase("ENOTDIR", "A name that is not the last is not a directory.")
_BAD_DIRFD: Final = ErrorCase("EBADF", "A path counts from a descriptor that is not open.")
_AT: Final = (
    *_WALK,
    _BAD_DIRFD,
    ErrorCase(
        "ENOTDIR", "A name that is not the last is not a directory, or such a descriptor is none."
    ),
)
_MAKE: Final = (
    *_AT,
    ErrorCase("EEXIST", "There is such a file, be it a symbolic link to nothing."),
    ErrorCase("ENOENT", "A name that is not the last is missing, or the path is empty."),
    ErrorCase("ENOSPC", "The file system is full."),
    ErrorCase("EROFS", "The file system is read-only."),
)
_READ_ONLY: Final = ErrorCase("EROFS", "The file system is read-only.")
_NO_FLAGS: Final = "A number is wider than its type, or a flag is unknown."
_BAD_FD: Final = (
    ErrorCase("EBADF", "`fd` is not open, or with O_PATH."),
    ErrorCase("EIO", "The medium failed."),
)

OPENAT: Final = Syscall(
    63,
    "OPENAT",
    "OPEN of a path that counts from a directory.",
    (
        _dirfd(),
        _path(),
        _flags("How to open it.", "O_* flags"),
        Argument(
            "mode",
            Kind.U32,
            "Permission bits of a file that is made; otherwise ignored.",
            unit="S_I* bits",
        ),
    ),
    returns="The new descriptor.",
    errors=_errors(
        *(case for case in _AT if case.error not in ("ELOOP", "ENOTDIR")),
        ErrorCase("EACCES", "The path goes through something that may not be searched."),
        ErrorCase("EEXIST", "O_CREAT and O_EXCL are given, and the file exists."),
        ErrorCase(
            "EINVAL",
            "A number is wider than its type, the access mode is 3, or O_CREAT with O_DIRECTORY.",
        ),
        ErrorCase("EISDIR", "The file is a directory, and writing was asked for."),
        ErrorCase("ELOOP", "Too many symbolic links, or one at the end and O_NOFOLLOW."),
        ErrorCase("EMFILE", "The process has as many descriptors as it may have."),
        _MISSING,
        ErrorCase("ENOSPC", "O_CREAT, and the file system is full."),
        ErrorCase(
            "ENOTDIR",
            "A name that is not the last is not a directory, O_DIRECTORY, or `dirfd` is none.",
        ),
        ErrorCase("ENXIO", "The file is a device, a pipe or a socket with nothing behind it."),
        ErrorCase("EOPNOTSUPP", "O_TMPFILE is given."),
        ErrorCase("EROFS", "Writing, O_CREAT or O_TRUNC on a read-only file system."),
    ),
    source='POSIX "openat"; Linux openat(2)',
    not_yet=("O_TMPFILE: EOPNOTSUPP",),
)

FSTATAT: Final = Syscall(
    64,
    "FSTATAT",
    "Tell what is known about the file a path leads to.",
    (
        _dirfd(),
        _path(),
        Argument("stat", Kind.STRUCT, "The answer.", direction=Direction.OUT, target="Stat"),
        _flags(
            "AT_SYMLINK_NOFOLLOW: a symbolic link at the end itself. AT_EMPTY_PATH: an empty path "
            "means `dirfd` itself, whatever it is."
        ),
    ),
    returns="0.",
    errors=_errors(*_AT, _MISSING, ErrorCase("EINVAL", _NO_FLAGS)),
    source='POSIX "fstatat"; Linux newfstatat(2)',
)

MKDIRAT: Final = Syscall(
    65,
    "MKDIRAT",
    "Make an empty directory. The umask takes permissions away.",
    (_dirfd(), _path(), _MODE),
    returns="0.",
    errors=_errors(
        *_MAKE,
        ErrorCase("EINVAL", "A number is wider than its type."),
        ErrorCase("EMLINK", "The directory has as many directories as it may have."),
    ),
    source='POSIX "mkdirat"; Linux mkdirat(2)',
)

MKNODAT: Final = Syscall(
    66,
    "MKNODAT",
    "Make a file without content: a regular one, a named pipe, or the name of a socket. The umask "
    "takes permissions away.",
    (
        _dirfd(),
        _path(),
        Argument("mode", Kind.U32, "Type, 0 for a regular file, and permission bits.", unit="mode"),
        Argument("device", Kind.U64, "Which device; ignored.", unit="device number"),
    ),
    returns="0.",
    errors=_errors(
        *_MAKE,
        ErrorCase("EINVAL", "A number is wider than its type, or the type is unknown."),
        ErrorCase("EPERM", "The type is a device or a directory."),
    ),
    source='POSIX "mknodat"; Linux mknodat(2)',
    not_yet=("devices: EPERM",),
)

SYMLINKAT: Final = Syscall(
    67,
    "SYMLINKAT",
    "Make a symbolic link. What it points to need not exist.",
    (_path("target", "Where it points."), _dirfd(), _path("path", "The link.")),
    returns="0.",
    errors=_errors(*_MAKE, ErrorCase("EINVAL", "`dirfd` does not hold a number of 32 bits.")),
    source='POSIX "symlinkat"; Linux symlinkat(2)',
)

LINKAT: Final = Syscall(
    68,
    "LINKAT",
    "Give a file one more name, on the same file system.",
    (
        _dirfd("from_dirfd"),
        _path("from", "The file."),
        _dirfd("to_dirfd"),
        _path("to", "Its new name."),
        _flags(
            "AT_SYMLINK_FOLLOW: the file a symbolic link at the end leads to, not the link. "
            "AT_EMPTY_PATH: an empty path means `from_dirfd` itself."
        ),
    ),
    returns="0.",
    errors=_errors(
        *(case for case in _MAKE if case.error != "ENOENT"),
        ErrorCase("EINVAL", _NO_FLAGS),
        ErrorCase("EMLINK", "The file has as many names as it may have."),
        ErrorCase("ENOENT", "There is no such file, it has no name any more, or a path is empty."),
        ErrorCase("EPERM", "The file is a directory."),
        ErrorCase("EXDEV", "The names are on two file systems."),
    ),
    source='POSIX "linkat"; Linux linkat(2)',
)

UNLINKAT: Final = Syscall(
    69,
    "UNLINKAT",
    "Take a name away. A file without names goes when nobody has it open any more.",
    (
        _dirfd(),
        _path(),
        _flags("AT_REMOVEDIR: an empty directory instead of anything else."),
    ),
    returns="0.",
    errors=_errors(
        *(case for case in _AT if case.error != "ENOTDIR"),
        _MISSING,
        _READ_ONLY,
        ErrorCase("EBUSY", "The directory is `/`, or a file system is mounted on it."),
        ErrorCase("EINVAL", f"{_NO_FLAGS} Or AT_REMOVEDIR, and the last name is `.`."),
        ErrorCase("EISDIR", "The file is a directory, and AT_REMOVEDIR is not given."),
        ErrorCase(
            "ENOTDIR",
            "A name that is not the last is not a directory, such a descriptor is none, or the "
            "file is none and AT_REMOVEDIR is given.",
        ),
        ErrorCase("ENOTEMPTY", "The directory has names."),
    ),
    source='POSIX "unlinkat"; Linux unlinkat(2)',
)

RENAMEAT2: Final = Syscall(
    70,
    "RENAMEAT2",
    "Give a file another name, on the same file system. What has that name loses it, in one step: "
    "at no time is there neither, after a power cut either.",
    (
        _dirfd("from_dirfd"),
        _path("from", "The file."),
        _dirfd("to_dirfd"),
        _path("to", "Its new name."),
        _flags("What to do with a name that exists.", "0 or a RENAME_* value"),
    ),
    returns="0.",
    errors=_errors(
        *(case for case in _AT if case.error != "ENOTDIR"),
        _MISSING,
        _READ_ONLY,
        ErrorCase("EBUSY", "The last name is `.` or `..`, or a file system is mounted there."),
        ErrorCase("EEXIST", "RENAME_NOREPLACE, and the new name exists."),
        ErrorCase("EINVAL", f"{_NO_FLAGS} Or a directory would move into itself."),
        ErrorCase("EISDIR", "The new name is a directory's, and the file is none."),
        ErrorCase("EMLINK", "The directory has as many directories as it may have."),
        ErrorCase("ENOSPC", "The file system is full."),
        ErrorCase(
            "ENOTDIR",
            "A name that is not the last is not a directory, such a descriptor is none, or the "
            "file is a directory and the new name that of something else.",
        ),
        ErrorCase("ENOTEMPTY", "The new name is that of a directory that has names."),
        ErrorCase("EXDEV", "The names are on two file systems."),
    ),
    source='POSIX "renameat"; Linux renameat2(2)',
)

READLINKAT: Final = Syscall(
    71,
    "READLINKAT",
    "Tell where a symbolic link points, without a zero at the end.",
    (
        _dirfd(),
        _path("path", "The link; empty: `dirfd` itself, opened with O_PATH and O_NOFOLLOW."),
        Argument(
            "buffer",
            Kind.BUFFER,
            "The answer.",
            direction=Direction.OUT,
            length="len",
        ),
        Argument("len", Kind.LENGTH, "Most bytes of it.", unit="bytes"),
    ),
    returns="Number of bytes; what does not fit is cut off.",
    errors=_errors(
        *(case for case in _AT if case.error != "EFAULT"),
        _MISSING,
        ErrorCase("EFAULT", "The path cannot be read, or the buffer written, by the process."),
        ErrorCase("EINVAL", "This is no symbolic link, `len` is 0, or `dirfd` no number."),
    ),
    source='POSIX "readlinkat"; Linux readlinkat(2)',
)

FACCESSAT: Final = Syscall(
    72,
    "FACCESSAT",
    "Tell whether the process may use a file in this way. Every process is the superuser: it may "
    "read and write everything, and execute what anybody may.",
    (
        _dirfd(),
        _path(),
        Argument("mode", Kind.U32, "The way; 0: whether there is one.", unit="R_OK, W_OK, X_OK"),
        _flags(
            "AT_EACCESS changes nothing. AT_SYMLINK_NOFOLLOW and AT_EMPTY_PATH: as for FSTATAT."
        ),
    ),
    returns="0.",
    errors=_errors(
        *_AT,
        _MISSING,
        ErrorCase("EACCES", "Nobody may execute the file."),
        ErrorCase("EINVAL", "A number is wider than its type, or `mode` or a flag is unknown."),
        ErrorCase("EROFS", "Writing, and the file system is read-only."),
    ),
    source='POSIX "faccessat"; Linux faccessat2(2)',
)

FCHMOD: Final = Syscall(
    73,
    "FCHMOD",
    "Set the permission bits of an open file.",
    (_FD, _MODE),
    returns="0.",
    errors=_errors(
        *_BAD_FD,
        _READ_ONLY,
        ErrorCase("EINVAL", "`fd` is no file, or a number is wider than its type."),
    ),
    rights=("CHANGE",),
    source='POSIX "fchmod"; Linux fchmod(2)',
)

FCHMODAT: Final = Syscall(
    74,
    "FCHMODAT",
    "Set the permission bits of the file a path leads to.",
    (
        _dirfd(),
        _path(),
        _MODE,
        _flags("AT_SYMLINK_NOFOLLOW and AT_EMPTY_PATH: as for FSTATAT."),
    ),
    returns="0.",
    errors=_errors(
        *_AT,
        _MISSING,
        _READ_ONLY,
        ErrorCase("EINVAL", _NO_FLAGS),
        ErrorCase("EOPNOTSUPP", "AT_SYMLINK_NOFOLLOW, and this is a symbolic link."),
    ),
    source='POSIX "fchmodat"; Linux fchmodat2(2)',
)

FCHOWN: Final = Syscall(
    75,
    "FCHOWN",
    "Set owner and group of an open file. What can be executed loses S_ISUID, and S_ISGID.",
    (_FD, *_OWNER),
    returns="0.",
    errors=_errors(
        *_BAD_FD,
        _READ_ONLY,
        ErrorCase("EINVAL", "`fd` is no file, or a number is wider than its type."),
    ),
    rights=("CHANGE",),
    source='POSIX "fchown"; Linux fchown(2)',
)

FCHOWNAT: Final = Syscall(
    76,
    "FCHOWNAT",
    "Set owner and group of the file a path leads to, as FCHOWN does.",
    (
        _dirfd(),
        _path(),
        *_OWNER,
        _flags("AT_SYMLINK_NOFOLLOW and AT_EMPTY_PATH: as for FSTATAT."),
    ),
    returns="0.",
    errors=_errors(*_AT, _MISSING, _READ_ONLY, ErrorCase("EINVAL", _NO_FLAGS)),
    source='POSIX "fchownat"; Linux fchownat(2)',
)

UTIMENSAT: Final = Syscall(
    77,
    "UTIMENSAT",
    "Set when a file was last read and last changed.",
    (
        _dirfd(),
        _path(),
        Argument(
            "times",
            Kind.STRUCT,
            "The times; 0: both are now. UTIME_NOW and UTIME_OMIT as nanoseconds: now, and as it "
            "was.",
            direction=Direction.IN,
            target="FileTimes",
            is_nullable=True,
        ),
        _flags("AT_SYMLINK_NOFOLLOW and AT_EMPTY_PATH: as for FSTATAT."),
    ),
    returns="0.",
    errors=_errors(
        *(case for case in _AT if case.error != "EFAULT"),
        _MISSING,
        _READ_ONLY,
        ErrorCase("EFAULT", "The path or the times cannot be read by the process."),
        ErrorCase("EINVAL", f"{_NO_FLAGS} Or nanoseconds that are no part of a second."),
    ),
    source='POSIX "utimensat"; Linux utimensat(2)',
)

CHDIR: Final = Syscall(
    78,
    "CHDIR",
    "Make a directory the one where paths of the process begin.",
    (_path(),),
    returns="0.",
    errors=_errors(*_WALK, _MISSING, ErrorCase("ENOTDIR", "A name is not that of a directory.")),
    source='POSIX "chdir"; Linux chdir(2)',
)

FCHDIR: Final = Syscall(
    79,
    "FCHDIR",
    "CHDIR to an open directory.",
    (_FD,),
    returns="0.",
    errors=_errors(
        ErrorCase("EBADF", "`fd` is not open."),
        ErrorCase("EINVAL", "`fd` does not hold a number of 32 bits."),
        ErrorCase("ENOTDIR", "`fd` is no directory."),
    ),
    rights=("INSPECT",),
    source='POSIX "fchdir"; Linux fchdir(2)',
)

GETCWD: Final = Syscall(
    80,
    "GETCWD",
    "Tell the path of the working directory.",
    (
        Argument(
            "buffer",
            Kind.BUFFER,
            "The path, with a zero at the end.",
            direction=Direction.OUT,
            length="len",
        ),
        Argument("len", Kind.LENGTH, "Room for it.", unit="bytes"),
    ),
    returns="Number of bytes, with the zero.",
    errors=_errors(
        ErrorCase("EFAULT", "The buffer cannot be written by the process."),
        ErrorCase("ENOENT", "The directory was removed."),
        ErrorCase("ERANGE", "The path with its zero does not fit."),
    ),
    source='POSIX "getcwd"; Linux getcwd(2)',
)

UMASK: Final = Syscall(
    81,
    "UMASK",
    "Say which permissions files that the process makes shall not have.",
    (Argument("mask", Kind.U32, "The bits; others than 0777 are ignored.", unit="S_I* bits"),),
    returns="The bits of before.",
    errors=(ErrorCase("EINVAL", "`mask` does not hold a number of 32 bits."),),
    source='POSIX "umask"; Linux umask(2)',
)

STATFS: Final = Syscall(
    82,
    "STATFS",
    "Tell how large the file system is that a path leads to, and how full.",
    (
        _path(),
        Argument("facts", Kind.STRUCT, "The answer.", direction=Direction.OUT, target="StatFs"),
    ),
    returns="0.",
    errors=_errors(
        *(case for case in _WALK if case.error != "EFAULT"),
        _MISSING,
        _NO_DIRECTORY,
        ErrorCase("EFAULT", "The path cannot be read, or `facts` written, by the process."),
    ),
    source="Linux statfs(2)",
)

FSTATFS: Final = Syscall(
    83,
    "FSTATFS",
    "STATFS of the file system that an open file is on.",
    (
        _FD,
        Argument("facts", Kind.STRUCT, "The answer.", direction=Direction.OUT, target="StatFs"),
    ),
    returns="0.",
    errors=_errors(
        ErrorCase("EBADF", "`fd` is not open."),
        ErrorCase("EFAULT", "`facts` cannot be written by the process."),
        ErrorCase("EINVAL", "`fd` is on no file system, or does not hold a number of 32 bits."),
        ErrorCase("EIO", "The medium failed."),
    ),
    rights=("INSPECT",),
    source="Linux fstatfs(2)",
)

CALLS: Final = (
    OPENAT,
    FSTATAT,
    MKDIRAT,
    MKNODAT,
    SYMLINKAT,
    LINKAT,
    UNLINKAT,
    RENAMEAT2,
    READLINKAT,
    FACCESSAT,
    FCHMOD,
    FCHMODAT,
    FCHOWN,
    FCHOWNAT,
    UTIMENSAT,
    CHDIR,
    FCHDIR,
    GETCWD,
    UMASK,
    STATFS,
    FSTATFS,
)
