//! The kernel heap: the `talc` allocator over frames, growing when it must.

use crate::frame;
use crate::memory::direct_map;
use crate::sync::{Lock, Rank};
use core::alloc::{GlobalAlloc, Layout};
use core::ptr::{NonNull, null_mut};
use kpio_abi::memory::PAGE_SIZE;
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
// when it could not add memory.
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
            .find_map(|pages| Some((pages, frame::allocate_contiguous(pages)?)))
            .ok_or(())?;
        // SAFETY: the frames are fresh, ours for good, and writable through the direct map.
        let claimed = unsafe { talc.claim(direct_map(phys), pages * PAGE_SIZE) };
        claimed.map(|_| ()).ok_or(())
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
