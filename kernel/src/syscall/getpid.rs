//! GETPID: the process's number.

use super::Caller;
use kpio_abi::errors::Errno;

/// The caller's process number.
pub fn getpid(caller: &Caller) -> Result<u64, Errno> {
    Ok(u64::from(caller.process.pid.cast_unsigned()))
}
