"""Handles as capabilities: fewer rights, taking back, what is known about one."""

from typing import Final

from kernel_py.abi.syscalls.call import (
    Argument,
    Direction,
    ErrorCase,
    Kind,
    Syscall,
)

HANDLE_DUPLICATE: Final = Syscall(
    45,
    "HANDLE_DUPLICATE",
    "Make a handle to the same object, with fewer rights or the same. It descends from `fd`: "
    "HANDLE_REVOKE of `fd`, or of what that descends from, takes it back.",
    (
        Argument("fd", Kind.FD, "The handle."),
        Argument(
            "rights",
            Kind.U32,
            "The new handle has those of them that `fd` has.",
            unit="rights of handles",
        ),
        Argument(
            "badge",
            Kind.U64,
            "A number for HANDLE_INFO to tell, by which the giver knows whom it gave the handle "
            "to. It goes on to what descends from the new handle and cannot be changed; 0: that "
            "of `fd`.",
            unit="any",
        ),
        Argument("flags", Kind.U32, "Flags of the new handle.", unit="O_CLOEXEC"),
    ),
    returns="The new handle: the lowest number that is free.",
    errors=(
        ErrorCase("EBADF", "`fd` is not open, was revoked or has not the right DUPLICATE."),
        ErrorCase(
            "EINVAL",
            "`rights` has a bit that is no right of a handle, or another flag is set.",
        ),
        ErrorCase("EMFILE", "The process has as many handles as it may have."),
        ErrorCase("ENFILE", "Too many handles stem from the same one."),
        ErrorCase("ENOMEM", "The kernel has no memory for it."),
        ErrorCase("EPERM", "`fd` has another badge."),
    ),
    rights=("DUPLICATE",),
    source='Fuchsia "zx_handle_duplicate"; seL4 Reference Manual "CNode - Mint"',
)

HANDLE_REVOKE: Final = Syscall(
    46,
    "HANDLE_REVOKE",
    "Take back every handle that descends from `fd`, in whatever process or message: those made "
    "by HANDLE_DUPLICATE, DUP and FCNTL, and those that children got by SPAWN and FORK. They keep "
    "their numbers until they are closed; using one is EBADF. `fd` stays as it is.",
    (Argument("fd", Kind.FD, "The handle."),),
    returns="How many handles were taken back.",
    errors=(
        ErrorCase("EBADF", "`fd` is not open, was revoked or has not the right REVOKE."),
        ErrorCase("EINVAL", "`fd` does not hold a number of 32 bits."),
    ),
    rights=("REVOKE",),
    source='seL4 Reference Manual "CNode - Revoke"',
)

HANDLE_INFO: Final = Syscall(
    47,
    "HANDLE_INFO",
    "Tell what a handle is and allows.",
    (
        Argument("fd", Kind.FD, "The handle."),
        Argument(
            "info",
            Kind.STRUCT,
            "What is known about it.",
            direction=Direction.OUT,
            target="HandleInfo",
            length="size",
        ),
        Argument("size", Kind.SIZE, "Size of the struct.", unit="bytes"),
    ),
    returns="0.",
    errors=(
        ErrorCase("EBADF", "`fd` is not open or was revoked."),
        ErrorCase("EFAULT", "`info` cannot be written by the process."),
        ErrorCase(
            "EINVAL",
            "`size` is not the size of the struct, or `fd` does not hold a number of 32 bits.",
        ),
    ),
    source='Fuchsia "zx_object_get_info", ZX_INFO_HANDLE_BASIC',
)

CALLS: Final = (
    HANDLE_DUPLICATE,
    HANDLE_REVOKE,
    HANDLE_INFO,
)
