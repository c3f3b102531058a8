//! SETSID: a session of its own.

use super::Caller;
use kpio_abi::errors::Errno;

/// Begin a session and a process group of the caller's number.
pub fn setsid(caller: &Caller) -> Result<u64, Errno> {
    let session = caller.process.begin_session()?;
    Ok(u64::from(session.cast_unsigned()))
}
