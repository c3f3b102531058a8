//! TGKILL: a signal to a thread.

use super::Caller;
use crate::process::family;
use crate::process::signal::{MAX_SIGNAL, send};
use kpio_abi::errors::Errno;
use kpio_abi::flags::SI_TKILL;

/// Send `signal` to thread `tid` of process `pid`.
pub fn tgkill(caller: &Caller, pid: i32, tid: i32, signal: u32) -> Result<u64, Errno> {
    if signal > MAX_SIGNAL || pid <= 0 || tid <= 0 {
        return Err(Errno::EINVAL);
    }
    let process = family::find(pid).ok_or(Errno::ESRCH)?;
    let threads = process.threads();
    let thread = threads
        .iter()
        .find(|thread| thread.tid() == tid)
        .ok_or(Errno::ESRCH)?;
    if !family::may_signal(&caller.process, &process) {
        return Err(Errno::EPERM);
    }
    if signal != 0 {
        let info = send::info(signal, SI_TKILL, caller.process.pid);
        send::to_thread(&process, thread, info)?;
    }
    Ok(0)
}
