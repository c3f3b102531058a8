//! Raw system calls, for what has no function of its own yet and for tests of the kernel.

use crate::c;
use crate::error::Error;

/// Executes a system call and returns the kernel's result unchanged.
///
/// # Safety
///
/// The call must not break what the rest of the program relies on.
pub unsafe fn raw(number: usize, arguments: [usize; 6]) -> isize {
    let [a, b, c_, d, e, f] = arguments;
    // SAFETY: handed on to the caller.
    unsafe { c::__kpio_syscall(number, a, b, c_, d, e, f) }
}

/// Executes a system call; `-4095..=-1` is an error.
///
/// # Safety
///
/// As for [`raw`].
pub unsafe fn call(number: usize, arguments: [usize; 6]) -> Result<usize, Error> {
    // SAFETY: handed on to the caller.
    let result = unsafe { raw(number, arguments) };
    match i32::try_from(result) {
        Ok(error @ -4095..=-1) => Err(Error::from_raw(-error)),
        _ => Ok(result.cast_unsigned()),
    }
}
