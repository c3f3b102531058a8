//! A mounted file system: its nodes, and what of it waits to be written or given back.

use super::FsError;
use super::content::Content;
use super::file_system::{
    FileId, FileKind, FileSystem, NewFile, NewKind, Removed, Replace, Statistics, WallClock,
};
use super::node::{Node, Place};
use crate::memory::address_space;
use alloc::boxed::Box;
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use kpio_abi::errors::Errno;
use kpio_abi::memory::PAGE_SIZE;
use kpio_hal::frame::Frame;
use kpio_hal::sync::{Lock, Rank};

/// Nodes that are kept although nobody uses them.
const MAX_IDLE_NODES: usize = 8192;
/// Names that are remembered, of all directories together.
const MAX_NAMES: usize = 16_384;
/// Files without names that may wait to be given back before that is done at once.
const MAX_UNUSED: usize = 1024;
/// Pages that are written back at once: 1 MiB, what one transaction of a small journal holds.
const MAX_RUN_PAGES: usize = 256;
/// Blocks that stay free of what is taken in advance, for the file system's own tables.
const KEPT_BLOCKS: u64 = 64;
/// And one for so many that are taken in advance.
const BLOCKS_A_TABLE: u64 = 32;

/// A mounted file system.
pub struct Mount {
    /// `st_dev` of its files.
    pub device: u64,
    /// Whether nothing can be changed.
    pub is_read_only: bool,
    /// Bytes in a block.
    pub block_bytes: u64,
    /// The longest file there can be.
    pub max_file_bytes: u64,
    /// The clock whose time changes bear.
    pub(super) clock: WallClock,
    root: FileId,
    /// The directory it is mounted on; the root file system has none.
    covered: Option<Arc<Node>>,
    inner: Lock<Inner>,
    nr_names: AtomicUsize,
    /// Blocks that content takes in advance until it is written back.
    nr_reserved: AtomicU64,
    /// Blocks that were free when the file system was last asked.
    nr_free: AtomicU64,
    /// Files that have content to be written back.
    changed_files: Lock<BTreeSet<FileId>>,
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
    /// Content on its way between pages and the file system.
    staging: Vec<u8>,
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
        Arc::strong_count(node) <= 2 && !node.is_mapped()
    }

    fn has_unused(&self) -> bool {
        self.nameless.iter().any(Self::is_unused)
    }

    fn forget_idle_nodes(&mut self) {
        self.nodes
            .retain(|_, node| Arc::strong_count(node) > 1 || node.is_kept());
        self.max_nodes = MAX_IDLE_NODES.max(2 * self.nodes.len());
    }

    /// `len` bytes of the buffer for content.
    fn stage(staging: &mut Vec<u8>, len: usize) -> Result<&mut [u8], FsError> {
        if staging.len() < len {
            let missing = len - staging.len();
            staging
                .try_reserve_exact(missing)
                .map_err(|_| FsError::new(Errno::ENOMEM, "no memory to move content"))?;
            staging.resize(len, 0);
        }
        Ok(&mut staging[..len])
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
        let facts = file_system.statistics();
        Arc::new(Self {
            device,
            is_read_only: file_system.is_read_only(),
            block_bytes: facts.block_bytes,
            max_file_bytes: file_system.max_file_bytes(),
            clock: file_system.clock(),
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
                    staging: Vec::new(),
                },
            ),
            nr_names: AtomicUsize::new(0),
            nr_reserved: AtomicU64::new(0),
            nr_free: AtomicU64::new(facts.nr_free_blocks),
            changed_files: Lock::new(Rank::ChangedFiles, BTreeSet::new()),
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
        if !self.has_room_for(self.nr_reserved.load(Ordering::Relaxed)) {
            // The change may need what content took in advance.
            self.write_back_all(inner)?;
        }
        self.change_now(inner, change)
    }

    fn change_now<T>(
        &self,
        inner: &mut Inner,
        change: &mut dyn FnMut(&mut dyn FileSystem) -> Result<T, FsError>,
    ) -> Result<T, FsError> {
        inner.is_changed = true;
        let result = match change(&mut *inner.file_system) {
            Err(error) if error.errno == Errno::ENOSPC && inner.has_unused() => {
                self.commit_metadata(inner)?;
                inner.is_changed = true;
                change(&mut *inner.file_system)
            }
            result => result,
        };
        self.look_at_room(inner);
        result
    }

    fn look_at_room(&self, inner: &mut Inner) {
        let nr_free = inner.file_system.statistics().nr_free_blocks;
        self.nr_free.store(nr_free, Ordering::Relaxed);
    }

    /// Whether `nr_reserved` blocks and the tables that lead to them are free.
    fn has_room_for(&self, nr_reserved: u64) -> bool {
        let wanted = nr_reserved + nr_reserved / BLOCKS_A_TABLE + KEPT_BLOCKS;
        nr_reserved == 0 || wanted <= self.nr_free.load(Ordering::Relaxed)
    }

    /// Take `nr` blocks in advance; whether there were as many.
    pub(super) fn reserve(&self, nr: u64) -> bool {
        let reserved = self.nr_reserved.fetch_add(nr, Ordering::Relaxed) + nr;
        let has_room = self.has_room_for(reserved);
        if !has_room {
            self.unreserve(nr);
        }
        has_room
    }

    /// Give `nr` blocks back that were taken in advance.
    pub(super) fn unreserve(&self, nr: u64) {
        self.nr_reserved.fetch_sub(nr, Ordering::Relaxed);
    }

    /// How many blocks a page takes.
    pub(super) fn blocks_of_page(&self) -> u64 {
        (PAGE_SIZE as u64 / self.block_bytes).max(1)
    }

    /// `file` has content to be written back.
    pub(super) fn list_changed(&self, file: FileId) {
        self.changed_files.lock().insert(file);
    }

    /// Fill `frames` with the content of `file` from byte `offset` on, `len` bytes at most.
    ///
    /// # Errors
    /// EIO, ENOMEM.
    pub(super) fn fill(
        &self,
        file: FileId,
        offset: u64,
        len: u64,
        frames: &[Frame],
    ) -> Result<(), FsError> {
        let room = frames.len() * PAGE_SIZE;
        let len = usize::try_from(len).map_or(room, |len| len.min(room));
        let mut inner = self.inner.lock();
        let Inner {
            file_system,
            nodes,
            staging,
            ..
        } = &mut *inner;
        let bytes = Inner::stage(staging, len)?;
        let done = file_system.read(file, offset, bytes)?;
        for (frame, bytes) in frames.iter().zip(bytes[..done].chunks(PAGE_SIZE)) {
            frame.write(0, bytes);
        }
        if !self.is_read_only
            && let Some(node) = nodes.get(&file)
        {
            // The file system noted that it was read.
            node.changed();
        }
        Ok(())
    }

    /// Set the length of `file`; `settle` sees to its content in memory then.
    ///
    /// # Errors
    /// EROFS, EFBIG, ENOSPC, EIO.
    pub(super) fn resize(
        &self,
        file: FileId,
        size: u64,
        settle: impl FnOnce(),
    ) -> Result<(), FsError> {
        let mut inner = self.inner.lock();
        self.changing_inner(&mut inner, &mut |fs| fs.resize(file, size))?;
        settle();
        Ok(())
    }

    /// Give the file system the content of every file that waits for it.
    ///
    /// # Errors
    /// EIO, ENOSPC: the first of them.
    pub fn write_back(&self) -> Result<(), FsError> {
        self.write_back_all(&mut self.inner.lock())
    }

    /// Give the file system the content of `file`.
    ///
    /// # Errors
    /// EIO, ENOSPC.
    pub(super) fn write_back_file(&self, file: FileId) -> Result<(), FsError> {
        self.write_back_one(&mut self.inner.lock(), file)
    }

    fn write_back_all(&self, inner: &mut Inner) -> Result<(), FsError> {
        let mut outcome = Ok(());
        let mut next = FileId(0);
        loop {
            // Those that could not be written stay in the list.
            let file = self.changed_files.lock().range(next..).next().copied();
            let Some(file) = file else { return outcome };
            outcome = outcome.and(self.write_back_one(inner, file));
            let Some(number) = file.0.checked_add(1) else {
                return outcome;
            };
            next = FileId(number);
        }
    }

    fn write_back_one(&self, inner: &mut Inner, file: FileId) -> Result<(), FsError> {
        let Some(node) = inner.nodes.get(&file) else {
            self.changed_files.lock().remove(&file);
            return Ok(());
        };
        let is_nameless = |nameless: &Arc<Node>| nameless.id == file;
        let is_unused = Inner::is_unused(node) && inner.nameless.iter().any(is_nameless);
        let node = Arc::clone(node);
        let Some(content) = node.known_content() else {
            return Ok(());
        };
        // Who writes from now on puts it in again.
        self.changed_files.lock().remove(&file);
        content.unlist();
        if is_unused {
            content.cut(0);
            return Ok(());
        }
        let time = node.written().unwrap_or_else(self.clock);
        inner.file_system.set_time(Some(time));
        let outcome = self.write_runs(inner, file, content);
        inner.file_system.set_time(None);
        let is_clean = content.settle();
        if !is_clean {
            self.list_changed(file);
        }
        node.written_back(is_clean, outcome.err());
        outcome
    }

    /// Write the pages of `content` that were written to `file`.
    fn write_runs(
        &self,
        inner: &mut Inner,
        file: FileId,
        content: &Content,
    ) -> Result<(), FsError> {
        let page = PAGE_SIZE as u64;
        let pages = content.pages();
        let mut outcome = Ok(());
        let mut from = 0;
        while let Some((first, frames)) = pages.take_dirty_run(from, MAX_RUN_PAGES) {
            from = first + frames.len() as u64;
            if content.is_mapped() {
                address_space::watch_pages(pages, &(first..from));
            }
            let start = first * page;
            let len = content.available(start, frames.len() as u64 * page);
            let len = usize::try_from(len).unwrap_or(0);
            let mut staging = core::mem::take(&mut inner.staging);
            let written = Inner::stage(&mut staging, len).and_then(|bytes| {
                for (frame, bytes) in frames.iter().zip(bytes.chunks_mut(PAGE_SIZE)) {
                    frame.read(0, bytes);
                }
                self.change_now(inner, &mut |fs| fs.write(file, start, bytes))
            });
            inner.staging = staging;
            if let Err(error) = written {
                outcome = outcome.and(Err(error));
                if error.errno == Errno::EIO {
                    // As Linux has it: whoever asks for safety is told once, and the pages are what
                    // programs see until they are given up.
                    continue;
                }
                for index in first..from {
                    pages.mark_dirty(index);
                }
                break;
            }
        }
        outcome
    }

    /// Let the file system commit what it has, and give back files without names and users.
    fn commit_metadata(&self, inner: &mut Inner) -> Result<(), FsError> {
        let mut unused = Vec::new();
        // A directory that goes lets its parent go, which may be waiting too.
        loop {
            let nr_before = unused.len();
            inner.nameless.retain(|node| {
                let is_unused = Inner::is_unused(node);
                if is_unused {
                    unused.push(node.id);
                }
                !is_unused
            });
            for file in &unused[nr_before..] {
                if let Some(node) = inner.nodes.remove(file)
                    && let Some(content) = node.known_content()
                {
                    content.cut(0);
                }
                self.changed_files.lock().remove(file);
            }
            if unused.len() == nr_before {
                break;
            }
        }
        inner.file_system.commit(&unused)?;
        inner.is_changed = false;
        self.look_at_room(inner);
        Ok(())
    }

    fn commit_inner(&self, inner: &mut Inner) -> Result<(), FsError> {
        let written = self.write_back_all(inner);
        self.commit_metadata(inner)?;
        written
    }

    /// Return when what was done to `file` survives a power cut.
    ///
    /// # Errors
    /// EIO, ENOSPC, also of content that was to be written back since the last time.
    pub(super) fn sync_file(&self, file: FileId) -> Result<(), FsError> {
        if self.is_read_only {
            return Ok(());
        }
        let mut inner = self.inner.lock();
        // The node remembers what fails.
        let written = self.write_back_one(&mut inner, file);
        let node = inner.nodes.get(&file).cloned();
        self.commit_metadata(&mut inner)?;
        match node.and_then(|node| node.take_write_error()) {
            Some(error) => Err(error),
            None => written,
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
    /// EIO, ENOSPC.
    pub fn commit(&self) -> Result<(), FsError> {
        if self.is_read_only {
            return Ok(());
        }
        self.commit_inner(&mut self.inner.lock())
    }

    /// Commit if something was changed, for whoever comes by regularly.
    ///
    /// # Errors
    /// EIO, ENOSPC.
    pub fn commit_changes(&self) -> Result<(), FsError> {
        let mut inner = self.inner.lock();
        let has_content = !self.changed_files.lock().is_empty();
        if inner.is_changed || has_content || inner.has_unused() {
            self.commit_inner(&mut inner)
        } else {
            Ok(())
        }
    }

    /// How large it is, and how full. Files without names and users count as free, and what content
    /// takes in advance as taken.
    ///
    /// # Errors
    /// EIO.
    pub fn statistics(&self) -> Result<Statistics, FsError> {
        let mut inner = self.inner.lock();
        if inner.has_unused() {
            self.commit_metadata(&mut inner)?;
        }
        let mut facts = inner.file_system.statistics();
        let nr_reserved = self.nr_reserved.load(Ordering::Relaxed);
        facts.nr_free_blocks = facts.nr_free_blocks.saturating_sub(nr_reserved);
        Ok(facts)
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
            self.commit_metadata(&mut inner)?;
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
        if replaced.is_some() && node.known_content().is_some_and(Content::is_changed) {
            // A program that writes a new file and gives it the name of the old one wants one of the
            // two after a power cut, whether it asked for safety or not.
            self.write_back_file(node.id)?;
        }
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
