//! Timers.

use core::time::Duration;

use kpio_abi::flags::ITIMER_REAL;
use kpio_abi::types::{IntervalTimer, TimerSpec, Timespec, Timeval};

use crate::c;
use crate::error::{Error, number};
use crate::fs::File;
use crate::time::timespec;

/// `timerfd_create`: a timer that is not set.
pub fn timer(clock: u32, flags: u32) -> Result<File, Error> {
    let fd = c::timerfd_create(clock.cast_signed(), flags.cast_signed());
    number(fd).map(File::from_descriptor)
}

/// `timerfd_settime`: when it goes off first, and how much later again; what it was set to before.
pub fn set(
    timer: &File,
    flags: u32,
    first: Duration,
    interval: Duration,
) -> Result<(Duration, Duration), Error> {
    let new = TimerSpec {
        it_interval: timespec(interval),
        it_value: timespec(first),
    };
    let mut old = TimerSpec::default();
    let fd = timer.descriptor();
    // SAFETY: both structs outlive the call, and the second is writable.
    number(unsafe { c::timerfd_settime(fd, flags.cast_signed(), &raw const new, &raw mut old) })?;
    Ok((span(old.it_value), span(old.it_interval)))
}

/// `timerfd_gettime`: how long until it goes off again, and its interval.
pub fn get(timer: &File) -> Result<(Duration, Duration), Error> {
    let mut current = TimerSpec::default();
    // SAFETY: the struct is writable.
    number(unsafe { c::timerfd_gettime(timer.descriptor(), &raw mut current) })?;
    Ok((span(current.it_value), span(current.it_interval)))
}

fn span(time: Timespec) -> Duration {
    let seconds = u64::try_from(time.tv_sec).unwrap_or_default();
    Duration::new(seconds, u32::try_from(time.tv_nsec).unwrap_or_default())
}

fn timeval(duration: Duration) -> Timeval {
    Timeval {
        tv_sec: i64::try_from(duration.as_secs()).unwrap_or(i64::MAX),
        tv_usec: duration.subsec_micros().into(),
    }
}

fn spans(timer: IntervalTimer) -> (Duration, Duration) {
    let span = |time: Timeval| {
        let us = time
            .tv_sec
            .saturating_mul(1_000_000)
            .saturating_add(time.tv_usec);
        Duration::from_micros(u64::try_from(us).unwrap_or_default())
    };
    (span(timer.it_value), span(timer.it_interval))
}

/// `setitimer` of ITIMER_REAL; what it was set to before.
pub fn set_interval(first: Duration, interval: Duration) -> Result<(Duration, Duration), Error> {
    let new = IntervalTimer {
        it_interval: timeval(interval),
        it_value: timeval(first),
    };
    let mut old = IntervalTimer::default();
    let which = ITIMER_REAL.cast_signed();
    // SAFETY: both structs outlive the call, and the second is writable.
    number(unsafe { c::setitimer(which, &raw const new, &raw mut old) })?;
    Ok(spans(old))
}

/// `getitimer` of ITIMER_REAL: how long until it goes off again, and its interval.
pub fn get_interval() -> Result<(Duration, Duration), Error> {
    let mut current = IntervalTimer::default();
    // SAFETY: the struct is writable.
    number(unsafe { c::getitimer(ITIMER_REAL.cast_signed(), &raw mut current) })?;
    Ok(spans(current))
}

/// `alarm`: seconds that were left.
#[must_use]
pub fn alarm(seconds: u32) -> u32 {
    c::alarm(seconds)
}

/// `ualarm`: microseconds that were left.
#[must_use]
pub fn ualarm(microseconds: u32, interval: u32) -> u32 {
    c::ualarm(microseconds, interval)
}
