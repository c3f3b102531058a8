//! Physical frames: who owns them, and copying bytes in and out.
//!
//! A [`Frame`] is a counted reference to 4 KiB of physical memory. Page tables hold references of
//! their own, so a frame is reused only when neither a memory object nor a mapping knows it.

pub mod buddy;

use crate::memory::{direct_map, to_usize};
use crate::sync::{Lock, Rank};
use buddy::{Buddy, FrameEntry};
use core::num::NonZeroU32;
use core::sync::atomic::Ordering;
use kpio_abi::memory::PAGE_SIZE;
use x86_64::PhysAddr;

struct Frames {
    buddy: Buddy<'static>,
    nr_total: usize,
}

static FRAMES: Lock<Option<Frames>> = Lock::new(Rank::Frames, None);
static ENTRIES: spin::Once<&'static [FrameEntry]> = spin::Once::new();

/// Counts of frames.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FrameCounts {
    /// Frames the allocator was given at boot.
    pub total: usize,
    /// Frames nobody uses.
    pub free: usize,
}

/// Hand the allocator its table. `entries[n]` speaks of frame `n`; all are "used" at first.
///
/// # Panics
/// When called twice.
pub fn init(entries: &'static [FrameEntry]) {
    let mut frames = FRAMES.lock();
    assert!(frames.is_none(), "the frame allocator is initialised twice");
    ENTRIES.call_once(|| entries);
    *frames = Some(Frames {
        buddy: Buddy::new(entries),
        nr_total: 0,
    });
}

/// Host only: an allocator over the arena, made at first use.
#[cfg(not(target_os = "none"))]
pub fn init_host() {
    static ONCE: spin::Once<()> = spin::Once::new();
    ONCE.call_once(|| {
        let nr = crate::memory::HOST_ARENA_BYTES / PAGE_SIZE;
        let table: alloc::vec::Vec<_> = (0..nr).map(|_| FrameEntry::used()).collect();
        init(table.leak());
        free_range(1, nr);
    });
}

/// Put frames `first..end`, usable RAM that nothing uses, among the free ones.
pub fn free_range(first: usize, end: usize) {
    let mut guard = FRAMES.lock();
    let frames = guard.as_mut().expect("frame::init comes first");
    frames.buddy.free_range(first, end);
    frames.nr_total += end - first;
}

/// How many frames there are and how many are free.
#[must_use]
pub fn counts() -> FrameCounts {
    FRAMES
        .lock()
        .as_ref()
        .map_or(FrameCounts { total: 0, free: 0 }, |f| FrameCounts {
            total: f.nr_total,
            free: f.buddy.nr_free_frames(),
        })
}

fn entry(number: usize) -> &'static FrameEntry {
    &ENTRIES.get().expect("frame::init comes first")[number]
}

fn allocate_block(order: usize) -> Option<usize> {
    FRAMES
        .lock()
        .as_mut()
        .expect("frame::init comes first")
        .buddy
        .allocate(order)
}

fn free_block(number: usize, order: usize) {
    FRAMES
        .lock()
        .as_mut()
        .expect("frame::init comes first")
        .buddy
        .free(number, order);
}

/// A counted reference to one frame.
#[derive(Debug, PartialEq, Eq)]
pub struct Frame {
    /// Never 0: the frame of address 0 is not handed out, so that an absent frame costs no room.
    number: NonZeroU32,
}

impl Frame {
    /// A frame of whatever was there before; counted once.
    fn allocate() -> Option<Self> {
        let number = allocate_block(0)?;
        entry(number).refcount.store(1, Ordering::Relaxed);
        Some(Self::of_number(number))
    }

    fn of_number(number: usize) -> Self {
        let number = u32::try_from(number).ok().and_then(NonZeroU32::new);
        Self {
            number: number.expect("frames are numbered from 1, below 2^32"),
        }
    }

    fn number(&self) -> usize {
        to_usize(u64::from(self.number.get()))
    }

    /// A frame of zeros, or `None` when memory is used up.
    #[must_use]
    pub fn zeroed() -> Option<Self> {
        let frame = Self::allocate()?;
        // SAFETY: the allocator just gave this frame to us alone, and the direct map covers RAM.
        unsafe { core::ptr::write_bytes(direct_map(frame.phys().as_u64()), 0, PAGE_SIZE) };
        Some(frame)
    }

    /// Physical address of its first byte.
    #[must_use]
    pub fn phys(&self) -> PhysAddr {
        PhysAddr::new((self.number() * PAGE_SIZE) as u64)
    }

    /// How many references there are, this one and page tables' included.
    #[must_use]
    pub fn refcount(&self) -> u32 {
        entry(self.number()).refcount.load(Ordering::Acquire)
    }

    /// Copy `bytes` into the frame at `offset`.
    ///
    /// # Panics
    /// If they do not fit in the frame.
    pub fn write(&self, offset: usize, bytes: &[u8]) {
        assert!(offset <= PAGE_SIZE && bytes.len() <= PAGE_SIZE - offset);
        let target = direct_map(self.phys().as_u64() + offset as u64);
        // SAFETY: in bounds of a live frame (asserted; `self` counts it). User code may write the
        // same bytes at the same time; the copy is of plain bytes that nobody holds references to.
        unsafe { core::ptr::copy(bytes.as_ptr(), target, bytes.len()) };
    }

    /// Copy bytes of the frame from `offset` into `bytes`.
    ///
    /// # Panics
    /// If they reach beyond the frame.
    pub fn read(&self, offset: usize, bytes: &mut [u8]) {
        assert!(offset <= PAGE_SIZE && bytes.len() <= PAGE_SIZE - offset);
        let source = direct_map(self.phys().as_u64() + offset as u64);
        // SAFETY: as in `write`.
        unsafe { core::ptr::copy(source, bytes.as_mut_ptr(), bytes.len()) };
    }

    /// A new frame with the same bytes, or `None` when memory is used up.
    #[must_use]
    pub fn duplicate(&self) -> Option<Self> {
        let copy = Self::allocate()?;
        let (source, target) = (
            direct_map(self.phys().as_u64()),
            direct_map(copy.phys().as_u64()),
        );
        // SAFETY: two different live frames, both covered by the direct map.
        unsafe { core::ptr::copy_nonoverlapping(source, target, PAGE_SIZE) };
        Some(copy)
    }

    /// Give up the reference without dropping it: a page table entry keeps it.
    pub(crate) fn into_phys(self) -> PhysAddr {
        let phys = self.phys();
        core::mem::forget(self);
        phys
    }

    /// Take back what [`Frame::into_phys`] gave up.
    ///
    /// # Safety
    /// `phys` came from `into_phys` and is taken back once.
    pub(crate) unsafe fn from_phys(phys: PhysAddr) -> Self {
        Self::of_number(to_usize(phys.as_u64()) / PAGE_SIZE)
    }
}

impl Clone for Frame {
    fn clone(&self) -> Self {
        let before = entry(self.number())
            .refcount
            .fetch_add(1, Ordering::Relaxed);
        assert!(
            before != 0 && before < u32::MAX,
            "count of frame {:#x} is {before}",
            self.number()
        );
        Self {
            number: self.number,
        }
    }
}

impl Drop for Frame {
    fn drop(&mut self) {
        let before = entry(self.number()).refcount.fetch_sub(1, Ordering::AcqRel);
        assert!(
            before != 0,
            "frame {:#x} is dropped without a reference",
            self.number()
        );
        if before == 1 {
            free_block(self.number(), 0);
        }
    }
}

/// Physically contiguous, zeroed memory: for devices, page tables and the heap.
#[derive(Debug)]
pub struct DmaRegion {
    first: usize,
    order: usize,
    pages: usize,
}

/// `pages` contiguous zeroed frames as a physical address, or `None`. The caller keeps count.
pub(crate) fn allocate_contiguous(pages: usize) -> Option<u64> {
    let phys = allocate_run(pages)?;
    // SAFETY: the allocator just gave these frames to us alone, and the direct map covers RAM.
    unsafe { core::ptr::write_bytes(direct_map(phys), 0, pages * PAGE_SIZE) };
    Some(phys)
}

/// As [`allocate_contiguous`], with whatever was in the frames before.
pub(crate) fn allocate_run(pages: usize) -> Option<u64> {
    let first = allocate_block(order_of(pages))?;
    Some((first * PAGE_SIZE) as u64)
}

/// Give back what [`allocate_contiguous`] or [`allocate_run`] gave for the same number of pages.
pub(crate) fn free_contiguous(phys: u64, pages: usize) {
    free_block(to_usize(phys) / PAGE_SIZE, order_of(pages));
}

fn order_of(pages: usize) -> usize {
    pages.max(1).next_power_of_two().trailing_zeros() as usize
}

impl DmaRegion {
    /// `pages` contiguous frames of zeros, or `None` when no such run is free.
    #[must_use]
    pub fn new(pages: usize) -> Option<Self> {
        let first = to_usize(allocate_contiguous(pages)?) / PAGE_SIZE;
        Some(Self {
            first,
            order: order_of(pages),
            pages,
        })
    }

    /// Physical address of its first byte.
    #[must_use]
    pub fn phys(&self) -> u64 {
        (self.first * PAGE_SIZE) as u64
    }

    /// Its length in bytes.
    #[must_use]
    pub fn len_bytes(&self) -> usize {
        self.pages * PAGE_SIZE
    }

    /// Its bytes. A device may read them at any time; it must not be told to write them while the
    /// slice lives (drivers use the virtqueue's buffers for what a device writes).
    pub fn as_mut_slice(&mut self) -> &mut [u8] {
        let len_bytes = self.len_bytes();
        // SAFETY: the region is ours alone for as long as `self` lives, and the direct map covers it.
        unsafe { core::slice::from_raw_parts_mut(direct_map(self.phys()), len_bytes) }
    }
}

impl Drop for DmaRegion {
    fn drop(&mut self) {
        free_block(self.first, self.order);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_lives_as_long_as_its_last_reference() {
        init_host();
        let frame = Frame::zeroed().expect("memory");
        frame.write(4090, &[1, 2, 3, 4, 5, 6]);
        let again = frame.clone();
        let phys = frame.phys();
        drop(frame);
        assert_eq!((again.phys(), again.refcount()), (phys, 1));
        let mut bytes = [0; 6];
        again.read(4090, &mut bytes);
        assert_eq!(bytes, [1, 2, 3, 4, 5, 6]);
    }

    #[test]
    fn a_duplicate_does_not_share() {
        init_host();
        let frame = Frame::zeroed().expect("memory");
        frame.write(0, b"before");
        let copy = frame.duplicate().expect("memory");
        frame.write(0, b"after!");
        let mut bytes = [0; 6];
        copy.read(0, &mut bytes);
        assert_eq!(&bytes, b"before");
    }

    #[test]
    #[should_panic(expected = "assertion failed")]
    fn writing_beyond_a_frame_is_refused() {
        init_host();
        Frame::zeroed().expect("memory").write(4096, &[0]);
    }
}
