//! A file as the kernel holds it, whatever kind of file system it is on.

use super::FsError;
use super::file_system::{Attributes, Change, FileId, FileKind};
use super::mount::Mount;
use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::sync::{Arc, Weak};
use alloc::vec::Vec;
use kpio_abi::errors::Errno;
use kpio_abi::flags::S_IFMT;
use kpio_abi::types::Stat;
use kpio_hal::sync::{Lock, Rank};

/// A file that was reached: there is one node a file, as long as anybody holds it.
pub struct Node {
    /// The file system it is on.
    pub mount: Arc<Mount>,
    /// Its number there.
    pub id: FileId,
    /// What it is.
    pub kind: FileKind,
    /// What is mounted on it.
    pub(super) mounted: spin::Once<Arc<Mount>>,
    state: Lock<State>,
}

/// A directory's only name.
#[derive(Clone)]
pub(super) struct Place {
    pub(super) parent: Arc<Node>,
    pub(super) name: Box<[u8]>,
}

/// What a directory is known to call something.
pub(super) enum Known {
    /// It is known not to have the name.
    Missing,
    /// It has, and the file may still be at hand.
    Present(Weak<Node>),
}

struct State {
    /// `None` after a change: to be asked for again.
    attributes: Option<Attributes>,
    /// Directories: where they are; `None` at the top of a file system.
    place: Option<Place>,
    /// Directories: the names that were looked up.
    names: BTreeMap<Box<[u8]>, Known>,
    /// A directory that was removed.
    is_removed: bool,
}

impl core::fmt::Debug for Node {
    fn fmt(&self, out: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        out.debug_struct("Node")
            .field("mount", &self.mount.device)
            .field("id", &self.id)
            .field("kind", &self.kind)
            .finish_non_exhaustive()
    }
}

impl Node {
    pub(super) fn new(
        mount: Arc<Mount>,
        id: FileId,
        kind: FileKind,
        place: Option<Place>,
    ) -> Arc<Self> {
        Arc::new(Self {
            mount,
            id,
            kind,
            mounted: spin::Once::new(),
            state: Lock::new(
                Rank::Node,
                State {
                    attributes: None,
                    place,
                    names: BTreeMap::new(),
                    is_removed: false,
                },
            ),
        })
    }

    /// Whether it is the top of its file system.
    #[must_use]
    pub fn is_mount_root(&self) -> bool {
        self.id == self.mount.root_id()
    }

    /// Whether both are the same file.
    #[must_use]
    pub fn is(&self, other: &Self) -> bool {
        self.id == other.id && Arc::ptr_eq(&self.mount, &other.mount)
    }

    /// What is to be seen here: the top of what is mounted, or itself.
    ///
    /// # Errors
    /// EIO.
    pub(super) fn seen(self: Arc<Self>) -> Result<Arc<Self>, FsError> {
        match self.mounted.get() {
            Some(mount) => mount.root(),
            None => Ok(self),
        }
    }

    /// The directory that holds this one, across mounts; the root's is the root.
    #[must_use]
    pub fn parent(self: &Arc<Self>) -> Arc<Self> {
        let mut node = Arc::clone(self);
        loop {
            if node.is_mount_root() {
                match node.mount.covered() {
                    Some(covered) => node = covered,
                    None => return node,
                }
            } else {
                let place = node.state.lock().place.clone();
                return place.map_or(node, |place| place.parent);
            }
        }
    }

    /// Where a directory is within its file system.
    pub(super) fn place(&self) -> Option<Place> {
        self.state.lock().place.clone()
    }

    pub(super) fn set_place(&self, place: Place) {
        let before = self.state.lock().place.replace(place);
        drop(before);
    }

    /// The absolute path of a directory.
    ///
    /// # Errors
    /// ENOENT if it was removed.
    pub fn path(self: &Arc<Self>) -> Result<Vec<u8>, FsError> {
        let mut names: Vec<Box<[u8]>> = Vec::new();
        let mut node = Arc::clone(self);
        loop {
            if node.is_mount_root() {
                match node.mount.covered() {
                    Some(covered) => node = covered,
                    None => break,
                }
                continue;
            }
            if node.is_removed() {
                return Err(FsError::new(Errno::ENOENT, "the directory was removed"));
            }
            let Some(place) = node.place() else { break };
            names.push(place.name);
            node = place.parent;
        }
        let mut path = Vec::new();
        for name in names.iter().rev() {
            path.push(b'/');
            path.extend_from_slice(name);
        }
        if path.is_empty() {
            path.push(b'/');
        }
        Ok(path)
    }

    /// Whether `directory` is this one or lies below it.
    pub(super) fn holds(self: &Arc<Self>, directory: &Arc<Self>) -> bool {
        let mut node = Arc::clone(directory);
        loop {
            if node.is(self) {
                return true;
            }
            let parent = node.parent();
            if parent.is(&node) {
                return false;
            }
            node = parent;
        }
    }

    pub(super) fn is_removed(&self) -> bool {
        self.state.lock().is_removed
    }

    pub(super) fn set_removed(&self) {
        let mut state = self.state.lock();
        state.is_removed = true;
        state.attributes = None;
        let names = core::mem::take(&mut state.names);
        drop(state);
        self.mount.forget_names(names.len());
        drop(names);
    }

    /// Among the names that were looked up.
    pub(super) fn known(&self, name: &[u8]) -> Option<Option<Arc<Self>>> {
        match self.state.lock().names.get(name)? {
            Known::Missing => Some(None),
            Known::Present(node) => node.upgrade().map(Some),
        }
    }

    /// Remember what a name means; it has no file if `node` is `None`.
    pub(super) fn learn(&self, name: &[u8], node: Option<&Arc<Self>>) {
        let known = node.map_or(Known::Missing, |node| Known::Present(Arc::downgrade(node)));
        let mut state = self.state.lock();
        if state.is_removed {
            return;
        }
        if let Some(place) = state.names.get_mut(name) {
            *place = known;
        } else {
            state.names.insert(name.into(), known);
            drop(state);
            self.mount.count_name();
        }
    }

    pub(super) fn forget_all_names(&self) {
        let names = core::mem::take(&mut self.state.lock().names);
        drop(names);
    }

    /// Its attributes are to be asked for again.
    pub(super) fn changed(&self) {
        self.state.lock().attributes = None;
    }

    /// What is known about it.
    ///
    /// # Errors
    /// EIO.
    pub fn attributes(&self) -> Result<Attributes, FsError> {
        if let Some(attributes) = self.state.lock().attributes {
            return Ok(attributes);
        }
        let attributes = self.mount.file_system(|fs| fs.attributes(self.id))?;
        self.state.lock().attributes = Some(attributes);
        Ok(attributes)
    }

    /// Whether anybody may execute it: what even the superuser needs.
    ///
    /// # Errors
    /// EIO.
    pub fn is_executable(&self) -> Result<bool, FsError> {
        Ok(self.kind == FileKind::Regular && self.attributes()?.mode & 0o111 != 0)
    }

    /// As FSTAT gives it.
    ///
    /// # Errors
    /// EIO.
    pub fn stat(&self) -> Result<Stat, FsError> {
        let facts = self.attributes()?;
        let signed = |value| {
            i64::try_from(value).map_err(|_| FsError::new(Errno::EIO, "a size is impossible"))
        };
        Ok(Stat {
            st_dev: self.mount.device,
            st_ino: u64::from(self.id.0),
            st_nlink: u64::from(facts.nr_links),
            st_mode: facts.mode,
            st_uid: facts.uid,
            st_gid: facts.gid,
            st_rdev: facts.device,
            st_size: signed(facts.size)?,
            st_blksize: signed(self.mount.block_bytes)?,
            st_blocks: signed(facts.nr_sectors)?,
            st_atim: facts.accessed,
            st_mtim: facts.modified,
            st_ctim: facts.changed,
            ..Stat::default()
        })
    }

    /// Read content from byte `offset` on; gives how many bytes, 0 at the end.
    ///
    /// # Errors
    /// EISDIR, EINVAL for what is neither file nor directory, EIO.
    pub fn read_at(&self, offset: u64, bytes: &mut [u8]) -> Result<usize, FsError> {
        match self.kind {
            FileKind::Regular => {
                let size = self.attributes()?.size;
                let len = usize::try_from(size.saturating_sub(offset))
                    .map_or(bytes.len(), |left| left.min(bytes.len()));
                if len == 0 {
                    return Ok(0);
                }
                let done = self
                    .mount
                    .file_system(|fs| fs.read(self.id, offset, &mut bytes[..len]))?;
                if !self.mount.is_read_only {
                    self.changed();
                }
                Ok(done)
            }
            FileKind::Directory => Err(FsError::new(Errno::EISDIR, "a directory is read")),
            FileKind::Symlink | FileKind::Fifo | FileKind::Special => {
                Err(FsError::new(Errno::EINVAL, "what is read has no content"))
            }
        }
    }

    /// Write content at byte `offset`.
    ///
    /// # Errors
    /// EFBIG, ENOSPC, EROFS, EIO.
    pub fn write_at(&self, offset: u64, bytes: &[u8]) -> Result<(), FsError> {
        self.mount.changing(|fs| fs.write(self.id, offset, bytes))?;
        self.changed();
        Ok(())
    }

    /// Set the length of the content.
    ///
    /// # Errors
    /// EISDIR, EINVAL, EFBIG, ENOSPC, EROFS, EIO.
    pub fn resize(&self, size: u64) -> Result<(), FsError> {
        match self.kind {
            FileKind::Regular => {}
            FileKind::Directory => {
                return Err(FsError::new(Errno::EISDIR, "a directory is truncated"));
            }
            _ => {
                return Err(FsError::new(
                    Errno::EINVAL,
                    "what is truncated has no content",
                ));
            }
        }
        self.mount.changing(|fs| fs.resize(self.id, size))?;
        self.changed();
        Ok(())
    }

    /// Take blocks for a part of the content.
    ///
    /// # Errors
    /// As [`Node::write_at`].
    pub fn allocate(&self, offset: u64, len: u64, is_growing: bool) -> Result<(), FsError> {
        self.mount
            .changing(|fs| fs.allocate(self.id, offset, len, is_growing))?;
        self.changed();
        Ok(())
    }

    /// Set attributes.
    ///
    /// # Errors
    /// EROFS, EIO.
    pub fn change(&self, change: &Change) -> Result<(), FsError> {
        self.mount.changing(|fs| fs.change(self.id, change))?;
        self.changed();
        Ok(())
    }

    /// The whole content of a file.
    ///
    /// # Errors
    /// EFBIG if it has more than `limit_bytes`, ENOMEM, and those of [`Node::read_at`].
    pub fn read_whole(&self, limit_bytes: usize) -> Result<Vec<u8>, FsError> {
        let too_big = FsError::new(Errno::EFBIG, "the file is larger than the caller takes");
        let size = usize::try_from(self.attributes()?.size).map_err(|_| too_big)?;
        if size > limit_bytes {
            return Err(too_big);
        }
        let mut bytes = Vec::new();
        bytes
            .try_reserve_exact(size)
            .map_err(|_| FsError::new(Errno::ENOMEM, "no memory for the file's content"))?;
        bytes.resize(size, 0);
        let nr_read = self.read_at(0, &mut bytes)?;
        if nr_read != size {
            return Err(FsError::new(
                Errno::EIO,
                "the file is shorter than its size",
            ));
        }
        Ok(bytes)
    }

    /// Where a symbolic link points.
    ///
    /// # Errors
    /// EINVAL for anything else, EIO.
    pub fn read_link(&self) -> Result<Vec<u8>, FsError> {
        if self.kind == FileKind::Symlink {
            self.mount.file_system(|fs| fs.read_link(self.id))
        } else {
            Err(FsError::new(Errno::EINVAL, "this is no symbolic link"))
        }
    }

    /// The type bits of its mode.
    ///
    /// # Errors
    /// EIO.
    pub fn type_bits(&self) -> Result<u32, FsError> {
        Ok(self.attributes()?.mode & S_IFMT)
    }
}
