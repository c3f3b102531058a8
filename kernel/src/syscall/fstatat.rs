//! FSTATAT: what is known about the file a path leads to.

use super::Caller;
use super::at::{Target, check_flags, target};
use crate::memory::user::{UserCStr, UserOut};
use kpio_abi::errors::Errno;
use kpio_abi::flags::{AT_EMPTY_PATH, AT_NO_AUTOMOUNT, AT_SYMLINK_NOFOLLOW};
use kpio_abi::rights::Rights;
use kpio_abi::types::Stat;

/// Store what is known about the file at `path`.
pub fn fstatat(
    caller: &Caller,
    dirfd: i32,
    path: UserCStr,
    stat: UserOut<Stat>,
    flags: u32,
) -> Result<u64, Errno> {
    check_flags(flags, AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH | AT_NO_AUTOMOUNT)?;
    let facts = match target(caller, dirfd, path, flags)? {
        Target::Node(node) => node.stat()?,
        Target::Descriptor(number) => caller.process.object(number, Rights::INSPECT)?.stat()?,
    };
    stat.set(&caller.process.space, &facts)?;
    Ok(0)
}
