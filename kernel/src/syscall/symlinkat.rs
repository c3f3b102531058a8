//! SYMLINKAT: a new symbolic link.

use super::Caller;
use super::at::PathAt;
use crate::fs::namespace;
use crate::memory::user::UserCStr;
use kpio_abi::errors::Errno;

/// Make the link `path` to `target`.
pub fn symlinkat(
    caller: &Caller,
    target: UserCStr,
    dirfd: i32,
    path: UserCStr,
) -> Result<u64, Errno> {
    let target = target.path(&caller.process.space)?;
    let at = PathAt::read(caller, dirfd, path)?;
    namespace::make_link(at.base(), &target, at.path())?;
    Ok(0)
}
