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
    "Map memory: zeroed pages that come at their first touch, or an object's content. What is "
    "written to a private mapping stays in the process, and its children copy it; a shared one is "
    "seen by every holder of the object, and by children, and a file has it at once for READ, and "
    "on its medium as what is written by WRITE. A page behind the end of the object, also of one "
    "that was cut since, is SIGBUS; so is the first write to a page for which the file system has "
    "no room. Without MAP_FIXED the kernel chooses the place, below USER_MMAP_TOP; `addr` is then "
    "advice.",
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
        ErrorCase(
            "EACCES",
            "PROT_WRITE together with PROT_EXEC; `fd` is not open for reading, or without the "
            "right MAP; or MAP_SHARED and PROT_WRITE, and `fd` is not open for writing.",
        ),
        ErrorCase("EBADF", "`fd` is not open."),
        ErrorCase("EEXIST", "MAP_FIXED_NOREPLACE, and something is mapped in the range."),
        ErrorCase(
            "EINVAL",
            "`len` is 0; a number is wider than its type; `prot` or `flags` has an unknown bit, or "
            "not exactly one kind; `addr` with MAP_FIXED is not on a page boundary; `offset` is "
            "negative or not on one, or not 0 with MAP_ANONYMOUS.",
        ),
        ErrorCase("EIO", "The medium failed."),
        ErrorCase("ENODEV", "`fd` is of a kind that cannot be mapped."),
        ErrorCase(
            "ENOMEM",
            "No free range of this length; MAP_FIXED outside of USER_MIN to USER_END; too many "
            "mappings; more than the machine has, without MAP_NORESERVE; or the kernel has no "
            "memory.",
        ),
        ErrorCase("ENOSYS", "MAP_GROWSDOWN."),
    ),
    source='POSIX "mmap"; Linux mmap(2)',
    not_yet=("MAP_GROWSDOWN: ENOSYS",),
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
        ErrorCase(
            "EACCES",
            "PROT_WRITE together with PROT_EXEC; or PROT_WRITE for a shared mapping of what was "
            "not open for writing.",
        ),
        ErrorCase("EINVAL", "`addr` is not on a page boundary, or `prot` has an unknown bit."),
        ErrorCase("ENOMEM", "A page of the range is not mapped, or the kernel has no memory."),
    ),
    source='POSIX "mprotect"; Linux mprotect(2)',
)

MREMAP: Final = Syscall(
    26,
    "MREMAP",
    "Make a mapping longer or shorter, and move it if it has to. Its content moves with it without "
    "being copied.",
    (
        Argument("addr", Kind.ADDRESS, "First byte; a multiple of PAGE_SIZE."),
        Argument("old_len", Kind.U64, "How much; rounded up to whole pages.", unit="bytes"),
        Argument("new_len", Kind.U64, "How much then; rounded up too.", unit="bytes"),
        Argument("flags", Kind.U32, "How.", unit="MREMAP_* flags"),
        Argument("new_addr", Kind.ADDRESS, "Where to, with MREMAP_FIXED; otherwise ignored."),
    ),
    returns="Address of the first byte.",
    errors=(
        ErrorCase("EFAULT", "A page of the old range is not mapped."),
        ErrorCase(
            "EINVAL",
            "An address is not on a page boundary, a length is 0, a flag is unknown, MREMAP_FIXED "
            "without MREMAP_MAYMOVE, or the new range overlaps the old one.",
        ),
        ErrorCase(
            "ENOMEM",
            "There is no room to grow and MREMAP_MAYMOVE is not given, no free range of the new "
            "length, a range outside of USER_MIN to USER_END, more than the machine has, or too "
            "many mappings.",
        ),
    ),
    source="Linux mremap(2)",
    not_yet=("MREMAP_DONTUNMAP: EINVAL",),
)

MADVISE: Final = Syscall(
    27,
    "MADVISE",
    "Tell how a range will be used. MADV_DONTNEED and MADV_FREE drop what private mappings in it "
    "hold; the rest is advice that changes nothing.",
    (
        Argument("addr", Kind.ADDRESS, "First byte; a multiple of PAGE_SIZE."),
        Argument("len", Kind.U64, "How much; rounded up to whole pages.", unit="bytes"),
        Argument("advice", Kind.U32, "What.", unit="MADV_* value"),
    ),
    returns="0.",
    errors=(
        ErrorCase("EINVAL", "`addr` is not on a page boundary, or `advice` is unknown."),
        ErrorCase("ENOMEM", "A page of the range is not mapped; the others are served."),
    ),
    source='POSIX "posix_madvise"; Linux madvise(2)',
)

MSYNC: Final = Syscall(
    105,
    "MSYNC",
    "Return when what was written to shared mappings of files in a range survives a power cut. "
    "With MS_ASYNC at once: such content is written after a while anyway.",
    (
        Argument("addr", Kind.ADDRESS, "First byte; a multiple of PAGE_SIZE."),
        Argument("len", Kind.U64, "How much; rounded up to whole pages.", unit="bytes"),
        Argument("flags", Kind.U32, "How.", unit="MS_* flags"),
    ),
    returns="0.",
    errors=(
        ErrorCase(
            "EINVAL",
            "`addr` is not on a page boundary, a flag is unknown, or both MS_ASYNC and MS_SYNC.",
        ),
        ErrorCase("EIO", "The medium failed: what was written since the last time may be lost."),
        ErrorCase("ENOMEM", "A page of the range is not mapped."),
        ErrorCase("ENOSPC", "The file system has no room for its tables."),
    ),
    source='POSIX "msync"; Linux msync(2)',
)

CALLS: Final = (
    MMAP,
    MUNMAP,
    MPROTECT,
    MREMAP,
    MADVISE,
    MSYNC,
)
