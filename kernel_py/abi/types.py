"""Struct layouts that cross the border between the kernel and a program.

All are little-endian, `repr(C)`, without implicit padding: a gap is a field that says so. `Stat`,
`Timespec` and `IoVec` are musl's on x86-64 byte for byte, because libkpio hands them to programs as
they are.

Source: musl `arch/x86_64/bits/stat.h`, `include/alltypes.h.in`.
"""

from dataclasses import dataclass, field
from typing import Final

from kernel_py.abi.place import Place, definition_place


@dataclass(frozen=True)
class Scalar:
    """A fixed-width integer: `size` is in bytes and is also its alignment."""

    name: str
    size: int
    c_name: str


U8: Final = Scalar("u8", 1, "uint8_t")
U16: Final = Scalar("u16", 2, "uint16_t")
U32: Final = Scalar("u32", 4, "uint32_t")
U64: Final = Scalar("u64", 8, "uint64_t")
I16: Final = Scalar("i16", 2, "int16_t")
I32: Final = Scalar("i32", 4, "int32_t")
I64: Final = Scalar("i64", 8, "int64_t")
SCALARS: Final = (U8, U16, U32, U64, I16, I32, I64)


@dataclass(frozen=True)
class StructField:
    """A member of a struct: `count` of them in a row, `type_name` a scalar or an earlier struct."""

    name: str
    type_name: str
    doc: str
    count: int = 1
    is_padding: bool = False
    place: Place = field(default_factory=definition_place, compare=False)


@dataclass(frozen=True)
class Struct:
    """A layout: `size` and `align` are in bytes, stated so that `check` can prove them.

    `c_name` is the name in the generated C headers, `musl_name` the C type of musl's headers whose
    layout it must have, empty where there is none, and `musl_header` where that type is declared.
    `is_packed`: its fields follow each other whatever their alignment, and its own is 1; only for
    what Linux has so.
    """

    name: str
    c_name: str
    size: int
    align: int
    doc: str
    fields: tuple[StructField, ...]
    musl_name: str = ""
    musl_header: str = ""
    is_packed: bool = False
    place: Place = field(default_factory=definition_place, compare=False)


TIMESPEC: Final = Struct(
    "Timespec",
    "kpio_timespec",
    16,
    8,
    "A point in time or a span of time.",
    (
        StructField("tv_sec", "i64", "Whole seconds."),
        StructField("tv_nsec", "i64", "Nanoseconds on top, 0 to 999_999_999."),
    ),
    musl_name="struct timespec",
    musl_header="time.h",
)

TIMEVAL: Final = Struct(
    "Timeval",
    "kpio_timeval",
    16,
    8,
    "A point in time or a span of time, in microseconds.",
    (
        StructField("tv_sec", "i64", "Whole seconds."),
        StructField("tv_usec", "i64", "Microseconds on top, 0 to 999_999."),
    ),
    musl_name="struct timeval",
    musl_header="sys/time.h",
)

TIMER_SPEC: Final = Struct(
    "TimerSpec",
    "kpio_itimerspec",
    32,
    8,
    "When a timer of TIMERFD_CREATE goes off.",
    (
        StructField("it_interval", "Timespec", "Again and again so much later; 0: only once."),
        StructField("it_value", "Timespec", "First, or next; 0: not at all."),
    ),
    musl_name="struct itimerspec",
    musl_header="time.h",
)

INTERVAL_TIMER: Final = Struct(
    "IntervalTimer",
    "kpio_itimerval",
    32,
    8,
    "When a timer of SETITIMER goes off.",
    (
        StructField("it_interval", "Timeval", "Again and again so much later; 0: only once."),
        StructField("it_value", "Timeval", "First, or next; 0: not at all."),
    ),
    musl_name="struct itimerval",
    musl_header="sys/time.h",
)

STAT: Final = Struct(
    "Stat",
    "kpio_stat",
    144,
    8,
    "What is known about an open file.",
    (
        StructField("st_dev", "u64", "Number of the file system the file is on."),
        StructField("st_ino", "u64", "Number of the file in its file system."),
        StructField("st_nlink", "u64", "Number of names the file has."),
        StructField("st_mode", "u32", "Type of the file (S_IFMT) and its permission bits."),
        StructField("st_uid", "u32", "User the file belongs to."),
        StructField("st_gid", "u32", "Group the file belongs to."),
        StructField("pad0", "u32", "Always 0.", is_padding=True),
        StructField("st_rdev", "u64", "Number of the device, for a device file; otherwise 0."),
        StructField("st_size", "i64", "Length of the content in bytes."),
        StructField("st_blksize", "i64", "Good size of one transfer, in bytes."),
        StructField("st_blocks", "i64", "Space taken on the medium, in units of 512 bytes."),
        StructField("st_atim", "Timespec", "When the content was last read."),
        StructField("st_mtim", "Timespec", "When the content was last changed."),
        StructField("st_ctim", "Timespec", "When the file's attributes were last changed."),
        StructField("pad1", "i64", "Always 0.", count=3, is_padding=True),
    ),
    musl_name="struct stat",
    musl_header="sys/stat.h",
)

IO_VEC: Final = Struct(
    "IoVec",
    "kpio_iovec",
    16,
    8,
    "One piece of a transfer that is scattered over memory.",
    (
        StructField("iov_base", "u64", "Address of the piece's first byte."),
        StructField("iov_len", "u64", "Length of the piece in bytes."),
    ),
    musl_name="struct iovec",
    musl_header="sys/uio.h",
)

FILE_TIMES: Final = Struct(
    "FileTimes",
    "kpio_file_times",
    32,
    8,
    "The times of a file that a program may set.",
    (
        StructField("accessed", "Timespec", "When the content was last read."),
        StructField("modified", "Timespec", "When the content was last changed."),
    ),
)

FILE_SYSTEM_ID: Final = Struct(
    "FileSystemId",
    "kpio_fsid",
    8,
    4,
    "The number of a file system; musl's `fsid_t`.",
    (StructField("val", "i32", "As in st_dev; then 0.", count=2),),
)

STAT_FS: Final = Struct(
    "StatFs",
    "kpio_statfs",
    120,
    8,
    "How large a file system is, and how full.",
    (
        StructField("f_type", "u64", "Its kind: 0xEF53, ext4."),
        StructField("f_bsize", "u64", "Good size of one transfer, in bytes."),
        StructField("f_blocks", "u64", "Blocks it has, of `f_frsize` bytes."),
        StructField("f_bfree", "u64", "Blocks that are free."),
        StructField("f_bavail", "u64", "Blocks that are free for everybody."),
        StructField("f_files", "u64", "Files there can be."),
        StructField("f_ffree", "u64", "Files that can still be made."),
        StructField("f_fsid", "FileSystemId", "Its number."),
        StructField("f_namelen", "u64", "Longest name in bytes."),
        StructField("f_frsize", "u64", "Bytes in a block."),
        StructField("f_flags", "u64", "ST_RDONLY if it is read-only."),
        StructField("f_spare", "u64", "Always 0.", count=4, is_padding=True),
    ),
    musl_name="struct statfs",
    musl_header="sys/statfs.h",
)

THREAD_CREATE_ARGS: Final = Struct(
    "ThreadCreateArgs",
    "kpio_thread_create_args",
    40,
    8,
    "How a new thread starts.",
    (
        StructField("entry", "u64", "Address of its first instruction."),
        StructField("stack_pointer", "u64", "Its first rsp, taken as it is."),
        StructField("argument", "u64", "Its first rdi; every other register starts as 0."),
        StructField("thread_pointer", "u64", "Its FS base."),
        StructField(
            "parent_tid",
            "u64",
            "Address of a u32 that gets the new thread's number before it runs; 0 for none.",
        ),
    ),
)

CLOCK_PAGE: Final = Struct(
    "ClockPage",
    "kpio_clock_page",
    32,
    8,
    "How to tell the time from the time stamp counter: `(tsc - entry_tsc) * ns_per_tick >> 32` "
    "are the nanoseconds of CLOCK_MONOTONIC, in 128 bits; CLOCK_REALTIME is "
    "`realtime_at_entry_ns` more.",
    (
        StructField("version", "u32", "1. With another one the clock is read by CLOCK_GET."),
        StructField("pad0", "u32", "Always 0.", is_padding=True),
        StructField("entry_tsc", "u64", "The counter when the kernel was entered."),
        StructField("ns_per_tick", "u64", "Nanoseconds a tick, as a fraction of 2^32."),
        StructField("realtime_at_entry_ns", "u64", "Nanoseconds from 1970 to that moment."),
    ),
)

SYSTEM_INFO: Final = Struct(
    "SystemInfo",
    "kpio_system_info",
    64,
    8,
    "Figures about the whole system.",
    (
        StructField("uptime_ns", "u64", "Nanoseconds since the kernel was entered."),
        StructField("total_frames", "u64", "Frames of memory the kernel manages."),
        StructField("free_frames", "u64", "Frames that nobody uses."),
        StructField("processes", "u64", "Processes, counting those that nobody has waited for."),
        StructField("threads", "u64", "Threads of all processes."),
        StructField("handles", "u64", "Open handles of all processes, and those in messages."),
        StructField(
            "cached_frames",
            "u64",
            "Frames with content of files. Whoever needs memory gets those that nobody maps.",
        ),
        StructField("futex_waiters", "u64", "Threads that sleep in FUTEX."),
    ),
)

PIPE_ENDS: Final = Struct(
    "PipeEnds",
    "kpio_pipe_ends",
    8,
    4,
    "The two descriptors of a pipe: `int[2]` in C.",
    (
        StructField("reader", "i32", "The end that bytes come out of."),
        StructField("writer", "i32", "The end that bytes go into."),
    ),
)

CHANNEL_ENDS: Final = Struct(
    "ChannelEnds",
    "kpio_channel_ends",
    8,
    4,
    "The two descriptors of a channel.",
    (
        StructField("first", "i32", "An end."),
        StructField("second", "i32", "The other."),
    ),
)

SENT_HANDLE: Final = Struct(
    "SentHandle",
    "kpio_sent_handle",
    12,
    4,
    "A handle in a message of CHANNEL_SEND.",
    (
        StructField("fd", "i32", "The sender's handle."),
        StructField("operation", "u32", "What becomes of that: HANDLE_MOVE or HANDLE_COPY."),
        StructField("rights", "u32", "The receiver's handle has those of them that `fd` has."),
    ),
)

MESSAGE_SIZE: Final = Struct(
    "MessageSize",
    "kpio_message_size",
    8,
    4,
    "What a message of a channel has.",
    (
        StructField("bytes", "u32", "How many bytes."),
        StructField("handles", "u32", "How many handles."),
    ),
)

WIN_SIZE: Final = Struct(
    "WinSize",
    "kpio_winsize",
    8,
    2,
    "How large a terminal is.",
    (
        StructField("ws_row", "u16", "Rows of text; 0: not known."),
        StructField("ws_col", "u16", "Columns of text; 0: not known."),
        StructField("ws_xpixel", "u16", "Width in pixels; 0: not known."),
        StructField("ws_ypixel", "u16", "Height in pixels; 0: not known."),
    ),
    musl_name="struct winsize",
    musl_header="sys/ioctl.h",
)

TERMIOS: Final = Struct(
    "Termios",
    "kpio_termios",
    36,
    4,
    "How a terminal treats its bytes: the first 36 bytes of musl's `struct termios`, as on Linux.",
    (
        StructField("c_iflag", "u32", "What happens to input; the console: nothing, 0."),
        StructField("c_oflag", "u32", "What happens to output; the console: nothing, 0."),
        StructField("c_cflag", "u32", "The line: CS8, CREAD, CLOCAL, B115200."),
        StructField("c_lflag", "u32", "Echo, line editing, signals; the console: none, 0."),
        StructField("c_line", "u8", "Line discipline; 0."),
        StructField("c_cc", "u8", "Special characters; the console: VMIN is 1.", count=19),
    ),
)

POLL_FD: Final = Struct(
    "PollFd",
    "kpio_pollfd",
    8,
    4,
    "A descriptor that POLL looks at.",
    (
        StructField("fd", "i32", "The descriptor; a negative one is passed over."),
        StructField("events", "i16", "What is waited for; errors and hang-ups always are."),
        StructField("revents", "i16", "What has come."),
    ),
    musl_name="struct pollfd",
    musl_header="poll.h",
)

EPOLL_EVENT: Final = Struct(
    "EpollEvent",
    "kpio_epoll_event",
    12,
    1,
    "What is waited for, or what has come, with a word of the caller's.",
    (
        StructField("events", "u32", "EPOLL* events and options."),
        StructField("data", "u64", "What the caller wants to be told with the events."),
    ),
    musl_name="struct epoll_event",
    musl_header="sys/epoll.h",
    is_packed=True,
)

FILE_LOCK: Final = Struct(
    "FileLock",
    "kpio_flock",
    32,
    8,
    "A lock of bytes of a file.",
    (
        StructField("l_type", "i16", "F_RDLCK, F_WRLCK or F_UNLCK."),
        StructField("l_whence", "i16", "What `l_start` counts from: SEEK_*."),
        StructField("pad0", "i32", "Always 0.", is_padding=True),
        StructField("l_start", "i64", "The first byte."),
        StructField("l_len", "i64", "How many; 0: up to the end; negative: those before it."),
        StructField("l_pid", "i32", "Whose it is; -1: an open file description's."),
        StructField("pad1", "i32", "Always 0.", is_padding=True),
    ),
    musl_name="struct flock",
    musl_header="fcntl.h",
)

RESOURCE_USAGE: Final = Struct(
    "ResourceUsage",
    "kpio_rusage",
    272,
    8,
    "What a process or thread has used. What is not counted is 0.",
    (
        StructField("ru_utime", "Timeval", "Time it has run, in user mode and in the kernel."),
        StructField("ru_stime", "Timeval", "Not told apart: 0."),
        StructField("ru_maxrss", "i64", "Not counted: 0."),
        StructField("ru_ixrss", "i64", "Not counted: 0."),
        StructField("ru_idrss", "i64", "Not counted: 0."),
        StructField("ru_isrss", "i64", "Not counted: 0."),
        StructField("ru_minflt", "i64", "Not counted: 0."),
        StructField("ru_majflt", "i64", "Not counted: 0."),
        StructField("ru_nswap", "i64", "Not counted: 0."),
        StructField("ru_inblock", "i64", "Not counted: 0."),
        StructField("ru_oublock", "i64", "Not counted: 0."),
        StructField("ru_msgsnd", "i64", "Not counted: 0."),
        StructField("ru_msgrcv", "i64", "Not counted: 0."),
        StructField("ru_nsignals", "i64", "Not counted: 0."),
        StructField("ru_nvcsw", "i64", "Not counted: 0."),
        StructField("ru_nivcsw", "i64", "Not counted: 0."),
        StructField("pad0", "i64", "Always 0.", count=16, is_padding=True),
    ),
    musl_name="struct rusage",
    musl_header="sys/resource.h",
)

HANDLE_INFO: Final = Struct(
    "HandleInfo",
    "kpio_handle_info",
    32,
    8,
    "What is known about a handle.",
    (
        StructField("id", "u64", "Its number in the whole system, which no other has or had."),
        StructField("badge", "u64", "What was written on it when it was made; 0: nothing."),
        StructField("descendants", "u64", "How many handles descend from it."),
        StructField("rights", "u32", "What it allows: rights of handles."),
        StructField("object_type", "u32", "What kind of object it is for: OBJECT_* value."),
    ),
)

BROWSER_CHANNEL_STATUS: Final = Struct(
    "BrowserChannelStatus",
    "kpio_browser_channel_status",
    32,
    8,
    "What the kernel has done at its end of a browser's channel.",
    (
        StructField("closed", "u32", "Why it has closed its end: CLOSED_*; 0 while it is open."),
        StructField("pressure", "u32", "The level that the browser was told of: PRESSURE_*."),
        StructField("received", "u64", "Messages that were taken out of the ring."),
        StructField("refused", "u64", "Those of them that were answered with RequestRefused."),
        StructField("sent", "u64", "Messages that were put into the ring to the browser."),
    ),
)

SIGNAL_ACTION: Final = Struct(
    "SignalAction",
    "kpio_sigaction",
    32,
    8,
    "What a process does about a signal, as Linux's kernel has it on x86-64.",
    (
        StructField("handler", "u64", "Address of the handler; 0: the default; 1: ignore."),
        StructField("flags", "u64", "SA_* flags."),
        StructField("restorer", "u64", "Address of the code that a handler returns to."),
        StructField("mask", "u64", "Signals to block meanwhile; bit 0 is signal 1."),
    ),
)

SIGNAL_INFO: Final = Struct(
    "SignalInfo",
    "kpio_siginfo",
    128,
    8,
    "Why a signal was sent; the places of musl's siginfo_t.",
    (
        StructField("si_signo", "i32", "The signal."),
        StructField("si_errno", "i32", "Always 0."),
        StructField("si_code", "i32", "SI_* or what happened, by signal."),
        StructField("pad0", "i32", "Always 0.", is_padding=True),
        StructField("pid_uid", "u64", "Sender or child: process, and user in the upper half."),
        StructField("value", "u64", "SIGQUEUE: its value; SIGCHLD: the child's status."),
        StructField("pad1", "u64", "Always 0.", count=12, is_padding=True),
    ),
)

SIGNAL_STACK: Final = Struct(
    "SignalStack",
    "kpio_stack",
    24,
    8,
    "An alternate stack for signal handlers.",
    (
        StructField("ss_sp", "u64", "Its lowest address."),
        StructField("ss_flags", "i32", "SS_* flags."),
        StructField("pad0", "i32", "Always 0.", is_padding=True),
        StructField("ss_size", "u64", "Its size in bytes."),
    ),
)

SIGNAL_FRAME: Final = Struct(
    "SignalFrame",
    "kpio_signal_frame",
    1064,
    8,
    "What a handler finds on its stack: musl's ucontext_t, then its siginfo_t. It may change the "
    "registers; SIGRETURN takes them from here.",
    (
        StructField("uc_flags", "u64", "Always 0."),
        StructField("uc_link", "u64", "Always 0."),
        StructField("uc_stack", "SignalStack", "The alternate stack, as it was."),
        StructField(
            "gregs",
            "u64",
            "r8 to r15, rdi, rsi, rbp, rbx, rdx, rax, rcx, rsp, rip, flags, segments, error, trap, "
            "mask, cr2.",
            count=23,
        ),
        StructField("fpregs", "u64", "Address of the vector registers, in the form of XSAVE."),
        StructField("pad0", "u64", "Always 0.", count=8, is_padding=True),
        StructField("uc_sigmask", "u64", "The mask of blocked signals, as it was."),
        StructField("pad1", "u64", "Always 0.", count=15, is_padding=True),
        StructField("fpregs_mem", "u64", "Not used: fpregs says where they are.", count=32),
        StructField("fpregs_more", "u64", "Not used either.", count=32),
        StructField("info", "SignalInfo", "Why."),
    ),
)

STRUCTS: Final = (
    TIMESPEC,
    STAT,
    IO_VEC,
    FILE_TIMES,
    FILE_SYSTEM_ID,
    STAT_FS,
    THREAD_CREATE_ARGS,
    SYSTEM_INFO,
    CLOCK_PAGE,
    PIPE_ENDS,
    CHANNEL_ENDS,
    SENT_HANDLE,
    MESSAGE_SIZE,
    WIN_SIZE,
    TERMIOS,
    POLL_FD,
    EPOLL_EVENT,
    TIMEVAL,
    TIMER_SPEC,
    INTERVAL_TIMER,
    FILE_LOCK,
    RESOURCE_USAGE,
    HANDLE_INFO,
    BROWSER_CHANNEL_STATUS,
    SIGNAL_ACTION,
    SIGNAL_INFO,
    SIGNAL_STACK,
    SIGNAL_FRAME,
)
