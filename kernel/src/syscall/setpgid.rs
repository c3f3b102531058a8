//! SETPGID: a process changes its group.

use super::Caller;
use kpio_abi::errors::Errno;

/// Put process `pid` (0: the caller) into group `pgid` (0: its own number).
pub fn setpgid(caller: &Caller, pid: i32, pgid: i32) -> Result<u64, Errno> {
    if pid < 0 || pgid < 0 {
        return Err(Errno::EINVAL);
    }
    let pid = if pid == 0 { caller.process.pid } else { pid };
    let group = if pgid == 0 { pid } else { pgid };
    caller.process.set_group(pid, group)?;
    Ok(0)
}
