//! CLOCK_GET: what a clock shows.

use super::{Caller, ns_timespec};
use crate::memory::user::UserOut;
use kpio_abi::errors::Errno;
use kpio_abi::flags::{
    CLOCK_BOOTTIME, CLOCK_MONOTONIC, CLOCK_MONOTONIC_COARSE, CLOCK_MONOTONIC_RAW, CLOCK_REALTIME,
    CLOCK_REALTIME_COARSE,
};
use kpio_abi::types::Timespec;
use kpio_hal::time;

/// Nanoseconds that `clock` shows.
///
/// # Errors
/// EINVAL for a clock that is not there.
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
    out.set(&caller.process.space, &ns_timespec(clock_ns(clock)?))?;
    Ok(0)
}
