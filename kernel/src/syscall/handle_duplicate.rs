//! HANDLE_DUPLICATE: another handle to an object, with fewer rights or the same.

use super::{Caller, Fd};
use crate::process::handles::Number;
use kpio_abi::errors::Errno;
use kpio_abi::flags::O_CLOEXEC;
use kpio_abi::rights::Rights;

/// Make a handle from `fd` with those of its rights that `rights` names; its number.
pub fn handle_duplicate(
    caller: &Caller,
    fd: Fd,
    rights: u32,
    badge: u64,
    flags: u32,
) -> Result<u64, Errno> {
    let kept = Rights::of_handle(rights).ok_or(Errno::EINVAL)?;
    if flags & !O_CLOEXEC != 0 {
        return Err(Errno::EINVAL);
    }
    let number = caller.process.duplicate_handle(
        fd.number(),
        Number::LOWEST,
        kept,
        badge,
        flags & O_CLOEXEC != 0,
    )?;
    Ok(u64::from(number.cast_unsigned()))
}
