//! READV: bytes from a handle into several buffers.

use super::pieces::Pieces;
use super::{Caller, Fd};
use crate::memory::user::{UserRead, UserWrite};
use kpio_abi::errors::Errno;
use kpio_abi::rights::Rights;

/// Read into the buffers that the array `iov` names, in order; how many bytes.
pub fn readv(caller: &Caller, fd: Fd, iov: UserRead) -> Result<u64, Errno> {
    let object = caller.process.object(fd.number(), Rights::READ)?;
    let pieces = Pieces::read(caller, iov)?;
    let mut done = 0;
    for piece in pieces.as_slice().iter().filter(|piece| piece.iov_len > 0) {
        if done > 0 && !object.is_readable() {
            return Ok(done);
        }
        let result = UserWrite::new(piece.iov_base, piece.iov_len)
            .and_then(|buffer| object.read(caller, buffer));
        match result {
            Ok(read) => {
                done += read;
                if read < piece.iov_len {
                    return Ok(done);
                }
            }
            Err(_) if done > 0 => return Ok(done),
            Err(errno) => return Err(errno),
        }
    }
    Ok(done)
}
