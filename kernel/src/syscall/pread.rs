//! PREAD: bytes from a place in a file.

use super::{Caller, Fd, offset_arg};
use crate::memory::user::UserWrite;
use kpio_abi::errors::Errno;
use kpio_abi::rights::Rights;

/// Read up to the buffer's length from byte `offset` on; how many bytes.
pub fn pread(caller: &Caller, fd: Fd, buffer: UserWrite, offset: i64) -> Result<u64, Errno> {
    let offset = offset_arg(offset)?;
    caller
        .process
        .object(fd.number(), Rights::READ)?
        .read_at(caller, offset, buffer)
}
