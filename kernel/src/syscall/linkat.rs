//! LINKAT: one more name for a file.

use super::Caller;
use super::at::{PathAt, check_flags, node};
use crate::fs::namespace;
use crate::memory::user::UserCStr;
use kpio_abi::errors::Errno;
use kpio_abi::flags::{AT_EMPTY_PATH, AT_SYMLINK_FOLLOW, AT_SYMLINK_NOFOLLOW};
use kpio_abi::rights::Rights;

/// Give the file `from` the name `to` too.
pub fn linkat(
    caller: &Caller,
    from_dirfd: i32,
    from: UserCStr,
    to_dirfd: i32,
    to: UserCStr,
    flags: u32,
) -> Result<u64, Errno> {
    check_flags(flags, AT_SYMLINK_FOLLOW | AT_EMPTY_PATH)?;
    let last_link = if flags & AT_SYMLINK_FOLLOW == 0 {
        AT_SYMLINK_NOFOLLOW
    } else {
        0
    };
    let from_flags = flags & AT_EMPTY_PATH | last_link;
    let file = node(caller, from_dirfd, from, from_flags, Rights::INSPECT)?;
    let at = PathAt::read(caller, to_dirfd, to)?;
    namespace::link(&file, at.base(), at.path())?;
    Ok(0)
}
