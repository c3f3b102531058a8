//! SYSTEM_INFO: counts of the whole system.

use super::Caller;
use crate::memory::cached;
use crate::memory::user::UserOut;
use crate::process::{family, futex};
use kpio_abi::errors::Errno;
use kpio_abi::types::SystemInfo;
use kpio_hal::{frame, time};

/// Store the counts.
pub fn system_info(caller: &Caller, info: UserOut<SystemInfo>) -> Result<u64, Errno> {
    let frames = frame::counts();
    let counts = family::counts();
    let facts = SystemInfo {
        uptime_ns: time::now_ns(),
        total_frames: frames.total as u64,
        free_frames: frames.free as u64,
        processes: counts.processes,
        threads: counts.threads,
        handles: counts.handles,
        cached_frames: cached::counts().cached as u64,
        futex_waiters: futex::nr_waiting() as u64,
    };
    info.set(&caller.process.space, &facts)?;
    Ok(0)
}
