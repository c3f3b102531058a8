"""System calls: number, arguments, rights, results, errors; one module an area.

Register order and returns are Linux's on x86-64: the number in rax, arguments in rdi rsi rdx r10
r8 r9, the result in rax, -errno for an error; `syscall` destroys rcx and r11. A number is never
used again once it is published (`abi.lock.json`); a new call takes the next free one.

Source: System V ABI, AMD64 supplement, "Calling Conventions" of the Linux kernel; Linux
`man 2 syscall`. Each call names its own.
"""

from typing import Final

from kernel_py.abi.syscalls import (
    browser,
    capabilities,
    channels,
    descriptors,
    files,
    memory,
    paths,
    pipes,
    process,
    shared_memory,
    signals,
    system,
    thread,
    time,
    waiting,
)
from kernel_py.abi.syscalls.call import (
    IOV_MAX,
    MAX_ARGUMENTS,
    PATH_MAX,
    PIPE_BUF,
    Argument,
    Direction,
    ErrorCase,
    Kind,
    Syscall,
)

__all__ = [
    "IOV_MAX",
    "MAX_ARGUMENTS",
    "PATH_MAX",
    "PIPE_BUF",
    "SYSCALLS",
    "Argument",
    "Direction",
    "ErrorCase",
    "Kind",
    "Syscall",
]

SYSCALLS: Final = tuple(
    sorted(
        (
            *browser.CALLS,
            *capabilities.CALLS,
            *channels.CALLS,
            *descriptors.CALLS,
            *files.CALLS,
            *memory.CALLS,
            *paths.CALLS,
            *pipes.CALLS,
            *process.CALLS,
            *shared_memory.CALLS,
            *signals.CALLS,
            *system.CALLS,
            *thread.CALLS,
            *time.CALLS,
            *waiting.CALLS,
        ),
        key=lambda call: call.number,
    )
)
