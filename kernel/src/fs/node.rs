//! A file as the kernel holds it, whatever kind of file system it is on.

use super::FsError;
use super::content::{Content, Part};
use super::file_system::{Attributes, Change, FileId, FileKind};
use super::mount::Mount;
use crate::memory::cached;
use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::sync::{Arc, Weak};
use alloc::vec::Vec;
use core::any::Any;
use kpio_abi::errors::Errno;
use kpio_abi::flags::S_IFMT;
use kpio_abi::types::{Stat, Timespec};
use kpio_hal::frame::Frame;
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
    /// Of a regular file that was used.
    content: spin::Once<Content>,
    state: Lock<State>,
}

/// Where a write goes.
#[derive(Clone, Copy, Debug)]
pub enum WritePlace {
    /// To this byte and those behind it.
    At(u64),
    /// Behind the last one.
    End,
}

/// What a write did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Written {
    /// The first byte it wrote.
    pub start: u64,
    /// How many it wrote.
    pub len: u64,
}

/// Bytes of a sector, in which `st_blocks` counts.
const SECTOR: u64 = 512;

fn later(one: Timespec, other: Timespec) -> Timespec {
    if (one.tv_sec, one.tv_nsec) < (other.tv_sec, other.tv_nsec) {
        other
    } else {
        one
    }
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
    /// When its content was written that the file system does not have yet.
    written: Option<Timespec>,
    /// Why content could not be written back, until somebody asks for safety.
    write_error: Option<FsError>,
    /// What somebody made of the content, until it is written.
    derived: Option<Arc<dyn Any + Send + Sync>>,
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
            content: spin::Once::new(),
            state: Lock::new(
                Rank::Node,
                State {
                    attributes: None,
                    place,
                    names: BTreeMap::new(),
                    is_removed: false,
                    written: None,
                    write_error: None,
                    derived: None,
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
        let known = self.state.lock().attributes;
        let mut attributes = match known {
            Some(attributes) => attributes,
            None => {
                let mut attributes = self.mount.file_system(|fs| fs.attributes(self.id))?;
                let mut state = self.state.lock();
                if let Some(written) = state.written {
                    attributes.modified = written;
                    attributes.changed = later(attributes.changed, written);
                }
                state.attributes = Some(attributes);
                attributes
            }
        };
        if let Some(content) = self.content.get() {
            attributes.size = content.size();
            let nr_reserved = content.nr_reserved();
            if nr_reserved > 0 {
                // What waits to be written takes blocks, though no more than there are bytes for
                // unless the file has more already.
                let block = self.mount.block_bytes;
                let whole = attributes.size.next_multiple_of(block);
                let grown = attributes.nr_sectors + nr_reserved * block / SECTOR;
                attributes.nr_sectors = attributes.nr_sectors.max(grown.min(whole / SECTOR));
            }
        }
        Ok(attributes)
    }

    /// Its content in memory.
    ///
    /// # Errors
    /// EISDIR, EINVAL for what is neither file nor directory, EIO.
    pub fn content(&self) -> Result<&Content, FsError> {
        match self.kind {
            FileKind::Regular => {}
            FileKind::Directory => {
                return Err(FsError::new(Errno::EISDIR, "a directory is read"));
            }
            FileKind::Symlink | FileKind::Fifo | FileKind::Special => {
                return Err(FsError::new(Errno::EINVAL, "what is read has no content"));
            }
        }
        if let Some(content) = self.content.get() {
            return Ok(content);
        }
        let size = self.attributes()?.size;
        let make = || Content::new(Arc::clone(&self.mount), self.id, size);
        Ok(self.content.call_once(make))
    }

    /// Its content, if anybody asked for it.
    pub(super) fn known_content(&self) -> Option<&Content> {
        self.content.get()
    }

    /// Whether its content is mapped.
    pub(super) fn is_mapped(&self) -> bool {
        self.content.get().is_some_and(Content::is_mapped)
    }

    /// Whether it must be kept, although nobody holds it: for its content.
    pub(super) fn is_kept(&self) -> bool {
        let content = self.content.get();
        content.is_some_and(|content| content.is_mapped() || content.is_changed())
    }

    /// When the content was written that waits to be written back.
    pub(super) fn written(&self) -> Option<Timespec> {
        self.state.lock().written
    }

    /// Writing back is through: nothing waits any more if `is_clean`; it failed with `error`.
    pub(super) fn written_back(&self, is_clean: bool, error: Option<FsError>) {
        let mut state = self.state.lock();
        if is_clean {
            state.written = None;
        }
        state.attributes = None;
        state.write_error = error.or(state.write_error);
    }

    /// Why content could not be written back since somebody last asked.
    pub(super) fn take_write_error(&self) -> Option<FsError> {
        self.state.lock().write_error.take()
    }

    /// What [`Self::set_derived`] was given, if the content is still the same.
    pub fn derived(&self) -> Option<Arc<dyn Any + Send + Sync>> {
        let content = self.content.get()?;
        let mut state = self.state.lock();
        if content.is_changed() || content.take_mapped_changes() {
            state.derived = None;
        }
        state.derived.clone()
    }

    /// Keep what was made of the content with it.
    pub fn set_derived(&self, derived: Arc<dyn Any + Send + Sync>) {
        let Some(content) = self.content.get() else {
            return;
        };
        let mut state = self.state.lock();
        if !content.is_changed() {
            state.derived = Some(derived);
        }
    }

    /// The content was read.
    pub fn note_access(&self) {
        if self.content.get().is_some_and(Content::take_access_news) {
            // A time that cannot be noted does not keep anybody from reading.
            let _ = self.mount.file_system(|fs| fs.note_access(self.id));
            self.changed();
        }
    }

    /// Write `len` bytes, which `take` copies: to it go how many were taken before, the frame they go
    /// to, and which of its bytes.
    ///
    /// # Errors
    /// EFBIG, ENOSPC, EROFS, EIO, ENOMEM, and those of `take`, if no byte was written.
    pub fn write(
        &self,
        place: WritePlace,
        len: u64,
        mut take: impl FnMut(u64, &Frame, usize, usize) -> Result<(), Errno>,
    ) -> Result<Written, Errno> {
        self.mount.check_writable()?;
        let content = self.content()?;
        let (start, end_before) = self.claim(content, place, len)?;
        let end = start + len;
        let mut done = 0;
        let mut outcome = Ok(());
        let mut is_news = false;
        while done < len {
            let part = Part::first_of(start + done, len - done);
            let written = content.write_part(part, end_before, &mut |frame, at, len| {
                take(done, frame, at, len)
            });
            match written {
                Ok(is_new) => {
                    is_news |= is_new;
                    done += part.len as u64;
                }
                Err(errno) => {
                    outcome = Err(errno);
                    break;
                }
            }
        }
        let now = (self.mount.clock)();
        let mut state = self.state.lock();
        if done < len && content.size() == end && end > end_before {
            let size = if done == 0 {
                end_before
            } else {
                end_before.max(start + done)
            };
            content.set_size(size);
            content.clear_tail(size);
        }
        let size = content.size();
        if size < start + done {
            // It was cut meanwhile, as if this write had come before: what was put behind the
            // end since must not come to light when the file grows.
            content.cut(size);
        }
        if done > 0 {
            state.written = Some(now);
            state.derived = None;
            if let Some(attributes) = &mut state.attributes {
                attributes.modified = now;
                attributes.changed = now;
            }
            content.set_access_news();
        }
        drop(state);
        if is_news && cached::is_dirty_limit_reached() {
            // Who asks for safety learns of errors.
            let _ = self.mount.write_back();
        }
        match outcome {
            Err(errno) if done == 0 && len > 0 => Err(errno),
            _ => Ok(Written { start, len: done }),
        }
    }

    /// The place of a write of `len` bytes, which the file has room for from now on, and its length
    /// before.
    fn claim(&self, content: &Content, place: WritePlace, len: u64) -> Result<(u64, u64), Errno> {
        let _state = self.state.lock();
        let size = content.size();
        let start = match place {
            WritePlace::At(offset) => offset,
            WritePlace::End => size,
        };
        let end = start.checked_add(len);
        let end = end.filter(|&end| end <= self.mount.max_file_bytes);
        let end = end.ok_or(Errno::EFBIG)?;
        if end > size && len > 0 {
            content.set_size(end);
        }
        Ok((start, size))
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
    /// EISDIR, EINVAL for what is neither file nor directory, EIO, ENOMEM.
    pub fn read_at(&self, offset: u64, bytes: &mut [u8]) -> Result<usize, FsError> {
        let content = self.content()?;
        let len = content.available(offset, bytes.len() as u64);
        let done = content.read(offset, len, |done, frame, at, len| {
            let done = usize::try_from(done).map_err(|_| Errno::EINVAL)?;
            frame.read(at, &mut bytes[done..done + len]);
            Ok(())
        });
        self.note_access();
        let done = done.map_err(|errno| FsError::new(errno, "content cannot be read"))?;
        Ok(usize::try_from(done).unwrap_or(bytes.len()))
    }

    /// Write content at byte `offset`.
    ///
    /// # Errors
    /// EFBIG, ENOSPC, EROFS, EIO, ENOMEM; a part may be written then.
    pub fn write_at(&self, offset: u64, bytes: &[u8]) -> Result<(), FsError> {
        let mut from = offset;
        let mut rest = bytes;
        while !rest.is_empty() {
            let written = self.write(
                WritePlace::At(from),
                rest.len() as u64,
                |done, frame, at, len| {
                    let done = usize::try_from(done).map_err(|_| Errno::EINVAL)?;
                    frame.write(at, &rest[done..done + len]);
                    Ok(())
                },
            );
            let len = written
                .map_err(|errno| FsError::new(errno, "content cannot be written"))?
                .len;
            rest = &rest[usize::try_from(len).unwrap_or(rest.len())..];
            from += len;
        }
        Ok(())
    }

    /// Set the length of the content.
    ///
    /// # Errors
    /// EISDIR, EINVAL, EFBIG, ENOSPC, EROFS, EIO.
    pub fn resize(&self, size: u64) -> Result<(), FsError> {
        let content = self.content()?;
        self.mount.resize(self.id, size, || {
            let mut state = self.state.lock();
            let before = content.set_size(size);
            if size < before {
                content.cut(size);
            }
            state.attributes = None;
            state.derived = None;
            state.written = state.written.filter(|_| !content.settle());
            if let Some(written) = &mut state.written {
                *written = (self.mount.clock)();
            }
            content.set_access_news();
        })
    }

    /// Return when what was done to it survives a power cut.
    ///
    /// # Errors
    /// EIO, ENOSPC, also for content that was to be written since the last time.
    pub fn sync(&self) -> Result<(), FsError> {
        self.mount.sync_file(self.id)
    }

    /// Take blocks for a part of the content.
    ///
    /// # Errors
    /// As [`Node::write_at`].
    pub fn allocate(&self, offset: u64, len: u64, is_growing: bool) -> Result<(), FsError> {
        let content = self.content()?;
        // The file system is to know how long the file is.
        self.mount.write_back()?;
        self.mount
            .changing(|fs| fs.allocate(self.id, offset, len, is_growing))?;
        let mut state = self.state.lock();
        if is_growing && offset + len > content.size() {
            content.set_size(offset + len);
        }
        state.attributes = None;
        Ok(())
    }

    /// Set attributes.
    ///
    /// # Errors
    /// EROFS, EIO.
    pub fn change(&self, change: &Change) -> Result<(), FsError> {
        if self.content.get().is_some_and(Content::is_changed) {
            // Content that is written back later would bring its time along.
            self.mount.write_back_file(self.id)?;
        }
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
