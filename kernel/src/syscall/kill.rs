//! KILL: a signal to processes.

use super::Caller;
use crate::process::signal::{MAX_SIGNAL, send};
use crate::process::{family, scheduler};
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
    // Of several, those are meant that the caller may send signals to.
    let mut is_permitted = false;
    for target in &targets {
        if family::may_signal(&caller.process, target) {
            is_permitted = true;
            if signal != 0 {
                // Standard signals that wait already, and real-time ones beyond the limit, are not
                // sent.
                let _ = send::to_process(target, send::info(signal, SI_USER, own));
            }
        }
        if targets.len() > 1 {
            // There may be many.
            scheduler::handle_interrupts();
        }
    }
    is_permitted.then_some(0).ok_or(Errno::EPERM)
}
