"""Flags and small enumerations that travel in arguments and results.

Names and values are Linux's on x86-64 as musl's headers give them, so that libkpio passes a
program's values on unchanged. A flag the kernel does not serve yet is listed with its answer.

Source: musl `include/` and `arch/x86_64/bits/`; for futexes Linux `include/uapi/linux/futex.h`,
which musl has no header for.
"""

from dataclasses import dataclass, field
from enum import Enum
from typing import Final

from kernel_py.abi.place import Place, definition_place


class FlagKind(Enum):
    """How the values of a group go together."""

    BITS = "bits"
    CHOICE = "choice"


@dataclass(frozen=True)
class Flag:
    """One name with its value; `not_yet` says what the kernel answers while it is not served."""

    name: str
    value: int
    doc: str
    not_yet: str = ""
    place: Place = field(default_factory=definition_place, compare=False)


@dataclass(frozen=True)
class FlagGroup:
    """Flags of one argument: bits that are or-ed together, or one value chosen out of several.

    `type_name` is the scalar they have in Rust. `c_header` is the standard C header whose names
    they are, empty where they are KPIO's own; `from_musl` is false where musl's header of that name
    does not have them. `is_octal` is how people read the values.
    """

    name: str
    title: str
    kind: FlagKind
    type_name: str
    c_header: str
    flags: tuple[Flag, ...]
    from_musl: bool = True
    is_octal: bool = False
    place: Place = field(default_factory=definition_place, compare=False)


OPEN: Final = FlagGroup(
    "open",
    "How a file is opened",
    FlagKind.BITS,
    "u32",
    "fcntl.h",
    (
        Flag("O_RDONLY", 0o0, "For reading."),
        Flag("O_WRONLY", 0o1, "For writing."),
        Flag("O_RDWR", 0o2, "For reading and writing."),
        Flag(
            "O_ACCMODE",
            0o10000003,
            "Mask of the access mode. As in musl it contains O_PATH; the kernel compares the low "
            "two bits.",
        ),
        Flag("O_CREAT", 0o100, "Make the file if there is none."),
        Flag("O_EXCL", 0o200, "With O_CREAT: refuse a file that exists."),
        Flag("O_NOCTTY", 0o400, "Do not become the terminal's session. Always so."),
        Flag("O_TRUNC", 0o1000, "Drop the content."),
        Flag("O_APPEND", 0o2000, "Every write goes to the end."),
        Flag("O_NONBLOCK", 0o4000, "Do not wait: EAGAIN instead."),
        Flag("O_DSYNC", 0o10000, "A write returns when its data is on the medium."),
        Flag("O_ASYNC", 0o20000, "Signal when ready.", not_yet="ignored"),
        Flag("O_DIRECT", 0o40000, "Bypass the cache.", not_yet="ignored"),
        Flag("O_LARGEFILE", 0o100000, "Always so; accepted for its name."),
        Flag("O_DIRECTORY", 0o200000, "Refuse what is not a directory."),
        Flag("O_NOFOLLOW", 0o400000, "Refuse a symbolic link as the last name."),
        Flag("O_NOATIME", 0o1000000, "Leave the time of the last reading alone."),
        Flag("O_CLOEXEC", 0o2000000, "A process that is spawned does not get the descriptor."),
        Flag("O_SYNC", 0o4010000, "O_DSYNC for attributes too."),
        Flag("O_RSYNC", 0o4010000, "The same as O_SYNC."),
        Flag("O_PATH", 0o10000000, "A place in the tree, not its content."),
        Flag("O_TMPFILE", 0o20200000, "A file without a name.", not_yet="EOPNOTSUPP"),
    ),
    is_octal=True,
)

PROT: Final = FlagGroup(
    "prot",
    "Access to mapped pages",
    FlagKind.BITS,
    "u32",
    "sys/mman.h",
    (
        Flag("PROT_NONE", 0, "No access."),
        Flag("PROT_READ", 1, "Reading."),
        Flag("PROT_WRITE", 2, "Writing. Implies reading on x86-64."),
        Flag("PROT_EXEC", 4, "Executing. Refused together with PROT_WRITE."),
    ),
)

MAP: Final = FlagGroup(
    "map",
    "Kind of a mapping",
    FlagKind.BITS,
    "u32",
    "sys/mman.h",
    (
        Flag("MAP_SHARED", 0x01, "Changes are seen by every holder."),
        Flag("MAP_PRIVATE", 0x02, "Changes are the process's own."),
        Flag(
            "MAP_SHARED_VALIDATE",
            0x03,
            "MAP_SHARED that refuses unknown flags.",
        ),
        Flag("MAP_TYPE", 0x0F, "Mask of the three above."),
        Flag("MAP_FIXED", 0x10, "At the given address, replacing what is there."),
        Flag("MAP_ANONYMOUS", 0x20, "Zeroed memory, no file."),
        Flag("MAP_GROWSDOWN", 0x0100, "A stack that grows by itself.", not_yet="ENOSYS"),
        Flag("MAP_LOCKED", 0x2000, "Never paged out. Always so; pages are provided at once."),
        Flag("MAP_NORESERVE", 0x4000, "Promise no memory ahead of its use."),
        Flag("MAP_POPULATE", 0x8000, "Provide all pages at once, as far as memory goes."),
        Flag("MAP_STACK", 0x20000, "The memory will be a stack. Advice only."),
        Flag(
            "MAP_FIXED_NOREPLACE", 0x100000, "At the given address, EEXIST if something is there."
        ),
    ),
)

MREMAP: Final = FlagGroup(
    "mremap",
    "How a mapping changes its size",
    FlagKind.BITS,
    "u32",
    "sys/mman.h",
    (
        Flag("MREMAP_MAYMOVE", 1, "It may move if there is no room."),
        Flag("MREMAP_FIXED", 2, "It moves to the given address, replacing what is there."),
    ),
)

MADVISE: Final = FlagGroup(
    "madvise",
    "What a program says about its use of memory",
    FlagKind.CHOICE,
    "u32",
    "sys/mman.h",
    (
        Flag("MADV_NORMAL", 0, "Nothing special. Advice only."),
        Flag("MADV_RANDOM", 1, "No order. Advice only."),
        Flag("MADV_SEQUENTIAL", 2, "In order. Advice only."),
        Flag("MADV_WILLNEED", 3, "Soon. Advice only."),
        Flag("MADV_DONTNEED", 4, "Drop private pages; they come anew at the next touch."),
        Flag("MADV_FREE", 8, "Drop private pages at once, as MADV_DONTNEED does."),
        Flag("MADV_DONTFORK", 10, "Not for children.", not_yet="EINVAL"),
        Flag("MADV_HUGEPAGE", 14, "Large pages. Advice only."),
        Flag("MADV_NOHUGEPAGE", 15, "Small pages. Advice only."),
        Flag("MADV_DONTDUMP", 16, "Not in a dump; there is none. Advice only."),
        Flag("MADV_DODUMP", 17, "In a dump; there is none. Advice only."),
        Flag("MADV_COLD", 20, "Not soon. Advice only."),
        Flag("MADV_PAGEOUT", 21, "Not for long. Advice only."),
    ),
)

MSYNC: Final = FlagGroup(
    "msync",
    "How a mapping is made safe",
    FlagKind.BITS,
    "u32",
    "sys/mman.h",
    (
        Flag("MS_ASYNC", 1, "Soon."),
        Flag("MS_INVALIDATE", 2, "Other mappings see it. They always do."),
        Flag("MS_SYNC", 4, "Before the call returns."),
    ),
)

FUTEX_OPERATION: Final = FlagGroup(
    "futex_operation",
    "What FUTEX does",
    FlagKind.CHOICE,
    "u32",
    "linux/futex.h",
    (
        Flag("FUTEX_WAIT", 0, "Sleep if the word still has the value."),
        Flag("FUTEX_WAKE", 1, "Wake sleepers."),
        Flag("FUTEX_REQUEUE", 3, "Wake some, let others sleep on another word."),
        Flag("FUTEX_CMP_REQUEUE", 4, "FUTEX_REQUEUE if the word still has the value."),
        Flag("FUTEX_WAIT_BITSET", 9, "FUTEX_WAIT with a mask and an absolute deadline."),
        Flag("FUTEX_WAKE_BITSET", 10, "FUTEX_WAKE of the sleepers whose mask fits."),
    ),
    from_musl=False,
)

FUTEX_OPTION: Final = FlagGroup(
    "futex_option",
    "Bits that go with a FUTEX operation",
    FlagKind.BITS,
    "u32",
    "linux/futex.h",
    (
        Flag("FUTEX_PRIVATE_FLAG", 0x80, "The word is not shared with another process."),
        Flag("FUTEX_CLOCK_REALTIME", 0x100, "The deadline is of CLOCK_REALTIME."),
        Flag("FUTEX_CMD_MASK", 0xFFFF_FE7F, "Mask of the operation without these bits."),
        Flag("FUTEX_BITSET_MATCH_ANY", 0xFFFF_FFFF, "The mask that fits every other mask."),
    ),
    from_musl=False,
)

SEEK: Final = FlagGroup(
    "seek",
    "Where SEEK counts from",
    FlagKind.CHOICE,
    "u32",
    "unistd.h",
    (
        Flag("SEEK_SET", 0, "The beginning."),
        Flag("SEEK_CUR", 1, "The position of the descriptor."),
        Flag("SEEK_END", 2, "The end."),
    ),
)

FILE_TYPE: Final = FlagGroup(
    "file_type",
    "Type of a file, in st_mode",
    FlagKind.CHOICE,
    "u32",
    "sys/stat.h",
    (
        Flag("S_IFMT", 0o170000, "Mask of the type."),
        Flag("S_IFIFO", 0o010000, "Pipe."),
        Flag("S_IFCHR", 0o020000, "Character device."),
        Flag("S_IFDIR", 0o040000, "Directory."),
        Flag("S_IFBLK", 0o060000, "Block device."),
        Flag("S_IFREG", 0o100000, "Regular file."),
        Flag("S_IFLNK", 0o120000, "Symbolic link."),
        Flag("S_IFSOCK", 0o140000, "Socket."),
    ),
    is_octal=True,
)

PERMISSION: Final = FlagGroup(
    "permission",
    "Permission bits, in st_mode",
    FlagKind.BITS,
    "u32",
    "sys/stat.h",
    (
        Flag("S_ISUID", 0o4000, "Runs as its owner."),
        Flag("S_ISGID", 0o2000, "Runs as its group."),
        Flag("S_ISVTX", 0o1000, "In a directory: only an owner removes his files."),
        Flag("S_IRWXU", 0o700, "Mask of the owner's bits."),
        Flag("S_IRUSR", 0o400, "The owner may read."),
        Flag("S_IWUSR", 0o200, "The owner may write."),
        Flag("S_IXUSR", 0o100, "The owner may execute."),
        Flag("S_IRWXG", 0o070, "Mask of the group's bits."),
        Flag("S_IRGRP", 0o040, "The group may read."),
        Flag("S_IWGRP", 0o020, "The group may write."),
        Flag("S_IXGRP", 0o010, "The group may execute."),
        Flag("S_IRWXO", 0o007, "Mask of everybody else's bits."),
        Flag("S_IROTH", 0o004, "Everybody else may read."),
        Flag("S_IWOTH", 0o002, "Everybody else may write."),
        Flag("S_IXOTH", 0o001, "Everybody else may execute."),
    ),
    is_octal=True,
)

ENTRY_TYPE: Final = FlagGroup(
    "entry_type",
    "Type of a file, in d_type",
    FlagKind.CHOICE,
    "u8",
    "dirent.h",
    (
        Flag("DT_UNKNOWN", 0, "The directory does not say."),
        Flag("DT_FIFO", 1, "Pipe."),
        Flag("DT_CHR", 2, "Character device."),
        Flag("DT_DIR", 4, "Directory."),
        Flag("DT_BLK", 6, "Block device."),
        Flag("DT_REG", 8, "Regular file."),
        Flag("DT_LNK", 10, "Symbolic link."),
        Flag("DT_SOCK", 12, "Socket."),
    ),
)

AT_DIRECTORY: Final = FlagGroup(
    "at_directory",
    "Where a path begins, in place of a descriptor",
    FlagKind.CHOICE,
    "i32",
    "fcntl.h",
    (Flag("AT_FDCWD", -100, "At the working directory."),),
)

AT: Final = FlagGroup(
    "at",
    "How a path that counts from a directory is followed",
    FlagKind.BITS,
    "u32",
    "fcntl.h",
    (
        Flag("AT_SYMLINK_NOFOLLOW", 0x100, "A symbolic link at the end is what is meant."),
        Flag("AT_REMOVEDIR", 0x200, "UNLINKAT: remove a directory."),
        Flag("AT_EACCESS", 0x200, "FACCESSAT: by the effective user."),
        Flag("AT_SYMLINK_FOLLOW", 0x400, "LINKAT: follow a symbolic link at the end."),
        Flag("AT_NO_AUTOMOUNT", 0x800, "FSTATAT: accepted; nothing is mounted by itself."),
        Flag("AT_EMPTY_PATH", 0x1000, "An empty path means the descriptor itself."),
    ),
)

ACCESS: Final = FlagGroup(
    "access",
    "What FACCESSAT asks for",
    FlagKind.BITS,
    "u32",
    "unistd.h",
    (
        Flag("F_OK", 0, "That there is such a file."),
        Flag("X_OK", 1, "Executing; of a directory, searching."),
        Flag("W_OK", 2, "Writing."),
        Flag("R_OK", 4, "Reading."),
    ),
)

FILE_TIME: Final = FlagGroup(
    "file_time",
    "Nanoseconds that mean something else, for UTIMENSAT",
    FlagKind.CHOICE,
    "i64",
    "sys/stat.h",
    (
        Flag("UTIME_NOW", 0x3FFFFFFF, "The time is now."),
        Flag("UTIME_OMIT", 0x3FFFFFFE, "The time stays as it is."),
    ),
)

FILE_SYSTEM: Final = FlagGroup(
    "file_system",
    "Flags of a file system, in f_flags",
    FlagKind.BITS,
    "u64",
    "sys/statvfs.h",
    (Flag("ST_RDONLY", 1, "It is read-only."),),
)

RENAME: Final = FlagGroup(
    "rename",
    "How RENAMEAT2 treats a name that exists",
    FlagKind.CHOICE,
    "u32",
    "linux/fs.h",
    (
        Flag("RENAME_NOREPLACE", 1, "Refuse it with EEXIST."),
        Flag("RENAME_EXCHANGE", 2, "Give it the other name."),
    ),
    from_musl=False,
)

CLOCK: Final = FlagGroup(
    "clock",
    "Clocks",
    FlagKind.CHOICE,
    "u32",
    "time.h",
    (
        Flag("CLOCK_REALTIME", 0, "Time since 1970-01-01 00:00:00 UTC."),
        Flag("CLOCK_MONOTONIC", 1, "Time since the kernel was entered; never steps back."),
        Flag("CLOCK_PROCESS_CPUTIME_ID", 2, "Time the process has run; SLEEP: EINVAL."),
        Flag("CLOCK_THREAD_CPUTIME_ID", 3, "Time the thread has run; SLEEP: EINVAL."),
        Flag("CLOCK_MONOTONIC_RAW", 4, "The same as CLOCK_MONOTONIC."),
        Flag("CLOCK_REALTIME_COARSE", 5, "The same as CLOCK_REALTIME."),
        Flag("CLOCK_MONOTONIC_COARSE", 6, "The same as CLOCK_MONOTONIC."),
        Flag("CLOCK_BOOTTIME", 7, "The same as CLOCK_MONOTONIC: the machine never suspends."),
    ),
)

TIMER: Final = FlagGroup(
    "timer",
    "How SLEEP reads its time",
    FlagKind.BITS,
    "u32",
    "time.h",
    (Flag("TIMER_ABSTIME", 1, "The time is a point on the clock, not a span."),),
)

WAIT: Final = FlagGroup(
    "wait",
    "What WAIT and WAITID wait for, and how",
    FlagKind.BITS,
    "u32",
    "sys/wait.h",
    (
        Flag("WNOHANG", 1, "Return 0 at once if there is nothing to report."),
        Flag("WUNTRACED", 2, "Report children that stopped, too."),
        Flag("WSTOPPED", 2, "WUNTRACED by the name WAITID has for it."),
        Flag("WEXITED", 4, "WAITID: report children that ended. WAIT always does."),
        Flag("WCONTINUED", 8, "Report children that go on, too."),
        Flag("WNOWAIT", 16777216, "WAITID: leave the child as it is, to be waited for again."),
    ),
)

RANDOM: Final = FlagGroup(
    "random",
    "How GET_RANDOM behaves",
    FlagKind.BITS,
    "u32",
    "sys/random.h",
    (
        Flag("GRND_NONBLOCK", 1, "Do not wait for entropy: EAGAIN instead."),
        Flag("GRND_RANDOM", 2, "Accepted; there is one source."),
        Flag("GRND_INSECURE", 4, "Accepted; there is one source."),
    ),
)

SIGNAL: Final = FlagGroup(
    "signal",
    "Signal numbers; 32 to 64 are the real-time ones",
    FlagKind.CHOICE,
    "u32",
    "signal.h",
    (
        Flag("SIGHUP", 1, "The terminal is gone, or the leader of the session."),
        Flag("SIGINT", 2, "Interrupted from the terminal."),
        Flag("SIGQUIT", 3, "Ended from the terminal."),
        Flag("SIGILL", 4, "Executed an instruction that does not exist or is not its to use."),
        Flag("SIGTRAP", 5, "Executed a breakpoint."),
        Flag("SIGABRT", 6, "Gave itself up."),
        Flag("SIGBUS", 7, "Used an address no memory can be provided for, or a misaligned one."),
        Flag("SIGFPE", 8, "Divided by zero, or overflowed in a division."),
        Flag("SIGKILL", 9, "Is ended by another; cannot be caught."),
        Flag("SIGUSR1", 10, "What the program makes of it."),
        Flag("SIGSEGV", 11, "Used an address that is not its own, or not in this way."),
        Flag("SIGUSR2", 12, "What the program makes of it."),
        Flag("SIGPIPE", 13, "Wrote where nobody reads."),
        Flag("SIGALRM", 14, "A timer is over."),
        Flag("SIGTERM", 15, "Is asked to end."),
        Flag("SIGSTKFLT", 16, "Never sent by the kernel."),
        Flag("SIGCHLD", 17, "A child ended, stopped or went on."),
        Flag("SIGCONT", 18, "Goes on, if it was stopped."),
        Flag("SIGSTOP", 19, "Stops; cannot be caught."),
        Flag("SIGTSTP", 20, "Is stopped from the terminal."),
        Flag("SIGTTIN", 21, "Read from the terminal in the background."),
        Flag("SIGTTOU", 22, "Wrote to the terminal in the background."),
        Flag("SIGURG", 23, "Urgent data on a socket."),
        Flag("SIGXCPU", 24, "Used its processor time up."),
        Flag("SIGXFSZ", 25, "Wrote beyond its limit of file sizes."),
        Flag("SIGVTALRM", 26, "A timer of its processor time is over."),
        Flag("SIGPROF", 27, "A profiling timer is over."),
        Flag("SIGWINCH", 28, "The terminal has another size."),
        Flag("SIGIO", 29, "A descriptor is ready."),
        Flag("SIGPWR", 30, "Power fails."),
        Flag("SIGSYS", 31, "Made a system call it may not make."),
    ),
)

SIGNAL_ACTION: Final = FlagGroup(
    "sigaction",
    "How a signal is handled",
    FlagKind.BITS,
    "u64",
    "signal.h",
    (
        Flag(
            "SA_NOCLDSTOP", 1, "SIGCHLD is for children that end, not for those that stop or go on."
        ),
        Flag("SA_NOCLDWAIT", 2, "Children that end are forgotten at once."),
        Flag("SA_SIGINFO", 4, "The handler takes three arguments. It always gets them."),
        Flag("SA_ONSTACK", 134217728, "The handler runs on the alternate stack."),
        Flag("SA_RESTART", 268435456, "Calls that were interrupted go on, where they can."),
        Flag("SA_NODEFER", 1073741824, "The signal is not blocked while its handler runs."),
        Flag("SA_RESETHAND", 2147483648, "The handler runs once; then the default is back."),
        Flag(
            "SA_RESTORER",
            67108864,
            "The action names the code that a handler returns to. Must be set.",
        ),
    ),
)

SIGNAL_MASK: Final = FlagGroup(
    "sigprocmask",
    "How SIGPROCMASK changes the mask",
    FlagKind.CHOICE,
    "u32",
    "signal.h",
    (
        Flag("SIG_BLOCK", 0, "Block these too."),
        Flag("SIG_UNBLOCK", 1, "Block these no longer."),
        Flag("SIG_SETMASK", 2, "Block these alone."),
    ),
)

SIGNAL_STACK: Final = FlagGroup(
    "sigaltstack",
    "State of the alternate signal stack",
    FlagKind.BITS,
    "u32",
    "signal.h",
    (
        Flag("SS_ONSTACK", 1, "It is in use."),
        Flag("SS_DISABLE", 2, "There is none."),
    ),
)

SIGNAL_CODE: Final = FlagGroup(
    "signal_code",
    "Why a signal was sent",
    FlagKind.CHOICE,
    "i32",
    "signal.h",
    (
        Flag("SI_USER", 0, "By KILL."),
        Flag("SI_KERNEL", 128, "By the kernel."),
        Flag("SI_QUEUE", -1, "By SIGQUEUE."),
        Flag("SI_TIMER", -2, "A timer is over."),
        Flag("SI_TKILL", -6, "By TGKILL."),
    ),
)

FAULT_CODE: Final = FlagGroup(
    "fault_code",
    "What a fault was, by signal",
    FlagKind.BITS,
    "i32",
    "signal.h",
    (
        Flag("ILL_ILLOPN", 2, "SIGILL: the operands are not allowed."),
        Flag("FPE_INTDIV", 1, "SIGFPE: division by zero, or overflow."),
        Flag("FPE_FLTINV", 7, "SIGFPE: a floating-point operation."),
        Flag("SEGV_MAPERR", 1, "SIGSEGV: nothing is mapped there."),
        Flag("SEGV_ACCERR", 2, "SIGSEGV: the page does not allow it."),
        Flag("BUS_ADRALN", 1, "SIGBUS: misaligned."),
        Flag("BUS_ADRERR", 2, "SIGBUS: there is no memory for the address."),
        Flag("TRAP_BRKPT", 1, "SIGTRAP: a breakpoint."),
        Flag("TRAP_TRACE", 2, "SIGTRAP: a single step."),
    ),
)

CHILD_CODE: Final = FlagGroup(
    "child_code",
    "What happened to a child",
    FlagKind.CHOICE,
    "i32",
    "signal.h",
    (
        Flag("CLD_EXITED", 1, "It ended itself."),
        Flag("CLD_KILLED", 2, "A signal ended it."),
        Flag("CLD_DUMPED", 3, "A signal ended it, and there is a dump. Never so."),
        Flag("CLD_TRAPPED", 4, "It is traced. Never so."),
        Flag("CLD_STOPPED", 5, "It stopped."),
        Flag("CLD_CONTINUED", 6, "It goes on."),
    ),
)

WAIT_ID: Final = FlagGroup(
    "wait_id",
    "Which children WAITID waits for",
    FlagKind.CHOICE,
    "u32",
    "sys/wait.h",
    (
        Flag("P_ALL", 0, "Any."),
        Flag("P_PID", 1, "The one of this number."),
        Flag("P_PGID", 2, "Those of this process group; 0: of the caller's."),
    ),
)

AUXV: Final = FlagGroup(
    "auxv",
    "Keys of the auxiliary vector on a new program's stack",
    FlagKind.CHOICE,
    "u64",
    "elf.h",
    (
        Flag("AT_NULL", 0, "End of the vector."),
        Flag("AT_PHDR", 3, "Address of the program headers."),
        Flag("AT_PHENT", 4, "Size of one program header in bytes."),
        Flag("AT_PHNUM", 5, "Number of program headers."),
        Flag("AT_PAGESZ", 6, "Size of a page in bytes."),
        Flag("AT_BASE", 7, "Where the interpreter was loaded; 0: there is none."),
        Flag("AT_FLAGS", 8, "Always 0."),
        Flag("AT_ENTRY", 9, "Address of the program's first instruction."),
        Flag("AT_UID", 11, "User."),
        Flag("AT_EUID", 12, "Effective user."),
        Flag("AT_GID", 13, "Group."),
        Flag("AT_EGID", 14, "Effective group."),
        Flag("AT_PLATFORM", 15, "Address of the string `x86_64`."),
        Flag("AT_HWCAP", 16, "CPUID leaf 1, edx."),
        Flag("AT_CLKTCK", 17, "Ticks a second of `times`: 100."),
        Flag("AT_SECURE", 23, "1 if the environment is not to be trusted; always 0."),
        Flag("AT_RANDOM", 25, "Address of 16 random bytes."),
        Flag("AT_HWCAP2", 26, "More about the processor; bit 1: FSGSBASE."),
        Flag("AT_EXECFN", 31, "Address of the path the program was loaded from."),
        Flag("AT_SYSINFO_EHDR", 33, "Address of a vDSO; not given."),
        Flag("AT_MINSIGSTKSZ", 51, "Least size of a signal stack in bytes."),
    ),
)

FCNTL_COMMAND: Final = FlagGroup(
    "fcntl_command",
    "What FCNTL does",
    FlagKind.CHOICE,
    "u32",
    "fcntl.h",
    (
        Flag("F_DUPFD", 0, "A second descriptor, from the argument's number on."),
        Flag("F_GETFD", 1, "The descriptor's own flags."),
        Flag("F_SETFD", 2, "Set them."),
        Flag("F_GETFL", 3, "The access mode and the flags that all its duplicates share."),
        Flag("F_SETFL", 4, "Set those of them that may change: O_APPEND, O_NONBLOCK."),
        Flag("F_GETLK", 5, "What keeps the process from locking bytes of a file."),
        Flag("F_SETLK", 6, "Lock bytes of a file for the process, or unlock them."),
        Flag("F_SETLKW", 7, "F_SETLK that waits."),
        Flag("F_OFD_GETLK", 36, "F_GETLK for the open file description."),
        Flag("F_OFD_SETLK", 37, "F_SETLK for the open file description."),
        Flag("F_OFD_SETLKW", 38, "F_SETLKW for the open file description."),
        Flag("F_DUPFD_CLOEXEC", 1030, "F_DUPFD with FD_CLOEXEC set."),
        Flag("F_SETPIPE_SZ", 1031, "Set how many bytes a pipe has room for."),
        Flag("F_GETPIPE_SZ", 1032, "How many bytes a pipe has room for."),
    ),
)

FILE_LOCK: Final = FlagGroup(
    "file_lock",
    "What a lock of FCNTL keeps others from",
    FlagKind.CHOICE,
    "u32",
    "fcntl.h",
    (
        Flag("F_RDLCK", 0, "Locks of F_WRLCK; the descriptor must be open for reading."),
        Flag("F_WRLCK", 1, "Every lock; the descriptor must be open for writing."),
        Flag("F_UNLCK", 2, "Nothing: it is given back."),
    ),
)

FLOCK_OPERATION: Final = FlagGroup(
    "flock_operation",
    "What FLOCK does",
    FlagKind.BITS,
    "u32",
    "sys/file.h",
    (
        Flag("LOCK_SH", 1, "Lock against those who want it alone."),
        Flag("LOCK_EX", 2, "Lock against all others."),
        Flag("LOCK_NB", 4, "Fail with EAGAIN instead of waiting."),
        Flag("LOCK_UN", 8, "Unlock."),
    ),
)

FCNTL_DESCRIPTOR: Final = FlagGroup(
    "fcntl_descriptor",
    "A descriptor's own flags",
    FlagKind.BITS,
    "u32",
    "fcntl.h",
    (Flag("FD_CLOEXEC", 1, "A process that is spawned does not get the descriptor."),),
)

IOCTL_REQUEST: Final = FlagGroup(
    "ioctl_request",
    "What IOCTL does",
    FlagKind.CHOICE,
    "u32",
    "sys/ioctl.h",
    (
        Flag("TCGETS", 0x5401, "How the terminal treats its bytes, as a Termios."),
        Flag("TCSETS", 0x5402, "Set that, at once."),
        Flag("TCSETSW", 0x5403, "Set that after what was written. As TCSETS: nothing lags."),
        Flag("TCSETSF", 0x5404, "TCSETSW that drops input nobody has read.", not_yet="EINVAL"),
        Flag("TIOCGWINSZ", 0x5413, "How large the terminal is, as a WinSize."),
        Flag("FIONREAD", 0x541B, "How many bytes a read could take now, as an i32."),
        Flag("FIONBIO", 0x5421, "Set O_NONBLOCK unless the i32 is 0."),
        Flag("FIONCLEX", 0x5450, "Clear FD_CLOEXEC."),
        Flag("FIOCLEX", 0x5451, "Set FD_CLOEXEC."),
    ),
)

TERMINAL_LINE: Final = FlagGroup(
    "terminal_line",
    "The line of a terminal, in c_cflag",
    FlagKind.BITS,
    "u32",
    "termios.h",
    (
        Flag("CS8", 0o60, "Bytes of eight bits."),
        Flag("CREAD", 0o200, "Input is received."),
        Flag("CLOCAL", 0o4000, "There is no modem."),
        Flag("B115200", 0o10002, "115200 bits a second."),
    ),
    is_octal=True,
)

TERMINAL_CHARACTER: Final = FlagGroup(
    "terminal_character",
    "Places in c_cc",
    FlagKind.CHOICE,
    "u32",
    "termios.h",
    (
        Flag("VTIME", 5, "How long a read waits for more bytes, in tenths of a second."),
        Flag("VMIN", 6, "How many bytes a read waits for."),
    ),
)

POLL: Final = FlagGroup(
    "poll",
    "What POLL waits for",
    FlagKind.BITS,
    "u32",
    "poll.h",
    (
        Flag("POLLIN", 0x001, "A read would not wait."),
        Flag("POLLPRI", 0x002, "There is something urgent; nothing has that yet."),
        Flag("POLLOUT", 0x004, "A write would not wait."),
        Flag("POLLERR", 0x008, "Using it fails; of a pipe: nobody can read. Not waited for."),
        Flag("POLLHUP", 0x010, "The other side is gone. Not waited for."),
        Flag("POLLNVAL", 0x020, "The descriptor is not open. Not waited for."),
        Flag("POLLRDNORM", 0x040, "The same as POLLIN."),
        Flag("POLLRDBAND", 0x080, "Never comes."),
        Flag("POLLWRNORM", 0x100, "The same as POLLOUT."),
        Flag("POLLWRBAND", 0x200, "Never comes."),
        Flag("POLLMSG", 0x400, "Never comes."),
        Flag("POLLRDHUP", 0x2000, "The other side sends nothing more; nothing tells that yet."),
    ),
)

EVENT_COUNTER: Final = FlagGroup(
    "event_counter",
    "How EVENTFD makes a counter",
    FlagKind.BITS,
    "u32",
    "sys/eventfd.h",
    (
        Flag("EFD_SEMAPHORE", 0o1, "A read takes 1, not everything."),
        Flag("EFD_NONBLOCK", 0o4000, "Calls that would wait are refused."),
        Flag("EFD_CLOEXEC", 0o2000000, "The descriptor is not for a program that EXEC starts."),
    ),
    is_octal=True,
)

TIMERFD: Final = FlagGroup(
    "timerfd",
    "How TIMERFD_CREATE makes a timer",
    FlagKind.BITS,
    "u32",
    "sys/timerfd.h",
    (
        Flag("TFD_CLOEXEC", 0o2000000, "The descriptor is not for a program that EXEC starts."),
        Flag("TFD_NONBLOCK", 0o4000, "Fail with EAGAIN instead of waiting."),
    ),
    is_octal=True,
)

TIMERFD_TIME: Final = FlagGroup(
    "timerfd_time",
    "How TIMERFD_SETTIME reads its time",
    FlagKind.BITS,
    "u32",
    "sys/timerfd.h",
    (
        Flag("TFD_TIMER_ABSTIME", 1, "The time is a point on the clock, not a span."),
        Flag("TFD_TIMER_CANCEL_ON_SET", 2, "Cancel it when the clock is set: no call sets one."),
    ),
)

INTERVAL_TIMER: Final = FlagGroup(
    "interval_timer",
    "Timers of a process",
    FlagKind.CHOICE,
    "u32",
    "sys/time.h",
    (
        Flag("ITIMER_REAL", 0, "Of time as it passes; SIGALRM."),
        Flag("ITIMER_VIRTUAL", 1, "Of time in user mode; SIGVTALRM.", not_yet="EINVAL"),
        Flag("ITIMER_PROF", 2, "Of time the process has run; SIGPROF.", not_yet="EINVAL"),
    ),
)

PRIORITY: Final = FlagGroup(
    "priority",
    "Whom SETPRIORITY is about",
    FlagKind.CHOICE,
    "u32",
    "sys/resource.h",
    (
        Flag("PRIO_PROCESS", 0, "A thread, by its number; a process's first has the process's."),
        Flag("PRIO_PGRP", 1, "All threads of a process group."),
        Flag("PRIO_USER", 2, "All threads of a user; 0 is the only one."),
    ),
)

USAGE: Final = FlagGroup(
    "usage",
    "Whose usage GETRUSAGE tells",
    FlagKind.CHOICE,
    "i32",
    "sys/resource.h",
    (
        Flag("RUSAGE_SELF", 0, "The process's."),
        Flag("RUSAGE_CHILDREN", -1, "That of the children it has waited for, and of theirs."),
        Flag("RUSAGE_THREAD", 1, "The thread's."),
    ),
)

EPOLL_CREATE: Final = FlagGroup(
    "epoll_create",
    "How EPOLL_CREATE1 makes an epoll",
    FlagKind.BITS,
    "u32",
    "sys/epoll.h",
    (Flag("EPOLL_CLOEXEC", 0o2000000, "The descriptor is not for a program that EXEC starts."),),
    is_octal=True,
)

EPOLL_OPERATION: Final = FlagGroup(
    "epoll_operation",
    "What EPOLL_CTL does",
    FlagKind.CHOICE,
    "u32",
    "sys/epoll.h",
    (
        Flag("EPOLL_CTL_ADD", 1, "Watch a descriptor."),
        Flag("EPOLL_CTL_DEL", 2, "Watch it no longer."),
        Flag("EPOLL_CTL_MOD", 3, "Change what is waited for; EPOLLONESHOT begins again."),
    ),
)

EPOLL: Final = FlagGroup(
    "epoll",
    "What an epoll waits for",
    FlagKind.BITS,
    "u32",
    "sys/epoll.h",
    (
        Flag("EPOLLIN", 0x001, "A read would not wait."),
        Flag("EPOLLPRI", 0x002, "There is something urgent; nothing has that yet."),
        Flag("EPOLLOUT", 0x004, "A write would not wait."),
        Flag("EPOLLERR", 0x008, "Using it fails; of a pipe: nobody can read. Not waited for."),
        Flag("EPOLLHUP", 0x010, "The other side is gone. Not waited for."),
        Flag("EPOLLRDNORM", 0x040, "The same as EPOLLIN."),
        Flag("EPOLLRDBAND", 0x080, "Never comes."),
        Flag("EPOLLWRNORM", 0x100, "The same as EPOLLOUT."),
        Flag("EPOLLWRBAND", 0x200, "Never comes."),
        Flag("EPOLLMSG", 0x400, "Never comes."),
        Flag("EPOLLRDHUP", 0x2000, "The other side sends nothing more; nothing tells that yet."),
        Flag(
            "EPOLLEXCLUSIVE",
            0x1000_0000,
            "Not all epolls that watch it need to be told.",
            not_yet="EINVAL",
        ),
        Flag("EPOLLWAKEUP", 0x2000_0000, "The machine stays awake meanwhile: it always does."),
        Flag("EPOLLONESHOT", 0x4000_0000, "Told of once, and then not until EPOLL_CTL_MOD."),
        Flag("EPOLLET", 0x8000_0000, "Told of when something changes, not while it is so."),
    ),
)

OBJECT_TYPE: Final = FlagGroup(
    "object_type",
    "Kind of an object, in HandleInfo",
    FlagKind.CHOICE,
    "u32",
    "",
    (
        Flag("OBJECT_CONSOLE", 1, "The serial port and the screen."),
        Flag("OBJECT_FILE", 2, "An open file or directory."),
        Flag("OBJECT_PIPE", 3, "An end of a pipe."),
        Flag("OBJECT_SHARED_MEMORY", 4, "Memory that processes share."),
        Flag("OBJECT_EVENT_COUNTER", 5, "A number that one side adds to and another takes."),
        Flag("OBJECT_CHANNEL", 6, "An end of a channel."),
        Flag("OBJECT_EPOLL", 7, "Watches over other objects."),
        Flag("OBJECT_TIMER", 8, "A timer of TIMERFD_CREATE."),
        Flag("OBJECT_BROWSER_CHANNEL", 9, "The region between a browser and the kernel."),
    ),
    from_musl=False,
)

BROWSER_SERVICE: Final = FlagGroup(
    "browser_service",
    "What a service answers in the kernel's name",
    FlagKind.BITS,
    "u32",
    "",
    (
        Flag("SERVE_NETWORK", 1, "NetworkRequest."),
        Flag("SERVE_COMPILER", 2, "WasmCompileRequest."),
    ),
    from_musl=False,
)

HANDLE_OPERATION: Final = FlagGroup(
    "handle_operation",
    "What becomes of a handle that is sent",
    FlagKind.CHOICE,
    "u32",
    "",
    (
        Flag("HANDLE_MOVE", 0, "It is the receiver's; the sender has it no longer."),
        Flag("HANDLE_COPY", 1, "The receiver's descends from it; the sender keeps it."),
    ),
    from_musl=False,
)

GROUPS: Final = (
    OPEN,
    PROT,
    MAP,
    MREMAP,
    MADVISE,
    MSYNC,
    FUTEX_OPERATION,
    FUTEX_OPTION,
    SEEK,
    FILE_TYPE,
    PERMISSION,
    ENTRY_TYPE,
    AT_DIRECTORY,
    AT,
    ACCESS,
    FILE_TIME,
    FILE_SYSTEM,
    RENAME,
    CLOCK,
    TIMER,
    WAIT,
    RANDOM,
    SIGNAL,
    SIGNAL_ACTION,
    SIGNAL_MASK,
    SIGNAL_STACK,
    SIGNAL_CODE,
    FAULT_CODE,
    CHILD_CODE,
    WAIT_ID,
    AUXV,
    FCNTL_COMMAND,
    FILE_LOCK,
    FLOCK_OPERATION,
    FCNTL_DESCRIPTOR,
    IOCTL_REQUEST,
    TERMINAL_LINE,
    TERMINAL_CHARACTER,
    POLL,
    EVENT_COUNTER,
    TIMERFD,
    TIMERFD_TIME,
    INTERVAL_TIMER,
    PRIORITY,
    USAGE,
    EPOLL_CREATE,
    EPOLL_OPERATION,
    EPOLL,
    OBJECT_TYPE,
    BROWSER_SERVICE,
    HANDLE_OPERATION,
)
