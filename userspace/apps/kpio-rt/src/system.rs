//! The machine as a whole.

use kpio_abi::syscalls::{SYS_POWER_OFF, SYS_REPORT, SYS_SYSTEM_INFO};
use kpio_abi::types::SystemInfo;

use crate::c;
use crate::error::{Error, count};
use crate::io;
use crate::syscall;

/// Figures about the whole system.
pub fn info() -> Result<SystemInfo, Error> {
    let mut info = SystemInfo::default();
    let arguments = [&raw mut info as usize, size_of::<SystemInfo>(), 0, 0, 0, 0];
    // SAFETY: SYSTEM_INFO writes this struct only.
    unsafe { syscall::call(SYS_SYSTEM_INFO, arguments) }?;
    Ok(info)
}

/// Tells whoever watches the machine from outside something, as an event.
pub fn report(text: &str) -> Result<(), Error> {
    let console = io::STDOUT.cast_unsigned() as usize;
    let arguments = [console, text.as_ptr().addr(), text.len(), 0, 0, 0];
    // SAFETY: the kernel reads the text only.
    unsafe { syscall::call(SYS_REPORT, arguments) }.map(|_| ())
}

/// Ends the machine; returns only with an error.
pub fn power_off(status: u32) -> Error {
    // SAFETY: POWER_OFF touches no memory.
    match unsafe { syscall::call(SYS_POWER_OFF, [status as usize, 0, 0, 0, 0, 0]) } {
        Err(error) => error,
        Ok(_) => Error::from_raw(0),
    }
}

/// Fills `buffer` with random bytes.
pub fn random(buffer: &mut [u8]) -> Result<usize, Error> {
    // SAFETY: the buffer is writable and that long.
    count(unsafe { c::getrandom(buffer.as_mut_ptr().cast(), buffer.len(), 0) })
}

/// Lets another thread run.
pub fn yield_now() {
    // Cannot fail (POSIX `sched_yield` on Linux and here).
    c::sched_yield();
}
