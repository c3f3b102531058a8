//! CLOCK_GET: what a clock shows.

use super::{Caller, ns_timespec};
use crate::memory::user::UserOut;
use crate::process::scheduler;
use kpio_abi::errors::Errno;
use kpio_abi::flags::{
    CLOCK_BOOTTIME, CLOCK_MONOTONIC, CLOCK_MONOTONIC_COARSE, CLOCK_MONOTONIC_RAW,
    CLOCK_PROCESS_CPUTIME_ID, CLOCK_REALTIME, CLOCK_REALTIME_COARSE, CLOCK_THREAD_CPUTIME_ID,
};
use kpio_abi::types::Timespec;
use kpio_hal::time;

/// Nanoseconds that `clock` shows, one of those that go on by themselves.
///
/// # Errors
/// EINVAL for another clock.
pub(super) fn clock_ns(clock: u32) -> Result<u64, Errno> {
    match clock {
        CLOCK_MONOTONIC | CLOCK_MONOTONIC_RAW | CLOCK_MONOTONIC_COARSE | CLOCK_BOOTTIME => {
            Ok(time::now_ns())
        }
        CLOCK_REALTIME | CLOCK_REALTIME_COARSE => Ok(time::realtime_ns()),
        _ => Err(Errno::EINVAL),
    }
}

/// Store what `clock` shows.
pub fn clock_get(caller: &Caller, clock: u32, out: UserOut<Timespec>) -> Result<u64, Errno> {
    let ns = match clock {
        CLOCK_PROCESS_CPUTIME_ID => caller.process.ran_ns(),
        CLOCK_THREAD_CPUTIME_ID => scheduler::ran_ns(&caller.thread),
        _ => clock_ns(clock)?,
    };
    out.set(&caller.process.space, &ns_timespec(ns))?;
    Ok(0)
}
