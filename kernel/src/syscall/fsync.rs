//! FSYNC: what was done to a file is safe.

use super::{Caller, Fd};
use kpio_abi::errors::Errno;
use kpio_abi::rights::Rights;

/// Return when what was done to `fd` survives a power cut.
pub fn fsync(caller: &Caller, fd: Fd) -> Result<u64, Errno> {
    caller.process.object(fd.number(), Rights::NONE)?.sync()?;
    Ok(0)
}
