//! SEEK: where the next read begins.

use super::{Caller, Fd};
use kpio_abi::errors::Errno;
use kpio_abi::rights::Rights;

/// Move the position of `fd`; the new one.
pub fn seek(caller: &Caller, fd: Fd, offset: i64, whence: u32) -> Result<u64, Errno> {
    // What has no position says so even without the right to move it.
    let object = caller.process.object(fd.number(), Rights::NONE)?;
    if !object.is_seekable() {
        return Err(Errno::ESPIPE);
    }
    caller
        .process
        .object(fd.number(), Rights::SEEK)?
        .seek(offset, whence)
}
