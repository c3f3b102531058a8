//! WRITEV: bytes of several buffers to a handle.

use super::{Caller, Fd};
use crate::memory::user::UserRead;
use kpio_abi::errors::Errno;
use kpio_abi::rights::Rights;
use kpio_abi::types::IoVec;
use zerocopy::FromBytes;

/// Write the buffers that the array `iov` names, in order; how many bytes.
pub fn writev(caller: &Caller, fd: Fd, iov: UserRead) -> Result<u64, Errno> {
    let object = caller.process.object(fd.number(), Rights::WRITE)?;
    let mut done = 0_u64;
    let mut at = 0;
    while at < iov.len() {
        let mut raw = [0; size_of::<IoVec>()];
        let result = iov
            .copy(&caller.process.space, at, &mut raw)
            .and_then(|()| IoVec::read_from_bytes(&raw).map_err(|_| Errno::EFAULT))
            .and_then(|entry| UserRead::new(entry.iov_base, entry.iov_len))
            .and_then(|buffer| {
                let len = buffer.len();
                object.write(caller, buffer).map(|written| (written, len))
            });
        match result {
            Ok((written, len)) => {
                done = done.checked_add(written).ok_or(Errno::EINVAL)?;
                if written < len {
                    return Ok(done);
                }
            }
            Err(_) if done > 0 => return Ok(done),
            Err(errno) => return Err(errno),
        }
        at += size_of::<IoVec>() as u64;
    }
    Ok(done)
}
