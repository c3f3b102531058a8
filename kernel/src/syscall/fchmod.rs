//! FCHMOD: the permissions of an open file.

use super::at::changeable;
use super::{Caller, Fd};
use crate::fs::file_system::{Change, FileKind};
use crate::fs::node::Node;
use kpio_abi::errors::Errno;

/// Bits of a mode that are permissions.
const PERMISSION_BITS: u32 = 0o7777;

/// Set the permissions of `fd`'s file.
pub fn fchmod(caller: &Caller, fd: Fd, mode: u32) -> Result<u64, Errno> {
    set_permissions(&*changeable(caller, fd)?, mode)
}

/// Set the permissions of `node`.
pub(super) fn set_permissions(node: &Node, mode: u32) -> Result<u64, Errno> {
    if node.kind == FileKind::Symlink {
        return Err(Errno::EOPNOTSUPP);
    }
    node.change(&Change {
        permissions: Some(mode & PERMISSION_BITS),
        ..Change::default()
    })?;
    Ok(0)
}
