//! Paths that count from a directory: what the calls with a `dirfd` share.

use super::{Caller, Fd};
use crate::fs::namespace;
use crate::fs::node::Node;
use crate::fs::walk::{Base, LastLink};
use crate::memory::user::UserCStr;
use crate::object::OpenFile;
use alloc::sync::Arc;
use alloc::vec::Vec;
use kpio_abi::errors::Errno;
use kpio_abi::flags::{AT_EMPTY_PATH, AT_FDCWD, AT_SYMLINK_NOFOLLOW};
use kpio_abi::rights::Rights;

/// The file that is open as `number`.
///
/// # Errors
/// EBADF; `not_a_file` for what is open but no file.
pub(super) fn open_node(
    caller: &Caller,
    number: i32,
    rights: Rights,
    not_a_file: Errno,
) -> Result<Arc<Node>, Errno> {
    let object = caller.process.object(number, rights)?;
    let file = object.downcast_ref::<OpenFile>().ok_or(not_a_file)?;
    Ok(Arc::clone(&file.node))
}

/// The file that is open as `fd` and whose attributes are to change.
///
/// # Errors
/// EBADF, EINVAL for what is no file.
pub(super) fn changeable(caller: &Caller, fd: Fd) -> Result<Arc<Node>, Errno> {
    open_node(caller, fd.number(), Rights::CHANGE, Errno::EINVAL)
}

/// A path and where it begins.
pub(super) struct PathAt {
    base: Base,
    path: Vec<u8>,
}

impl PathAt {
    /// The path that the process has at `path`; it begins at `dirfd`.
    ///
    /// # Errors
    /// EFAULT, ENAMETOOLONG; ENOENT when it is empty; EBADF and ENOTDIR for `dirfd` if it counts.
    pub(super) fn read(caller: &Caller, dirfd: i32, path: UserCStr) -> Result<Self, Errno> {
        let path = path.path(&caller.process.space)?;
        if path.is_empty() {
            return Err(Errno::ENOENT);
        }
        Self::new(caller, dirfd, path)
    }

    fn new(caller: &Caller, dirfd: i32, path: Vec<u8>) -> Result<Self, Errno> {
        let mut base = caller.process.surroundings.base();
        if dirfd != AT_FDCWD && path[0] != b'/' {
            base.current = open_node(caller, dirfd, Rights::INSPECT, Errno::ENOTDIR)?;
        }
        Ok(Self { base, path })
    }

    /// Where it begins.
    pub(super) fn base(&self) -> &Base {
        &self.base
    }

    /// Its names.
    pub(super) fn path(&self) -> &[u8] {
        &self.path
    }
}

/// Refuse flags other than `known`.
///
/// # Errors
/// EINVAL.
pub(super) fn check_flags(flags: u32, known: u32) -> Result<(), Errno> {
    if flags & !known == 0 {
        Ok(())
    } else {
        Err(Errno::EINVAL)
    }
}

/// What a path with AT_EMPTY_PATH leads to.
pub(super) enum Target {
    /// A file.
    Node(Arc<Node>),
    /// The descriptor itself.
    Descriptor(i32),
}

/// Where `path` leads from `dirfd`, followed at its end as AT_SYMLINK_NOFOLLOW and AT_EMPTY_PATH say.
///
/// # Errors
/// Those of [`PathAt::read`] and of walking.
pub(super) fn target(
    caller: &Caller,
    dirfd: i32,
    path: UserCStr,
    flags: u32,
) -> Result<Target, Errno> {
    let path = path.path(&caller.process.space)?;
    if path.is_empty() {
        return match dirfd {
            _ if flags & AT_EMPTY_PATH == 0 => Err(Errno::ENOENT),
            AT_FDCWD => Ok(Target::Node(caller.process.surroundings.directory())),
            _ => Ok(Target::Descriptor(dirfd)),
        };
    }
    let last_link = if flags & AT_SYMLINK_NOFOLLOW == 0 {
        LastLink::Follow
    } else {
        LastLink::Keep
    };
    let at = PathAt::new(caller, dirfd, path)?;
    let node = namespace::lookup(&at.base, &at.path, last_link)?;
    Ok(Target::Node(node))
}

/// [`target`] as a file; a descriptor must have `rights`.
///
/// # Errors
/// Those of [`target`]; EBADF; EINVAL for a descriptor of what is no file.
pub(super) fn node(
    caller: &Caller,
    dirfd: i32,
    path: UserCStr,
    flags: u32,
    rights: Rights,
) -> Result<Arc<Node>, Errno> {
    match target(caller, dirfd, path, flags)? {
        Target::Node(node) => Ok(node),
        Target::Descriptor(number) => open_node(caller, number, rights, Errno::EINVAL),
    }
}
