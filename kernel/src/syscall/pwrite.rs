//! PWRITE: bytes to a place in a file.

use super::{Caller, Fd, offset_arg};
use crate::memory::user::UserRead;
use kpio_abi::errors::Errno;
use kpio_abi::rights::Rights;

/// Write the buffer at byte `offset`; how many bytes.
pub fn pwrite(caller: &Caller, fd: Fd, buffer: UserRead, offset: i64) -> Result<u64, Errno> {
    let offset = offset_arg(offset)?;
    caller
        .process
        .object(fd.number(), Rights::WRITE)?
        .write_at(caller, offset, buffer)
}
