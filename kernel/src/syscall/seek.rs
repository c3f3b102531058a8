//! SEEK: where the next read begins.

use super::{Caller, Fd};
use crate::object::Object;
use kpio_abi::errors::Errno;
use kpio_abi::rights::Rights;

/// Move the position of `fd`; the new one.
pub fn seek(caller: &Caller, fd: Fd, offset: i64, whence: u32) -> Result<u64, Errno> {
    match caller.process.object(fd.number(), Rights::NONE)? {
        Object::Console => Err(Errno::ESPIPE),
        Object::File(_) => match caller.process.object(fd.number(), Rights::SEEK)? {
            Object::File(file) => file.seek(offset, whence),
            Object::Console => Err(Errno::ESPIPE),
        },
    }
}
