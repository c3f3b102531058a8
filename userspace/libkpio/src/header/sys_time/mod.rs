//! `sys/time.h`

use core::ffi::{c_int, c_uint};
use core::ptr;

use kpio_abi::flags::ITIMER_REAL;
use kpio_abi::syscalls::{SYS_GETITIMER, SYS_SETITIMER};
use kpio_abi::types::{IntervalTimer, Timeval};

use crate::header::errno;
use crate::syscall;

const US_PER_S: c_uint = 1_000_000;

/// `int setitimer(int which, const struct itimerval *new, struct itimerval *old)`
///
/// # Safety
///
/// `new` is readable, `old` is null or writable.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn setitimer(
    which: c_int,
    new: *const IntervalTimer,
    old: *mut IntervalTimer,
) -> c_int {
    let which = which.cast_unsigned() as usize;
    let arguments = [which, new as usize, old as usize, 0, 0, 0];
    // SAFETY: SETITIMER writes to `old` only, which the caller owns.
    errno::status(unsafe { syscall::call(SYS_SETITIMER, arguments) })
}

/// `int getitimer(int which, struct itimerval *current)`
///
/// # Safety
///
/// `current` is writable.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn getitimer(which: c_int, current: *mut IntervalTimer) -> c_int {
    let arguments = [which.cast_unsigned() as usize, current as usize, 0, 0, 0, 0];
    // SAFETY: GETITIMER writes one struct, which the caller owns.
    errno::status(unsafe { syscall::call(SYS_GETITIMER, arguments) })
}

/// Let SIGALRM come after `first`, and then every `interval`; how long it would still have been.
pub(crate) fn set_alarm(first: Timeval, interval: Timeval) -> Timeval {
    let new = IntervalTimer {
        it_interval: interval,
        it_value: first,
    };
    let mut old = IntervalTimer::default();
    let which = ITIMER_REAL as usize;
    let (new, old_place) = (ptr::from_ref(&new).addr(), ptr::from_mut(&mut old).addr());
    // SAFETY: SETITIMER reads and writes these structs of this stack.
    match unsafe { syscall::call(SYS_SETITIMER, [which, new, old_place, 0, 0, 0]) } {
        Ok(_) => old.it_value,
        // Only a time that is none is refused.
        Err(_) => Timeval::default(),
    }
}

/// `unsigned alarm(unsigned seconds)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub extern "C" fn alarm(seconds: c_uint) -> c_uint {
    let first = Timeval {
        tv_sec: seconds.into(),
        tv_usec: 0,
    };
    let left = set_alarm(first, Timeval::default());
    // A part of a second is not nothing.
    let seconds = left.tv_sec + i64::from(left.tv_usec > 0);
    c_uint::try_from(seconds).unwrap_or(c_uint::MAX)
}

/// `unsigned ualarm(unsigned microseconds, unsigned interval)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub extern "C" fn ualarm(microseconds: c_uint, interval: c_uint) -> c_uint {
    let time = |us: c_uint| Timeval {
        tv_sec: (us / US_PER_S).into(),
        tv_usec: (us % US_PER_S).into(),
    };
    let left = set_alarm(time(microseconds), time(interval));
    let left_us = left
        .tv_sec
        .saturating_mul(US_PER_S.into())
        .saturating_add(left.tv_usec);
    c_uint::try_from(left_us).unwrap_or(c_uint::MAX)
}
