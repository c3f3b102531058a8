//! TIMERFD_GETTIME: when a timer goes off again.

use super::timerfd_create::timer_of;
use super::{Caller, Fd, ns_timespec};
use crate::memory::user::UserOut;
use crate::process::timer::Schedule;
use kpio_abi::errors::Errno;
use kpio_abi::rights::Rights;
use kpio_abi::types::TimerSpec;
use kpio_hal::time;

/// What is left of a timer's time, seen at `now_ns`.
pub(super) fn spec_of(schedule: Schedule, now_ns: u64) -> TimerSpec {
    let (left_ns, interval_ns) = schedule.remaining(now_ns);
    TimerSpec {
        it_interval: ns_timespec(interval_ns),
        it_value: ns_timespec(left_ns),
    }
}

/// Store how long until the timer goes off again.
pub fn timerfd_gettime(caller: &Caller, fd: Fd, current: UserOut<TimerSpec>) -> Result<u64, Errno> {
    let timer = timer_of(caller, fd, Rights::READ)?;
    let spec = spec_of(timer.schedule(), time::now_ns());
    current.set(&caller.process.space, &spec)?;
    Ok(0)
}
