"""Memory of the process."""

from typing import Final

from kernel_py.abi.syscalls.call import (
    Argument,
    ErrorCase,
    Kind,
    Syscall,
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

CALLS: Final = (
    MMAP,
    MUNMAP,
    MPROTECT,
)
