//! WRITE: bytes to a handle.

use super::{Caller, Fd};
use crate::memory::user::UserRead;
use kpio_abi::errors::Errno;
use kpio_abi::rights::Rights;

/// Write the buffer; how many bytes.
pub fn write(caller: &Caller, fd: Fd, buffer: UserRead) -> Result<u64, Errno> {
    caller
        .process
        .object(fd.number(), Rights::WRITE)?
        .write(caller, buffer)
}
