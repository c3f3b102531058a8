//! `sys/eventfd.h`

use core::ffi::{c_int, c_uint};
use core::ptr;

use kpio_abi::syscalls::{SYS_EVENTFD, SYS_READ, SYS_WRITE};

use crate::header::errno;
use crate::header::fcntl::descriptor;
use crate::syscall;

/// `int eventfd(unsigned count, int flags)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub extern "C" fn eventfd(count: c_uint, flags: c_int) -> c_int {
    let arguments = [count as usize, flags.cast_unsigned() as usize, 0, 0, 0, 0];
    // SAFETY: EVENTFD touches no memory.
    errno::result(unsafe { syscall::call(SYS_EVENTFD, arguments) }.map(descriptor))
}

/// `int eventfd_read(int fd, eventfd_t *value)`
///
/// # Safety
///
/// `value` is writable.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn eventfd_read(fd: c_int, value: *mut u64) -> c_int {
    let arguments = [syscall::int(fd), value as usize, size_of::<u64>(), 0, 0, 0];
    // SAFETY: READ writes that many bytes, which the caller owns.
    errno::status(unsafe { syscall::call(SYS_READ, arguments) }.map(|_| 0))
}

/// `int eventfd_write(int fd, eventfd_t value)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub extern "C" fn eventfd_write(fd: c_int, value: u64) -> c_int {
    let address = ptr::from_ref(&value) as usize;
    let arguments = [syscall::int(fd), address, size_of::<u64>(), 0, 0, 0];
    // SAFETY: WRITE reads that many bytes, which are on this stack.
    errno::status(unsafe { syscall::call(SYS_WRITE, arguments) }.map(|_| 0))
}
