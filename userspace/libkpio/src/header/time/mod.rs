//! `time.h`

use core::ffi::c_int;

use kpio_abi::errors::Errno;
use kpio_abi::flags::{CLOCK_REALTIME, CLOCK_THREAD_CPUTIME_ID};
use kpio_abi::syscalls::{SYS_CLOCK_GET, SYS_SLEEP};
use kpio_abi::types::Timespec;

use crate::header::errno;
use crate::syscall;

/// `int clock_gettime(clockid_t clock, struct timespec *time)`
///
/// # Safety
///
/// `time` is writable.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn clock_gettime(clock: c_int, time: *mut Timespec) -> c_int {
    let clock = clock.cast_unsigned() as usize;
    // SAFETY: CLOCK_GET writes one struct, which the caller owns.
    errno::status(unsafe { syscall::call(SYS_CLOCK_GET, [clock, time as usize, 0, 0, 0, 0]) })
}

/// `int clock_nanosleep(clockid_t clock, int flags, const struct timespec *request, struct timespec
/// *remaining)`
///
/// Returns the error, as POSIX says, not through `errno`. Nothing interrupts a sleep yet, so
/// `remaining` is never written.
///
/// # Safety
///
/// `request` is readable.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn clock_nanosleep(
    clock: c_int,
    flags: c_int,
    request: *const Timespec,
    _remaining: *mut Timespec,
) -> c_int {
    let clock = clock.cast_unsigned();
    if clock == CLOCK_THREAD_CPUTIME_ID {
        return Errno::EINVAL as c_int;
    }
    let arguments = [
        clock as usize,
        flags.cast_unsigned() as usize,
        request as usize,
        0,
        0,
        0,
    ];
    // SAFETY: SLEEP only reads.
    unsafe { syscall::call(SYS_SLEEP, arguments) }.map_or_else(syscall::ErrorNumber::raw, |_| 0)
}

/// `int nanosleep(const struct timespec *request, struct timespec *remaining)`
///
/// # Safety
///
/// `request` is readable.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn nanosleep(request: *const Timespec, _remaining: *mut Timespec) -> c_int {
    let arguments = [CLOCK_REALTIME as usize, 0, request as usize, 0, 0, 0];
    // SAFETY: SLEEP only reads.
    errno::status(unsafe { syscall::call(SYS_SLEEP, arguments) })
}
