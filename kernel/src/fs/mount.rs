//! A mounted file system: its nodes, and what of it waits to be written or given back.

use super::FsError;
use super::file_system::{
    FileId, FileKind, FileSystem, NewFile, NewKind, Removed, Replace, Statistics,
};
use super::node::{Node, Place};
use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::sync::atomic::{AtomicUsize, Ordering};
use kpio_abi::errors::Errno;
use kpio_hal::sync::{Lock, Rank};

/// Nodes that are kept although nobody uses them.
const MAX_IDLE_NODES: usize = 8192;
/// Names that are remembered, of all directories together.
const MAX_NAMES: usize = 16_384;
/// Files without names that may wait to be given back before that is done at once.
const MAX_UNUSED: usize = 1024;

/// A mounted file system.
pub struct Mount {
    /// `st_dev` of its files.
    pub device: u64,
    /// Whether nothing can be changed.
    pub is_read_only: bool,
    /// Bytes in a block.
    pub block_bytes: u64,
    root: FileId,
    /// The directory it is mounted on; the root file system has none.
    covered: Option<Arc<Node>>,
    inner: Lock<Inner>,
    nr_names: AtomicUsize,
}

struct Inner {
    file_system: Box<dyn FileSystem>,
    nodes: BTreeMap<FileId, Arc<Node>>,
    /// When to look for nodes that nobody uses.
    max_nodes: usize,
    /// Files that lost their last name, to be given back when nobody uses them.
    nameless: Vec<Arc<Node>>,
    /// Something was changed since the last commit.
    is_changed: bool,
}

impl core::fmt::Debug for Mount {
    fn fmt(&self, out: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        out.debug_struct("Mount")
            .field("device", &self.device)
            .finish_non_exhaustive()
    }
}

impl Inner {
    /// Whether a nameless file is held by this table and the list of such files only.
    fn is_unused(node: &Arc<Node>) -> bool {
        Arc::strong_count(node) <= 2
    }

    fn commit(&mut self) -> Result<(), FsError> {
        let mut unused = Vec::new();
        // A directory that goes lets its parent go, which may be waiting too.
        loop {
            let nr_before = unused.len();
            self.nameless.retain(|node| {
                let is_unused = Self::is_unused(node);
                if is_unused {
                    unused.push(node.id);
                }
                !is_unused
            });
            for file in &unused[nr_before..] {
                self.nodes.remove(file);
            }
            if unused.len() == nr_before {
                break;
            }
        }
        self.file_system.commit(&unused)?;
        self.is_changed = false;
        Ok(())
    }

    fn has_unused(&self) -> bool {
        self.nameless.iter().any(Self::is_unused)
    }

    fn forget_idle_nodes(&mut self) {
        self.nodes.retain(|_, node| Arc::strong_count(node) > 1);
        self.max_nodes = MAX_IDLE_NODES.max(2 * self.nodes.len());
    }
}

impl Mount {
    /// `file_system`, mounted on `covered`; its files' `st_dev` is `device`.
    #[must_use]
    pub fn new(
        mut file_system: Box<dyn FileSystem>,
        device: u64,
        covered: Option<Arc<Node>>,
    ) -> Arc<Self> {
        let root = file_system.root();
        Arc::new(Self {
            device,
            is_read_only: file_system.is_read_only(),
            block_bytes: file_system.statistics().block_bytes,
            root,
            covered,
            inner: Lock::new(
                Rank::FileSystem,
                Inner {
                    file_system,
                    nodes: BTreeMap::new(),
                    max_nodes: MAX_IDLE_NODES,
                    nameless: Vec::new(),
                    is_changed: false,
                },
            ),
            nr_names: AtomicUsize::new(0),
        })
    }

    pub(super) fn root_id(&self) -> FileId {
        self.root
    }

    pub(super) fn covered(&self) -> Option<Arc<Node>> {
        self.covered.clone()
    }

    /// The directory at its top.
    ///
    /// # Errors
    /// EIO.
    pub fn root(self: &Arc<Self>) -> Result<Arc<Node>, FsError> {
        let mut inner = self.inner.lock();
        Ok(self.node(&mut inner, self.root, FileKind::Directory, None))
    }

    /// The node of a file, which has this place if it is a directory.
    fn node(
        self: &Arc<Self>,
        inner: &mut Inner,
        file: FileId,
        kind: FileKind,
        place: Option<Place>,
    ) -> Arc<Node> {
        if let Some(node) = inner.nodes.get(&file) {
            return Arc::clone(node);
        }
        if inner.nodes.len() >= inner.max_nodes {
            inner.forget_idle_nodes();
        }
        let place = place.filter(|_| kind == FileKind::Directory);
        let node = Node::new(Arc::clone(self), file, kind, place);
        inner.nodes.insert(file, Arc::clone(&node));
        node
    }

    /// One more name is remembered.
    pub(super) fn count_name(self: &Arc<Self>) {
        if self.nr_names.fetch_add(1, Ordering::Relaxed) < MAX_NAMES {
            return;
        }
        self.nr_names.store(0, Ordering::Relaxed);
        let directories: Vec<Arc<Node>> = {
            let inner = self.inner.lock();
            let directories = inner.nodes.values();
            directories
                .filter(|node| node.kind == FileKind::Directory)
                .cloned()
                .collect()
        };
        for directory in directories {
            directory.forget_all_names();
        }
    }

    pub(super) fn forget_names(&self, count: usize) {
        let less = |names: usize| Some(names.saturating_sub(count));
        // The closure never refuses.
        let _ = self
            .nr_names
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, less);
    }

    /// Ask the file system.
    pub(super) fn file_system<T>(
        &self,
        ask: impl FnOnce(&mut dyn FileSystem) -> Result<T, FsError>,
    ) -> Result<T, FsError> {
        ask(&mut *self.inner.lock().file_system)
    }

    /// Change something. When there is no space, files without names are given back first.
    ///
    /// # Errors
    /// EROFS, and those of `change`.
    pub(super) fn changing<T>(
        &self,
        mut change: impl FnMut(&mut dyn FileSystem) -> Result<T, FsError>,
    ) -> Result<T, FsError> {
        let mut inner = self.inner.lock();
        self.changing_inner(&mut inner, &mut change)
    }

    fn changing_inner<T>(
        &self,
        inner: &mut Inner,
        change: &mut dyn FnMut(&mut dyn FileSystem) -> Result<T, FsError>,
    ) -> Result<T, FsError> {
        self.check_writable()?;
        inner.is_changed = true;
        match change(&mut *inner.file_system) {
            Err(error) if error.errno == Errno::ENOSPC && inner.has_unused() => {
                inner.commit()?;
                inner.is_changed = true;
                change(&mut *inner.file_system)
            }
            result => result,
        }
    }

    /// # Errors
    /// EROFS.
    pub(super) fn check_writable(&self) -> Result<(), FsError> {
        if self.is_read_only {
            Err(FsError::new(Errno::EROFS, "the file system is read-only"))
        } else {
            Ok(())
        }
    }

    /// Return when everything before survives a power cut.
    ///
    /// # Errors
    /// EIO.
    pub fn commit(&self) -> Result<(), FsError> {
        if self.is_read_only {
            return Ok(());
        }
        self.inner.lock().commit()
    }

    /// Commit if something was changed, for whoever comes by regularly.
    ///
    /// # Errors
    /// EIO.
    pub fn commit_changes(&self) -> Result<(), FsError> {
        let mut inner = self.inner.lock();
        if inner.is_changed || inner.has_unused() {
            inner.commit()
        } else {
            Ok(())
        }
    }

    /// How large it is, and how full. Files without names and users count as free.
    ///
    /// # Errors
    /// EIO.
    pub fn statistics(&self) -> Result<Statistics, FsError> {
        let mut inner = self.inner.lock();
        if inner.has_unused() {
            inner.commit()?;
        }
        Ok(inner.file_system.statistics())
    }

    /// What `directory` calls `name`, on this file system.
    ///
    /// # Errors
    /// EIO.
    pub(super) fn find(
        self: &Arc<Self>,
        directory: &Arc<Node>,
        name: &[u8],
    ) -> Result<Option<Arc<Node>>, FsError> {
        if let Some(known) = directory.known(name) {
            return Ok(known);
        }
        let found = {
            let mut inner = self.inner.lock();
            let found = inner.file_system.find(directory.id, name)?;
            found.map(|(file, mode)| {
                let place = Some(Place {
                    parent: Arc::clone(directory),
                    name: name.into(),
                });
                self.node(&mut inner, file, FileKind::of_mode(mode), place)
            })
        };
        directory.learn(name, found.as_ref());
        Ok(found)
    }

    /// Make a file.
    ///
    /// # Errors
    /// ENOENT if `directory` was removed; EROFS, EEXIST, ENOSPC, EIO.
    pub(super) fn create(
        self: &Arc<Self>,
        directory: &Arc<Node>,
        name: &[u8],
        new: &NewFile<'_>,
    ) -> Result<Arc<Node>, FsError> {
        self.check_writable()?;
        check_exists(directory)?;
        let kind = match new.kind {
            NewKind::Regular => FileKind::Regular,
            NewKind::Directory => FileKind::Directory,
            NewKind::Symlink(_) => FileKind::Symlink,
            NewKind::Fifo => FileKind::Fifo,
            NewKind::Socket => FileKind::Special,
        };
        let node = {
            let mut inner = self.inner.lock();
            let file =
                self.changing_inner(&mut inner, &mut |fs| fs.create(directory.id, name, new))?;
            // The number may have been that of a file that is gone.
            inner.nodes.remove(&file);
            let place = Some(Place {
                parent: Arc::clone(directory),
                name: name.into(),
            });
            self.node(&mut inner, file, kind, place)
        };
        directory.changed();
        directory.learn(name, Some(&node));
        Ok(node)
    }

    /// Give `file` one more name.
    ///
    /// # Errors
    /// ENOENT if `directory` was removed; EROFS, EEXIST, EMLINK, ENOSPC, EIO.
    pub(super) fn link(
        self: &Arc<Self>,
        file: &Arc<Node>,
        directory: &Arc<Node>,
        name: &[u8],
    ) -> Result<(), FsError> {
        self.check_writable()?;
        check_exists(directory)?;
        if file.attributes()?.nr_links == 0 {
            return Err(FsError::new(Errno::ENOENT, "the file has no name any more"));
        }
        self.changing(|fs| fs.link(file.id, directory.id, name))?;
        file.changed();
        directory.changed();
        directory.learn(name, Some(file));
        Ok(())
    }

    /// Take a name away; of a directory, if it is empty.
    ///
    /// # Errors
    /// EROFS, ENOENT, ENOTEMPTY, EIO.
    pub(super) fn remove(
        self: &Arc<Self>,
        node: &Arc<Node>,
        directory: &Arc<Node>,
        name: &[u8],
    ) -> Result<(), FsError> {
        self.check_writable()?;
        let removed = self.changing(|fs| {
            if node.kind == FileKind::Directory {
                fs.remove_directory(directory.id, name)
            } else {
                fs.unlink(directory.id, name)
            }
        })?;
        directory.changed();
        directory.learn(name, None);
        self.lost_name(node, removed)
    }

    fn lost_name(self: &Arc<Self>, node: &Arc<Node>, removed: Removed) -> Result<(), FsError> {
        node.changed();
        if node.kind == FileKind::Directory {
            node.set_removed();
        }
        if !removed.is_last {
            return Ok(());
        }
        let mut inner = self.inner.lock();
        inner.nameless.push(Arc::clone(node));
        if inner.nameless.len() >= MAX_UNUSED && inner.has_unused() {
            inner.commit()?;
        }
        Ok(())
    }

    /// Give `node` the name `to` instead of `from`; `replaced` has that name now.
    ///
    /// # Errors
    /// EROFS, ENOTEMPTY, ENOSPC, EIO.
    pub(super) fn rename(
        self: &Arc<Self>,
        node: &Arc<Node>,
        from: (&Arc<Node>, &[u8]),
        to: (&Arc<Node>, &[u8]),
        replaced: Option<&Arc<Node>>,
        replace: Replace,
    ) -> Result<(), FsError> {
        self.check_writable()?;
        check_exists(to.0)?;
        let removed =
            self.changing(|fs| fs.rename((from.0.id, from.1), (to.0.id, to.1), replace))?;
        let settle = |node: &Arc<Node>, (directory, name): (&Arc<Node>, &[u8])| {
            node.changed();
            if node.kind == FileKind::Directory {
                node.set_place(Place {
                    parent: Arc::clone(directory),
                    name: name.into(),
                });
            }
            directory.learn(name, Some(node));
        };
        from.0.changed();
        to.0.changed();
        match replaced {
            Some(replaced) if replace == Replace::Exchange => settle(replaced, from),
            _ => from.0.learn(from.1, None),
        }
        settle(node, to);
        match (replaced, removed) {
            (Some(replaced), Some(removed)) => self.lost_name(replaced, removed),
            _ => Ok(()),
        }
    }
}

/// # Errors
/// ENOENT for a directory that was removed.
fn check_exists(directory: &Node) -> Result<(), FsError> {
    if directory.is_removed() {
        Err(FsError::new(Errno::ENOENT, "the directory was removed"))
    } else {
        Ok(())
    }
}
