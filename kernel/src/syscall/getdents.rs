//! GETDENTS: names of a directory.

use super::{Caller, Fd};
use crate::memory::user::UserWrite;
use crate::object::OpenFile;
use kpio_abi::errors::Errno;
use kpio_abi::rights::Rights;

/// Read names of `fd`'s directory, as many as fit; how many bytes.
pub fn getdents(caller: &Caller, fd: Fd, buffer: UserWrite) -> Result<u64, Errno> {
    let object = caller.process.object(fd.number(), Rights::READ)?;
    let file = object.downcast_ref::<OpenFile>().ok_or(Errno::ENOTDIR)?;
    file.list(caller, buffer)
}
