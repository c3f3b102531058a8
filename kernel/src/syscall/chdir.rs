//! CHDIR: where paths begin.

use super::Caller;
use crate::fs::file_system::FileKind;
use crate::fs::namespace;
use crate::fs::node::Node;
use crate::fs::walk::LastLink;
use crate::memory::user::UserCStr;
use alloc::sync::Arc;
use kpio_abi::errors::Errno;

/// Make the directory at `path` the working directory.
pub fn chdir(caller: &Caller, path: UserCStr) -> Result<u64, Errno> {
    let path = path.path(&caller.process.space)?;
    let base = caller.process.surroundings.base();
    enter(caller, namespace::lookup(&base, &path, LastLink::Follow)?)
}

/// Make `node` the working directory.
pub(super) fn enter(caller: &Caller, node: Arc<Node>) -> Result<u64, Errno> {
    if node.kind != FileKind::Directory {
        return Err(Errno::ENOTDIR);
    }
    caller.process.surroundings.set_directory(node);
    Ok(0)
}
