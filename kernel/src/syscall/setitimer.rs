//! SETITIMER: when the process gets SIGALRM.

use super::Caller;
use super::getitimer::{state_of, timeval_ns};
use crate::memory::user::{UserIn, UserOut};
use crate::process::timer::Schedule;
use kpio_abi::errors::Errno;
use kpio_abi::flags::ITIMER_REAL;
use kpio_abi::types::IntervalTimer;
use kpio_hal::time;

/// Set the timer to `new` and store what it was set to before.
pub fn setitimer(
    caller: &Caller,
    which: u32,
    new: UserIn<IntervalTimer>,
    old: Option<UserOut<IntervalTimer>>,
) -> Result<u64, Errno> {
    if which != ITIMER_REAL {
        return Err(Errno::EINVAL);
    }
    let space = &caller.process.space;
    let new = new.get(space)?;
    let value_ns = timeval_ns(new.it_value)?;
    let interval_ns = timeval_ns(new.it_interval)?;
    if let Some(old) = &old {
        // Before anything changes.
        old.prepare(space)?;
    }
    let schedule = if value_ns == 0 {
        Schedule::NEVER
    } else {
        Schedule::new(Some(time::now_ns().saturating_add(value_ns)), interval_ns)
    };
    let (before, now_ns) = caller.process.alarm.set(schedule);
    if let Some(old) = old {
        old.set(space, &state_of(before, now_ns))?;
    }
    Ok(0)
}
