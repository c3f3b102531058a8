//! FCHOWNAT: the owner of the file a path leads to.

use super::Caller;
use super::at::{check_flags, node};
use super::fchown::set_owner;
use crate::memory::user::UserCStr;
use kpio_abi::errors::Errno;
use kpio_abi::flags::{AT_EMPTY_PATH, AT_SYMLINK_NOFOLLOW};
use kpio_abi::rights::Rights;

/// Set owner and group of the file at `path`.
pub fn fchownat(
    caller: &Caller,
    dirfd: i32,
    path: UserCStr,
    uid: u32,
    gid: u32,
    flags: u32,
) -> Result<u64, Errno> {
    check_flags(flags, AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW)?;
    set_owner(
        &*node(caller, dirfd, path, flags, Rights::CHANGE)?,
        uid,
        gid,
    )
}
