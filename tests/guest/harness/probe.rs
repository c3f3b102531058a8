//! Looking at pages without risking a fault: system calls say what may be read and written.

use kpio_rt::abi::errors::Errno;
use kpio_rt::abi::flags::FUTEX_WAIT;
use kpio_rt::abi::syscalls::{SYS_FUTEX, SYS_GET_RANDOM};
use kpio_rt::abi::types::Timespec;
use kpio_rt::syscall;

/// Whether the aligned word at `address` can be read: FUTEX looks at it and does not wait.
#[must_use]
pub fn is_readable(address: usize) -> bool {
    let at_once = Timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    let timeout = &raw const at_once as usize;
    // SAFETY: WAIT only reads.
    let result =
        unsafe { syscall::call(SYS_FUTEX, [address, FUTEX_WAIT as usize, 0, timeout, 0, 0]) };
    !matches!(result, Err(error) if error == Errno::EFAULT)
}

/// Whether the byte at `address` can be written; it becomes a random one if so.
///
/// # Safety
///
/// The program does not rely on that byte.
#[must_use]
pub unsafe fn is_writable(address: usize) -> bool {
    // SAFETY: handed on to the caller.
    let written = unsafe { syscall::call(SYS_GET_RANDOM, [address, 1, 0, 0, 0, 0]) };
    written == Ok(1)
}
