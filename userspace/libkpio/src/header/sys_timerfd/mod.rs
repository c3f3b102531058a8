//! `sys/timerfd.h`

use core::ffi::c_int;

use kpio_abi::syscalls::{SYS_TIMERFD_CREATE, SYS_TIMERFD_GETTIME, SYS_TIMERFD_SETTIME};
use kpio_abi::types::TimerSpec;

use crate::header::errno;
use crate::header::fcntl::descriptor;
use crate::syscall;

/// `int timerfd_create(int clock, int flags)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub extern "C" fn timerfd_create(clock: c_int, flags: c_int) -> c_int {
    let (clock, flags) = (clock.cast_unsigned(), flags.cast_unsigned());
    let arguments = [clock as usize, flags as usize, 0, 0, 0, 0];
    // SAFETY: TIMERFD_CREATE touches no memory.
    errno::result(unsafe { syscall::call(SYS_TIMERFD_CREATE, arguments) }.map(descriptor))
}

/// `int timerfd_settime(int fd, int flags, const struct itimerspec *new, struct itimerspec *old)`
///
/// # Safety
///
/// `new` is readable, `old` is null or writable.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn timerfd_settime(
    fd: c_int,
    flags: c_int,
    new: *const TimerSpec,
    old: *mut TimerSpec,
) -> c_int {
    let flags = flags.cast_unsigned() as usize;
    let arguments = [syscall::int(fd), flags, new as usize, old as usize, 0, 0];
    // SAFETY: TIMERFD_SETTIME writes to `old` only, which the caller owns.
    errno::status(unsafe { syscall::call(SYS_TIMERFD_SETTIME, arguments) })
}

/// `int timerfd_gettime(int fd, struct itimerspec *current)`
///
/// # Safety
///
/// `current` is writable.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn timerfd_gettime(fd: c_int, current: *mut TimerSpec) -> c_int {
    let arguments = [syscall::int(fd), current as usize, 0, 0, 0, 0];
    // SAFETY: TIMERFD_GETTIME writes one struct, which the caller owns.
    errno::status(unsafe { syscall::call(SYS_TIMERFD_GETTIME, arguments) })
}
