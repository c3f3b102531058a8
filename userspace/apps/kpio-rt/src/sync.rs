//! Sleeping on a word of memory until another thread changes it.

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
    let timeout = timeout.map_or(0, |timeout| core::ptr::from_ref(timeout) as usize);
    let operation = (FUTEX_WAIT | FUTEX_PRIVATE_FLAG) as usize;
    let arguments = [
        word.as_ptr() as usize,
        operation,
        value as usize,
        timeout,
        0,
        0,
    ];
    // SAFETY: WAIT only reads the word and the timeout.
    match unsafe { syscall::call(SYS_FUTEX, arguments) } {
        Ok(_) => Ok(()),
        // The word has another value already.
        Err(error) if error == Errno::EAGAIN || error == Errno::EINTR => Ok(()),
        Err(error) => Err(error),
    }
}

/// Wakes at most `count` threads that sleep on `word`; returns how many.
pub fn futex_wake(word: &AtomicU32, count: u32) -> Result<usize, Error> {
    let operation = (FUTEX_WAKE | FUTEX_PRIVATE_FLAG) as usize;
    // SAFETY: WAKE changes no memory.
    unsafe {
        syscall::call(
            SYS_FUTEX,
            [word.as_ptr() as usize, operation, count as usize, 0, 0, 0],
        )
    }
}
