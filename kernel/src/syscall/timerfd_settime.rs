//! TIMERFD_SETTIME: when a timer goes off.

use super::timerfd_create::timer_of;
use super::timerfd_gettime::spec_of;
use super::{Caller, Fd, timespec_ns};
use crate::memory::user::{UserIn, UserOut};
use crate::process::timer::Schedule;
use kpio_abi::errors::Errno;
use kpio_abi::flags::{TFD_TIMER_ABSTIME, TFD_TIMER_CANCEL_ON_SET};
use kpio_abi::rights::Rights;
use kpio_abi::types::TimerSpec;
use kpio_hal::time;

/// Set the timer to `new` and store what it was set to before.
pub fn timerfd_settime(
    caller: &Caller,
    fd: Fd,
    flags: u32,
    new: UserIn<TimerSpec>,
    old: Option<UserOut<TimerSpec>>,
) -> Result<u64, Errno> {
    // No call sets a clock, so nothing can cancel a timer.
    if flags & !(TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET) != 0 {
        return Err(Errno::EINVAL);
    }
    let timer = timer_of(caller, fd, Rights::WRITE)?;
    let space = &caller.process.space;
    let new = new.get(space)?;
    let value_ns = timespec_ns(new.it_value)?;
    let interval_ns = timespec_ns(new.it_interval)?;
    if let Some(old) = &old {
        // Before anything changes.
        old.prepare(space)?;
    }
    let first_ns = if flags & TFD_TIMER_ABSTIME == 0 {
        time::now_ns().saturating_add(value_ns)
    } else {
        timer.on_monotonic(value_ns)
    };
    let first_ns = (value_ns != 0).then_some(first_ns);
    let (before, now_ns) = timer.set(Schedule::new(first_ns, interval_ns));
    if let Some(old) = old {
        old.set(space, &spec_of(before, now_ns))?;
    }
    Ok(0)
}
