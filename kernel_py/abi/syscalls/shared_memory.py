"""Shared memory: named objects, and objects without a name."""

from typing import Final

from kernel_py.abi.syscalls.call import (
    Argument,
    Direction,
    ErrorCase,
    Kind,
    Syscall,
)

SHM_OPEN: Final = Syscall(
    84,
    "SHM_OPEN",
    "Open the shared memory object of a name, or make it, empty. Its length is set by FTRUNCATE "
    "and told by FSTAT; MMAP shows it. It stays until it is unlinked, and after that until nobody "
    "holds or maps it.",
    (
        Argument(
            "name", Kind.PATH, "Its name; a slash in front does not count.", direction=Direction.IN
        ),
        Argument(
            "flags",
            Kind.U32,
            "How to open it.",
            unit="O_RDONLY or O_RDWR, O_CREAT, O_EXCL, O_TRUNC, O_CLOEXEC",
        ),
        Argument(
            "mode",
            Kind.U32,
            "Permission bits of one that is made; otherwise ignored.",
            unit="S_I* bits",
        ),
    ),
    returns="The new descriptor.",
    errors=(
        ErrorCase("EEXIST", "O_CREAT and O_EXCL are given, and there is one of this name."),
        ErrorCase("EFAULT", "The name cannot be read by the process."),
        ErrorCase(
            "EINVAL",
            "The name is empty, `.`, `..`, or has a slash within; a flag is unknown, or the "
            "access mode is neither O_RDONLY nor O_RDWR.",
        ),
        ErrorCase("EMFILE", "The process has as many descriptors as it may have."),
        ErrorCase("ENAMETOOLONG", "The name is longer than 255 bytes."),
        ErrorCase("ENFILE", "There are as many names as there may be."),
        ErrorCase("ENOENT", "There is none of this name, and O_CREAT is not given."),
        ErrorCase("ENOMEM", "The kernel has no memory for it."),
    ),
    source='POSIX "shm_open"; Linux shm_open(3)',
)

SHM_UNLINK: Final = Syscall(
    85,
    "SHM_UNLINK",
    "Take the name from a shared memory object. Who holds or maps it goes on with it.",
    (Argument("name", Kind.PATH, "Its name.", direction=Direction.IN),),
    returns="0.",
    errors=(
        ErrorCase("EFAULT", "The name cannot be read by the process."),
        ErrorCase("EINVAL", "The name is empty, `.`, `..`, or has a slash within."),
        ErrorCase("ENAMETOOLONG", "The name is longer than 255 bytes."),
        ErrorCase("ENOENT", "There is none of this name."),
    ),
    source='POSIX "shm_unlink"; Linux shm_unlink(3)',
)

SHM_CREATE: Final = Syscall(
    86,
    "SHM_CREATE",
    "Make a shared memory object without a name, of length 0, open for reading and writing.",
    (Argument("flags", Kind.U32, "How.", unit="O_CLOEXEC or 0"),),
    returns="The new descriptor.",
    errors=(
        ErrorCase("EINVAL", "A flag is unknown."),
        ErrorCase("EMFILE", "The process has as many descriptors as it may have."),
        ErrorCase("ENOMEM", "The kernel has no memory for it."),
    ),
    source="Linux memfd_create(2)",
    not_yet=("reading and writing through the descriptor: EINVAL",),
)

CALLS: Final = (
    SHM_OPEN,
    SHM_UNLINK,
    SHM_CREATE,
)
