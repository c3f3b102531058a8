//! Sleeping on a word of memory until another thread changes it: one of this process, or of any that
//! has the word's memory.

use core::sync::atomic::AtomicU32;

use kpio_abi::errors::Errno;
use kpio_abi::flags::{FUTEX_PRIVATE_FLAG, FUTEX_WAIT, FUTEX_WAKE};
use kpio_abi::syscalls::SYS_FUTEX;
use kpio_abi::types::Timespec;

use crate::error::Error;
use crate::syscall;

/// Sleeps while `word` holds `value`, for `timeout` at most.
///
/// `Ok` does not say that the word has changed: look again. ETIMEDOUT when the time is over.
pub fn futex_wait(word: &AtomicU32, value: u32, timeout: Option<&Timespec>) -> Result<(), Error> {
    wait(word, FUTEX_WAIT | FUTEX_PRIVATE_FLAG, value, timeout).map(|_| ())
}

/// Wakes at most `count` threads that sleep on `word`; returns how many.
pub fn futex_wake(word: &AtomicU32, count: u32) -> Result<usize, Error> {
    wake(word, FUTEX_WAKE | FUTEX_PRIVATE_FLAG, count)
}

/// The same for a word in memory that processes share. Returns whether it slept: `false` when the word
/// had another value already, or a signal came.
pub fn shared_wait(
    word: &AtomicU32,
    value: u32,
    timeout: Option<&Timespec>,
) -> Result<bool, Error> {
    wait(word, FUTEX_WAIT, value, timeout)
}

/// Wakes at most `count` threads of any process that sleep on a word of shared memory.
pub fn shared_wake(word: &AtomicU32, count: u32) -> Result<usize, Error> {
    wake(word, FUTEX_WAKE, count)
}

fn wait(
    word: &AtomicU32,
    operation: u32,
    value: u32,
    timeout: Option<&Timespec>,
) -> Result<bool, Error> {
    let timeout = timeout.map_or(0, |timeout| core::ptr::from_ref(timeout) as usize);
    let arguments = [
        word.as_ptr() as usize,
        operation as usize,
        value as usize,
        timeout,
        0,
        0,
    ];
    // SAFETY: WAIT only reads the word and the timeout.
    match unsafe { syscall::call(SYS_FUTEX, arguments) } {
        Ok(_) => Ok(true),
        // The word has another value already.
        Err(error) if error == Errno::EAGAIN || error == Errno::EINTR => Ok(false),
        Err(error) => Err(error),
    }
}

fn wake(word: &AtomicU32, operation: u32, count: u32) -> Result<usize, Error> {
    let arguments = [
        word.as_ptr() as usize,
        operation as usize,
        count as usize,
        0,
        0,
        0,
    ];
    // SAFETY: WAKE changes no memory.
    unsafe { syscall::call(SYS_FUTEX, arguments) }
}
