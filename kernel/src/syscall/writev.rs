//! WRITEV: bytes of several buffers to a handle.

use super::pieces::Pieces;
use super::{Caller, Fd};
use crate::memory::user::UserRead;
use kpio_abi::errors::Errno;
use kpio_abi::rights::Rights;

/// Write the buffers that the array `iov` names, in order; how many bytes.
pub fn writev(caller: &Caller, fd: Fd, iov: UserRead) -> Result<u64, Errno> {
    let object = caller.process.object(fd.number(), Rights::WRITE)?;
    let pieces = Pieces::read(caller, iov)?;
    let total = pieces.len_bytes();
    if total == 0 {
        return Ok(0);
    }
    object.begin_write(caller, total)?;
    pieces.transfer(|piece, _| {
        let buffer = UserRead::new(piece.iov_base, piece.iov_len)?;
        object.write(caller, buffer)
    })
}
