//! FCHMODAT: the permissions of the file a path leads to.

use super::Caller;
use super::at::{check_flags, node};
use super::fchmod::set_permissions;
use crate::memory::user::UserCStr;
use kpio_abi::errors::Errno;
use kpio_abi::flags::{AT_EMPTY_PATH, AT_SYMLINK_NOFOLLOW};
use kpio_abi::rights::Rights;

/// Set the permissions of the file at `path`.
pub fn fchmodat(
    caller: &Caller,
    dirfd: i32,
    path: UserCStr,
    mode: u32,
    flags: u32,
) -> Result<u64, Errno> {
    check_flags(flags, AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW)?;
    set_permissions(&*node(caller, dirfd, path, flags, Rights::CHANGE)?, mode)
}
