//! GETITIMER: when the process gets its next SIGALRM.

use super::{Caller, NS_PER_US, US_PER_S, ns_timeval};
use crate::memory::user::UserOut;
use crate::process::timer::Schedule;
use kpio_abi::errors::Errno;
use kpio_abi::flags::ITIMER_REAL;
use kpio_abi::types::{IntervalTimer, Timeval};
use kpio_hal::time;

/// A span of time in nanoseconds.
///
/// # Errors
/// EINVAL for a negative one or microseconds that are no part of a second.
pub(super) fn timeval_ns(time: Timeval) -> Result<u64, Errno> {
    let seconds = u64::try_from(time.tv_sec).map_err(|_| Errno::EINVAL)?;
    let us = u64::try_from(time.tv_usec).map_err(|_| Errno::EINVAL)?;
    if us >= US_PER_S {
        return Err(Errno::EINVAL);
    }
    Ok(seconds
        .saturating_mul(US_PER_S)
        .saturating_add(us)
        .saturating_mul(NS_PER_US))
}

/// What is left of the timer's time, seen at `now_ns`.
pub(super) fn state_of(schedule: Schedule, now_ns: u64) -> IntervalTimer {
    let (left_ns, interval_ns) = schedule.remaining(now_ns);
    IntervalTimer {
        it_interval: ns_timeval(interval_ns),
        // What is left is never nothing.
        it_value: ns_timeval(left_ns.next_multiple_of(NS_PER_US)),
    }
}

/// Store how long until the timer goes off again.
pub fn getitimer(
    caller: &Caller,
    which: u32,
    current: UserOut<IntervalTimer>,
) -> Result<u64, Errno> {
    if which != ITIMER_REAL {
        return Err(Errno::EINVAL);
    }
    let state = state_of(caller.process.alarm.schedule(), time::now_ns());
    current.set(&caller.process.space, &state)?;
    Ok(0)
}
