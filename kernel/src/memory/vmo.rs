//! Memory objects (VMOs): pages that exist once they are touched.
//!
//! Where a page comes from when it is first wanted is the object's origin:
//!
//! ```text
//! zero     anonymous memory: zeros
//! source   file content: a page source fills it; pages that were written are remembered as dirty
//! parent   a private view of another object: the parent's page until somebody writes here
//! ```
//!
//! Copy-on-write is one mechanism for all of them: [`Vmo::fork`] makes an object that shares every
//! frame, and a frame that has more owners than the writer is copied before it is written. Who owns
//! a frame is its reference count: one for each object that has it as a page, one for each page
//! table entry.
//!
//! Locks: an object's lock is held for moments only and never while a source fills a page, because
//! that reads a disk. [`Vmo::bring`] therefore runs without any lock, and whoever wanted the page
//! looks again afterwards. What is filled meanwhile is thrown away if pages were forgotten in
//! between: it may be what was cut off. Nor is an object's lock held while a budget is checked,
//! because that gives up pages of files.

use super::page_map::PageMap;
use super::{OutOfMemory, cached, check_budget};
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::ops::Range;
use kpio_abi::errors::Errno;
use kpio_abi::memory::PAGE_SIZE;
use kpio_hal::frame::Frame;
use kpio_hal::sync::{Lock, Rank};

/// What fills the pages of an object: a file.
pub trait PageSource: Send + Sync {
    /// Fill the pages from `first` on, whose frames are all zeros. What lies behind the end stays so.
    ///
    /// # Errors
    /// EIO when the medium fails, ENXIO if the first page lies wholly behind the end.
    fn fill(&self, first: u64, frames: &[Frame]) -> Result<(), Errno>;

    /// How many pages to fill at once when page `index` is missing; whether the one before is there.
    fn batch(&self, _index: u64, _has_previous: bool) -> usize {
        1
    }

    /// Whether its pages are copies of what is kept elsewhere: a file's are, and those that were
    /// not written can be given up; memory's are not.
    fn wants_changes(&self) -> bool {
        true
    }

    /// A page that was not written before will be, through a mapping. Takes no lock of a rank below
    /// [`Rank::Vmo`].
    ///
    /// # Errors
    /// ENOSPC unless [`Self::make_room`] is called first.
    fn begin_change(&self) -> Result<(), Errno> {
        Ok(())
    }

    /// A page counts as written from now on. As [`Self::begin_change`].
    fn note_change(&self) {}

    /// Take room on the medium for page `index`. No lock is held.
    ///
    /// # Errors
    /// ENOSPC, EIO.
    fn make_room(&self, _index: u64) -> Result<(), Errno> {
        Ok(())
    }

    /// Write what was written to the medium. No lock is held.
    ///
    /// # Errors
    /// EIO, ENOSPC.
    fn write_back(&self) -> Result<(), Errno> {
        Ok(())
    }

    /// The same, and let it survive a power cut.
    ///
    /// # Errors
    /// EIO, ENOSPC.
    fn sync(&self) -> Result<(), Errno> {
        Ok(())
    }

    /// Somebody wakes whoever sleeps on the word at byte `offset`: the kernel itself may wait there.
    fn woken(&self, _offset: u64) {}
}

enum Origin {
    Zero,
    Source(Arc<dyn PageSource>),
    Parent {
        vmo: Arc<Vmo>,
        /// The parent's page that page 0 shows.
        first: u64,
    },
}

impl Clone for Origin {
    fn clone(&self) -> Self {
        match self {
            Self::Zero => Self::Zero,
            Self::Source(source) => Self::Source(Arc::clone(source)),
            Self::Parent { vmo, first } => Self::Parent {
                vmo: Arc::clone(vmo),
                first: *first,
            },
        }
    }
}

struct Pages {
    frames: PageMap,
    /// Counts how often pages were forgotten: what a source filled before is out of date.
    nr_forgotten: u64,
}

/// A memory object. Pages are counted from 0.
pub struct Vmo {
    origin: Origin,
    pages: Lock<Pages>,
}

/// Where a page is.
pub enum Found {
    /// The object has it itself.
    Own(Frame),
    /// The parent has it; writing needs a copy.
    Parents(Frame),
    /// Nobody has it, and it would be zeros.
    Zero,
    /// A source must fill it: call [`Vmo::bring`] of this object for this page, without locks.
    Missing(Arc<Vmo>, u64),
}

impl Vmo {
    fn with_origin(origin: Origin) -> Arc<Self> {
        Arc::new(Self {
            origin,
            pages: Lock::new(
                Rank::Vmo,
                Pages {
                    frames: PageMap::new(),
                    nr_forgotten: 0,
                },
            ),
        })
    }

    /// Anonymous memory: zeros until written.
    #[must_use]
    pub fn new() -> Arc<Self> {
        Self::with_origin(Origin::Zero)
    }

    /// The content that `source` gives.
    #[must_use]
    pub fn with_source(source: Arc<dyn PageSource>) -> Arc<Self> {
        let vmo = Self::with_origin(Origin::Source(source));
        if vmo.is_tracked() {
            cached::register(&vmo);
        }
        vmo
    }

    /// What fills it, if that is a file.
    #[must_use]
    pub fn file(&self) -> Option<&Arc<dyn PageSource>> {
        match &self.origin {
            Origin::Source(source) if source.wants_changes() => Some(source),
            _ => None,
        }
    }

    /// The object that it is a private view of.
    #[must_use]
    pub fn parent(&self) -> Option<(&Arc<Self>, u64)> {
        match &self.origin {
            Origin::Parent { vmo, first } => Some((vmo, *first)),
            _ => None,
        }
    }

    /// A private view of `parent` from its page `first` on: changes stay here.
    #[must_use]
    pub fn child_of(parent: Arc<Self>, first: u64) -> Arc<Self> {
        Self::with_origin(Origin::Parent { vmo: parent, first })
    }

    /// What a private view that goes on behind this one's page `index` shows.
    #[must_use]
    pub fn view_from(&self, index: u64) -> Arc<Self> {
        match &self.origin {
            Origin::Parent { vmo, first } => Self::child_of(Arc::clone(vmo), first + index),
            Origin::Zero | Origin::Source(_) => Self::new(),
        }
    }

    /// A private copy: every frame is shared until one side writes. Both sides' page tables must
    /// take the permission to write away.
    ///
    /// # Errors
    /// [`OutOfMemory`].
    pub fn fork(&self) -> Result<Arc<Self>, OutOfMemory> {
        // The copied groups: 64 pages take half a kilobyte.
        check_budget((self.nr_pages() / 256) as u64 + 2)?;
        let frames = self.pages.lock().frames.clone();
        Ok(Arc::new(Self {
            origin: self.origin.clone(),
            pages: Lock::new(
                Rank::Vmo,
                Pages {
                    frames,
                    nr_forgotten: 0,
                },
            ),
        }))
    }

    /// Whether writing to its pages must be noted, because a source wants them back.
    #[must_use]
    pub fn is_tracked(&self) -> bool {
        self.file().is_some()
    }

    /// Tell the source that whoever sleeps on the word at byte `offset` is woken.
    pub fn tell_woken(&self, offset: u64) {
        if let Origin::Source(source) = &self.origin {
            source.woken(offset);
        }
    }

    /// Make the bytes of page `index` from `offset` on zeros, if the page is there.
    pub fn clear_page_from(&self, index: u64, offset: usize) {
        if let Some(frame) = self.pages.lock().frames.get(index) {
            frame.write(offset, &[0; PAGE_SIZE][offset..]);
        }
    }

    /// Where page `index` is.
    #[must_use]
    pub fn find(self: &Arc<Self>, index: u64) -> Found {
        if let Some(frame) = self.pages.lock().frames.use_page(index) {
            return Found::Own(frame.clone());
        }
        match &self.origin {
            Origin::Zero => Found::Zero,
            Origin::Source(_) => Found::Missing(Arc::clone(self), index),
            Origin::Parent { vmo, first } => match vmo.find(first + index) {
                Found::Own(frame) | Found::Parents(frame) => Found::Parents(frame),
                other => other,
            },
        }
    }

    /// The frame of page `index`, made of zeros at first touch. For anonymous objects, and for
    /// writing whole pages of others.
    ///
    /// # Errors
    /// [`OutOfMemory`].
    pub fn page(&self, index: u64) -> Result<Frame, OutOfMemory> {
        if let Some(frame) = self.pages.lock().frames.get(index) {
            return Ok(frame.clone());
        }
        check_budget(1)?;
        let frame = Frame::zeroed().ok_or(OutOfMemory)?;
        let mut pages = self.pages.lock();
        if let Some(frame) = pages.frames.get(index) {
            return Ok(frame.clone());
        }
        pages.frames.insert(index, frame.clone());
        Ok(frame)
    }

    /// Page `index` if it is there, and whether it was written.
    #[must_use]
    pub fn present(&self, index: u64) -> Option<(Frame, bool)> {
        let mut pages = self.pages.lock();
        let frame = pages.frames.use_page(index)?.clone();
        let is_dirty = pages.frames.is_dirty(index);
        Some((frame, is_dirty))
    }

    /// Let the source fill page `index`, unless it is there, and others near it; its frame.
    ///
    /// # Errors
    /// ENOMEM; those of [`PageSource::fill`].
    pub fn bring(&self, index: u64) -> Result<Frame, Errno> {
        loop {
            let (nr_forgotten, has_previous) = {
                let mut pages = self.pages.lock();
                if let Some(frame) = pages.frames.use_page(index) {
                    return Ok(frame.clone());
                }
                let previous = index.checked_sub(1);
                let has_previous = previous.is_none_or(|page| pages.frames.get(page).is_some());
                (pages.nr_forgotten, has_previous)
            };
            let Origin::Source(source) = &self.origin else {
                return Ok(self.page(index)?);
            };
            let frames = if source.wants_changes() {
                let wanted = source.batch(index, has_previous);
                cached::frames_for(self.missing_run(index, wanted))?
            } else {
                check_budget(1)?;
                alloc::vec![Frame::zeroed().ok_or(Errno::ENOMEM)?]
            };
            source.fill(index, &frames)?;
            let mut pages = self.pages.lock();
            if pages.nr_forgotten != nr_forgotten {
                continue;
            }
            let mut nr_new = 0;
            for (index, frame) in (index..).zip(frames) {
                // Somebody may have been faster: what he brought may have been written already.
                if pages.frames.get(index).is_none() {
                    pages.frames.insert(index, frame);
                    nr_new += 1;
                }
            }
            if source.wants_changes() {
                cached::count_cached(nr_new);
            }
        }
    }

    /// How many pages from `index` on, `max` at most, are missing one after the other; at least one.
    fn missing_run(&self, index: u64, max: usize) -> usize {
        let pages = self.pages.lock();
        let rest = (index + 1..).take(max.saturating_sub(1));
        1 + rest
            .take_while(|&page| pages.frames.get(page).is_none())
            .count()
    }

    /// Make `frame` page `index` of a file, unless there is one already; whether it did.
    #[must_use]
    pub fn insert_new(&self, index: u64, frame: Frame) -> bool {
        let mut pages = self.pages.lock();
        if pages.frames.get(index).is_some() {
            return false;
        }
        pages.frames.insert(index, frame);
        cached::count_cached(1);
        true
    }

    /// Make `frame` page `index`, in place of what was there.
    pub fn replace(&self, index: u64, frame: Frame) {
        // The old frame goes after the lock.
        let old = self.pages.lock().frames.insert(index, frame);
        drop(old);
    }

    /// Note that page `index`, which is there, was written or is about to be; whether that is news.
    pub fn mark_dirty(&self, index: u64) -> bool {
        let is_news = self.pages.lock().frames.set_dirty(index);
        if is_news {
            cached::count_dirty(1);
        }
        is_news
    }

    /// Whether page `index` was written.
    #[must_use]
    pub fn is_dirty(&self, index: u64) -> bool {
        self.pages.lock().frames.is_dirty(index)
    }

    /// Whether a page was written.
    #[must_use]
    pub fn has_dirty(&self) -> bool {
        self.pages.lock().frames.nr_dirty(0..u64::MAX) > 0
    }

    /// The first run of pages at or behind `from` that were written, `max` at most, with their frames.
    /// They count as clean from here on.
    #[must_use]
    pub fn take_dirty_run(&self, from: u64, max: usize) -> Option<(u64, Vec<Frame>)> {
        let run = self.pages.lock().frames.take_dirty_run(from, max)?;
        cached::uncount_dirty(run.1.len());
        Some(run)
    }

    /// Give up pages that can be filled again: see [`PageMap::reclaim`].
    pub(super) fn reclaim(&self, from_group: u64, wanted: usize) -> (usize, Option<u64>) {
        let (nr_freed, next) = self.pages.lock().frames.reclaim(from_group, wanted);
        cached::uncount_cached(nr_freed);
        (nr_freed, next)
    }

    /// Write `bytes` from byte `offset` on, into pages of the object's own.
    ///
    /// # Errors
    /// [`OutOfMemory`]; the bytes before are written then.
    pub fn write(&self, offset: u64, bytes: &[u8]) -> Result<(), OutOfMemory> {
        let page = PAGE_SIZE as u64;
        let mut done = 0;
        while done < bytes.len() {
            let at = offset + done as u64;
            let in_page = usize::try_from(at % page).map_err(|_| OutOfMemory)?;
            let len = (PAGE_SIZE - in_page).min(bytes.len() - done);
            self.page(at / page)?
                .write(in_page, &bytes[done..done + len]);
            done += len;
        }
        Ok(())
    }

    /// Forget the pages of `range`: they come from the origin again at the next touch.
    pub fn forget(&self, range: Range<u64>) {
        let mut pages = self.pages.lock();
        pages.nr_forgotten += 1;
        if !self.is_tracked() {
            pages.frames.remove(range);
            return;
        }
        let (nr_pages, nr_dirty) = (pages.frames.len(), pages.frames.nr_dirty(range.clone()));
        pages.frames.remove(range);
        cached::uncount_cached(nr_pages - pages.frames.len());
        cached::uncount_dirty(nr_dirty);
    }

    /// How many pages the object has itself.
    #[must_use]
    pub fn nr_pages(&self) -> usize {
        self.pages.lock().frames.len()
    }
}

impl Drop for Vmo {
    fn drop(&mut self) {
        if self.is_tracked() {
            self.forget(0..u64::MAX);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_are_zero_until_written_and_again_when_forgotten() {
        kpio_hal::frame::init_host();
        let vmo = Vmo::new();
        vmo.write(4094, b"four").expect("memory");
        let mut bytes = [9; 4];
        vmo.page(0).expect("memory").read(4092, &mut bytes);
        assert_eq!(&bytes, b"\0\0fo");
        vmo.page(1).expect("memory").read(0, &mut bytes);
        assert_eq!(&bytes, b"ur\0\0");
        assert_eq!(vmo.nr_pages(), 2);
        vmo.forget(1..2);
        assert_eq!(vmo.nr_pages(), 1);
        vmo.page(1).expect("memory").read(0, &mut bytes);
        assert_eq!(bytes, [0; 4]);
    }

    #[test]
    fn forgetting_gives_frames_back() {
        kpio_hal::frame::init_host();
        let vmo = Vmo::new();
        let frame = vmo.page(7).expect("memory");
        assert_eq!(frame.refcount(), 2);
        vmo.forget(0..u64::MAX);
        assert_eq!(frame.refcount(), 1);
    }

    #[test]
    fn a_fork_shares_frames() {
        kpio_hal::frame::init_host();
        let vmo = Vmo::new();
        let frame = vmo.page(3).expect("memory");
        let fork = vmo.fork().expect("memory");
        assert_eq!(frame.refcount(), 3);
        assert!(matches!(fork.find(3), Found::Own(ref f) if *f == frame));
        fork.replace(3, Frame::zeroed().expect("memory"));
        assert_eq!(frame.refcount(), 2);
        assert!(matches!(vmo.find(3), Found::Own(ref f) if *f == frame));
    }

    struct Letters;

    impl PageSource for Letters {
        fn fill(&self, first: u64, frames: &[Frame]) -> Result<(), Errno> {
            if first >= 3 {
                return Err(Errno::ENXIO);
            }
            for (letter, frame) in (b'a'..)
                .skip(usize::try_from(first).expect("small"))
                .zip(frames)
            {
                frame.write(0, &[letter]);
            }
            Ok(())
        }

        fn batch(&self, index: u64, has_previous: bool) -> usize {
            if index == 0 && has_previous { 3 } else { 1 }
        }
    }

    #[test]
    fn a_source_fills_what_is_missing_and_a_child_sees_it() {
        kpio_hal::frame::init_host();
        let file = Vmo::with_source(Arc::new(Letters));
        let child = Vmo::child_of(Arc::clone(&file), 1);
        let Found::Missing(missing, index) = child.find(1) else {
            panic!("nobody has brought it");
        };
        assert!(Arc::ptr_eq(&missing, &file) && index == 2);
        let frame = missing.bring(index).expect("in the file");
        assert!(matches!(child.find(1), Found::Parents(ref f) if *f == frame));
        assert_eq!(file.bring(3).err(), Some(Errno::ENXIO));
        assert!(file.mark_dirty(2) && !file.mark_dirty(2));
        let (first, frames) = file.take_dirty_run(0, 9).expect("written");
        assert_eq!((first, frames.len()), (2, 1));
        assert!(file.take_dirty_run(0, 9).is_none());
    }

    #[test]
    fn pages_come_in_batches_that_leave_what_is_there() {
        kpio_hal::frame::init_host();
        let file = Vmo::with_source(Arc::new(Letters));
        let written = file.bring(1).expect("in the file");
        assert_eq!(file.nr_pages(), 1);
        written.write(0, b"W");
        let first = file.bring(0).expect("in the file");
        assert_eq!(file.nr_pages(), 2, "the run ends at what is there");
        drop(first);
        file.forget(0..1);
        file.bring(0).expect("in the file");
        let mut byte = [0];
        file.bring(1).expect("there").read(0, &mut byte);
        assert_eq!(&byte, b"W");
    }
}
