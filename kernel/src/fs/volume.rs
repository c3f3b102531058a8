//! A mounted file system, with the answers that system calls give.

use super::FsError;
use super::path::{Directories, FileId, FileKind, LastLink, Node, Resolved, resolve};
use alloc::vec;
use alloc::vec::Vec;
use kpio_abi::errors::Errno;
use kpio_abi::flags::{
    O_CREAT, O_DIRECTORY, O_EXCL, O_NOFOLLOW, O_PATH, O_RDONLY, O_RDWR, O_TMPFILE, O_TRUNC,
    O_WRONLY,
};
use kpio_abi::types::Stat;

/// The access mode within open flags. (O_ACCMODE itself contains O_PATH in musl.)
const ACCESS_MODE: u32 = O_RDONLY | O_WRONLY | O_RDWR;

/// A read-only file system: names and contents.
pub trait Tree: Directories {
    /// Read content of the regular file `file` from byte `offset` on; gives how many bytes, fewer
    /// than asked for only at the end.
    ///
    /// # Errors
    /// When the file system is damaged or its device fails.
    fn read_at(&mut self, file: FileId, offset: u64, bytes: &mut [u8]) -> Result<usize, FsError>;

    /// What is known about `file`.
    ///
    /// # Errors
    /// As [`Tree::read_at`].
    fn stat(&mut self, file: FileId) -> Result<Stat, FsError>;
}

/// A mounted file system.
#[derive(Debug)]
pub struct Volume<T> {
    tree: T,
}

impl<T: Tree> Volume<T> {
    /// A volume of the files of `tree`.
    pub const fn new(tree: T) -> Self {
        Self { tree }
    }

    /// The file that `path` leads to, with every symbolic link followed.
    ///
    /// # Errors
    /// ENOENT, and those of [`resolve`].
    pub fn lookup(&mut self, path: &[u8]) -> Result<Node, FsError> {
        match resolve(&mut self.tree, path, LastLink::Follow)? {
            Resolved::Found(node) => Ok(node),
            Resolved::Missing { .. } => Err(no_such_file()),
        }
    }

    /// The file to open for OPEN(`path`, `flags`).
    ///
    /// # Errors
    /// Those of [`Volume::lookup`]; EINVAL and EOPNOTSUPP for flags not served; EEXIST, EISDIR,
    /// ENOTDIR, ELOOP as the flags demand; EROFS for whatever would write; ENXIO for device nodes,
    /// pipes and sockets.
    pub fn open(&mut self, path: &[u8], flags: u32) -> Result<Node, FsError> {
        let has = |flag| flags & flag == flag;
        let is_writing = match flags & ACCESS_MODE {
            O_RDONLY => false,
            O_WRONLY | O_RDWR => true,
            _ => return Err(FsError::new(Errno::EINVAL, "the access mode is 3")),
        };
        if has(O_PATH) {
            return Err(FsError::new(Errno::EINVAL, "O_PATH is not served"));
        }
        if has(O_TMPFILE) {
            return Err(FsError::new(Errno::EOPNOTSUPP, "O_TMPFILE is not served"));
        }
        let is_exclusive = has(O_CREAT | O_EXCL);
        let last_link = if is_exclusive || has(O_NOFOLLOW) {
            LastLink::Keep
        } else {
            LastLink::Follow
        };
        let node = match resolve(&mut self.tree, path, last_link)? {
            Resolved::Found(node) => node,
            Resolved::Missing { as_directory: true } if has(O_CREAT) => {
                return Err(FsError::new(
                    Errno::EISDIR,
                    "O_CREAT of a name with a slash behind",
                ));
            }
            Resolved::Missing { .. } if has(O_CREAT) => return Err(read_only()),
            Resolved::Missing { .. } => return Err(no_such_file()),
        };
        if is_exclusive {
            return Err(FsError::new(Errno::EEXIST, "O_EXCL of a file that exists"));
        }
        match node.kind {
            FileKind::Symlink => Err(FsError::new(Errno::ELOOP, "O_NOFOLLOW of a symbolic link")),
            FileKind::Directory if is_writing || has(O_CREAT) => Err(FsError::new(
                Errno::EISDIR,
                "a directory is opened for writing",
            )),
            FileKind::Directory if has(O_TRUNC) => {
                Err(FsError::new(Errno::EISDIR, "a directory is truncated"))
            }
            FileKind::Directory => Ok(node),
            _ if has(O_DIRECTORY) => Err(FsError::new(
                Errno::ENOTDIR,
                "O_DIRECTORY of what is no directory",
            )),
            FileKind::Special => Err(FsError::new(
                Errno::ENXIO,
                "nothing is behind this device, pipe or socket",
            )),
            FileKind::Regular if is_writing || has(O_TRUNC) => Err(read_only()),
            FileKind::Regular => Ok(node),
        }
    }

    /// Read content of `file` from byte `offset` on; gives how many bytes, 0 at the end.
    ///
    /// # Errors
    /// EISDIR, EINVAL for what is neither file nor directory, EIO.
    pub fn read_at(
        &mut self,
        file: &Node,
        offset: u64,
        bytes: &mut [u8],
    ) -> Result<usize, FsError> {
        match file.kind {
            FileKind::Regular => self.tree.read_at(file.id, offset, bytes),
            FileKind::Directory => Err(FsError::new(Errno::EISDIR, "a directory is read")),
            FileKind::Symlink | FileKind::Special => {
                Err(FsError::new(Errno::EINVAL, "what is read has no content"))
            }
        }
    }

    /// What is known about `file`.
    ///
    /// # Errors
    /// EIO.
    pub fn stat(&mut self, file: &Node) -> Result<Stat, FsError> {
        self.tree.stat(file.id)
    }

    /// The whole content of `file`.
    ///
    /// # Errors
    /// EFBIG if it has more than `limit_bytes`, ENOMEM, and those of [`Volume::read_at`].
    pub fn read_whole(&mut self, file: &Node, limit_bytes: usize) -> Result<Vec<u8>, FsError> {
        let too_big = FsError::new(Errno::EFBIG, "the file is larger than the caller takes");
        let size = usize::try_from(file.size).map_err(|_| too_big)?;
        if size > limit_bytes {
            return Err(too_big);
        }
        let mut bytes = Vec::new();
        bytes
            .try_reserve_exact(size)
            .map_err(|_| FsError::new(Errno::ENOMEM, "no memory for the file's content"))?;
        bytes.resize(size, 0);
        let nr_read = self.read_at(file, 0, &mut bytes)?;
        if nr_read != size {
            return Err(FsError::new(
                Errno::EIO,
                "the file is shorter than its size",
            ));
        }
        Ok(bytes)
    }
}

const fn no_such_file() -> FsError {
    FsError::new(Errno::ENOENT, "no such file")
}

const fn read_only() -> FsError {
    FsError::new(Errno::EROFS, "the file system is read-only")
}

/// Fill `bytes` from a source that gives less than asked for only at its end.
pub(super) fn read_link_target(
    size: u64,
    read: impl FnOnce(&mut [u8]) -> Result<usize, FsError>,
) -> Result<Vec<u8>, FsError> {
    let damaged = FsError::new(Errno::EIO, "a symbolic link's length is impossible");
    let size = usize::try_from(size).map_err(|_| damaged)?;
    if size > super::path::PATH_MAX_BYTES {
        return Err(damaged);
    }
    let mut target = vec![0; size];
    let nr_read = read(&mut target)?;
    target.truncate(nr_read);
    Ok(target)
}
