//! `sys/file.h`

use core::ffi::c_int;

use kpio_abi::syscalls::SYS_FLOCK;

use crate::header::errno;
use crate::syscall;

/// `int flock(int fd, int operation)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub extern "C" fn flock(fd: c_int, operation: c_int) -> c_int {
    let operation = operation.cast_unsigned() as usize;
    // SAFETY: FLOCK touches no memory.
    errno::status(unsafe { syscall::call(SYS_FLOCK, [syscall::int(fd), operation, 0, 0, 0, 0]) })
}
