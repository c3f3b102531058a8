//! READLINKAT: where a symbolic link points.

use super::Caller;
use super::at::node;
use crate::memory::user::{UserCStr, UserWrite};
use kpio_abi::errors::Errno;
use kpio_abi::flags::{AT_EMPTY_PATH, AT_SYMLINK_NOFOLLOW};
use kpio_abi::rights::Rights;

/// Store where the link `path` points; how many bytes.
pub fn readlinkat(
    caller: &Caller,
    dirfd: i32,
    path: UserCStr,
    buffer: UserWrite,
) -> Result<u64, Errno> {
    if buffer.is_empty() {
        return Err(Errno::EINVAL);
    }
    let flags = AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW;
    let target = node(caller, dirfd, path, flags, Rights::INSPECT)?.read_link()?;
    let len = usize::try_from(buffer.len()).map_or(target.len(), |room| room.min(target.len()));
    buffer.copy(&caller.process.space, 0, &target[..len])?;
    Ok(len as u64)
}
