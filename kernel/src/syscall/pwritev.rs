//! PWRITEV: bytes of several buffers to a place in a file.

use super::pieces::Pieces;
use super::preadv::place;
use super::{Caller, Fd, offset_arg};
use crate::memory::user::UserRead;
use kpio_abi::errors::Errno;
use kpio_abi::rights::Rights;

/// Write the buffers that the array `iov` names, in order, at byte `offset`; how many bytes.
pub fn pwritev(caller: &Caller, fd: Fd, iov: UserRead, offset: i64) -> Result<u64, Errno> {
    let offset = offset_arg(offset)?;
    let object = caller.process.object(fd.number(), Rights::WRITE)?;
    if !object.is_seekable() {
        return Err(Errno::ESPIPE);
    }
    Pieces::read(caller, iov)?.transfer(|piece, done| {
        let buffer = UserRead::new(piece.iov_base, piece.iov_len)?;
        object.write_at(caller, place(offset, done)?, buffer)
    })
}
