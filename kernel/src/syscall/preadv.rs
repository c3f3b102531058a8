//! PREADV: bytes from a place in a file into several buffers.

use super::pieces::Pieces;
use super::{Caller, Fd, offset_arg};
use crate::memory::user::{UserRead, UserWrite};
use kpio_abi::errors::Errno;
use kpio_abi::rights::Rights;

/// Read from byte `offset` on into the buffers that the array `iov` names, in order; how many bytes.
pub fn preadv(caller: &Caller, fd: Fd, iov: UserRead, offset: i64) -> Result<u64, Errno> {
    let offset = offset_arg(offset)?;
    let object = caller.process.object(fd.number(), Rights::READ)?;
    if !object.is_seekable() {
        return Err(Errno::ESPIPE);
    }
    Pieces::read(caller, iov)?.transfer(|piece, done| {
        let buffer = UserWrite::new(piece.iov_base, piece.iov_len)?;
        object.read_at(caller, place(offset, done)?, buffer)
    })
}

/// The place `done` bytes behind `offset`.
///
/// # Errors
/// EINVAL beyond 2^64.
pub(super) fn place(offset: u64, done: u64) -> Result<u64, Errno> {
    offset.checked_add(done).ok_or(Errno::EINVAL)
}
