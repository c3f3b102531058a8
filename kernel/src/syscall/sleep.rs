//! SLEEP: wait for a time.

use super::clock_get::clock_ns;
use super::{Caller, timespec_ns};
use crate::memory::user::UserIn;
use crate::process::scheduler::Wake;
use crate::process::wait_queue::WaitQueue;
use kpio_abi::errors::Errno;
use kpio_abi::flags::TIMER_ABSTIME;
use kpio_abi::types::Timespec;

/// Sleep for `request`, or until `clock` shows it with TIMER_ABSTIME.
pub fn sleep(
    caller: &Caller,
    clock: u32,
    flags: u32,
    request: UserIn<Timespec>,
) -> Result<u64, Errno> {
    if flags & !TIMER_ABSTIME != 0 {
        return Err(Errno::EINVAL);
    }
    let now_of_clock = clock_ns(clock)?;
    let requested = timespec_ns(request.get(&caller.process.space)?)?;
    let length_ns = if flags & TIMER_ABSTIME == 0 {
        requested
    } else {
        requested.saturating_sub(now_of_clock)
    };
    let deadline_ns = caller.deadline_after(length_ns);
    // Nobody notifies this queue.
    let nobody = WaitQueue::new();
    match nobody.wait_until(&caller.thread, Some(deadline_ns), || None::<()>) {
        Err(Wake::Killed | Wake::Interrupted) => Err(Errno::EINTR),
        _ => Ok(0),
    }
}
