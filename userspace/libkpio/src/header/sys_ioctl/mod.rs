//! `sys/ioctl.h`

use core::ffi::c_int;

use kpio_abi::syscalls::SYS_IOCTL;

use crate::header::errno;
use crate::header::fcntl::descriptor;
use crate::syscall;

/// `int ioctl(int fd, int request, ...)`
///
/// The third argument is read whether it was passed or not: it is in a register either way (System
/// V ABI), and the kernel looks at it only when the request has one.
///
/// # Safety
///
/// `argument` is the address of what the request needs.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn ioctl(fd: c_int, request: c_int, argument: usize) -> c_int {
    let request = request.cast_unsigned() as usize;
    // SAFETY: handed on to the caller.
    let result =
        unsafe { syscall::call(SYS_IOCTL, [syscall::int(fd), request, argument, 0, 0, 0]) };
    errno::result(result.map(descriptor))
}
