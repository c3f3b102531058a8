//! KILL: a signal to processes.

use super::Caller;
use crate::process::family;
use crate::process::signal::{MAX_SIGNAL, send};
use alloc::vec::Vec;
use kpio_abi::errors::Errno;
use kpio_abi::flags::SI_USER;

/// Send `signal` to whom `pid` names.
pub fn kill(caller: &Caller, pid: i32, signal: u32) -> Result<u64, Errno> {
    if signal > MAX_SIGNAL {
        return Err(Errno::EINVAL);
    }
    let own = caller.process.pid;
    let targets = match pid {
        1.. => family::find(pid).into_iter().collect::<Vec<_>>(),
        0 => family::group(caller.process.family().group),
        -1 => family::others(own),
        i32::MIN => Vec::new(),
        _ => family::group(-pid),
    };
    if targets.is_empty() {
        return Err(Errno::ESRCH);
    }
    if signal != 0 {
        for target in &targets {
            // Standard signals that wait already, and real-time ones beyond the limit, are not sent.
            let _ = send::to_process(target, send::info(signal, SI_USER, own));
        }
    }
    Ok(0)
}
