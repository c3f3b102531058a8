//! FACCESSAT: what may be done with a file.

use super::Caller;
use super::at::{check_flags, node};
use crate::fs::file_system::FileKind;
use crate::memory::user::UserCStr;
use kpio_abi::errors::Errno;
use kpio_abi::flags::{
    AT_EACCESS, AT_EMPTY_PATH, AT_SYMLINK_NOFOLLOW, R_OK, S_IXGRP, S_IXOTH, S_IXUSR, W_OK, X_OK,
};
use kpio_abi::rights::Rights;

/// Whether the process may use the file at `path` in the ways `mode`.
pub fn faccessat(
    caller: &Caller,
    dirfd: i32,
    path: UserCStr,
    mode: u32,
    flags: u32,
) -> Result<u64, Errno> {
    check_flags(mode, R_OK | W_OK | X_OK)?;
    check_flags(flags, AT_EACCESS | AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW)?;
    let node = node(caller, dirfd, path, flags, Rights::INSPECT)?;
    let is_executable = || -> Result<bool, Errno> {
        let bits = S_IXUSR | S_IXGRP | S_IXOTH;
        Ok(node.kind == FileKind::Directory || node.attributes()?.mode & bits != 0)
    };
    if mode & X_OK != 0 && !is_executable()? {
        return Err(Errno::EACCES);
    }
    // What is not on the file system can be written: pipes and sockets.
    let is_content = !matches!(node.kind, FileKind::Fifo | FileKind::Special);
    if mode & W_OK != 0 && node.mount.is_read_only && is_content {
        return Err(Errno::EROFS);
    }
    Ok(0)
}
