//! UNLINKAT: a name less.

use super::Caller;
use super::at::{PathAt, check_flags};
use crate::fs::namespace;
use crate::memory::user::UserCStr;
use kpio_abi::errors::Errno;
use kpio_abi::flags::AT_REMOVEDIR;

/// Take the name `path` away.
pub fn unlinkat(caller: &Caller, dirfd: i32, path: UserCStr, flags: u32) -> Result<u64, Errno> {
    check_flags(flags, AT_REMOVEDIR)?;
    let at = PathAt::read(caller, dirfd, path)?;
    if flags & AT_REMOVEDIR == 0 {
        namespace::unlink(at.base(), at.path())?;
    } else {
        namespace::remove_directory(at.base(), at.path())?;
    }
    Ok(0)
}
