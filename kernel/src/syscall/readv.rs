//! READV: bytes from a handle into several buffers.

use super::pieces::Pieces;
use super::{Caller, Fd};
use crate::memory::user::{UserRead, UserWrite};
use kpio_abi::errors::Errno;
use kpio_abi::rights::Rights;

/// Read into the buffers that the array `iov` names, in order; how many bytes.
pub fn readv(caller: &Caller, fd: Fd, iov: UserRead) -> Result<u64, Errno> {
    let object = caller.process.object(fd.number(), Rights::READ)?;
    Pieces::read(caller, iov)?.transfer(|piece, done| {
        if done > 0 && !object.is_readable() {
            return Ok(0);
        }
        let buffer = UserWrite::new(piece.iov_base, piece.iov_len)?;
        object.read(caller, buffer)
    })
}
