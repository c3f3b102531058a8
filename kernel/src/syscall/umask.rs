//! UMASK: what new files may not allow.

use super::Caller;
use kpio_abi::errors::Errno;

/// Take another umask; the one before.
#[expect(clippy::unnecessary_wraps, reason = "every call has this form")]
pub fn umask(caller: &Caller, mask: u32) -> Result<u64, Errno> {
    Ok(u64::from(caller.process.surroundings.set_umask(mask)))
}
