//! MKNODAT: a new file without content.

use super::Caller;
use super::at::PathAt;
use crate::fs::namespace;
use crate::memory::user::UserCStr;
use kpio_abi::errors::Errno;

/// Make the file `path` of the type in `mode`. No type that is served stands for a device.
pub fn mknodat(
    caller: &Caller,
    dirfd: i32,
    path: UserCStr,
    mode: u32,
    _device: u64,
) -> Result<u64, Errno> {
    let at = PathAt::read(caller, dirfd, path)?;
    let mode = caller.process.surroundings.permissions(mode);
    namespace::make_node(at.base(), at.path(), mode)?;
    Ok(0)
}
