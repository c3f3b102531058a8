//! SIGQUEUE: a signal with a value.

use super::Caller;
use crate::process::family;
use crate::process::signal::{MAX_SIGNAL, send};
use kpio_abi::errors::Errno;
use kpio_abi::flags::SI_QUEUE;
use kpio_abi::types::SignalInfo;

/// Send `signal` with `value` to process `pid`.
pub fn sigqueue(caller: &Caller, pid: i32, signal: u32, value: u64) -> Result<u64, Errno> {
    if signal > MAX_SIGNAL {
        return Err(Errno::EINVAL);
    }
    let process = family::find(pid).ok_or(Errno::ESRCH)?;
    if !family::may_signal(&caller.process, &process) {
        return Err(Errno::EPERM);
    }
    if signal != 0 {
        let info = SignalInfo {
            value,
            ..send::info(signal, SI_QUEUE, caller.process.pid)
        };
        send::to_process(&process, info)?;
    }
    Ok(0)
}
