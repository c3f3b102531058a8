//! Clocks.

use core::time::Duration;

use kpio_abi::flags::CLOCK_MONOTONIC;
use kpio_abi::types::Timespec;

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
