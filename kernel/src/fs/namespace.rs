//! What programs do with paths: open, make, rename, remove. The errors are Linux's, in its order.

use super::FsError;
use super::file_system::{FileKind, NewFile, NewKind, Replace};
use super::node::Node;
use super::walk::{Base, Last, LastLink, PATH_MAX_BYTES, Walked, walk};
use alloc::sync::Arc;
use kpio_abi::errors::Errno;
use kpio_abi::flags::{
    O_CREAT, O_DIRECTORY, O_EXCL, O_NOFOLLOW, O_PATH, O_RDONLY, O_RDWR, O_TMPFILE, O_TRUNC,
    O_WRONLY, RENAME_EXCHANGE, RENAME_NOREPLACE, S_IFDIR, S_IFIFO, S_IFMT, S_IFREG, S_IFSOCK,
};

/// The access mode within open flags. (O_ACCMODE itself contains O_PATH in musl.)
pub const ACCESS_MODE: u32 = O_RDONLY | O_WRONLY | O_RDWR;
/// The flags that mean something together with O_PATH.
const PATH_FLAGS: u32 = O_PATH | O_DIRECTORY | O_NOFOLLOW;

const fn error(errno: Errno, reason: &'static str) -> FsError {
    FsError::new(errno, reason)
}

/// What a program that has everything makes; there are no users yet.
const fn new_file(kind: NewKind<'_>, permissions: u32) -> NewFile<'_> {
    NewFile {
        kind,
        permissions,
        uid: 0,
        gid: 0,
    }
}

/// The file to open for OPEN(`path`, `flags`); made with `permissions` if the flags say so.
///
/// # Errors
/// Those of [`walk`]; EINVAL and EOPNOTSUPP for flags not served; EEXIST, EISDIR, ENOTDIR, ELOOP as
/// the flags demand; EROFS for whatever would write to what cannot be written; ENXIO for device
/// nodes, pipes and sockets; ENOSPC.
pub fn open(base: &Base, path: &[u8], flags: u32, permissions: u32) -> Result<Arc<Node>, FsError> {
    let is_path_only = flags & O_PATH != 0;
    let flags = if is_path_only {
        flags & PATH_FLAGS
    } else {
        flags
    };
    let has = |flag| flags & flag == flag;
    let is_writing = match flags & ACCESS_MODE {
        O_RDONLY => false,
        O_WRONLY | O_RDWR => true,
        _ => return Err(error(Errno::EINVAL, "the access mode is 3")),
    };
    if has(O_TMPFILE) {
        return Err(error(Errno::EOPNOTSUPP, "O_TMPFILE is not served"));
    }
    let is_exclusive = has(O_CREAT | O_EXCL);
    let last_link = if is_exclusive || has(O_NOFOLLOW) {
        LastLink::Keep
    } else {
        LastLink::Follow
    };
    let walked = walk(base, path, last_link)?;
    let Some(node) = &walked.node else {
        if !has(O_CREAT) {
            return Err(error(Errno::ENOENT, "no such file"));
        }
        if walked.has_slash {
            return Err(error(
                Errno::EISDIR,
                "O_CREAT of a name with a slash behind",
            ));
        }
        if has(O_DIRECTORY) {
            return Err(error(Errno::EINVAL, "O_CREAT and O_DIRECTORY"));
        }
        let new = new_file(NewKind::Regular, permissions);
        let directory = &walked.directory;
        return directory.mount.create(directory, walked.name(), &new);
    };
    if is_exclusive {
        return Err(error(Errno::EEXIST, "O_EXCL of a file that exists"));
    }
    match node.kind {
        FileKind::Symlink if !is_path_only => {
            return Err(error(Errno::ELOOP, "O_NOFOLLOW of a symbolic link"));
        }
        FileKind::Directory if is_writing || has(O_CREAT) => {
            return Err(error(Errno::EISDIR, "a directory is opened for writing"));
        }
        FileKind::Directory if has(O_TRUNC) => {
            return Err(error(Errno::EISDIR, "a directory is truncated"));
        }
        FileKind::Directory => {}
        _ if has(O_DIRECTORY) => {
            return Err(error(Errno::ENOTDIR, "O_DIRECTORY of what is no directory"));
        }
        FileKind::Fifo | FileKind::Special if !is_path_only => {
            return Err(error(
                Errno::ENXIO,
                "nothing is behind this device, pipe or socket",
            ));
        }
        FileKind::Regular if is_writing || has(O_TRUNC) => {
            node.mount.check_writable()?;
            if has(O_TRUNC) {
                node.resize(0)?;
            }
        }
        _ => {}
    }
    Ok(Arc::clone(node))
}

/// The file that `path` leads to.
///
/// # Errors
/// ENOENT, and those of [`walk`].
pub fn lookup(base: &Base, path: &[u8], last_link: LastLink) -> Result<Arc<Node>, FsError> {
    walk(base, path, last_link)?.found().cloned()
}

/// The place for a new name.
///
/// # Errors
/// EEXIST, ENOENT for a slash behind what is to be no directory; those of [`walk`].
fn new_place<'a>(base: &Base, path: &'a [u8], is_directory: bool) -> Result<Walked<'a>, FsError> {
    // `new/` where `new` is a file: it exists, whatever the slash says.
    let walked = walk(base, without_slashes(path), LastLink::Keep)?;
    if walked.node.is_some() {
        return Err(error(Errno::EEXIST, "the file exists"));
    }
    if path.ends_with(b"/") && !is_directory {
        return Err(error(
            Errno::ENOENT,
            "a slash follows what is to be no directory",
        ));
    }
    Ok(walked)
}

/// `path` without the slashes at its end; one is left of a path of slashes.
fn without_slashes(path: &[u8]) -> &[u8] {
    let last = path.iter().rposition(|&byte| byte != b'/');
    &path[..last.map_or(path.len().min(1), |last| last + 1)]
}

fn make(
    base: &Base,
    path: &[u8],
    kind: NewKind<'_>,
    permissions: u32,
) -> Result<Arc<Node>, FsError> {
    let is_directory = matches!(kind, NewKind::Directory);
    let walked = new_place(base, path, is_directory)?;
    let directory = &walked.directory;
    let new = new_file(kind, permissions);
    directory.mount.create(directory, walked.name(), &new)
}

/// Make a directory.
///
/// # Errors
/// EEXIST, EROFS, ENOSPC, EMLINK, and those of [`walk`].
pub fn make_directory(base: &Base, path: &[u8], permissions: u32) -> Result<(), FsError> {
    make(base, path, NewKind::Directory, permissions).map(drop)
}

/// Make a symbolic link to `target`, which need not exist.
///
/// # Errors
/// ENOENT for an empty target, ENAMETOOLONG; as [`make_directory`].
pub fn make_link(base: &Base, target: &[u8], path: &[u8]) -> Result<(), FsError> {
    if target.is_empty() {
        return Err(error(Errno::ENOENT, "the target is empty"));
    }
    if target.len() > PATH_MAX_BYTES {
        return Err(error(Errno::ENAMETOOLONG, "the target is too long"));
    }
    make(base, path, NewKind::Symlink(target), 0o777).map(drop)
}

/// Make a file of the type in `mode`, which is 0 for a regular one.
///
/// # Errors
/// EPERM for devices and directories, EINVAL for no type there is; as [`make_directory`].
pub fn make_node(base: &Base, path: &[u8], mode: u32) -> Result<(), FsError> {
    let kind = match mode & S_IFMT {
        0 | S_IFREG => NewKind::Regular,
        S_IFIFO => NewKind::Fifo,
        S_IFSOCK => NewKind::Socket,
        S_IFDIR => return Err(error(Errno::EPERM, "directories are made by MKDIR")),
        kpio_abi::flags::S_IFCHR | kpio_abi::flags::S_IFBLK => {
            return Err(error(Errno::EPERM, "devices are not reached through files"));
        }
        _ => return Err(error(Errno::EINVAL, "no such type of file")),
    };
    make(base, path, kind, mode & 0o7777).map(drop)
}

/// Give the file `node` one more name.
///
/// # Errors
/// EPERM for a directory, EXDEV from one file system to another, EMLINK; as [`make_directory`].
pub fn link(node: &Arc<Node>, base: &Base, path: &[u8]) -> Result<(), FsError> {
    let walked = new_place(base, path, false)?;
    let directory = &walked.directory;
    if !Arc::ptr_eq(&directory.mount, &node.mount) {
        return Err(error(Errno::EXDEV, "the names are on two file systems"));
    }
    directory.mount.check_writable()?;
    if node.kind == FileKind::Directory {
        return Err(error(Errno::EPERM, "a directory has one name"));
    }
    directory.mount.link(node, directory, walked.name())
}

/// Take the name `path` away from what is not a directory.
///
/// # Errors
/// EISDIR, EROFS, and those of [`walk`].
pub fn unlink(base: &Base, path: &[u8]) -> Result<(), FsError> {
    let walked = walk(base, path, LastLink::Keep)?;
    if walked.last != Last::Name {
        return Err(error(Errno::EISDIR, "this is a directory"));
    }
    walked.directory.mount.check_writable()?;
    let node = walked.found()?;
    if node.kind == FileKind::Directory {
        return Err(error(Errno::EISDIR, "this is a directory"));
    }
    let directory = &walked.directory;
    directory.mount.remove(node, directory, walked.name())
}

/// Remove the empty directory `path`.
///
/// # Errors
/// ENOTDIR, ENOTEMPTY, EINVAL for `.`, EBUSY for `/` and what something is mounted on, EROFS, and
/// those of [`walk`].
pub fn remove_directory(base: &Base, path: &[u8]) -> Result<(), FsError> {
    let walked = walk(base, path, LastLink::Keep)?;
    match walked.last {
        Last::Name => {}
        Last::DotDot => return Err(error(Errno::ENOTEMPTY, "it holds this directory")),
        Last::Dot if path.iter().all(|&byte| byte == b'/') => {
            return Err(error(Errno::EBUSY, "this is the root"));
        }
        Last::Dot => return Err(error(Errno::EINVAL, "the last name is '.'")),
    }
    walked.directory.mount.check_writable()?;
    let node = walked.found()?;
    if node.kind != FileKind::Directory {
        return Err(error(Errno::ENOTDIR, "this is no directory"));
    }
    check_not_mounted(node, &walked.directory)?;
    let directory = &walked.directory;
    directory.mount.remove(node, directory, walked.name())
}

/// # Errors
/// EBUSY if `node`, found in `directory`, is the top of a file system mounted there.
fn check_not_mounted(node: &Node, directory: &Node) -> Result<(), FsError> {
    if Arc::ptr_eq(&node.mount, &directory.mount) {
        Ok(())
    } else {
        Err(error(Errno::EBUSY, "a file system is mounted there"))
    }
}

/// Give the file `from` the name `to`.
///
/// # Errors
/// EINVAL for unknown flags and for a directory that would move into itself, EBUSY for `.`, `..` and
/// mounted directories, EXDEV, EEXIST, EISDIR, ENOTDIR, ENOTEMPTY, EROFS, ENOSPC, and those of
/// [`walk`].
pub fn rename(
    from_base: &Base,
    from: &[u8],
    to_base: &Base,
    to: &[u8],
    flags: u32,
) -> Result<(), FsError> {
    let replace = match flags {
        0 => Replace::Yes,
        RENAME_NOREPLACE => Replace::No,
        RENAME_EXCHANGE => Replace::Exchange,
        _ => {
            return Err(error(
                Errno::EINVAL,
                "flags of RENAME that do not go together",
            ));
        }
    };
    let from = walk(from_base, from, LastLink::Keep)?;
    let to = walk(to_base, to, LastLink::Keep)?;
    if !Arc::ptr_eq(&from.directory.mount, &to.directory.mount) {
        return Err(error(Errno::EXDEV, "the names are on two file systems"));
    }
    if from.last != Last::Name {
        return Err(error(Errno::EBUSY, "the last name is '.' or '..'"));
    }
    if to.last != Last::Name {
        let errno = match replace {
            Replace::No => Errno::EEXIST,
            Replace::Yes | Replace::Exchange => Errno::EBUSY,
        };
        return Err(error(errno, "the last name is '.' or '..'"));
    }
    let mount = &from.directory.mount;
    mount.check_writable()?;
    let node = from.found()?;
    let is_directory = node.kind == FileKind::Directory;
    let replaced = to.node.as_ref();
    match (replace, replaced) {
        (Replace::No, Some(_)) => return Err(error(Errno::EEXIST, "the file exists")),
        (Replace::Exchange, None) => return Err(error(Errno::ENOENT, "nothing to exchange with")),
        _ => {}
    }
    if to.has_slash && !is_directory && replace != Replace::Exchange {
        return Err(error(
            Errno::ENOTDIR,
            "a slash follows what is no directory",
        ));
    }
    check_not_mounted(node, &from.directory)?;
    if let Some(replaced) = replaced {
        check_not_mounted(replaced, &to.directory)?;
    }
    if is_directory && node.holds(&to.directory) {
        return Err(error(Errno::EINVAL, "a directory would move into itself"));
    }
    if let Some(replaced) = replaced {
        if replaced.is(node) {
            // POSIX: two names of one file; nothing happens.
            return Ok(());
        }
        let target_is_directory = replaced.kind == FileKind::Directory;
        if target_is_directory && replaced.holds(&from.directory) {
            let errno = match replace {
                Replace::Exchange => Errno::EINVAL,
                Replace::Yes | Replace::No => Errno::ENOTEMPTY,
            };
            return Err(error(errno, "it holds what is to be renamed"));
        }
        match (is_directory, target_is_directory) {
            _ if replace == Replace::Exchange => {}
            (true, false) => return Err(error(Errno::ENOTDIR, "the target is no directory")),
            (false, true) => return Err(error(Errno::EISDIR, "the target is a directory")),
            _ => {}
        }
    }
    mount.rename(
        node,
        (&from.directory, from.name()),
        (&to.directory, to.name()),
        replaced,
        replace,
    )
}
