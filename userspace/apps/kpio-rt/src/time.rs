//! Clocks.

use core::time::Duration;

use kpio_abi::flags::CLOCK_MONOTONIC;
use kpio_abi::types::{ResourceUsage, Timespec};

use crate::c;
use crate::error::{Error, number};

/// The time of a clock since its zero.
pub fn now(clock: u32) -> Result<Duration, Error> {
    let mut time = Timespec::default();
    // SAFETY: the struct is writable.
    number(unsafe { c::clock_gettime(clock.cast_signed(), &raw mut time) })?;
    let seconds = u64::try_from(time.tv_sec).unwrap_or_default();
    let nanoseconds = u32::try_from(time.tv_nsec).unwrap_or_default();
    Ok(Duration::new(seconds, nanoseconds))
}

/// `clock_getres`: what a clock counts in.
pub fn resolution(clock: u32) -> Result<Duration, Error> {
    let mut told = Timespec::default();
    // SAFETY: the struct is writable.
    number(unsafe { c::clock_getres(clock.cast_signed(), &raw mut told) })?;
    Ok(Duration::new(
        0,
        u32::try_from(told.tv_nsec).unwrap_or(u32::MAX),
    ))
}

/// `clock`: how long the process has run.
#[must_use]
pub fn process_ran() -> Duration {
    Duration::from_micros(u64::try_from(c::clock()).unwrap_or_default())
}

/// `times`: how long the process and its children have run.
#[must_use]
pub fn times() -> (Duration, Duration) {
    let mut told = [0; 4];
    // SAFETY: the numbers are writable.
    unsafe { c::times(&raw mut told) };
    let span = |ticks: i64| Duration::from_millis(u64::try_from(ticks).unwrap_or_default() * 10);
    (span(told[0]), span(told[2]))
}

/// `getrusage`: how long somebody has run.
pub fn ran(who: i32) -> Result<Duration, Error> {
    let mut usage = ResourceUsage::default();
    // SAFETY: the struct is writable.
    number(unsafe { c::getrusage(who, &raw mut usage) })?;
    Ok(user_time(&usage))
}

/// The time of a usage.
#[must_use]
pub fn user_time(usage: &ResourceUsage) -> Duration {
    let seconds = u64::try_from(usage.ru_utime.tv_sec).unwrap_or_default();
    let us = u64::try_from(usage.ru_utime.tv_usec).unwrap_or_default();
    Duration::from_secs(seconds) + Duration::from_micros(us)
}

/// The monotonic clock.
///
/// # Panics
///
/// If the kernel has none, which its contract excludes.
#[must_use]
pub fn monotonic() -> Duration {
    match now(CLOCK_MONOTONIC) {
        Ok(time) => time,
        Err(error) => panic!("no monotonic clock: {error}"),
    }
}

/// A duration as the system calls take it.
#[must_use]
pub fn timespec(duration: Duration) -> Timespec {
    Timespec {
        tv_sec: i64::try_from(duration.as_secs()).unwrap_or(i64::MAX),
        tv_nsec: i64::from(duration.subsec_nanos()),
    }
}

/// Sleeps.
pub fn sleep(duration: Duration) -> Result<(), Error> {
    let request = timespec(duration);
    // SAFETY: the request is readable, and the rest is not wanted.
    number(unsafe { c::nanosleep(&raw const request, core::ptr::null_mut()) }).map(|_| ())
}
