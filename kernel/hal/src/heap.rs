//! The kernel heap: the `talc` allocator over frames, growing when it must and giving back when it can.

use crate::frame;
use crate::memory::direct_map;
use crate::sync::{Lock, Rank};
use core::alloc::{GlobalAlloc, Layout};
use core::ptr::{NonNull, null_mut};
use kpio_abi::memory::{DIRECT_MAP_BASE, PAGE_SIZE};
use talc::DefaultBinning;
use talc::base::Talc;
use talc::base::binning::Binning;
use talc::source::Source;

/// The heap grows by at least this much: 1 MiB.
const GROWTH_PAGES: usize = 256;

/// Gives `talc` contiguous frames when it runs dry.
#[derive(Debug)]
struct FrameSource;

// SAFETY: `acquire` claims fresh frames of the direct map, uses no heap itself, and answers `Err`
// when it could not add memory; `resize` keeps a run or gives all of it back. Nobody else claims.
unsafe impl Source for FrameSource {
    fn acquire<B: Binning>(talc: &mut Talc<Self, B>, layout: Layout) -> Result<(), ()> {
        // A page covers talc's own words about a block; the first claim takes its tables too.
        let wanted = layout
            .size()
            .checked_add(layout.align() + PAGE_SIZE)
            .ok_or(())?;
        let least = wanted.div_ceil(PAGE_SIZE).next_power_of_two();
        // Memory that is nearly used up may have no run of that length, but a shorter one.
        let (pages, phys) = [least.max(GROWTH_PAGES), least]
            .into_iter()
            .find_map(|pages| Some((pages, frame::allocate_run(pages)?)))
            .ok_or(())?;
        // SAFETY: the frames are fresh, ours until `resize` gives them back, and writable through the
        // direct map.
        let claimed = unsafe { talc.claim(direct_map(phys), pages * PAGE_SIZE) };
        claimed.map(|_| ()).ok_or(())
    }

    const TRACK_HEAP_END: bool = true;

    /// Give a run back when nothing in it is used any more: what the kernel needed for a program that
    /// has ended is there for others. The first run has talc's tables, and stays.
    unsafe fn resize(
        &mut self,
        chunk_base: *mut u8,
        heap_end: *mut u8,
        is_heap_base: bool,
    ) -> *mut u8 {
        if !is_heap_base {
            return heap_end;
        }
        // The run is whole pages, and its first chunk begins behind its first byte.
        let start = (chunk_base.addr() - 1) / PAGE_SIZE * PAGE_SIZE;
        let pages = (heap_end.addr() - start) / PAGE_SIZE;
        let phys = (start - DIRECT_MAP_BASE) as u64;
        frame::free_contiguous(phys, pages);
        chunk_base
    }
}

struct KernelHeap(Lock<Talc<FrameSource, DefaultBinning>>);

#[global_allocator]
static HEAP: KernelHeap = KernelHeap(Lock::new(Rank::Heap, Talc::new(FrameSource)));

// SAFETY: every call goes to one `Talc` behind a lock; `talc` keeps the contract of `GlobalAlloc`.
unsafe impl GlobalAlloc for KernelHeap {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller gives a layout of non-zero size.
        unsafe { self.0.lock().allocate(layout) }.map_or(null_mut(), NonNull::as_ptr)
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the caller gives back what `alloc` gave, with the same layout.
        unsafe { self.0.lock().deallocate(pointer, layout) };
    }
}
