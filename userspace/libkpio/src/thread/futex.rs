//! Sleeping on a word until another thread changes it.

use core::sync::atomic::AtomicU32;

use kpio_abi::flags::{
    CLOCK_REALTIME, FUTEX_BITSET_MATCH_ANY, FUTEX_CLOCK_REALTIME, FUTEX_PRIVATE_FLAG,
    FUTEX_WAIT_BITSET, FUTEX_WAKE,
};
use kpio_abi::syscalls::SYS_FUTEX;
use kpio_abi::types::Timespec;

use crate::syscall::{self, ErrorNumber};

/// Who may sleep on a word.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Scope {
    /// Threads of this process.
    Private,
    /// Threads of every process that has mapped the word.
    Shared,
}

impl Scope {
    const fn flag(self) -> u32 {
        match self {
            Self::Private => FUTEX_PRIVATE_FLAG,
            Self::Shared => 0,
        }
    }
}

/// A point in time on a clock.
#[derive(Clone, Copy, Debug)]
pub struct Deadline {
    /// CLOCK_REALTIME or CLOCK_MONOTONIC.
    pub clock: u32,
    /// The time there.
    pub time: Timespec,
}

/// Sleeps while `word` holds `value`, until `deadline` at most.
///
/// `Ok` does not say that the word has changed: look again. Errors: EAGAIN when it holds another
/// value, EINTR, ETIMEDOUT, EINVAL for a time that is none.
pub fn wait(
    word: &AtomicU32,
    value: u32,
    deadline: Option<&Deadline>,
    scope: Scope,
) -> Result<(), ErrorNumber> {
    let clock = match deadline {
        Some(deadline) if deadline.clock == CLOCK_REALTIME => FUTEX_CLOCK_REALTIME,
        _ => 0,
    };
    let operation = (FUTEX_WAIT_BITSET | scope.flag() | clock) as usize;
    let time = deadline.map_or(0, |deadline| core::ptr::from_ref(&deadline.time) as usize);
    let arguments = [
        word.as_ptr() as usize,
        operation,
        value as usize,
        time,
        0,
        FUTEX_BITSET_MATCH_ANY as usize,
    ];
    // SAFETY: waiting reads the word and the time, and changes no memory.
    unsafe { syscall::call(SYS_FUTEX, arguments) }.map(|_| ())
}

/// Wakes at most `count` threads that sleep on `word`.
pub fn wake(word: &AtomicU32, count: u32, scope: Scope) {
    let operation = (FUTEX_WAKE | scope.flag()) as usize;
    let arguments = [word.as_ptr() as usize, operation, count as usize, 0, 0, 0];
    // SAFETY: waking changes no memory. It cannot fail on an aligned word that is mapped; when the
    // word is gone, nobody sleeps there.
    let _ = unsafe { syscall::raw(SYS_FUTEX, arguments) };
}

/// [`wake`] for everybody.
pub fn wake_all(word: &AtomicU32, scope: Scope) {
    wake(word, i32::MAX.cast_unsigned(), scope);
}
