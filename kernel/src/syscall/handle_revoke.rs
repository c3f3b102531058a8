//! HANDLE_REVOKE: take back what was made from a handle.

use super::{Caller, Fd};
use kpio_abi::errors::Errno;

/// Take back every handle that descends from `fd`; how many.
pub fn handle_revoke(caller: &Caller, fd: Fd) -> Result<u64, Errno> {
    let revoked = caller.process.revoke_handles(fd.number())?;
    Ok(revoked as u64)
}
