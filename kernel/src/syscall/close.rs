//! CLOSE: give a handle back.

use super::{Caller, Fd};
use kpio_abi::errors::Errno;

/// Close `fd`.
pub fn close(caller: &Caller, fd: Fd) -> Result<u64, Errno> {
    caller.process.close_handle(fd.number())?;
    Ok(0)
}
