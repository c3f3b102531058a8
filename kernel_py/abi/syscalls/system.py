"""The machine as a whole."""

from typing import Final

from kernel_py.abi.syscalls.call import (
    Argument,
    Direction,
    ErrorCase,
    Kind,
    Syscall,
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

REPORT_MAX_BYTES: Final = 1024
"""The longest text of one REPORT."""

REPORT: Final = Syscall(
    99,
    "REPORT",
    "Tell whoever watches the machine from outside something, as the event `process.reported`. Who "
    "may write to the console may do so.",
    (
        Argument("fd", Kind.FD, "The console."),
        Argument(
            "text",
            Kind.BUFFER,
            "What is told, UTF-8; other bytes are replaced.",
            direction=Direction.IN,
            length="len",
        ),
        Argument("len", Kind.LENGTH, "How long it is.", unit="bytes"),
    ),
    returns="0.",
    rights=("WRITE",),
    errors=(
        ErrorCase("EBADF", "`fd` is not open, or has not the right WRITE."),
        ErrorCase("EFAULT", "A byte of the text cannot be read by the process."),
        ErrorCase("EINVAL", "`fd` does not hold a number of 32 bits."),
        ErrorCase("EMSGSIZE", "The text is longer than 1024 bytes."),
        ErrorCase("ENOMEM", "The kernel has no memory for the text."),
        ErrorCase("ENOTTY", "`fd` is not the console."),
    ),
    source="KPIO",
)

CALLS: Final = (
    GET_RANDOM,
    SYSTEM_INFO,
    POWER_OFF,
    REPORT,
)
