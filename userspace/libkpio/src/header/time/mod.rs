//! `time.h`

use core::ffi::{c_int, c_long};

use kpio_abi::errors::Errno;
use kpio_abi::flags::{
    CLOCK_MONOTONIC, CLOCK_PROCESS_CPUTIME_ID, CLOCK_REALTIME, CLOCK_THREAD_CPUTIME_ID,
    TIMER_ABSTIME,
};
use kpio_abi::syscalls::{SYS_CLOCK_GET, SYS_SLEEP};
use kpio_abi::types::Timespec;

use crate::header::errno;
use crate::syscall::{self, ErrorNumber};

pub mod broken_down;
pub mod format;
mod page;
pub mod parse;
pub mod zone;

const NS_PER_S: u64 = 1_000_000_000;

/// `int clock_gettime(clockid_t clock, struct timespec *time)`
///
/// # Safety
///
/// `time` is writable.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn clock_gettime(clock: c_int, time: *mut Timespec) -> c_int {
    if let Some(ns) = page::now_ns(clock.cast_unsigned()) {
        // SAFETY: the caller allows it.
        unsafe { time.write(timespec(ns)) };
        return 0;
    }
    let clock = clock.cast_unsigned() as usize;
    // SAFETY: CLOCK_GET writes one struct, which the caller owns.
    errno::status(unsafe { syscall::call(SYS_CLOCK_GET, [clock, time as usize, 0, 0, 0, 0]) })
}

/// `int clock_getres(clockid_t clock, struct timespec *resolution)`: every clock counts nanoseconds.
///
/// # Safety
///
/// `resolution` is null or writable.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn clock_getres(clock: c_int, resolution: *mut Timespec) -> c_int {
    let mut now = Timespec::default();
    // SAFETY: the struct is on this stack.
    let is_known = unsafe { clock_gettime(clock, &raw mut now) } == 0;
    if is_known && !resolution.is_null() {
        // SAFETY: the caller allows it.
        unsafe { resolution.write(timespec(1)) };
    }
    if is_known { 0 } else { -1 }
}

/// `clock_t clock(void)`: how long the process has run, in millionths of a second.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub extern "C" fn clock() -> c_long {
    let mut ran = Timespec::default();
    // SAFETY: the struct is on this stack.
    if unsafe { clock_gettime(CLOCK_PROCESS_CPUTIME_ID.cast_signed(), &raw mut ran) } != 0 {
        return -1;
    }
    ran.tv_sec * 1_000_000 + ran.tv_nsec / 1_000
}

/// `time_t time(time_t *place)`: seconds since 1970.
///
/// # Safety
///
/// `place` is null or writable.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn time(place: *mut i64) -> i64 {
    let mut now = Timespec::default();
    // SAFETY: the struct is on this stack.
    if unsafe { clock_gettime(CLOCK_REALTIME.cast_signed(), &raw mut now) } != 0 {
        return -1;
    }
    if !place.is_null() {
        // SAFETY: the caller's promise.
        unsafe { place.write(now.tv_sec) };
    }
    now.tv_sec
}

/// `TIME_UTC`
const TIME_UTC: c_int = 1;

/// `int timespec_get(struct timespec *time, int base)`: the base, or 0.
///
/// # Safety
///
/// `time` is writable.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn timespec_get(time: *mut Timespec, base: c_int) -> c_int {
    // SAFETY: the caller's promise.
    let is_read =
        base == TIME_UTC && unsafe { clock_gettime(CLOCK_REALTIME.cast_signed(), time) } == 0;
    if is_read { base } else { 0 }
}

/// Nanoseconds as seconds and the rest.
const fn timespec(ns: u64) -> Timespec {
    Timespec {
        tv_sec: (ns / NS_PER_S).cast_signed(),
        tv_nsec: (ns % NS_PER_S).cast_signed(),
    }
}

/// `int clock_nanosleep(clockid_t clock, int flags, const struct timespec *request, struct timespec
/// *remaining)`
///
/// Returns the error, as POSIX says, not through `errno`. When a signal ends a sleep for a span, what
/// is left of it goes to `remaining`.
///
/// # Safety
///
/// `request` is readable, `remaining` is null or writable.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn clock_nanosleep(
    clock: c_int,
    flags: c_int,
    request: *const Timespec,
    remaining: *mut Timespec,
) -> c_int {
    let (clock, flags) = (clock.cast_unsigned(), flags.cast_unsigned());
    if clock == CLOCK_THREAD_CPUTIME_ID {
        return Errno::EINVAL as c_int;
    }
    // SAFETY: handed on to the caller.
    unsafe { sleep(clock, flags, request, remaining) }.map_or_else(ErrorNumber::raw, |()| 0)
}

/// SLEEP, and what is left if a signal ended it.
///
/// # Safety
///
/// As for [`clock_nanosleep`].
unsafe fn sleep(
    clock: u32,
    flags: u32,
    request: *const Timespec,
    remaining: *mut Timespec,
) -> Result<(), ErrorNumber> {
    let before_ns = page::now_ns(CLOCK_MONOTONIC);
    let arguments = [clock as usize, flags as usize, request as usize, 0, 0, 0];
    // SAFETY: SLEEP only reads.
    let Err(error) = (unsafe { syscall::call(SYS_SLEEP, arguments) }) else {
        return Ok(());
    };
    let is_span = flags & TIMER_ABSTIME == 0;
    if error == Errno::EINTR.into() && is_span && !remaining.is_null() {
        // SAFETY: the kernel has read it, so it is readable.
        let request = unsafe { request.read() };
        let slept_ns = page::now_ns(CLOCK_MONOTONIC)
            .zip(before_ns)
            .map_or(0, |(now, before)| now.saturating_sub(before));
        let left_ns = request
            .tv_sec
            .cast_unsigned()
            .saturating_mul(NS_PER_S)
            .saturating_add(request.tv_nsec.cast_unsigned())
            .saturating_sub(slept_ns);
        // SAFETY: the caller allows it.
        unsafe { remaining.write(timespec(left_ns)) };
    }
    Err(error)
}

/// `int nanosleep(const struct timespec *request, struct timespec *remaining)`
///
/// # Safety
///
/// `request` is readable, `remaining` is null or writable.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn nanosleep(request: *const Timespec, remaining: *mut Timespec) -> c_int {
    // SAFETY: handed on to the caller.
    errno::status(unsafe { sleep(CLOCK_REALTIME, 0, request, remaining) }.map(|()| 0))
}
