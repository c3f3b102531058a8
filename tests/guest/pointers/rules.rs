//! How to call each system call so that only the pointer under test is wrong.

use alloc::string::String;
use core::ffi::{CStr, c_char};
use core::ptr;
use core::sync::atomic::AtomicU32;

use harness::{Verdict, context};
use kpio_rt::abi::errors::Errno;
use kpio_rt::abi::flags::{
    AT_FDCWD, CLOCK_MONOTONIC, EPOLL_CTL_ADD, EPOLL_CTL_MOD, EPOLLIN, FIONBIO, FUTEX_WAIT, O_CREAT,
    O_NONBLOCK, O_RDWR, P_PID, SIG_UNBLOCK, SIGUSR1, WEXITED,
};
use kpio_rt::abi::memory::{DIRECT_MAP_BASE, USER_END};
use kpio_rt::abi::rights::Rights;
use kpio_rt::abi::syscalls::{SYS_OPEN, SYS_READ, SYS_READV, SYS_SPAWN, SYS_WRITE, SYS_WRITEV};
use kpio_rt::abi::types::{
    BrowserChannelStatus, ChannelEnds, EpollEvent, FileTimes, HandleInfo, IntervalTimer, IoVec,
    MessageSize, PipeEnds, PollFd, ResourceUsage, SentHandle, SignalAction, SignalInfo,
    SignalStack, Stat, StatFs, SystemInfo, ThreadCreateArgs, TimerSpec, Timespec,
};
use kpio_rt::fs::File;
use kpio_rt::{args, browser, channel, io, process, syscall, timer, wait};

use super::places::Places;

/// What the kernel does with the memory.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Use {
    /// Reads it.
    Read,
    /// Writes it.
    Written,
    /// Does not follow the address at all.
    NotFollowed {
        /// Why there is nothing to test here.
        why: &'static str,
    },
}

/// A good address for an argument.
#[derive(Clone, Copy, Debug)]
pub enum Good {
    /// Any zeroed memory that can be read and written.
    Zeros,
    /// This one, because the call would do something with zeros.
    At(fn() -> usize),
    /// The call must not succeed here.
    Never,
}

/// How one pointer of one call is tested.
pub struct Rule {
    /// The call.
    pub call: &'static str,
    /// The argument.
    pub argument: &'static str,
    /// What the kernel does with the memory.
    pub usage: Use,
    /// How much memory the call uses.
    pub len_bytes: usize,
    /// What the argument must be a multiple of.
    pub align: usize,
    /// The error for an address that is not.
    pub misaligned: Option<Errno>,
    /// A part may be taken before a hole.
    pub is_partial: bool,
    /// Null means "not wanted".
    pub is_optional: bool,
    /// What stands there when nothing is wrong.
    pub good: Good,
    /// The other arguments.
    pub arguments: fn(&Setup) -> [usize; 6],
}

/// What the calls need.
pub struct Setup {
    /// The process.
    pub pid: i32,
    /// A child that has ended, or will soon, and that nobody has waited for.
    pub child: i32,
    /// A file that can be read.
    pub file: File,
    /// A file that can be written.
    pub scratch: File,
    /// A directory.
    pub directory: File,
    /// An epoll that watches a counter, which has something to tell.
    pub epoll: File,
    /// The counter.
    pub counter: File,
    /// A timer that is not set.
    pub timer: File,
    /// Good and bad addresses.
    pub places: Places,
    /// A browser's channel.
    pub browser: File,
    /// A channel's ends, which do not wait.
    channel: (File, File),
    /// This program, and the arguments with which it does nothing.
    own: &'static CStr,
    idle_arguments: [*const c_char; 3],
}

impl Setup {
    /// Starts the child, opens the file, maps the pages.
    pub fn new() -> Result<Self, String> {
        let own = args::args().next().ok_or("no name of its own")?;
        let child = context(process::spawn(own, &[own, super::CHILD]), "spawn")?.id();
        let epoll = context(wait::epoll(0), "epoll_create1")?;
        let counter = context(wait::event_counter(1, 0), "eventfd")?;
        let fd = counter.descriptor();
        let watched = wait::epoll_control(&epoll, EPOLL_CTL_ADD, fd, EPOLLIN, 0);
        context(watched, "epoll_ctl")?;
        Ok(Self {
            pid: process::id(),
            child,
            file: context(File::open(own), "open")?,
            scratch: context(File::open_with(c"/data/scratch", O_RDWR | O_CREAT), "open")?,
            directory: context(File::open(c"/bin"), "open")?,
            epoll,
            counter,
            timer: context(timer::timer(CLOCK_MONOTONIC, 0), "timerfd_create")?,
            places: Places::new()?,
            browser: context(browser::create(0), "browser_channel_create")?,
            channel: context(channel::channel(O_NONBLOCK), "channel")?,
            own,
            idle_arguments: [own.as_ptr(), super::CHILD.as_ptr(), ptr::null()],
        })
    }

    fn fd(&self) -> usize {
        usize::try_from(self.file.descriptor()).unwrap_or(usize::MAX)
    }

    fn scratch(&self) -> usize {
        usize::try_from(self.scratch.descriptor()).unwrap_or(usize::MAX)
    }

    fn epoll(&self) -> usize {
        usize::try_from(self.epoll.descriptor()).unwrap_or(usize::MAX)
    }

    fn browser(&self) -> usize {
        usize::try_from(self.browser.descriptor()).unwrap_or(usize::MAX)
    }

    fn counter(&self) -> usize {
        usize::try_from(self.counter.descriptor()).unwrap_or(usize::MAX)
    }

    fn timer(&self) -> usize {
        usize::try_from(self.timer.descriptor()).unwrap_or(usize::MAX)
    }

    fn directory(&self) -> usize {
        usize::try_from(self.directory.descriptor()).unwrap_or(usize::MAX)
    }

    /// The words of a receive that has something to store, each where it can be.
    fn receiving(&self) -> [usize; 6] {
        let (sender, receiver) = &self.channel;
        let handle = channel::copied(self.file.descriptor(), Rights::INSPECT);
        let (bytes, handles) = ([0; TRANSFER_BYTES], [handle; 2]);
        // A full queue has something to store too.
        let _ = channel::send(sender.descriptor(), &bytes, &handles);
        let fd = usize::try_from(receiver.descriptor()).unwrap_or(usize::MAX);
        let good = self.places.zeros();
        [fd, good, TRANSFER_BYTES, good + 512, 2, good + 1024]
    }

    /// The words of a message of bytes.
    fn sending(&self, nr_bytes: usize, nr_handles: usize) -> [usize; 6] {
        let fd = usize::try_from(self.channel.1.descriptor()).unwrap_or(usize::MAX);
        [fd, 0, nr_bytes, 0, nr_handles, 0]
    }

    fn path(&self) -> usize {
        self.own.as_ptr().addr()
    }

    fn idle(&self) -> usize {
        self.idle_arguments.as_ptr().addr()
    }
}

/// A transfer that is longer than any half page before a hole.
const TRANSFER_BYTES: usize = 256;

/// The value of the word that a wait with a timeout looks at: the wait would begin.
static FUTEX_WORD: AtomicU32 = AtomicU32::new(1);
/// A value that no word here has: a wait for it does not begin.
const NO_VALUE: usize = 0x7E57_0001;
static NO_TIME: Timespec = Timespec {
    tv_sec: 0,
    tv_nsec: 0,
};
static NO_STRINGS: [usize; 1] = [0];
static NO_SIGNALS: u64 = 0;
static TEXT: [u8; TRANSFER_BYTES] = [b'.'; TRANSFER_BYTES];
static NO_PIECES: [IoVec; 2] = [IoVec {
    iov_base: 0,
    iov_len: 0,
}; 2];
/// A start that the kernel refuses.
static REFUSED_START: ThreadCreateArgs = ThreadCreateArgs {
    entry: u64::MAX,
    stack_pointer: 0,
    argument: 0,
    thread_pointer: 0,
    parent_tid: 0,
};

fn no_strings() -> usize {
    (&raw const NO_STRINGS).addr()
}

fn no_time() -> usize {
    (&raw const NO_TIME).addr()
}

const STDOUT: usize = io::STDOUT as usize;
/// The working directory, as an argument.
const CWD: usize = AT_FDCWD.cast_unsigned() as usize;

/// The usual rule; each entry below says what differs.
const fn rule(call: &'static str, argument: &'static str, usage: Use, len_bytes: usize) -> Rule {
    Rule {
        call,
        argument,
        usage,
        len_bytes,
        align: 1,
        misaligned: None,
        is_partial: false,
        is_optional: false,
        good: Good::Zeros,
        arguments: |_| [0; 6],
    }
}

/// An address that the kernel only uses as a number.
const fn number(call: &'static str, argument: &'static str, why: &'static str) -> Rule {
    rule(call, argument, Use::NotFollowed { why }, 0)
}

/// Every pointer of the contract.
pub const RULES: &[Rule] = &[
    Rule {
        is_partial: true,
        arguments: |setup| [setup.fd(), 0, TRANSFER_BYTES, 0, 0, 0],
        ..rule("read", "buffer", Use::Written, TRANSFER_BYTES)
    },
    Rule {
        is_partial: true,
        arguments: |_| [STDOUT, 0, TRANSFER_BYTES, 0, 0, 0],
        good: Good::At(|| (&raw const TEXT).addr()),
        ..rule("write", "buffer", Use::Read, TRANSFER_BYTES)
    },
    rule("open", "path", Use::Read, 1),
    Rule {
        arguments: |_| [STDOUT, 0, TRANSFER_BYTES, 0, 0, 0],
        good: Good::At(|| (&raw const TEXT).addr()),
        ..rule("report", "text", Use::Read, TRANSFER_BYTES)
    },
    number(
        "mmap",
        "addr",
        "it is advice; tests/guest/memory looks at MAP_FIXED",
    ),
    number(
        "munmap",
        "addr",
        "a range of pages; tests/guest/memory looks at it",
    ),
    number(
        "mprotect",
        "addr",
        "a range of pages; tests/guest/memory looks at it",
    ),
    number(
        "mremap",
        "addr",
        "a range of pages; tests/guest/memory looks at it",
    ),
    number(
        "mremap",
        "new_addr",
        "a range of pages; tests/guest/memory looks at it",
    ),
    number(
        "madvise",
        "addr",
        "a range of pages; tests/guest/memory looks at it",
    ),
    number(
        "msync",
        "addr",
        "a range of pages; tests/guest/mappings looks at it",
    ),
    number(
        "thread_exit",
        "clear_tid",
        "a bad address does not matter; tests/guest/threads",
    ),
    number(
        "set_thread_pointer",
        "addr",
        "used by the program itself; see `faults`",
    ),
    number(
        "futex",
        "uaddr2",
        "only who waits for the word is looked for",
    ),
    Rule {
        arguments: |_| [0, size_of::<ThreadCreateArgs>(), 0, 0, 0, 0],
        good: Good::At(|| (&raw const REFUSED_START).addr()),
        ..rule(
            "thread_create",
            "start",
            Use::Read,
            size_of::<ThreadCreateArgs>(),
        )
    },
    Rule {
        align: 4,
        misaligned: Some(Errno::EINVAL),
        arguments: |_| [0, FUTEX_WAIT as usize, NO_VALUE, 0, 0, 0],
        ..rule("futex", "uaddr", Use::Read, 4)
    },
    Rule {
        is_optional: true,
        arguments: |_| [FUTEX_WORD.as_ptr().addr(), FUTEX_WAIT as usize, 1, 0, 0, 0],
        good: Good::At(no_time),
        ..rule("futex", "timeout", Use::Read, size_of::<Timespec>())
    },
    Rule {
        arguments: |_| [0, no_strings(), no_strings(), 0, 0, 0],
        ..rule("spawn", "path", Use::Read, 1)
    },
    Rule {
        arguments: |setup| [setup.path(), 0, no_strings(), 0, 0, 0],
        good: Good::Never,
        ..rule("spawn", "argv", Use::Read, 8)
    },
    Rule {
        arguments: |setup| [setup.path(), setup.idle(), 0, 0, 0, 0],
        good: Good::Never,
        ..rule("spawn", "envp", Use::Read, 8)
    },
    Rule {
        is_optional: true,
        arguments: |_| [SIGUSR1 as usize, 0, 0, 0, 0, 0],
        ..rule("sigaction", "action", Use::Read, size_of::<SignalAction>())
    },
    Rule {
        is_optional: true,
        arguments: |_| [SIGUSR1 as usize, 0, 0, 0, 0, 0],
        ..rule("sigaction", "old", Use::Written, size_of::<SignalAction>())
    },
    Rule {
        is_optional: true,
        arguments: |_| [SIG_UNBLOCK as usize, 0, 0, 0, 0, 0],
        ..rule("sigprocmask", "set", Use::Read, 8)
    },
    Rule {
        is_optional: true,
        arguments: |_| [SIG_UNBLOCK as usize, 0, 0, 0, 0, 0],
        ..rule("sigprocmask", "old", Use::Written, 8)
    },
    rule("sigpending", "set", Use::Written, 8),
    Rule {
        // It would wait.
        good: Good::Never,
        ..rule("sigsuspend", "set", Use::Read, 8)
    },
    Rule {
        // It would wait, or take what is not there.
        good: Good::Never,
        arguments: |_| [0, 0, no_time(), 0, 0, 0],
        ..rule("sigtimedwait", "set", Use::Read, 8)
    },
    Rule {
        is_optional: true,
        good: Good::Never,
        arguments: |_| [(&raw const NO_SIGNALS).addr(), 0, no_time(), 0, 0, 0],
        ..rule(
            "sigtimedwait",
            "info",
            Use::Written,
            size_of::<SignalInfo>(),
        )
    },
    Rule {
        is_optional: true,
        arguments: |_| [(&raw const NO_SIGNALS).addr(), 0, 0, 0, 0, 0],
        good: Good::At(no_time),
        ..rule("sigtimedwait", "timeout", Use::Read, size_of::<Timespec>())
    },
    Rule {
        is_optional: true,
        ..rule("sigaltstack", "stack", Use::Read, size_of::<SignalStack>())
    },
    Rule {
        is_optional: true,
        ..rule("sigaltstack", "old", Use::Written, size_of::<SignalStack>())
    },
    Rule {
        is_optional: true,
        // The child is to be kept for the other cases.
        good: Good::Never,
        arguments: |setup| {
            let child = setup.child.cast_unsigned() as usize;
            [P_PID as usize, child, 0, WEXITED as usize, 0, 0]
        },
        ..rule("waitid", "info", Use::Written, size_of::<SignalInfo>())
    },
    rule(
        "channel_create",
        "ends",
        Use::Written,
        size_of::<ChannelEnds>(),
    ),
    Rule {
        arguments: |setup| setup.sending(TRANSFER_BYTES, 0),
        ..rule("channel_send", "bytes", Use::Read, TRANSFER_BYTES)
    },
    Rule {
        arguments: |setup| setup.sending(0, 2),
        ..rule(
            "channel_send",
            "handles",
            Use::Read,
            2 * size_of::<SentHandle>(),
        )
    },
    Rule {
        arguments: Setup::receiving,
        ..rule("channel_receive", "bytes", Use::Written, TRANSFER_BYTES)
    },
    Rule {
        arguments: Setup::receiving,
        ..rule(
            "channel_receive",
            "handles",
            Use::Written,
            2 * size_of::<i32>(),
        )
    },
    Rule {
        arguments: Setup::receiving,
        ..rule(
            "channel_receive",
            "size",
            Use::Written,
            size_of::<MessageSize>(),
        )
    },
    rule("shm_open", "name", Use::Read, 1),
    rule("shm_unlink", "name", Use::Read, 1),
    Rule {
        arguments: |_| [0, no_strings(), no_strings(), 0, 0, 0],
        ..rule("exec", "path", Use::Read, 1)
    },
    Rule {
        arguments: |setup| [setup.path(), 0, no_strings(), 0, 0, 0],
        good: Good::Never,
        ..rule("exec", "argv", Use::Read, 8)
    },
    Rule {
        arguments: |setup| [setup.path(), setup.idle(), 0, 0, 0, 0],
        good: Good::Never,
        ..rule("exec", "envp", Use::Read, 8)
    },
    Rule {
        is_optional: true,
        // The child is to be kept for the other cases.
        good: Good::Never,
        arguments: |setup| [setup.child.cast_unsigned() as usize, 0, 0, 0, 0, 0],
        ..rule("wait", "status", Use::Written, 4)
    },
    Rule {
        is_optional: true,
        // As above.
        good: Good::Never,
        arguments: |setup| [setup.child.cast_unsigned() as usize, 0, 0, 0, 0, 0],
        ..rule("wait4", "status", Use::Written, 4)
    },
    Rule {
        is_optional: true,
        // As above.
        good: Good::Never,
        arguments: |setup| [setup.child.cast_unsigned() as usize, 0, 0, 0, 0, 0],
        ..rule("wait4", "usage", Use::Written, size_of::<ResourceUsage>())
    },
    rule(
        "getrusage",
        "usage",
        Use::Written,
        size_of::<ResourceUsage>(),
    ),
    Rule {
        arguments: |setup| [setup.fd(), 0, 0, 0, 0, 0],
        ..rule("fstat", "stat", Use::Written, size_of::<Stat>())
    },
    Rule {
        arguments: |_| [CLOCK_MONOTONIC as usize, 0, 0, 0, 0, 0],
        ..rule("clock_get", "time", Use::Written, size_of::<Timespec>())
    },
    Rule {
        arguments: |_| [CLOCK_MONOTONIC as usize, 0, 0, 0, 0, 0],
        good: Good::At(no_time),
        ..rule("sleep", "request", Use::Read, size_of::<Timespec>())
    },
    Rule {
        is_partial: true,
        arguments: |_| [0, TRANSFER_BYTES, 0, 0, 0, 0],
        ..rule("get_random", "buffer", Use::Written, TRANSFER_BYTES)
    },
    Rule {
        arguments: |_| [0, size_of::<SystemInfo>(), 0, 0, 0, 0],
        ..rule("system_info", "info", Use::Written, size_of::<SystemInfo>())
    },
    Rule {
        arguments: |setup| [setup.fd(), 0, size_of::<HandleInfo>(), 0, 0, 0],
        ..rule("handle_info", "info", Use::Written, size_of::<HandleInfo>())
    },
    Rule {
        arguments: |_| [0, 2, no_time(), 0, 0, 0],
        ..rule("poll", "fds", Use::Written, 2 * size_of::<PollFd>())
    },
    Rule {
        is_optional: true,
        good: Good::At(no_time),
        ..rule("poll", "timeout", Use::Read, size_of::<Timespec>())
    },
    Rule {
        is_optional: true,
        arguments: |_| [0, 0, no_time(), 0, 0, 0],
        ..rule("poll", "mask", Use::Read, size_of::<u64>())
    },
    Rule {
        arguments: |setup| {
            [
                setup.epoll(),
                EPOLL_CTL_MOD as usize,
                setup.counter(),
                0,
                0,
                0,
            ]
        },
        // It would no longer be told of what the next rules wait for.
        good: Good::Never,
        ..rule("epoll_ctl", "event", Use::Read, size_of::<EpollEvent>())
    },
    Rule {
        arguments: |setup| [setup.epoll(), 0, 1, no_time(), 0, 0],
        ..rule(
            "epoll_pwait",
            "events",
            Use::Written,
            size_of::<EpollEvent>(),
        )
    },
    Rule {
        is_optional: true,
        good: Good::At(no_time),
        arguments: |setup| [setup.epoll(), setup.places.zeros(), 1, 0, 0, 0],
        ..rule("epoll_pwait", "timeout", Use::Read, size_of::<Timespec>())
    },
    Rule {
        is_optional: true,
        arguments: |setup| [setup.epoll(), setup.places.zeros(), 1, no_time(), 0, 0],
        ..rule("epoll_pwait", "mask", Use::Read, size_of::<u64>())
    },
    Rule {
        arguments: |setup| [setup.timer(), 0, 0, 0, 0, 0],
        ..rule("timerfd_settime", "new", Use::Read, size_of::<TimerSpec>())
    },
    Rule {
        is_optional: true,
        arguments: |setup| [setup.timer(), 0, setup.places.zeros(), 0, 0, 0],
        ..rule(
            "timerfd_settime",
            "old",
            Use::Written,
            size_of::<TimerSpec>(),
        )
    },
    Rule {
        arguments: |setup| [setup.timer(), 0, 0, 0, 0, 0],
        ..rule(
            "timerfd_gettime",
            "current",
            Use::Written,
            size_of::<TimerSpec>(),
        )
    },
    rule("setitimer", "new", Use::Read, size_of::<IntervalTimer>()),
    Rule {
        is_optional: true,
        arguments: |setup| [0, setup.places.zeros(), 0, 0, 0, 0],
        ..rule("setitimer", "old", Use::Written, size_of::<IntervalTimer>())
    },
    rule(
        "getitimer",
        "current",
        Use::Written,
        size_of::<IntervalTimer>(),
    ),
    rule("pipe2", "ends", Use::Written, size_of::<PipeEnds>()),
    Rule {
        arguments: |setup| [setup.fd(), FIONBIO as usize, 0, 0, 0, 0],
        ..rule("ioctl", "argument", Use::Read, size_of::<i32>())
    },
    Rule {
        arguments: |setup| [setup.fd(), 0, 2, 0, 0, 0],
        good: Good::At(|| (&raw const NO_PIECES).addr()),
        ..rule("readv", "iov", Use::Read, 2 * size_of::<IoVec>())
    },
    Rule {
        arguments: |_| [STDOUT, 0, 2, 0, 0, 0],
        good: Good::At(|| (&raw const NO_PIECES).addr()),
        ..rule("writev", "iov", Use::Read, 2 * size_of::<IoVec>())
    },
    Rule {
        is_partial: true,
        arguments: |setup| [setup.fd(), 0, TRANSFER_BYTES, 0, 0, 0],
        ..rule("pread", "buffer", Use::Written, TRANSFER_BYTES)
    },
    Rule {
        is_partial: true,
        arguments: |setup| [setup.scratch(), 0, TRANSFER_BYTES, 0, 0, 0],
        ..rule("pwrite", "buffer", Use::Read, TRANSFER_BYTES)
    },
    Rule {
        arguments: |setup| [setup.fd(), 0, 2, 0, 0, 0],
        good: Good::At(|| (&raw const NO_PIECES).addr()),
        ..rule("preadv", "iov", Use::Read, 2 * size_of::<IoVec>())
    },
    Rule {
        arguments: |setup| [setup.scratch(), 0, 2, 0, 0, 0],
        good: Good::At(|| (&raw const NO_PIECES).addr()),
        ..rule("pwritev", "iov", Use::Read, 2 * size_of::<IoVec>())
    },
    Rule {
        // The list goes on at the end with 0 bytes, which need no room: so it is long.
        good: Good::Never,
        arguments: |setup| [setup.directory(), 0, TRANSFER_BYTES, 0, 0, 0],
        ..rule("getdents", "buffer", Use::Written, TRANSFER_BYTES)
    },
    Rule {
        arguments: |_| [CWD, 0, 0, 0, 0, 0],
        ..rule("openat", "path", Use::Read, 1)
    },
    Rule {
        arguments: |setup| [CWD, 0, setup.places.zeros(), 0, 0, 0],
        ..rule("fstatat", "path", Use::Read, 1)
    },
    Rule {
        arguments: |setup| [CWD, setup.path(), 0, 0, 0, 0],
        ..rule("fstatat", "stat", Use::Written, size_of::<Stat>())
    },
    Rule {
        arguments: |_| [CWD, 0, 0, 0, 0, 0],
        ..rule("mkdirat", "path", Use::Read, 1)
    },
    Rule {
        arguments: |_| [CWD, 0, 0, 0, 0, 0],
        ..rule("mknodat", "path", Use::Read, 1)
    },
    Rule {
        arguments: |setup| [0, CWD, setup.path(), 0, 0, 0],
        ..rule("symlinkat", "target", Use::Read, 1)
    },
    Rule {
        arguments: |setup| [setup.path(), CWD, 0, 0, 0, 0],
        ..rule("symlinkat", "path", Use::Read, 1)
    },
    Rule {
        arguments: |setup| [CWD, 0, CWD, setup.path(), 0, 0],
        ..rule("linkat", "from", Use::Read, 1)
    },
    Rule {
        arguments: |setup| [CWD, setup.path(), CWD, 0, 0, 0],
        ..rule("linkat", "to", Use::Read, 1)
    },
    Rule {
        arguments: |setup| [CWD, 0, CWD, setup.path(), 0, 0],
        ..rule("renameat2", "from", Use::Read, 1)
    },
    Rule {
        arguments: |setup| [CWD, setup.path(), CWD, 0, 0, 0],
        ..rule("renameat2", "to", Use::Read, 1)
    },
    Rule {
        arguments: |_| [CWD, 0, 0, 0, 0, 0],
        ..rule("unlinkat", "path", Use::Read, 1)
    },
    Rule {
        arguments: |setup| [CWD, 0, setup.places.zeros(), TRANSFER_BYTES, 0, 0],
        ..rule("readlinkat", "path", Use::Read, 1)
    },
    Rule {
        arguments: |_| [CWD, c"/tmp".as_ptr().addr(), 0, TRANSFER_BYTES, 0, 0],
        ..rule("readlinkat", "buffer", Use::Written, 1)
    },
    Rule {
        arguments: |_| [CWD, 0, 0, 0, 0, 0],
        ..rule("faccessat", "path", Use::Read, 1)
    },
    Rule {
        arguments: |_| [CWD, 0, 0, 0, 0, 0],
        ..rule("fchmodat", "path", Use::Read, 1)
    },
    Rule {
        arguments: |_| [CWD, 0, 0, 0, 0, 0],
        ..rule("fchownat", "path", Use::Read, 1)
    },
    Rule {
        arguments: |_| [CWD, 0, 0, 0, 0, 0],
        ..rule("utimensat", "path", Use::Read, 1)
    },
    Rule {
        is_optional: true,
        arguments: |setup| [CWD, setup.path(), 0, 0, 0, 0],
        ..rule("utimensat", "times", Use::Read, size_of::<FileTimes>())
    },
    Rule {
        arguments: |_| [0; 6],
        ..rule("chdir", "path", Use::Read, 1)
    },
    Rule {
        arguments: |_| [0, TRANSFER_BYTES, 0, 0, 0, 0],
        ..rule("getcwd", "buffer", Use::Written, 2)
    },
    Rule {
        arguments: |setup| [0, setup.places.zeros(), 0, 0, 0, 0],
        ..rule("statfs", "path", Use::Read, 1)
    },
    Rule {
        arguments: |setup| [setup.path(), 0, 0, 0, 0, 0],
        ..rule("statfs", "facts", Use::Written, size_of::<StatFs>())
    },
    Rule {
        arguments: |setup| [setup.fd(), 0, 0, 0, 0, 0],
        ..rule("fstatfs", "facts", Use::Written, size_of::<StatFs>())
    },
    Rule {
        arguments: |setup| [setup.browser(), 0, 0, 0, 0, 0],
        ..rule(
            "browser_channel_status",
            "status",
            Use::Written,
            size_of::<BrowserChannelStatus>(),
        )
    },
];

/// The rule for an argument of a call.
pub fn find(call: &str, argument: &str) -> Option<&'static Rule> {
    RULES
        .iter()
        .find(|rule| rule.call == call && rule.argument == argument)
}

/// Bad addresses where the kernel follows an address that it has read, or looks for an end.
pub fn nested(setup: &Setup) -> Verdict {
    let bad = [8, DIRECT_MAP_BASE, USER_END, 1 << 47, usize::MAX];
    for address in bad {
        let pieces = [address as u64, 16];
        let array = pieces.as_ptr().addr();
        faults(
            "writev with a bad piece",
            SYS_WRITEV,
            [STDOUT, array, 1, 0, 0, 0],
        )?;
        faults(
            "readv with a bad piece",
            SYS_READV,
            [setup.fd(), array, 1, 0, 0, 0],
        )?;
        let strings = [address, 0];
        let list = strings.as_ptr().addr();
        let path = setup.path();
        faults(
            "spawn with a bad argument",
            SYS_SPAWN,
            [path, list, no_strings(), 0, 0, 0],
        )?;
        faults(
            "spawn with a bad variable",
            SYS_SPAWN,
            [path, setup.idle(), list, 0, 0, 0],
        )?;
    }
    let endless = setup.places.endless_text();
    faults(
        "open of a path without end",
        SYS_OPEN,
        [endless, 0, 0, 0, 0, 0],
    )?;
    faults(
        "spawn of a path without end",
        SYS_SPAWN,
        [endless, setup.idle(), no_strings(), 0, 0, 0],
    )?;
    let strings = [endless, 0];
    let list = strings.as_ptr().addr();
    faults(
        "spawn with an endless argument",
        SYS_SPAWN,
        [setup.path(), list, no_strings(), 0, 0, 0],
    )?;
    let long = setup.places.long_text();
    // SAFETY: OPEN only reads.
    let result = unsafe { syscall::call(SYS_OPEN, [long, 0, 0, 0, 0, 0]) };
    harness::expect(
        "open of a path that is too long",
        result,
        Err(Errno::ENAMETOOLONG.into()),
    )?;
    let text = (&raw const TEXT).addr();
    faults(
        "write of more than there is",
        SYS_WRITE,
        [STDOUT, text, usize::MAX, 0, 0, 0],
    )?;
    let good = setup.places.zeros();
    faults(
        "read of more than there is",
        SYS_READ,
        [setup.fd(), good, usize::MAX, 0, 0, 0],
    )
}

/// Fails unless the call says EFAULT.
fn faults(what: &str, number: usize, arguments: [usize; 6]) -> Verdict {
    // SAFETY: what is bad is not followed; the rest are the test's own places.
    let result = unsafe { syscall::call(number, arguments) };
    harness::expect(what, result, Err(Errno::EFAULT.into()))
}
