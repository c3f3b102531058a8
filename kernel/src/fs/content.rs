//! The content of a regular file as memory: the page cache.
//!
//! Every regular file that is used has one memory object with the pages of its content, which comes
//! and goes with its node. READ copies from it, WRITE into it, MMAP and EXEC map it, so all of them
//! see the same bytes at any time. A missing page is filled through the file system, with others that
//! follow it. A page that was written stays until it is written back:
//!
//! ```text
//! FSYNC, MSYNC, O_DSYNC        that file, then the commit
//! SYNC, power-off, every 5 s   every file, then the commit
//! a sixteenth of memory is written, or memory or the disk is short   every file
//! a file takes the name of another, attributes are set   that file
//! ```
//!
//! The length here is the file's length for everybody; the file system learns it with the bytes. Room
//! on the disk is taken in advance, for every page that becomes one that was written: as if none of
//! them had a block yet, and with some more for the tables that lead to them. When there is no such
//! room, what waits is written, and then what is to be written goes to the file system at once; so
//! ENOSPC is told by the call that has no room, and overwriting what is there works on a full disk.
//!
//! Who waits for whom: writing back happens under the file system's lock, as everything that the file
//! system does. Programs' memory is copied with no lock held. A write claims its place first, under
//! the node's lock: the length grows before the bytes are there, so that two writes with O_APPEND
//! never get one place. What could not be copied then is given back if nobody came behind it.
//! Truncating changes the file system, then the length, then the pages, then the mappings; whoever
//! fills a page meanwhile finds that pages were forgotten ([`Vmo::bring`]) and begins again. A read
//! that meets the cut ends there; a write that does puts its bytes, and takes away what came to lie
//! behind the end before it returns, under the node's lock.

use super::file_system::FileId;
use super::mount::Mount;
use crate::memory::vmo::{PageSource, Vmo};
use crate::memory::{address_space, cached};
use alloc::sync::Arc;
use core::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use kpio_abi::errors::Errno;
use kpio_abi::memory::PAGE_SIZE;
use kpio_hal::frame::Frame;

const PAGE: u64 = PAGE_SIZE as u64;
/// Pages that are filled at once when a file is read in order: 256 KiB, the longest request to a disk.
const AHEAD: usize = 64;
/// Pages that are filled at once otherwise: a line of the block cache below.
const NEAR: usize = 4;

/// What is known about a file whose content is in memory.
pub struct CachedFile {
    mount: Arc<Mount>,
    id: FileId,
    size: AtomicU64,
    /// Blocks that were taken in advance for it.
    nr_reserved: AtomicU64,
    /// It is among the files that have content to be written back.
    is_listed: AtomicBool,
    /// It was written since its reading was last noted.
    is_access_news: AtomicBool,
    /// It was written through a mapping since somebody last asked.
    has_mapped_changes: AtomicBool,
}

/// The content of a file.
pub struct Content {
    file: Arc<CachedFile>,
    pages: Arc<Vmo>,
}

/// A part of a page.
#[derive(Clone, Copy, Debug)]
pub(super) struct Part {
    /// Which page.
    pub(super) page: u64,
    /// Its first byte there.
    pub(super) start: usize,
    /// How many bytes.
    pub(super) len: usize,
}

impl Part {
    /// What of `len` bytes at `offset` lies in the first page of them.
    pub(super) fn first_of(offset: u64, len: u64) -> Self {
        let start = in_page(offset);
        let room = PAGE_SIZE - start;
        Self {
            page: offset / PAGE,
            start,
            len: usize::try_from(len).map_or(room, |len| len.min(room)),
        }
    }

    /// Its place in the file.
    pub(super) const fn offset(self) -> u64 {
        self.page * PAGE + self.start as u64
    }
}

/// Where a byte lies within its page.
fn in_page(offset: u64) -> usize {
    // Below PAGE_SIZE, which fits.
    usize::try_from(offset % PAGE).unwrap_or(0)
}

impl Content {
    /// The content of file `id` of `mount`, which has `size` bytes.
    pub(super) fn new(mount: Arc<Mount>, id: FileId, size: u64) -> Self {
        let is_access_news = AtomicBool::new(!mount.is_read_only);
        let file = Arc::new(CachedFile {
            mount,
            id,
            size: AtomicU64::new(size),
            nr_reserved: AtomicU64::new(0),
            is_listed: AtomicBool::new(false),
            is_access_news,
            has_mapped_changes: AtomicBool::new(false),
        });
        let source = Arc::clone(&file);
        Self {
            file,
            pages: Vmo::with_source(source),
        }
    }

    /// Its pages.
    #[must_use]
    pub fn pages(&self) -> &Arc<Vmo> {
        &self.pages
    }

    /// How many bytes it has.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.file.size.load(Ordering::Acquire)
    }

    /// How many of `len` bytes at `offset` there are.
    #[must_use]
    pub fn available(&self, offset: u64, len: u64) -> u64 {
        len.min(self.size().saturating_sub(offset))
    }

    /// Whether anybody maps it, or did a moment ago.
    pub(super) fn is_mapped(&self) -> bool {
        Arc::strong_count(&self.pages) > 1
    }

    /// Whether it has something that was not written back.
    pub(super) fn is_changed(&self) -> bool {
        self.file.is_listed.load(Ordering::Acquire)
    }

    /// Blocks that were taken in advance for it.
    pub(super) fn nr_reserved(&self) -> u64 {
        self.file.nr_reserved.load(Ordering::Relaxed)
    }

    /// Whether the next reading is to be noted, because it is the first since a write (Linux,
    /// "relatime").
    pub(super) fn take_access_news(&self) -> bool {
        self.file.is_access_news.load(Ordering::Relaxed)
            && !self.is_changed()
            && self.file.is_access_news.swap(false, Ordering::Relaxed)
    }

    /// Whether it was written through a mapping since this was last asked.
    pub(super) fn take_mapped_changes(&self) -> bool {
        self.file.has_mapped_changes.swap(false, Ordering::Relaxed)
    }

    /// It was written.
    pub(super) fn set_access_news(&self) {
        self.file.is_access_news.store(true, Ordering::Relaxed);
    }

    /// Hand `len` bytes from `offset` on, which are there, to `put` page by page: how many were handed
    /// before, the frame, and which of its bytes. How many bytes; an error only for the first.
    ///
    /// # Errors
    /// EIO, ENOMEM, and those of `put`.
    pub fn read(
        &self,
        offset: u64,
        len: u64,
        mut put: impl FnMut(u64, &Frame, usize, usize) -> Result<(), Errno>,
    ) -> Result<u64, Errno> {
        let mut done = 0;
        while done < len {
            let part = Part::first_of(offset + done, len - done);
            let moved = match self.pages.bring(part.page) {
                Ok(frame) => put(done, &frame, part.start, part.len),
                // It was cut meanwhile.
                Err(Errno::ENXIO) => break,
                Err(errno) => Err(errno),
            };
            match moved {
                Ok(()) => done += part.len as u64,
                Err(_) if done > 0 => break,
                Err(errno) => return Err(errno),
            }
        }
        Ok(done)
    }

    /// Make the length `size`: the length before. Under the node's lock.
    pub(super) fn set_size(&self, size: u64) -> u64 {
        let before = self.file.size.swap(size, Ordering::AcqRel);
        if size > before && self.is_mapped() {
            // Whoever maps the last page may have written behind the end.
            self.clear_tail(before);
        }
        before
    }

    /// Make what lies behind byte `end` in its page zeros.
    pub(super) fn clear_tail(&self, end: u64) {
        let tail = in_page(end);
        if tail != 0 {
            self.pages.clear_page_from(end / PAGE, tail);
        }
    }

    /// The content ends at `size` now, which was less than before: forget what lies behind.
    pub(super) fn cut(&self, size: u64) {
        let first = size.div_ceil(PAGE);
        self.pages.forget(first..u64::MAX);
        self.clear_tail(size);
        if self.is_mapped() {
            address_space::take_pages(&self.pages, first);
        }
        self.settle();
    }

    /// Give back what was reserved, if nothing waits to be written any more; whether nothing does.
    pub(super) fn settle(&self) -> bool {
        let is_clean = !self.pages.has_dirty();
        if is_clean {
            let nr = self.file.nr_reserved.swap(0, Ordering::Relaxed);
            self.file.mount.unreserve(nr);
        }
        is_clean
    }

    /// Copy a part of a page in by `take`. What lies at or behind byte `end_before` was not there
    /// before. Whether a page became one that was written.
    ///
    /// # Errors
    /// ENOSPC, EIO, ENOMEM, and those of `take`.
    pub(super) fn write_part(
        &self,
        part: Part,
        end_before: u64,
        take: &mut dyn FnMut(&Frame, usize, usize) -> Result<(), Errno>,
    ) -> Result<bool, Errno> {
        // Keeps a page that was just filled.
        let mut _held = None;
        loop {
            if let Some((frame, is_dirty)) = self.pages.present(part.page) {
                if !is_dirty && !self.reserve_or_write_all()? {
                    self.write_through(part, take)?;
                    return Ok(false);
                }
                take(&frame, part.start, part.len)?;
                let is_news = self.pages.mark_dirty(part.page);
                self.file.list();
                return Ok(is_news);
            }
            let is_whole = part.len == PAGE_SIZE;
            if !is_whole && part.page * PAGE < end_before {
                _held = Some(self.pages.bring(part.page)?);
                continue;
            }
            if !self.reserve_or_write_all()? {
                self.write_through(part, take)?;
                return Ok(false);
            }
            let Some(frame) = cached::frames_for(1)?.pop() else {
                return Err(Errno::ENOMEM);
            };
            take(&frame, part.start, part.len)?;
            if self.pages.insert_new(part.page, frame) {
                self.pages.mark_dirty(part.page);
                self.file.list();
                return Ok(true);
            }
        }
    }

    /// Take room for a page; if there is none, after everything was written that waits. Whether there
    /// was room.
    fn reserve_or_write_all(&self) -> Result<bool, Errno> {
        if self.file.reserve() {
            return Ok(true);
        }
        self.file.mount.write_back()?;
        Ok(self.file.reserve())
    }

    /// Write a part of a page to the file system at once.
    fn write_through(
        &self,
        part: Part,
        take: &mut dyn FnMut(&Frame, usize, usize) -> Result<(), Errno>,
    ) -> Result<(), Errno> {
        let Some(frame) = cached::frames_for(1)?.pop() else {
            return Err(Errno::ENOMEM);
        };
        take(&frame, part.start, part.len)?;
        let mut bytes = [0; PAGE_SIZE];
        let bytes = &mut bytes[..part.len];
        frame.read(part.start, bytes);
        self.file
            .mount
            .changing(|fs| fs.write(self.file.id, part.offset(), bytes))?;
        if let Some((frame, _)) = self.pages.present(part.page) {
            frame.write(part.start, bytes);
        }
        Ok(())
    }
}

impl CachedFile {
    /// Take room for a page.
    fn reserve(&self) -> bool {
        let nr = self.mount.blocks_of_page();
        let has_room = self.mount.reserve(nr);
        if has_room {
            self.nr_reserved.fetch_add(nr, Ordering::Relaxed);
        }
        has_room
    }

    /// It has something to be written back.
    fn list(&self) {
        if !self.is_listed.swap(true, Ordering::AcqRel) {
            self.mount.list_changed(self.id);
        }
    }

    /// It is no longer among the files that have something to be written back.
    pub(super) fn unlist(&self) {
        self.is_listed.store(false, Ordering::Release);
    }
}

impl Content {
    /// See [`CachedFile::unlist`].
    pub(super) fn unlist(&self) {
        self.file.unlist();
    }
}

impl PageSource for CachedFile {
    fn fill(&self, first: u64, frames: &[Frame]) -> Result<(), Errno> {
        let start = first.checked_mul(PAGE).ok_or(Errno::ENXIO)?;
        let size = self.size.load(Ordering::Acquire);
        if start >= size {
            return Err(Errno::ENXIO);
        }
        Ok(self.mount.fill(self.id, start, size - start, frames)?)
    }

    fn batch(&self, index: u64, has_previous: bool) -> usize {
        let end = self.size.load(Ordering::Acquire).div_ceil(PAGE);
        let wanted = if has_previous { AHEAD } else { NEAR };
        usize::try_from(end.saturating_sub(index)).map_or(wanted, |left| left.min(wanted))
    }

    fn begin_change(&self) -> Result<(), Errno> {
        if self.reserve() {
            Ok(())
        } else {
            Err(Errno::ENOSPC)
        }
    }

    fn note_change(&self) {
        self.has_mapped_changes.store(true, Ordering::Relaxed);
        self.is_access_news.store(true, Ordering::Relaxed);
        self.list();
    }

    fn make_room(&self, index: u64) -> Result<(), Errno> {
        self.mount.write_back()?;
        if !self.reserve() {
            // A block for the page as it is: it may have one.
            self.mount
                .changing(|fs| fs.allocate(self.id, index * PAGE, PAGE, false))?;
        }
        Ok(())
    }

    fn write_back(&self) -> Result<(), Errno> {
        Ok(self.mount.write_back()?)
    }

    fn sync(&self) -> Result<(), Errno> {
        Ok(self.mount.sync_file(self.id)?)
    }
}

#[cfg(test)]
mod tests {
    use super::super::block::memory_disk::MemoryDisk;
    use super::super::namespace;
    use super::super::node::{Node, WritePlace, Written};
    use super::super::power_cut::{mke2fs, mount};
    use super::super::walk::Base;
    use super::*;
    use kpio_abi::flags::{O_CREAT, O_RDWR};
    use std::vec;
    use std::vec::Vec;

    fn base(options: &[&str]) -> Base {
        mount(MemoryDisk::new(mke2fs(options, 1))).expect("a whole image")
    }

    fn open(base: &Base, path: &str) -> Arc<Node> {
        namespace::open(base, path.as_bytes(), O_CREAT | O_RDWR, 0o644).expect("opened")
    }

    fn bytes(seed: u8, len: usize) -> Vec<u8> {
        let mut state = u32::from(seed) + 1;
        (0..len)
            .map(|_| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                state.to_be_bytes()[0]
            })
            .collect()
    }

    fn free_blocks(base: &Base) -> u64 {
        let facts = base.root.mount.statistics().expect("readable");
        facts.nr_free_blocks
    }

    #[test]
    fn a_full_disk_is_told_by_the_write_and_what_is_there_can_be_written() {
        for block in ["4096", "1024"] {
            let base = base(&["-b", block]);
            let kept = open(&base, "kept");
            kept.write_at(0, &bytes(1, 50_000)).expect("room");
            base.root.mount.commit().expect("committed");
            let full = open(&base, "full");
            let piece = bytes(2, 30_000);
            let mut len = 0;
            let errno = loop {
                match full.write(WritePlace::At(len), 30_000, |done, frame, at, len| {
                    let done = usize::try_from(done).expect("small");
                    frame.write(at, &piece[done..done + len]);
                    Ok(())
                }) {
                    Ok(written) => len += written.len,
                    Err(errno) => break errno,
                }
            };
            assert_eq!(errno, Errno::ENOSPC);
            assert_eq!(full.stat().expect("readable").st_size, len.cast_signed());
            kept.write_at(10, &bytes(3, 40_000))
                .expect("it has its blocks");
            base.root
                .mount
                .commit()
                .expect("what was promised has room");
            while cached::reclaim(1) > 0 {}
            let whole = full.read_whole(16 << 20).expect("readable");
            assert!(
                whole
                    .chunks(30_000)
                    .all(|part| *part == piece[..part.len()])
            );
            let mut wanted = bytes(1, 50_000);
            wanted[10..40_010].copy_from_slice(&bytes(3, 40_000));
            assert!(kept.read_whole(1 << 20).expect("readable") == wanted);
        }
    }

    #[test]
    fn what_waits_to_be_written_counts_as_taken() {
        let base = base(&["-b", "4096"]);
        let before = free_blocks(&base);
        let file = open(&base, "file");
        file.write_at(0, &bytes(1, 100 * PAGE_SIZE)).expect("room");
        assert_eq!(free_blocks(&base), before - 100);
        assert_eq!(file.stat().expect("readable").st_blocks, 800);
        base.root.mount.commit().expect("committed");
        assert_eq!(free_blocks(&base), before - 100);
        file.write_at(0, &bytes(2, 100 * PAGE_SIZE)).expect("room");
        assert_eq!(file.stat().expect("readable").st_blocks, 800);
        file.resize(0).expect("cut");
        base.root.mount.commit().expect("committed");
        assert_eq!(free_blocks(&base), before);
    }

    #[test]
    fn a_write_that_stops_half_way_leaves_the_length_it_reached() {
        let base = base(&["-b", "4096"]);
        let file = open(&base, "file");
        file.write_at(0, &[7; 10]).expect("room");
        let stopping = |limit: u64| {
            move |done, frame: &Frame, at, len| {
                frame.write(at, &vec![9; len]);
                if done >= limit {
                    Err(Errno::EFAULT)
                } else {
                    Ok(())
                }
            }
        };
        let written = file.write(WritePlace::End, 10_000, stopping(4000));
        assert_eq!(
            written.map(|written| (written.start, written.len)),
            Ok((10, 4086))
        );
        assert_eq!(file.attributes().expect("readable").size, 4096);
        assert_eq!(
            file.write(WritePlace::At(5000), 10, stopping(0)),
            Err(Errno::EFAULT)
        );
        assert_eq!(file.attributes().expect("readable").size, 4096);
        file.resize(8192).expect("grown");
        let whole = file.read_whole(1 << 20).expect("readable");
        assert!(
            whole[4096..] == [0; 4096],
            "bytes of the failed write came to light"
        );
    }

    #[test]
    fn what_a_write_puts_behind_a_cut_does_not_come_to_light() {
        let base = base(&["-b", "4096"]);
        let file = open(&base, "file");
        let before = free_blocks(&base);
        let len = 3 * PAGE_SIZE as u64;
        for place in [WritePlace::At(0), WritePlace::End] {
            let written = file.write(place, len, |done, frame, at, len| {
                if done == PAGE {
                    file.resize(100).expect("cut");
                }
                frame.write(at, &vec![9; len]);
                Ok(())
            });
            assert_eq!(written, Ok(Written { start: 0, len }));
            assert_eq!(file.attributes().expect("readable").size, 100);
            file.resize(len).expect("grown");
            let whole = file.read_whole(1 << 20).expect("readable");
            assert!(whole[..100] == [9; 100]);
            assert!(whole[100..].iter().all(|&byte| byte == 0));
            file.resize(0).expect("cut");
        }
        base.root.mount.commit().expect("committed");
        assert_eq!(free_blocks(&base), before);
    }

    #[test]
    fn a_read_that_meets_a_cut_ends_there() {
        let base = base(&["-b", "4096"]);
        let file = open(&base, "file");
        file.write_at(0, &bytes(1, 3 * PAGE_SIZE)).expect("room");
        let content = file.content().expect("a file");
        let read = content.read(0, 3 * PAGE, |done, _, _, _| {
            if done == 0 {
                file.resize(PAGE).expect("cut");
            }
            Ok(())
        });
        assert_eq!(read, Ok(PAGE));
        let read = content.read(PAGE, PAGE, |_, _, _, _| Ok(()));
        assert_eq!(read, Ok(0));
    }

    #[test]
    fn a_file_without_a_name_needs_no_writing_back() {
        let base = base(&["-b", "4096"]);
        base.root.mount.commit().expect("committed");
        let before = free_blocks(&base);
        let file = open(&base, "file");
        file.write_at(0, &bytes(1, 300_000)).expect("room");
        namespace::unlink(&base, b"file").expect("unlinked");
        base.root.mount.commit().expect("committed");
        assert!(file.read_whole(1 << 20).expect("it is open") == bytes(1, 300_000));
        drop(file);
        base.root.mount.commit().expect("committed");
        assert_eq!(free_blocks(&base), before);
    }
}
