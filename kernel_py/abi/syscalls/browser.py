"""The browser's channel: a region that the kernel serves, laid out in `abi/messages.py`."""

from typing import Final

from kernel_py.abi.syscalls.call import (
    Argument,
    Direction,
    ErrorCase,
    Kind,
    Syscall,
)

BROWSER_CHANNEL_CREATE: Final = Syscall(
    106,
    "BROWSER_CHANNEL_CREATE",
    "Make a region of CHANNEL_BYTES with its header and two empty rings, for messages between a "
    "browser and the kernel. MMAP with MAP_SHARED shows it; the handle can be passed on and taken "
    "back like others. The kernel answers until nobody holds or maps the region, or a ring is "
    "closed or damaged. FUTEX on a word of the region wakes the kernel, and is how it wakes.",
    (Argument("flags", Kind.U32, "How.", unit="O_CLOEXEC or 0"),),
    returns="The new descriptor.",
    errors=(
        ErrorCase("EINVAL", "A flag is unknown."),
        ErrorCase("EMFILE", "The process has as many descriptors as it may have."),
        ErrorCase("ENFILE", "There are as many channels as there may be: 64."),
        ErrorCase("ENOMEM", "There is no memory for both rings, 2 MiB, or for what serves them."),
    ),
    source='Linux io_uring_setup(2); Fuchsia "zx_fifo_create"',
    not_yet=("GPU work: answered with RequestRefused, REFUSED_NO_GPU",),
)

BROWSER_CHANNEL_STATUS: Final = Syscall(
    107,
    "BROWSER_CHANNEL_STATUS",
    "Tell what the kernel has done at its end of a browser's channel, and why it has closed it: "
    "from its own memory, not from the region.",
    (
        Argument("fd", Kind.FD, "The channel."),
        Argument(
            "status",
            Kind.STRUCT,
            "What it has done.",
            direction=Direction.OUT,
            target="BrowserChannelStatus",
        ),
    ),
    returns="0.",
    errors=(
        ErrorCase("EBADF", "`fd` is not open, was revoked or has not the right INSPECT."),
        ErrorCase("EFAULT", "`status` cannot be written by the process."),
        ErrorCase("EINVAL", "`fd` is no browser's channel."),
    ),
    rights=("INSPECT",),
    source='Fuchsia "zx_object_get_info"',
)

BROWSER_CHANNEL_SERVE: Final = Syscall(
    108,
    "BROWSER_CHANNEL_SERVE",
    "Make the line on which a service answers requests of a browser in the kernel's name: a "
    "channel whose other end is the kernel's. The kernel sends the requests on it as they came, "
    "and takes the answers that `abi/messages.py` states. When the line is closed, or an answer is "
    "wrong, what was asked on it is refused, and another line can be made.",
    (
        Argument("fd", Kind.FD, "The browser's channel."),
        Argument("services", Kind.U32, "What is answered.", unit="SERVE_*, one or both"),
        Argument("flags", Kind.U32, "How.", unit="O_CLOEXEC, O_NONBLOCK or 0"),
    ),
    returns="The new descriptor.",
    errors=(
        ErrorCase("EBADF", "`fd` is not open, was revoked or has not the right SERVE."),
        ErrorCase("EBUSY", "Another line is there for one of the services."),
        ErrorCase(
            "EINVAL",
            "`fd` is no browser's channel, `services` is 0 or has an unknown bit, or a flag is "
            "unknown.",
        ),
        ErrorCase("EMFILE", "The process has as many descriptors as it may have."),
        ErrorCase("ENOMEM", "There is no memory for the line."),
        ErrorCase("EPIPE", "The kernel has closed the browser's channel."),
    ),
    rights=("SERVE",),
    source='Fuchsia "Zircon channels"; Linux fuse(4), whose kernel passes requests on to a process',
)

CALLS: Final = (BROWSER_CHANNEL_CREATE, BROWSER_CHANNEL_STATUS, BROWSER_CHANNEL_SERVE)
