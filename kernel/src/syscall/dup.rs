//! DUP: a second number for a handle.

use super::{Caller, Fd};
use kpio_abi::errors::Errno;
use kpio_abi::flags::O_CLOEXEC;

/// Make `to` a handle like `fd`, in place of what it was.
pub fn dup(caller: &Caller, fd: Fd, to: Fd, flags: u32) -> Result<u64, Errno> {
    if flags & !O_CLOEXEC != 0 || fd == to {
        return Err(Errno::EINVAL);
    }
    let mut handle = caller.process.handle(fd.number())?;
    handle.is_close_on_exec = flags & O_CLOEXEC != 0;
    caller.process.replace_handle(handle, to.number())?;
    Ok(u64::from(to.number().cast_unsigned()))
}
