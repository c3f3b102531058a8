//! System calls: one file each; `table.rs`, generated from the contract, decodes the arguments.
//!
//! No lock is held while user memory is copied, except the futex table's, whose rank allows it.

pub mod table;
pub mod trace;

mod at;
mod browser_channel_create;
mod browser_channel_serve;
mod browser_channel_status;
mod channel_create;
mod channel_receive;
mod channel_send;
mod chdir;
mod clock_get;
mod close;
mod dup;
mod epoll_create1;
mod epoll_ctl;
mod epoll_pwait;
mod eventfd;
mod exec;
mod exit;
mod faccessat;
mod fchdir;
mod fchmod;
mod fchmodat;
mod fchown;
mod fchownat;
mod fcntl;
mod fdatasync;
mod flock;
mod fork;
mod fstat;
mod fstatat;
mod fstatfs;
mod fsync;
mod ftruncate;
mod futex;
mod get_random;
mod getcwd;
mod getdents;
mod getitimer;
mod getpgid;
mod getpid;
mod getppid;
mod getpriority;
mod getrusage;
mod getsid;
mod gettid;
mod handle_duplicate;
mod handle_info;
mod handle_revoke;
mod ioctl;
mod kill;
mod linkat;
mod madvise;
mod mkdirat;
mod mknodat;
mod mmap;
mod mprotect;
mod mremap;
mod msync;
mod munmap;
mod open;
mod openat;
mod pieces;
mod pipe2;
mod poll;
mod power_off;
mod pread;
mod preadv;
mod pwrite;
mod pwritev;
mod read;
mod readlinkat;
mod readv;
mod record_lock;
mod renameat2;
mod report;
mod seek;
mod set_thread_pointer;
mod setitimer;
mod setpgid;
mod setpriority;
mod setsid;
mod shm_create;
mod shm_open;
mod shm_unlink;
mod sigaction;
mod sigaltstack;
mod sigpending;
mod sigprocmask;
mod sigqueue;
mod sigreturn;
mod sigsuspend;
mod sigtimedwait;
mod sleep;
mod spawn;
mod statfs;
mod symlinkat;
mod sync;
mod system_info;
mod tgkill;
mod thread_create;
mod thread_exit;
mod timerfd_create;
mod timerfd_gettime;
mod timerfd_settime;
mod umask;
mod unlinkat;
mod utimensat;
mod wait;
mod wait4;
mod waitid;
mod write;
mod writev;
mod r#yield;

use crate::process::process::Process;
use crate::process::signal::SignalSet;
use crate::process::thread::Thread;
use alloc::sync::Arc;
use core::cell::{Cell, RefCell, RefMut};
use kpio_abi::errors::Errno;
use kpio_abi::types::{Timespec, Timeval};
use kpio_hal::time;
use kpio_hal::user::UserContext;

/// Who makes the call.
pub struct Caller {
    /// The thread.
    pub thread: Arc<Thread>,
    /// Its process.
    pub process: Arc<Process>,
    context: RefCell<UserContext>,
    is_thread_ending: Cell<bool>,
    /// When the call that runs stops waiting, in case it begins again.
    deadline_ns: Cell<Option<u64>>,
    /// The next call is the last one once more: its deadline stays.
    is_deadline_kept: Cell<bool>,
    /// The call that runs set a mask for its time.
    has_mask_for_call: Cell<bool>,
}

impl Caller {
    /// The calls of `thread`, which belongs to `process` and has these registers.
    #[must_use]
    pub fn new(thread: Arc<Thread>, process: Arc<Process>, context: UserContext) -> Self {
        Self {
            thread,
            process,
            context: RefCell::new(context),
            is_thread_ending: Cell::new(false),
            deadline_ns: Cell::new(None),
            is_deadline_kept: Cell::new(false),
            has_mask_for_call: Cell::new(false),
        }
    }

    /// The thread's registers. Not to be kept over anything that asks for them too.
    ///
    /// # Panics
    /// While somebody keeps them.
    pub fn context(&self) -> RefMut<'_, UserContext> {
        self.context.borrow_mut()
    }

    /// The moment `length_ns` from now on the monotonic clock; for a call that was broken off and
    /// begins again, from when it first began.
    #[must_use]
    pub fn deadline_after(&self, length_ns: u64) -> u64 {
        let kept = self
            .deadline_ns
            .get()
            .filter(|_| self.is_deadline_kept.get());
        let deadline_ns = kept.unwrap_or_else(|| time::now_ns().saturating_add(length_ns));
        self.deadline_ns.set(Some(deadline_ns));
        deadline_ns
    }

    /// The call that was broken off begins again: its deadline stays.
    pub fn keep_deadline(&self) {
        self.is_deadline_kept.set(true);
    }

    /// Block the signals of `mask` until the call is through, or a signal was handled.
    pub fn set_mask_for_call(&self, mask: SignalSet) {
        let before = self.thread.signals.lock().mask;
        self.thread.set_mask(&self.process, mask);
        self.thread.signals.lock().saved_mask = Some(before);
        self.has_mask_for_call.set(true);
    }

    /// What was for the time of one call ends.
    pub fn call_is_through(&self) {
        self.is_deadline_kept.set(false);
        if self.has_mask_for_call.take() {
            // On the way back to user mode the mask is taken back, after signals were looked at.
            self.thread.set_attention(true);
        }
    }

    /// Whether THREAD_EXIT was called.
    #[must_use]
    pub fn is_thread_ending(&self) -> bool {
        self.is_thread_ending.get()
    }
}

/// A file descriptor as it is passed: not negative.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fd(i32);

impl Fd {
    /// Read an argument word.
    ///
    /// # Errors
    /// EINVAL for a number wider than 32 bits, EBADF for a negative one.
    pub fn from_arg(word: u64) -> Result<Self, Errno> {
        let number = int_arg_i32(word)?;
        if number < 0 {
            Err(Errno::EBADF)
        } else {
            Ok(Self(number))
        }
    }

    /// The handle's number.
    #[must_use]
    pub const fn number(self) -> i32 {
        self.0
    }
}

/// An `int` in an argument word, sign- or zero-extended.
///
/// # Errors
/// EINVAL when the upper half is anything else.
pub fn int_arg_i32(word: u64) -> Result<i32, Errno> {
    i32::try_from(word.cast_signed())
        .or_else(|_| u32::try_from(word).map(u32::cast_signed))
        .map_err(|_| Errno::EINVAL)
}

/// An `unsigned` in an argument word.
///
/// # Errors
/// EINVAL when the upper half is not zero.
pub fn int_arg_u32(word: u64) -> Result<u32, Errno> {
    u32::try_from(word).map_err(|_| Errno::EINVAL)
}

/// The `int` that an argument of the C library carries: the other half of the word may be anything.
fn low_int(word: u64) -> i32 {
    let [a, b, c, d, ..] = word.to_le_bytes();
    i32::from_le_bytes([a, b, c, d])
}

/// A place in a file.
///
/// # Errors
/// EINVAL for a negative one.
fn offset_arg(offset: i64) -> Result<u64, Errno> {
    u64::try_from(offset).map_err(|_| Errno::EINVAL)
}

const NS_PER_S: i64 = 1_000_000_000;

/// A length of time, or a point in it, in nanoseconds.
///
/// # Errors
/// EINVAL for a negative one or nanoseconds that are no part of a second.
fn timespec_ns(time: Timespec) -> Result<u64, Errno> {
    let seconds = u64::try_from(time.tv_sec).map_err(|_| Errno::EINVAL)?;
    let ns = u64::try_from(time.tv_nsec).map_err(|_| Errno::EINVAL)?;
    if time.tv_nsec >= NS_PER_S {
        return Err(Errno::EINVAL);
    }
    Ok(seconds
        .saturating_mul(NS_PER_S.unsigned_abs())
        .saturating_add(ns))
}

const NS_PER_US: u64 = 1_000;
const US_PER_S: u64 = 1_000_000;

/// Nanoseconds as seconds and whole microseconds.
fn ns_timeval(ns: u64) -> Timeval {
    let us = ns / NS_PER_US;
    Timeval {
        tv_sec: (us / US_PER_S).cast_signed(),
        tv_usec: (us % US_PER_S).cast_signed(),
    }
}

/// Nanoseconds as seconds and the rest.
fn ns_timespec(ns: u64) -> Timespec {
    let per_s = NS_PER_S.unsigned_abs();
    Timespec {
        tv_sec: (ns / per_s).cast_signed(),
        tv_nsec: (ns % per_s).cast_signed(),
    }
}
