//! MKDIRAT: a new directory.

use super::Caller;
use super::at::PathAt;
use crate::fs::namespace;
use crate::memory::user::UserCStr;
use kpio_abi::errors::Errno;

/// The bits of a mode that a new directory takes.
const TAKEN: u32 = 0o1777;

/// Make the directory `path`.
pub fn mkdirat(caller: &Caller, dirfd: i32, path: UserCStr, mode: u32) -> Result<u64, Errno> {
    let at = PathAt::read(caller, dirfd, path)?;
    let permissions = caller.process.surroundings.permissions(mode & TAKEN);
    namespace::make_directory(at.base(), at.path(), permissions)?;
    Ok(0)
}
