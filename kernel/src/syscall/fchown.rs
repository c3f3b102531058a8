//! FCHOWN: the owner of an open file.

use super::at::changeable;
use super::{Caller, Fd};
use crate::fs::file_system::{Change, FileKind};
use crate::fs::node::Node;
use kpio_abi::errors::Errno;
use kpio_abi::flags::{S_ISGID, S_ISUID, S_IXGRP};

/// In place of a user or group: the same as before.
const SAME: u32 = u32::MAX;

/// Set owner and group of `fd`'s file.
pub fn fchown(caller: &Caller, fd: Fd, uid: u32, gid: u32) -> Result<u64, Errno> {
    set_owner(&*changeable(caller, fd)?, uid, gid)
}

/// Set owner and group of `node`. A program does not go on running as its owner if that is another.
pub(super) fn set_owner(node: &Node, uid: u32, gid: u32) -> Result<u64, Errno> {
    let before = node.attributes()?;
    let or = |new, old| if new == SAME { old } else { new };
    let lost = match before.mode & S_IXGRP {
        0 => S_ISUID,
        _ => S_ISUID | S_ISGID,
    };
    let has_lost = node.kind != FileKind::Directory && before.mode & lost != 0;
    node.change(&Change {
        permissions: has_lost.then_some(before.mode & !lost & 0o7777),
        owner: Some((or(uid, before.uid), or(gid, before.gid))),
        ..Change::default()
    })?;
    Ok(0)
}
