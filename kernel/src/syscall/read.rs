//! READ: bytes from a handle.

use super::{Caller, Fd};
use crate::memory::user::UserWrite;
use kpio_abi::errors::Errno;
use kpio_abi::rights::Rights;

/// Read up to the buffer's length; how many bytes.
pub fn read(caller: &Caller, fd: Fd, buffer: UserWrite) -> Result<u64, Errno> {
    caller
        .process
        .object(fd.number(), Rights::READ)?
        .read(caller, buffer)
}
