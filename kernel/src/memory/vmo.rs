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
//! looks again afterwards.

use super::page_map::PageMap;
use super::{OutOfMemory, check_budget};
use alloc::collections::BTreeSet;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::ops::Range;
use kpio_abi::errors::Errno;
use kpio_abi::memory::PAGE_SIZE;
use kpio_hal::frame::Frame;
use kpio_hal::sync::{Lock, Rank};

/// What fills the pages of an object: a file.
pub trait PageSource: Send + Sync {
    /// Fill page `index` of an object, whose frame is all zeros. What lies behind the end stays so.
    ///
    /// # Errors
    /// EIO when the medium fails, ENXIO for a page that lies wholly behind the end.
    fn fill(&self, index: u64, frame: &Frame) -> Result<(), Errno>;

    /// Whether it is to be told which pages were written: a file is, memory is not.
    fn wants_changes(&self) -> bool {
        true
    }
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
    /// Pages that may differ from what the source has.
    dirty: BTreeSet<u64>,
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
                    dirty: BTreeSet::new(),
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
        Self::with_origin(Origin::Source(source))
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
        let frames = {
            let pages = self.pages.lock();
            // The copied groups: 64 pages take half a kilobyte.
            check_budget((pages.frames.len() / 256) as u64 + 2)?;
            pages.frames.clone()
        };
        Ok(Arc::new(Self {
            origin: self.origin.clone(),
            pages: Lock::new(
                Rank::Vmo,
                Pages {
                    frames,
                    dirty: BTreeSet::new(),
                },
            ),
        }))
    }

    /// Whether writing to its pages must be noted, because a source wants them back.
    #[must_use]
    pub fn is_tracked(&self) -> bool {
        matches!(&self.origin, Origin::Source(source) if source.wants_changes())
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
        if let Some(frame) = self.pages.lock().frames.get(index) {
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
        let mut pages = self.pages.lock();
        if let Some(frame) = pages.frames.get(index) {
            return Ok(frame.clone());
        }
        check_budget(1)?;
        let frame = Frame::zeroed().ok_or(OutOfMemory)?;
        pages.frames.insert(index, frame.clone());
        Ok(frame)
    }

    /// Let the source fill page `index`, unless it is there; its frame.
    ///
    /// # Errors
    /// ENOMEM; those of [`PageSource::fill`].
    pub fn bring(&self, index: u64) -> Result<Frame, Errno> {
        if let Some(frame) = self.pages.lock().frames.get(index) {
            return Ok(frame.clone());
        }
        check_budget(1)?;
        let frame = Frame::zeroed().ok_or(Errno::ENOMEM)?;
        if let Origin::Source(source) = &self.origin {
            source.fill(index, &frame)?;
        }
        let mut pages = self.pages.lock();
        // Somebody may have been faster: what he brought may have been written already.
        if let Some(frame) = pages.frames.get(index) {
            return Ok(frame.clone());
        }
        pages.frames.insert(index, frame.clone());
        Ok(frame)
    }

    /// Make `frame` page `index`, in place of what was there.
    pub fn replace(&self, index: u64, frame: Frame) {
        // The old frame goes after the lock.
        let old = self.pages.lock().frames.insert(index, frame);
        drop(old);
    }

    /// Note that page `index` was written or is about to be.
    pub fn mark_dirty(&self, index: u64) {
        self.pages.lock().dirty.insert(index);
    }

    /// The pages of `range` that were written, with their frames. They count as clean from here on.
    #[must_use]
    pub fn take_dirty(&self, range: Range<u64>) -> Vec<(u64, Frame)> {
        let mut pages = self.pages.lock();
        let taken: Vec<u64> = pages.dirty.range(range).copied().collect();
        taken
            .into_iter()
            .filter_map(|index| {
                pages.dirty.remove(&index);
                Some((index, pages.frames.get(index)?.clone()))
            })
            .collect()
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
        pages.frames.remove(range.clone());
        pages.dirty.retain(|index| !range.contains(index));
    }

    /// How many pages the object has itself.
    #[must_use]
    pub fn nr_pages(&self) -> usize {
        self.pages.lock().frames.len()
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
        fn fill(&self, index: u64, frame: &Frame) -> Result<(), Errno> {
            if index >= 3 {
                return Err(Errno::ENXIO);
            }
            frame.write(0, &[b'a' + u8::try_from(index).expect("small")]);
            Ok(())
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
        file.mark_dirty(2);
        let dirty: Vec<u64> = file.take_dirty(0..9).into_iter().map(|(i, _)| i).collect();
        assert_eq!(dirty, [2]);
        assert!(file.take_dirty(0..9).is_empty());
    }
}
