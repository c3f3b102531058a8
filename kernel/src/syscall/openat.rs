//! OPENAT: a handle to a file, by a path that counts from a directory.

use super::Caller;
use super::at::PathAt;
use super::open::open_from;
use crate::memory::user::UserCStr;
use kpio_abi::errors::Errno;

/// Open the file at `path`; the lowest free descriptor.
pub fn openat(
    caller: &Caller,
    dirfd: i32,
    path: UserCStr,
    flags: u32,
    mode: u32,
) -> Result<u64, Errno> {
    let at = PathAt::read(caller, dirfd, path)?;
    open_from(caller, at.base(), at.path(), flags, mode)
}
