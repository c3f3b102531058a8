//! RENAMEAT2: another name for a file.

use super::Caller;
use super::at::PathAt;
use crate::fs::namespace;
use crate::memory::user::UserCStr;
use kpio_abi::errors::Errno;

/// Give the file `from` the name `to` instead.
pub fn renameat2(
    caller: &Caller,
    from_dirfd: i32,
    from: UserCStr,
    to_dirfd: i32,
    to: UserCStr,
    flags: u32,
) -> Result<u64, Errno> {
    let from = PathAt::read(caller, from_dirfd, from)?;
    let to = PathAt::read(caller, to_dirfd, to)?;
    namespace::rename(from.base(), from.path(), to.base(), to.path(), flags)?;
    Ok(0)
}
