//! GETPGID: the process group of a process.

use super::Caller;
use crate::process::family;
use kpio_abi::errors::Errno;

/// The process group of process `pid` (0: the caller).
pub fn getpgid(caller: &Caller, pid: i32) -> Result<u64, Errno> {
    let family = if pid == 0 {
        caller.process.family()
    } else {
        family::find(pid).ok_or(Errno::ESRCH)?.family()
    };
    Ok(u64::from(family.group.cast_unsigned()))
}
