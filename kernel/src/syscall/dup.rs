//! DUP: a second number for a handle.

use super::{Caller, Fd};
use crate::process::handles::Number;
use kpio_abi::errors::Errno;
use kpio_abi::flags::O_CLOEXEC;
use kpio_abi::rights::Rights;

/// Make `to` a handle like `fd`, in place of what it was.
pub fn dup(caller: &Caller, fd: Fd, to: Fd, flags: u32) -> Result<u64, Errno> {
    if flags & !O_CLOEXEC != 0 || fd == to {
        return Err(Errno::EINVAL);
    }
    let number = caller.process.duplicate_handle(
        fd.number(),
        Number::At(to.number()),
        Rights::HANDLE,
        0,
        flags & O_CLOEXEC != 0,
    )?;
    Ok(u64::from(number.cast_unsigned()))
}
