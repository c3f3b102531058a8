// Generated from kernel_py/abi/flags.py; edit that and run `kpio abi`.

//! Flags and small enumerations, with Linux's values on x86-64 as musl's headers give them.

// How a file is opened.

/// For reading.
pub const O_RDONLY: u32 = 0;

/// For writing.
pub const O_WRONLY: u32 = 0o1;

/// For reading and writing.
pub const O_RDWR: u32 = 0o2;

/// Mask of the access mode. As in musl it contains O_PATH; the kernel compares the low two bits.
pub const O_ACCMODE: u32 = 0o10_000_003;

/// Make the file if there is none.
pub const O_CREAT: u32 = 0o100;

/// With O_CREAT: refuse a file that exists.
pub const O_EXCL: u32 = 0o200;

/// Do not become the terminal's session. Always so.
pub const O_NOCTTY: u32 = 0o400;

/// Drop the content.
pub const O_TRUNC: u32 = 0o1_000;

/// Every write goes to the end.
pub const O_APPEND: u32 = 0o2_000;

/// Do not wait: EAGAIN instead.
pub const O_NONBLOCK: u32 = 0o4_000;

/// A write returns when its data is on the medium.
pub const O_DSYNC: u32 = 0o10_000;

/// Signal when ready. Not served yet: ignored.
pub const O_ASYNC: u32 = 0o20_000;

/// Bypass the cache. Not served yet: ignored.
pub const O_DIRECT: u32 = 0o40_000;

/// Always so; accepted for its name.
pub const O_LARGEFILE: u32 = 0o100_000;

/// Refuse what is not a directory.
pub const O_DIRECTORY: u32 = 0o200_000;

/// Refuse a symbolic link as the last name.
pub const O_NOFOLLOW: u32 = 0o400_000;

/// Leave the time of the last reading alone.
pub const O_NOATIME: u32 = 0o1_000_000;

/// A process that is spawned does not get the descriptor.
pub const O_CLOEXEC: u32 = 0o2_000_000;

/// O_DSYNC for attributes too.
pub const O_SYNC: u32 = 0o4_010_000;

/// The same as O_SYNC.
pub const O_RSYNC: u32 = 0o4_010_000;

/// A place in the tree, not its content.
pub const O_PATH: u32 = 0o10_000_000;

/// A file without a name. Not served yet: EOPNOTSUPP.
pub const O_TMPFILE: u32 = 0o20_200_000;

// Access to mapped pages.

/// No access.
pub const PROT_NONE: u32 = 0x0;

/// Reading.
pub const PROT_READ: u32 = 0x1;

/// Writing. Implies reading on x86-64.
pub const PROT_WRITE: u32 = 0x2;

/// Executing. Refused together with PROT_WRITE.
pub const PROT_EXEC: u32 = 0x4;

// Kind of a mapping.

/// Changes are seen by every holder.
pub const MAP_SHARED: u32 = 0x1;

/// Changes are the process's own.
pub const MAP_PRIVATE: u32 = 0x2;

/// MAP_SHARED that refuses unknown flags.
pub const MAP_SHARED_VALIDATE: u32 = 0x3;

/// Mask of the three above.
pub const MAP_TYPE: u32 = 0xF;

/// At the given address, replacing what is there.
pub const MAP_FIXED: u32 = 0x10;

/// Zeroed memory, no file.
pub const MAP_ANONYMOUS: u32 = 0x20;

/// A stack that grows by itself. Not served yet: ENOSYS.
pub const MAP_GROWSDOWN: u32 = 0x100;

/// Never paged out. Always so; pages are provided at once.
pub const MAP_LOCKED: u32 = 0x2000;

/// Promise no memory ahead of its use.
pub const MAP_NORESERVE: u32 = 0x4000;

/// Provide all pages at once, as far as memory goes.
pub const MAP_POPULATE: u32 = 0x8000;

/// The memory will be a stack. Advice only.
pub const MAP_STACK: u32 = 0x0002_0000;

/// At the given address, EEXIST if something is there.
pub const MAP_FIXED_NOREPLACE: u32 = 0x0010_0000;

// How a mapping changes its size.

/// It may move if there is no room.
pub const MREMAP_MAYMOVE: u32 = 0x1;

/// It moves to the given address, replacing what is there.
pub const MREMAP_FIXED: u32 = 0x2;

// What a program says about its use of memory.

/// Nothing special. Advice only.
pub const MADV_NORMAL: u32 = 0;

/// No order. Advice only.
pub const MADV_RANDOM: u32 = 1;

/// In order. Advice only.
pub const MADV_SEQUENTIAL: u32 = 2;

/// Soon. Advice only.
pub const MADV_WILLNEED: u32 = 3;

/// Drop private pages; they come anew at the next touch.
pub const MADV_DONTNEED: u32 = 4;

/// Drop private pages at once, as MADV_DONTNEED does.
pub const MADV_FREE: u32 = 8;

/// Not for children. Not served yet: EINVAL.
pub const MADV_DONTFORK: u32 = 10;

/// Large pages. Advice only.
pub const MADV_HUGEPAGE: u32 = 14;

/// Small pages. Advice only.
pub const MADV_NOHUGEPAGE: u32 = 15;

/// Not in a dump; there is none. Advice only.
pub const MADV_DONTDUMP: u32 = 16;

/// In a dump; there is none. Advice only.
pub const MADV_DODUMP: u32 = 17;

/// Not soon. Advice only.
pub const MADV_COLD: u32 = 20;

/// Not for long. Advice only.
pub const MADV_PAGEOUT: u32 = 21;

// How a mapping is made safe.

/// Soon.
pub const MS_ASYNC: u32 = 0x1;

/// Other mappings see it. They always do.
pub const MS_INVALIDATE: u32 = 0x2;

/// Before the call returns.
pub const MS_SYNC: u32 = 0x4;

// What FUTEX does.

/// Sleep if the word still has the value.
pub const FUTEX_WAIT: u32 = 0;

/// Wake sleepers.
pub const FUTEX_WAKE: u32 = 1;

/// Wake some, let others sleep on another word.
pub const FUTEX_REQUEUE: u32 = 3;

/// FUTEX_REQUEUE if the word still has the value.
pub const FUTEX_CMP_REQUEUE: u32 = 4;

/// FUTEX_WAIT with a mask and an absolute deadline.
pub const FUTEX_WAIT_BITSET: u32 = 9;

/// FUTEX_WAKE of the sleepers whose mask fits.
pub const FUTEX_WAKE_BITSET: u32 = 10;

// Bits that go with a FUTEX operation.

/// The word is not shared with another process.
pub const FUTEX_PRIVATE_FLAG: u32 = 0x80;

/// The deadline is of CLOCK_REALTIME.
pub const FUTEX_CLOCK_REALTIME: u32 = 0x100;

/// Mask of the operation without these bits.
pub const FUTEX_CMD_MASK: u32 = 0xFFFF_FE7F;

/// The mask that fits every other mask.
pub const FUTEX_BITSET_MATCH_ANY: u32 = 0xFFFF_FFFF;

// Where SEEK counts from.

/// The beginning.
pub const SEEK_SET: u32 = 0;

/// The position of the descriptor.
pub const SEEK_CUR: u32 = 1;

/// The end.
pub const SEEK_END: u32 = 2;

// Type of a file, in st_mode.

/// Mask of the type.
pub const S_IFMT: u32 = 0o170_000;

/// Pipe.
pub const S_IFIFO: u32 = 0o10_000;

/// Character device.
pub const S_IFCHR: u32 = 0o20_000;

/// Directory.
pub const S_IFDIR: u32 = 0o40_000;

/// Block device.
pub const S_IFBLK: u32 = 0o60_000;

/// Regular file.
pub const S_IFREG: u32 = 0o100_000;

/// Symbolic link.
pub const S_IFLNK: u32 = 0o120_000;

/// Socket.
pub const S_IFSOCK: u32 = 0o140_000;

// Permission bits, in st_mode.

/// Runs as its owner.
pub const S_ISUID: u32 = 0o4_000;

/// Runs as its group.
pub const S_ISGID: u32 = 0o2_000;

/// In a directory: only an owner removes his files.
pub const S_ISVTX: u32 = 0o1_000;

/// Mask of the owner's bits.
pub const S_IRWXU: u32 = 0o700;

/// The owner may read.
pub const S_IRUSR: u32 = 0o400;

/// The owner may write.
pub const S_IWUSR: u32 = 0o200;

/// The owner may execute.
pub const S_IXUSR: u32 = 0o100;

/// Mask of the group's bits.
pub const S_IRWXG: u32 = 0o70;

/// The group may read.
pub const S_IRGRP: u32 = 0o40;

/// The group may write.
pub const S_IWGRP: u32 = 0o20;

/// The group may execute.
pub const S_IXGRP: u32 = 0o10;

/// Mask of everybody else's bits.
pub const S_IRWXO: u32 = 0o7;

/// Everybody else may read.
pub const S_IROTH: u32 = 0o4;

/// Everybody else may write.
pub const S_IWOTH: u32 = 0o2;

/// Everybody else may execute.
pub const S_IXOTH: u32 = 0o1;

// Type of a file, in d_type.

/// The directory does not say.
pub const DT_UNKNOWN: u8 = 0;

/// Pipe.
pub const DT_FIFO: u8 = 1;

/// Character device.
pub const DT_CHR: u8 = 2;

/// Directory.
pub const DT_DIR: u8 = 4;

/// Block device.
pub const DT_BLK: u8 = 6;

/// Regular file.
pub const DT_REG: u8 = 8;

/// Symbolic link.
pub const DT_LNK: u8 = 10;

/// Socket.
pub const DT_SOCK: u8 = 12;

// Where a path begins, in place of a descriptor.

/// At the working directory.
pub const AT_FDCWD: i32 = -100;

// How a path that counts from a directory is followed.

/// A symbolic link at the end is what is meant.
pub const AT_SYMLINK_NOFOLLOW: u32 = 0x100;

/// UNLINKAT: remove a directory.
pub const AT_REMOVEDIR: u32 = 0x200;

/// FACCESSAT: by the effective user.
pub const AT_EACCESS: u32 = 0x200;

/// LINKAT: follow a symbolic link at the end.
pub const AT_SYMLINK_FOLLOW: u32 = 0x400;

/// FSTATAT: accepted; nothing is mounted by itself.
pub const AT_NO_AUTOMOUNT: u32 = 0x800;

/// An empty path means the descriptor itself.
pub const AT_EMPTY_PATH: u32 = 0x1000;

// What FACCESSAT asks for.

/// That there is such a file.
pub const F_OK: u32 = 0x0;

/// Executing; of a directory, searching.
pub const X_OK: u32 = 0x1;

/// Writing.
pub const W_OK: u32 = 0x2;

/// Reading.
pub const R_OK: u32 = 0x4;

// Nanoseconds that mean something else, for UTIMENSAT.

/// The time is now.
pub const UTIME_NOW: i64 = 1_073_741_823;

/// The time stays as it is.
pub const UTIME_OMIT: i64 = 1_073_741_822;

// Flags of a file system, in f_flags.

/// It is read-only.
pub const ST_RDONLY: u64 = 0x1;

// How RENAMEAT2 treats a name that exists.

/// Refuse it with EEXIST.
pub const RENAME_NOREPLACE: u32 = 1;

/// Give it the other name.
pub const RENAME_EXCHANGE: u32 = 2;

// Clocks.

/// Time since 1970-01-01 00:00:00 UTC.
pub const CLOCK_REALTIME: u32 = 0;

/// Time since the kernel was entered; never steps back.
pub const CLOCK_MONOTONIC: u32 = 1;

/// Time the process has run; SLEEP: EINVAL.
pub const CLOCK_PROCESS_CPUTIME_ID: u32 = 2;

/// Time the thread has run; SLEEP: EINVAL.
pub const CLOCK_THREAD_CPUTIME_ID: u32 = 3;

/// The same as CLOCK_MONOTONIC.
pub const CLOCK_MONOTONIC_RAW: u32 = 4;

/// The same as CLOCK_REALTIME.
pub const CLOCK_REALTIME_COARSE: u32 = 5;

/// The same as CLOCK_MONOTONIC.
pub const CLOCK_MONOTONIC_COARSE: u32 = 6;

/// The same as CLOCK_MONOTONIC: the machine never suspends.
pub const CLOCK_BOOTTIME: u32 = 7;

// How SLEEP reads its time.

/// The time is a point on the clock, not a span.
pub const TIMER_ABSTIME: u32 = 0x1;

// What WAIT and WAITID wait for, and how.

/// Return 0 at once if there is nothing to report.
pub const WNOHANG: u32 = 0x1;

/// Report children that stopped, too.
pub const WUNTRACED: u32 = 0x2;

/// WUNTRACED by the name WAITID has for it.
pub const WSTOPPED: u32 = 0x2;

/// WAITID: report children that ended. WAIT always does.
pub const WEXITED: u32 = 0x4;

/// Report children that go on, too.
pub const WCONTINUED: u32 = 0x8;

/// WAITID: leave the child as it is, to be waited for again.
pub const WNOWAIT: u32 = 0x0100_0000;

// How GET_RANDOM behaves.

/// Do not wait for entropy: EAGAIN instead.
pub const GRND_NONBLOCK: u32 = 0x1;

/// Accepted; there is one source.
pub const GRND_RANDOM: u32 = 0x2;

/// Accepted; there is one source.
pub const GRND_INSECURE: u32 = 0x4;

// Signal numbers; 32 to 64 are the real-time ones.

/// The terminal is gone, or the leader of the session.
pub const SIGHUP: u32 = 1;

/// Interrupted from the terminal.
pub const SIGINT: u32 = 2;

/// Ended from the terminal.
pub const SIGQUIT: u32 = 3;

/// Executed an instruction that does not exist or is not its to use.
pub const SIGILL: u32 = 4;

/// Executed a breakpoint.
pub const SIGTRAP: u32 = 5;

/// Gave itself up.
pub const SIGABRT: u32 = 6;

/// Used an address no memory can be provided for, or a misaligned one.
pub const SIGBUS: u32 = 7;

/// Divided by zero, or overflowed in a division.
pub const SIGFPE: u32 = 8;

/// Is ended by another; cannot be caught.
pub const SIGKILL: u32 = 9;

/// What the program makes of it.
pub const SIGUSR1: u32 = 10;

/// Used an address that is not its own, or not in this way.
pub const SIGSEGV: u32 = 11;

/// What the program makes of it.
pub const SIGUSR2: u32 = 12;

/// Wrote where nobody reads.
pub const SIGPIPE: u32 = 13;

/// A timer is over.
pub const SIGALRM: u32 = 14;

/// Is asked to end.
pub const SIGTERM: u32 = 15;

/// Never sent by the kernel.
pub const SIGSTKFLT: u32 = 16;

/// A child ended, stopped or went on.
pub const SIGCHLD: u32 = 17;

/// Goes on, if it was stopped.
pub const SIGCONT: u32 = 18;

/// Stops; cannot be caught.
pub const SIGSTOP: u32 = 19;

/// Is stopped from the terminal.
pub const SIGTSTP: u32 = 20;

/// Read from the terminal in the background.
pub const SIGTTIN: u32 = 21;

/// Wrote to the terminal in the background.
pub const SIGTTOU: u32 = 22;

/// Urgent data on a socket.
pub const SIGURG: u32 = 23;

/// Used its processor time up.
pub const SIGXCPU: u32 = 24;

/// Wrote beyond its limit of file sizes.
pub const SIGXFSZ: u32 = 25;

/// A timer of its processor time is over.
pub const SIGVTALRM: u32 = 26;

/// A profiling timer is over.
pub const SIGPROF: u32 = 27;

/// The terminal has another size.
pub const SIGWINCH: u32 = 28;

/// A descriptor is ready.
pub const SIGIO: u32 = 29;

/// Power fails.
pub const SIGPWR: u32 = 30;

/// Made a system call it may not make.
pub const SIGSYS: u32 = 31;

// How a signal is handled.

/// SIGCHLD is for children that end, not for those that stop or go on.
pub const SA_NOCLDSTOP: u64 = 0x1;

/// Children that end are forgotten at once.
pub const SA_NOCLDWAIT: u64 = 0x2;

/// The handler takes three arguments. It always gets them.
pub const SA_SIGINFO: u64 = 0x4;

/// The handler runs on the alternate stack.
pub const SA_ONSTACK: u64 = 0x0800_0000;

/// Calls that were interrupted go on, where they can.
pub const SA_RESTART: u64 = 0x1000_0000;

/// The signal is not blocked while its handler runs.
pub const SA_NODEFER: u64 = 0x4000_0000;

/// The handler runs once; then the default is back.
pub const SA_RESETHAND: u64 = 0x8000_0000;

/// The action names the code that a handler returns to. Must be set.
pub const SA_RESTORER: u64 = 0x0400_0000;

// How SIGPROCMASK changes the mask.

/// Block these too.
pub const SIG_BLOCK: u32 = 0;

/// Block these no longer.
pub const SIG_UNBLOCK: u32 = 1;

/// Block these alone.
pub const SIG_SETMASK: u32 = 2;

// State of the alternate signal stack.

/// It is in use.
pub const SS_ONSTACK: u32 = 0x1;

/// There is none.
pub const SS_DISABLE: u32 = 0x2;

// Why a signal was sent.

/// By KILL.
pub const SI_USER: i32 = 0;

/// By the kernel.
pub const SI_KERNEL: i32 = 128;

/// By SIGQUEUE.
pub const SI_QUEUE: i32 = -1;

/// A timer is over.
pub const SI_TIMER: i32 = -2;

/// By TGKILL.
pub const SI_TKILL: i32 = -6;

// What a fault was, by signal.

/// SIGILL: the operands are not allowed.
pub const ILL_ILLOPN: i32 = 0x2;

/// SIGFPE: division by zero, or overflow.
pub const FPE_INTDIV: i32 = 0x1;

/// SIGFPE: a floating-point operation.
pub const FPE_FLTINV: i32 = 0x7;

/// SIGSEGV: nothing is mapped there.
pub const SEGV_MAPERR: i32 = 0x1;

/// SIGSEGV: the page does not allow it.
pub const SEGV_ACCERR: i32 = 0x2;

/// SIGBUS: misaligned.
pub const BUS_ADRALN: i32 = 0x1;

/// SIGBUS: there is no memory for the address.
pub const BUS_ADRERR: i32 = 0x2;

/// SIGTRAP: a breakpoint.
pub const TRAP_BRKPT: i32 = 0x1;

/// SIGTRAP: a single step.
pub const TRAP_TRACE: i32 = 0x2;

// What happened to a child.

/// It ended itself.
pub const CLD_EXITED: i32 = 1;

/// A signal ended it.
pub const CLD_KILLED: i32 = 2;

/// A signal ended it, and there is a dump. Never so.
pub const CLD_DUMPED: i32 = 3;

/// It is traced. Never so.
pub const CLD_TRAPPED: i32 = 4;

/// It stopped.
pub const CLD_STOPPED: i32 = 5;

/// It goes on.
pub const CLD_CONTINUED: i32 = 6;

// Which children WAITID waits for.

/// Any.
pub const P_ALL: u32 = 0;

/// The one of this number.
pub const P_PID: u32 = 1;

/// Those of this process group; 0: of the caller's.
pub const P_PGID: u32 = 2;

// Keys of the auxiliary vector on a new program's stack.

/// End of the vector.
pub const AT_NULL: u64 = 0;

/// Address of the program headers.
pub const AT_PHDR: u64 = 3;

/// Size of one program header in bytes.
pub const AT_PHENT: u64 = 4;

/// Number of program headers.
pub const AT_PHNUM: u64 = 5;

/// Size of a page in bytes.
pub const AT_PAGESZ: u64 = 6;

/// Where the interpreter was loaded; 0: there is none.
pub const AT_BASE: u64 = 7;

/// Always 0.
pub const AT_FLAGS: u64 = 8;

/// Address of the program's first instruction.
pub const AT_ENTRY: u64 = 9;

/// User.
pub const AT_UID: u64 = 11;

/// Effective user.
pub const AT_EUID: u64 = 12;

/// Group.
pub const AT_GID: u64 = 13;

/// Effective group.
pub const AT_EGID: u64 = 14;

/// Address of the string `x86_64`.
pub const AT_PLATFORM: u64 = 15;

/// CPUID leaf 1, edx.
pub const AT_HWCAP: u64 = 16;

/// Ticks a second of `times`: 100.
pub const AT_CLKTCK: u64 = 17;

/// 1 if the environment is not to be trusted; always 0.
pub const AT_SECURE: u64 = 23;

/// Address of 16 random bytes.
pub const AT_RANDOM: u64 = 25;

/// More about the processor; bit 1: FSGSBASE.
pub const AT_HWCAP2: u64 = 26;

/// Address of the path the program was loaded from.
pub const AT_EXECFN: u64 = 31;

/// Address of a vDSO; not given.
pub const AT_SYSINFO_EHDR: u64 = 33;

/// Least size of a signal stack in bytes.
pub const AT_MINSIGSTKSZ: u64 = 51;

// What FCNTL does.

/// A second descriptor, from the argument's number on.
pub const F_DUPFD: u32 = 0;

/// The descriptor's own flags.
pub const F_GETFD: u32 = 1;

/// Set them.
pub const F_SETFD: u32 = 2;

/// The access mode and the flags that all its duplicates share.
pub const F_GETFL: u32 = 3;

/// Set those of them that may change: O_APPEND, O_NONBLOCK.
pub const F_SETFL: u32 = 4;

/// What keeps the process from locking bytes of a file.
pub const F_GETLK: u32 = 5;

/// Lock bytes of a file for the process, or unlock them.
pub const F_SETLK: u32 = 6;

/// F_SETLK that waits.
pub const F_SETLKW: u32 = 7;

/// F_GETLK for the open file description.
pub const F_OFD_GETLK: u32 = 36;

/// F_SETLK for the open file description.
pub const F_OFD_SETLK: u32 = 37;

/// F_SETLKW for the open file description.
pub const F_OFD_SETLKW: u32 = 38;

/// F_DUPFD with FD_CLOEXEC set.
pub const F_DUPFD_CLOEXEC: u32 = 1030;

/// Set how many bytes a pipe has room for.
pub const F_SETPIPE_SZ: u32 = 1031;

/// How many bytes a pipe has room for.
pub const F_GETPIPE_SZ: u32 = 1032;

// What a lock of FCNTL keeps others from.

/// Locks of F_WRLCK; the descriptor must be open for reading.
pub const F_RDLCK: u32 = 0;

/// Every lock; the descriptor must be open for writing.
pub const F_WRLCK: u32 = 1;

/// Nothing: it is given back.
pub const F_UNLCK: u32 = 2;

// What FLOCK does.

/// Lock against those who want it alone.
pub const LOCK_SH: u32 = 0x1;

/// Lock against all others.
pub const LOCK_EX: u32 = 0x2;

/// Fail with EAGAIN instead of waiting.
pub const LOCK_NB: u32 = 0x4;

/// Unlock.
pub const LOCK_UN: u32 = 0x8;

// A descriptor's own flags.

/// A process that is spawned does not get the descriptor.
pub const FD_CLOEXEC: u32 = 0x1;

// What IOCTL does.

/// How the terminal treats its bytes, as a Termios.
pub const TCGETS: u32 = 21_505;

/// Set that, at once.
pub const TCSETS: u32 = 21_506;

/// Set that after what was written. As TCSETS: nothing lags.
pub const TCSETSW: u32 = 21_507;

/// TCSETSW that drops input nobody has read. Not served yet: EINVAL.
pub const TCSETSF: u32 = 21_508;

/// How large the terminal is, as a WinSize.
pub const TIOCGWINSZ: u32 = 21_523;

/// How many bytes a read could take now, as an i32.
pub const FIONREAD: u32 = 21_531;

/// Set O_NONBLOCK unless the i32 is 0.
pub const FIONBIO: u32 = 21_537;

/// Clear FD_CLOEXEC.
pub const FIONCLEX: u32 = 21_584;

/// Set FD_CLOEXEC.
pub const FIOCLEX: u32 = 21_585;

// The line of a terminal, in c_cflag.

/// Bytes of eight bits.
pub const CS8: u32 = 0o60;

/// Input is received.
pub const CREAD: u32 = 0o200;

/// There is no modem.
pub const CLOCAL: u32 = 0o4_000;

/// 115200 bits a second.
pub const B115200: u32 = 0o10_002;

// Places in c_cc.

/// How long a read waits for more bytes, in tenths of a second.
pub const VTIME: u32 = 5;

/// How many bytes a read waits for.
pub const VMIN: u32 = 6;

// What POLL waits for.

/// A read would not wait.
pub const POLLIN: u32 = 0x1;

/// There is something urgent; nothing has that yet.
pub const POLLPRI: u32 = 0x2;

/// A write would not wait.
pub const POLLOUT: u32 = 0x4;

/// Using it fails; of a pipe: nobody can read. Not waited for.
pub const POLLERR: u32 = 0x8;

/// The other side is gone. Not waited for.
pub const POLLHUP: u32 = 0x10;

/// The descriptor is not open. Not waited for.
pub const POLLNVAL: u32 = 0x20;

/// The same as POLLIN.
pub const POLLRDNORM: u32 = 0x40;

/// Never comes.
pub const POLLRDBAND: u32 = 0x80;

/// The same as POLLOUT.
pub const POLLWRNORM: u32 = 0x100;

/// Never comes.
pub const POLLWRBAND: u32 = 0x200;

/// Never comes.
pub const POLLMSG: u32 = 0x400;

/// The other side sends nothing more; nothing tells that yet.
pub const POLLRDHUP: u32 = 0x2000;

// How EVENTFD makes a counter.

/// A read takes 1, not everything.
pub const EFD_SEMAPHORE: u32 = 0o1;

/// Calls that would wait are refused.
pub const EFD_NONBLOCK: u32 = 0o4_000;

/// The descriptor is not for a program that EXEC starts.
pub const EFD_CLOEXEC: u32 = 0o2_000_000;

// How TIMERFD_CREATE makes a timer.

/// The descriptor is not for a program that EXEC starts.
pub const TFD_CLOEXEC: u32 = 0o2_000_000;

/// Fail with EAGAIN instead of waiting.
pub const TFD_NONBLOCK: u32 = 0o4_000;

// How TIMERFD_SETTIME reads its time.

/// The time is a point on the clock, not a span.
pub const TFD_TIMER_ABSTIME: u32 = 0x1;

/// Cancel it when the clock is set: no call sets one.
pub const TFD_TIMER_CANCEL_ON_SET: u32 = 0x2;

// Timers of a process.

/// Of time as it passes; SIGALRM.
pub const ITIMER_REAL: u32 = 0;

/// Of time in user mode; SIGVTALRM. Not served yet: EINVAL.
pub const ITIMER_VIRTUAL: u32 = 1;

/// Of time the process has run; SIGPROF. Not served yet: EINVAL.
pub const ITIMER_PROF: u32 = 2;

// Whom SETPRIORITY is about.

/// A thread, by its number; a process's first has the process's.
pub const PRIO_PROCESS: u32 = 0;

/// All threads of a process group.
pub const PRIO_PGRP: u32 = 1;

/// All threads of a user; 0 is the only one.
pub const PRIO_USER: u32 = 2;

// Whose usage GETRUSAGE tells.

/// The process's.
pub const RUSAGE_SELF: i32 = 0;

/// That of the children it has waited for, and of theirs.
pub const RUSAGE_CHILDREN: i32 = -1;

/// The thread's.
pub const RUSAGE_THREAD: i32 = 1;

// How EPOLL_CREATE1 makes an epoll.

/// The descriptor is not for a program that EXEC starts.
pub const EPOLL_CLOEXEC: u32 = 0o2_000_000;

// What EPOLL_CTL does.

/// Watch a descriptor.
pub const EPOLL_CTL_ADD: u32 = 1;

/// Watch it no longer.
pub const EPOLL_CTL_DEL: u32 = 2;

/// Change what is waited for; EPOLLONESHOT begins again.
pub const EPOLL_CTL_MOD: u32 = 3;

// What an epoll waits for.

/// A read would not wait.
pub const EPOLLIN: u32 = 0x1;

/// There is something urgent; nothing has that yet.
pub const EPOLLPRI: u32 = 0x2;

/// A write would not wait.
pub const EPOLLOUT: u32 = 0x4;

/// Using it fails; of a pipe: nobody can read. Not waited for.
pub const EPOLLERR: u32 = 0x8;

/// The other side is gone. Not waited for.
pub const EPOLLHUP: u32 = 0x10;

/// The same as EPOLLIN.
pub const EPOLLRDNORM: u32 = 0x40;

/// Never comes.
pub const EPOLLRDBAND: u32 = 0x80;

/// The same as EPOLLOUT.
pub const EPOLLWRNORM: u32 = 0x100;

/// Never comes.
pub const EPOLLWRBAND: u32 = 0x200;

/// Never comes.
pub const EPOLLMSG: u32 = 0x400;

/// The other side sends nothing more; nothing tells that yet.
pub const EPOLLRDHUP: u32 = 0x2000;

/// Not all epolls that watch it need to be told. Not served yet: EINVAL.
pub const EPOLLEXCLUSIVE: u32 = 0x1000_0000;

/// The machine stays awake meanwhile: it always does.
pub const EPOLLWAKEUP: u32 = 0x2000_0000;

/// Told of once, and then not until EPOLL_CTL_MOD.
pub const EPOLLONESHOT: u32 = 0x4000_0000;

/// Told of when something changes, not while it is so.
pub const EPOLLET: u32 = 0x8000_0000;

// Kind of an object, in HandleInfo.

/// The serial port and the screen.
pub const OBJECT_CONSOLE: u32 = 1;

/// An open file or directory.
pub const OBJECT_FILE: u32 = 2;

/// An end of a pipe.
pub const OBJECT_PIPE: u32 = 3;

/// Memory that processes share.
pub const OBJECT_SHARED_MEMORY: u32 = 4;

/// A number that one side adds to and another takes.
pub const OBJECT_EVENT_COUNTER: u32 = 5;

/// An end of a channel.
pub const OBJECT_CHANNEL: u32 = 6;

/// Watches over other objects.
pub const OBJECT_EPOLL: u32 = 7;

/// A timer of TIMERFD_CREATE.
pub const OBJECT_TIMER: u32 = 8;

/// The region between a browser and the kernel.
pub const OBJECT_BROWSER_CHANNEL: u32 = 9;

// What a service answers in the kernel's name.

/// NetworkRequest.
pub const SERVE_NETWORK: u32 = 0x1;

/// WasmCompileRequest.
pub const SERVE_COMPILER: u32 = 0x2;

// What becomes of a handle that is sent.

/// It is the receiver's; the sender has it no longer.
pub const HANDLE_MOVE: u32 = 0;

/// The receiver's descends from it; the sender keeps it.
pub const HANDLE_COPY: u32 = 1;
