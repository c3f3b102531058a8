//! SYNC: everything that was done to files is safe.

use super::Caller;
use crate::system;
use kpio_abi::errors::Errno;

/// Return when every file system survives a power cut as it is.
pub fn sync(_caller: &Caller) -> Result<u64, Errno> {
    if let Some(data) = system::data() {
        data.commit()?;
    }
    Ok(0)
}
