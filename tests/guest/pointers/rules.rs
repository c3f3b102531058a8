//! How to call each system call so that only the pointer under test is wrong.

use alloc::ffi::CString;
use alloc::string::String;
use core::time::Duration;

use harness::{PASSED, Verdict, context, ensure};
use kpio_rt::abi::errors::Errno;
use kpio_rt::abi::flags::{CLOCK_MONOTONIC, FUTEX_WAIT};
use kpio_rt::abi::memory::{DIRECT_MAP_BASE, PAGE_SIZE};
use kpio_rt::abi::syscalls::{SYS_OPEN, SYS_SPAWN, SYS_WRITEV};
use kpio_rt::abi::types::{IoVec, Stat, SystemInfo, ThreadCreateArgs, Timespec};
use kpio_rt::fs::File;
use kpio_rt::{args, io, process, syscall, time};

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
    /// A good address, if any mapped one will not do.
    pub good: Option<usize>,
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
    /// Good and bad addresses.
    pub places: Places,
}

impl Setup {
    /// Starts the child, opens the file, maps the pages.
    pub fn new() -> Result<Self, String> {
        let own = args::args().next().ok_or("no name of its own")?;
        let argument = context(CString::new(super::CHILD), "argument")?;
        let child = context(process::spawn(own, &[own, &argument]), "spawn")?.id();
        Ok(Self {
            pid: process::id(),
            child,
            file: context(File::open(own), "open")?,
            places: Places::new()?,
        })
    }

    fn fd(&self) -> usize {
        usize::try_from(self.file.descriptor()).unwrap_or(usize::MAX)
    }
}

/// A transfer that is longer than any half page before a hole.
const TRANSFER_BYTES: usize = 256;

/// Where the good path is.
const ROOT: &core::ffi::CStr = c"/";

const STDOUT: usize = io::STDOUT as usize;

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
        good: None,
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
        ..rule("write", "buffer", Use::Read, TRANSFER_BYTES)
    },
    rule("open", "path", Use::Read, 1),
    number("mmap", "addr", "it is advice; tests/guest/memory looks at MAP_FIXED"),
    number("munmap", "addr", "a range of pages; tests/guest/memory looks at it"),
    number("mprotect", "addr", "a range of pages; tests/guest/memory looks at it"),
    number("thread_exit", "clear_tid", "a bad address does not matter; tests/guest/threads"),
    number("set_thread_pointer", "addr", "used by the program itself; see `faults`"),
    number("futex", "uaddr2", "no operation that is served looks at it"),
    Rule {
        arguments: |_| [0, size_of::<ThreadCreateArgs>(), 0, 0, 0, 0],
        // Mapped memory would start a thread: the good address holds a start that is refused.
        good: Some(&raw const REFUSED_START as usize),
        ..rule("thread_create", "start", Use::Read, size_of::<ThreadCreateArgs>())
    },
    Rule {
        align: 4,
        misaligned: Some(Errno::EINVAL),
        // No word has this value, so nothing sleeps.
        arguments: |_| [0, FUTEX_WAIT as usize, 0x7E57_0001, 0, 0, 0],
        ..rule("futex", "uaddr", Use::Read, 4)
    },
    Rule {
        is_optional: true,
        arguments: |_| [&raw const FUTEX_WORD as usize, FUTEX_WAIT as usize, 1, 0, 0, 0],
        good: Some(&raw const NO_TIME as usize),
        ..rule("futex", "timeout", Use::Read, size_of::<Timespec>())
    },
    Rule {
        arguments: |_| [0, &raw const NO_STRINGS as usize, &raw const NO_STRINGS as usize, 0, 0, 0],
        ..rule("spawn", "path", Use::Read, 1)
    },
    Rule {
        arguments: |_| [ROOT.as_ptr() as usize, 0, &raw const NO_STRINGS as usize, 0, 0, 0],
        ..rule("spawn", "argv", Use::Read, 8)
    },
    Rule {
        arguments: |_| [ROOT.as_ptr() as usize, &raw const NO_STRINGS as usize, 0, 0, 0, 0],
        ..rule("spawn", "envp", Use::Read, 8)
    },
    Rule {
        is_optional: true,
        // The child must be kept for the other cases.
        good: Some(DO_NOT_WAIT),
        arguments: |setup| [setup.child.cast_unsigned() as usize, 0, 0, 0, 0, 0],
        ..rule("wait", "status", Use::Written, 4)
    },
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
        good: Some(&raw const NO_TIME as usize),
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
        arguments: |_| [STDOUT, 0, 2, 0, 0, 0],
        good: Some(&raw const NO_PIECES as usize),
        ..rule("writev", "iov", Use::Read, 2 * size_of::<IoVec>())
    },
];

/// The rule for an argument of a call.
pub fn find(call: &str, argument: &str) -> Option<&'static Rule> {
    RULES.iter().find(|rule| rule.call == call && rule.argument == argument)
}
