//! GETPPID: the parent's number.

use super::Caller;
use kpio_abi::errors::Errno;

/// The number of the caller's parent; 0 for process 1.
pub fn getppid(caller: &Caller) -> Result<u64, Errno> {
    Ok(u64::from(caller.process.parent().cast_unsigned()))
}
