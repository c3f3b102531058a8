//! A heap that knows the size of what it gave out, as C's `free` needs: `talc` over slabs of pages,
//! and one mapping of its own for each large allocation.
//!
//! Before each allocation lies a [`Header`] of 16 bytes. Small allocations come from slabs, which
//! are kept once mapped (their pages are reused, not given back); from [`DIRECT_BYTES`] on, an
//! allocation has its own mapping, which goes back to the system with it.

use core::alloc::Layout;
use core::marker::PhantomData;
use core::ptr::{self, NonNull};

use kpio_abi::memory::PAGE_SIZE;
use talc::DefaultBinning;
use talc::base::Talc;
use talc::base::binning::Binning;
use talc::source::Source;

/// What `malloc` aligns to: `_Alignof(max_align_t)`.
pub const MIN_ALIGN: usize = 16;

/// Slabs for small allocations are of this length, or longer if one allocation needs it.
const SLAB_BYTES: usize = 1 << 20;

/// From here on an allocation gets its own mapping.
pub const DIRECT_BYTES: usize = 256 << 10;

/// No object is larger: differences of pointers into it must fit `ptrdiff_t`, with room for header
/// and rounding.
pub const MAX_BYTES: usize = isize::MAX.cast_unsigned() - (1 << 20);

/// Where pages come from.
///
/// # Safety
///
/// `map` returns zeroed, writable, page-aligned memory of at least the length asked for, that
/// nobody else uses until `unmap`.
pub unsafe trait Pages: core::fmt::Debug {
    /// Maps `len_bytes`, a multiple of the page size; `None` when there is no memory.
    fn map(len_bytes: usize) -> Option<NonNull<u8>>;

    /// Gives pages back.
    ///
    /// # Safety
    ///
    /// `start` and `len_bytes` are page-aligned and name (a part of) what `map` returned; nobody
    /// uses it any more.
    unsafe fn unmap(start: NonNull<u8>, len_bytes: usize);
}

/// Where an allocation's memory comes from.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Origin {
    Slab,
    Mapping,
}

/// Lies before the bytes given out; says how to give them back.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
struct Header {
    /// Length of the whole block, from its start, this header included.
    block_bytes: usize,
    /// Distance from the start of the block to the bytes given out, a multiple of 16 (for a slab
    /// block: its alignment too, from 32 on); bit 0 is set for a mapping.
    offset_and_origin: usize,
}

const HEADER_BYTES: usize = size_of::<Header>();
const _: () = assert!(HEADER_BYTES == MIN_ALIGN);

const MAPPING_BIT: usize = 1;

impl Header {
    const fn offset(self) -> usize {
        self.offset_and_origin & !MAPPING_BIT
    }

    const fn origin(self) -> Origin {
        if self.offset_and_origin & MAPPING_BIT == 0 {
            Origin::Slab
        } else {
            Origin::Mapping
        }
    }

    const fn usable_bytes(self) -> usize {
        self.block_bytes - self.offset()
    }
}

/// Slabs for `talc`.
#[derive(Debug)]
struct Slabs<P>(PhantomData<P>);

// SAFETY: `acquire` maps pages and claims them; it never calls the allocator itself.
unsafe impl<P: Pages> Source for Slabs<P> {
    fn acquire<B: Binning>(talc: &mut Talc<Self, B>, layout: Layout) -> Result<(), ()> {
        // `talc` needs room for its lists in the first slab, a tag at the start and whole units of
        // the block.
        let overhead = talc::min_first_heap_size::<B>() + 4 * talc::base::CHUNK_UNIT;
        let needed = layout
            .size()
            .checked_add(layout.align())
            .and_then(|sum| sum.checked_add(overhead))
            .ok_or(())?;
        let slab_bytes = needed.max(SLAB_BYTES).next_multiple_of(PAGE_SIZE);
        let slab = P::map(slab_bytes).ok_or(())?;
        // SAFETY: the slab is ours, writable and stays mapped for good.
        let claimed = unsafe { talc.claim(slab.as_ptr(), slab_bytes) };
        claimed.map(|_| ()).ok_or(())
    }
}

/// A heap; see the module.
#[derive(Debug)]
pub struct Heap<P: Pages> {
    talc: Talc<Slabs<P>, DefaultBinning>,
}

// SAFETY: the heap owns its slabs, and `Pages` has no state.
unsafe impl<P: Pages> Send for Heap<P> {}

impl<P: Pages> Heap<P> {
    /// An empty heap; maps nothing.
    pub const fn new() -> Self {
        Self {
            talc: Talc::new(Slabs(PhantomData)),
        }
    }

    /// Gives out `len_bytes` bytes (at least one) aligned to `align`; `None` when there is no
    /// memory or no such size.
    ///
    /// `align` is a power of two.
    pub fn allocate(&mut self, len_bytes: usize, align: usize) -> Option<NonNull<u8>> {
        if len_bytes > MAX_BYTES || align > MAX_BYTES {
            return None;
        }
        let len_bytes = len_bytes.max(1);
        if len_bytes >= DIRECT_BYTES || align > PAGE_SIZE {
            return Self::map_direct(len_bytes, align);
        }
        let offset = if align <= MIN_ALIGN {
            HEADER_BYTES
        } else {
            align.max(talc::base::CHUNK_UNIT)
        };
        let layout = slab_layout(len_bytes + offset, offset)?;
        // SAFETY: the layout is not empty.
        let block = unsafe { self.talc.allocate(layout) }?;
        let header = Header {
            block_bytes: len_bytes + offset,
            offset_and_origin: offset,
        };
        // SAFETY: the block is as long as the layout, which is `offset` more than what is given
        // out.
        Some(unsafe { write_header(block, header) })
    }

    /// As [`Self::allocate`], with all bytes zero.
    pub fn allocate_zeroed(&mut self, len_bytes: usize, align: usize) -> Option<NonNull<u8>> {
        let start = self.allocate(len_bytes, align)?;
        // SAFETY: given out just now.
        let header = unsafe { read_header(start) };
        if header.origin() == Origin::Slab {
            // SAFETY: as many bytes were given out. A mapping is zero already.
            unsafe { crate::string::fill::fill(start.as_ptr(), 0, header.usable_bytes()) };
        }
        Some(start)
    }

    /// Takes an allocation back.
    ///
    /// # Safety
    ///
    /// `start` was given out by this heap, was not taken back since, and nobody uses it any more.
    pub unsafe fn free(&mut self, start: NonNull<u8>) {
        // SAFETY: given out by this heap, so there is a header before it.
        let header = unsafe { read_header(start) };
        // SAFETY: the block starts `offset` before.
        let block = unsafe { start.sub(header.offset()) };
        match header.origin() {
            // SAFETY: the mapping is this block's own.
            Origin::Mapping => unsafe { P::unmap(block, header.block_bytes) },
            Origin::Slab => {
                let Some(layout) = slab_layout(header.block_bytes, header.offset()) else {
                    // The header was overwritten by somebody who wrote before the start of an
                    // allocation.
                    crate::start::abort()
                };
                // SAFETY: `allocate` has used the same layout.
                unsafe { self.talc.deallocate(block.as_ptr(), layout) }
            }
        }
    }

    /// Changes the length of an allocation, which may move; what both have in common is kept.
    /// `None` leaves it as it was.
    ///
    /// # Safety
    ///
    /// As for [`Self::free`]; if it has moved, nobody uses the old address any more.
    pub unsafe fn reallocate(
        &mut self,
        start: NonNull<u8>,
        len_bytes: usize,
    ) -> Option<NonNull<u8>> {
        if len_bytes > MAX_BYTES {
            return None;
        }
        let len_bytes = len_bytes.max(1);
        // SAFETY: given out by this heap.
        let header = unsafe { read_header(start) };
        // SAFETY: the caller's promise.
        if unsafe { self.resize_in_place(start, header, len_bytes) } {
            return Some(start);
        }
        let moved = self.allocate(len_bytes, MIN_ALIGN)?;
        let kept_bytes = header.usable_bytes().min(len_bytes);
        // SAFETY: both are allocations of at least that length, and distinct.
        unsafe { crate::string::copy::copy(moved.as_ptr(), start.as_ptr(), kept_bytes) };
        // SAFETY: the caller's promise.
        unsafe { self.free(start) };
        Some(moved)
    }

    /// Tries to change the length of an allocation where it is.
    ///
    /// # Safety
    ///
    /// `start` was given out by this heap with `header`; what is cut off is used by nobody.
    unsafe fn resize_in_place(
        &mut self,
        start: NonNull<u8>,
        header: Header,
        len_bytes: usize,
    ) -> bool {
        // SAFETY: the block starts `offset` before.
        let block = unsafe { start.sub(header.offset()) };
        let block_bytes = len_bytes + header.offset();
        match header.origin() {
            Origin::Slab => {
                // A large one moves into its own mapping, so that slabs hold small ones only.
                if len_bytes >= DIRECT_BYTES {
                    return false;
                }
                let Some(layout) = slab_layout(header.block_bytes, header.offset()) else {
                    return false;
                };
                // SAFETY: `allocate` has used this layout, and the new length is not 0.
                if !unsafe {
                    self.talc
                        .try_realloc_in_place(block.as_ptr(), layout, block_bytes)
                } {
                    return false;
                }
                // SAFETY: the block is still there.
                unsafe {
                    write_header(
                        block,
                        Header {
                            block_bytes,
                            ..header
                        },
                    )
                };
                true
            }
            Origin::Mapping => {
                if len_bytes < DIRECT_BYTES {
                    return false;
                }
                let kept_bytes = block_bytes.next_multiple_of(PAGE_SIZE);
                if kept_bytes > header.block_bytes {
                    return false;
                }
                if kept_bytes < header.block_bytes {
                    // SAFETY: inside the mapping.
                    let rest = unsafe { block.add(kept_bytes) };
                    // SAFETY: the pages behind the new end belong to this block, and nobody uses
                    // them any more.
                    unsafe { P::unmap(rest, header.block_bytes - kept_bytes) };
                    // SAFETY: the block's first page is still there.
                    unsafe {
                        write_header(
                            block,
                            Header {
                                block_bytes: kept_bytes,
                                ..header
                            },
                        )
                    };
                }
                true
            }
        }
    }

    /// Gives out a mapping of its own.
    fn map_direct(len_bytes: usize, align: usize) -> Option<NonNull<u8>> {
        let offset = align.max(HEADER_BYTES);
        // A mapping starts at a page; a greater alignment is found inside a longer one, whose
        // unused ends go back.
        let slack_bytes = if align > PAGE_SIZE { align } else { 0 };
        let block_bytes = len_bytes
            .checked_add(offset)?
            .checked_next_multiple_of(PAGE_SIZE)?;
        let mapped_bytes = block_bytes.checked_add(slack_bytes)?;
        let mapped = P::map(mapped_bytes)?;
        let before_bytes = if slack_bytes == 0 {
            0
        } else {
            mapped.as_ptr().align_offset(align)
        };
        // SAFETY: `before_bytes` is less than the slack.
        let block = unsafe { mapped.add(before_bytes) };
        if before_bytes != 0 {
            // SAFETY: whole pages before the block; `align` is a multiple of the page size here.
            unsafe { P::unmap(mapped, before_bytes) };
        }
        if slack_bytes > before_bytes {
            // SAFETY: the block ends inside the mapping.
            let after = unsafe { block.add(block_bytes) };
            // SAFETY: whole pages behind the block.
            unsafe { P::unmap(after, slack_bytes - before_bytes) };
        }
        let header = Header {
            block_bytes,
            offset_and_origin: offset | MAPPING_BIT,
        };
        // SAFETY: the block is writable and longer than `offset`.
        Some(unsafe { write_header(block, header) })
    }
}

impl<P: Pages> Default for Heap<P> {
    fn default() -> Self {
        Self::new()
    }
}

/// The layout of a slab block, a function of its header alone.
fn slab_layout(block_bytes: usize, offset: usize) -> Option<Layout> {
    Layout::from_size_align(
        block_bytes,
        if offset == HEADER_BYTES {
            MIN_ALIGN
        } else {
            offset
        },
    )
    .ok()
}

/// How many bytes an allocation really has; at least as many as were asked for.
///
/// # Safety
///
/// `start` was given out by a heap and not taken back since.
pub unsafe fn usable_bytes(start: NonNull<u8>) -> usize {
    // SAFETY: the caller's promise.
    unsafe { read_header(start) }.usable_bytes()
}

/// Writes a header before the bytes given out, and returns their start.
///
/// # Safety
///
/// `block` is writable, aligned to 16 and longer than the header's offset.
unsafe fn write_header(block: NonNull<u8>, header: Header) -> NonNull<u8> {
    // SAFETY: inside the block.
    let start = unsafe { block.add(header.offset()) };
    // SAFETY: the offset is at least the length of a header.
    let place = unsafe { start.cast::<Header>().sub(1) };
    // SAFETY: inside the block, and aligned because the offset is a multiple of 16.
    unsafe { ptr::write(place.as_ptr(), header) };
    start
}

/// Reads the header before an allocation.
///
/// # Safety
///
/// `start` was given out by a heap and not taken back since.
unsafe fn read_header(start: NonNull<u8>) -> Header {
    // SAFETY: `write_header` has put one there.
    let place = unsafe { start.cast::<Header>().sub(1) };
    // SAFETY: as above.
    unsafe { place.read() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::alloc::alloc_zeroed;
    use std::cell::Cell;
    use std::vec::Vec;

    std::thread_local! {
        static MAPPED_BYTES: Cell<usize> = const { Cell::new(0) };
        static LIMIT_BYTES: Cell<usize> = const { Cell::new(usize::MAX) };
    }

    /// Pages from the host's allocator.
    #[derive(Debug)]
    struct TestPages;

    // SAFETY: zeroed memory of the host's allocator, used by nobody else.
    unsafe impl Pages for TestPages {
        fn map(len_bytes: usize) -> Option<NonNull<u8>> {
            assert_eq!(len_bytes % PAGE_SIZE, 0);
            if MAPPED_BYTES.get().saturating_add(len_bytes) > LIMIT_BYTES.get() {
                return None;
            }
            let layout = Layout::from_size_align(len_bytes, PAGE_SIZE).ok()?;
            // SAFETY: the layout is not empty.
            let start = NonNull::new(unsafe { alloc_zeroed(layout) })?;
            MAPPED_BYTES.set(MAPPED_BYTES.get() + len_bytes);
            Some(start)
        }

        unsafe fn unmap(start: NonNull<u8>, len_bytes: usize) {
            assert_eq!(start.as_ptr() as usize % PAGE_SIZE, 0);
            assert_eq!(len_bytes % PAGE_SIZE, 0);
            // Poisoned and leaked: parts of a mapping go back separately, which the host's
            // allocator cannot do. SAFETY: the pages are no longer used.
            unsafe { start.as_ptr().write_bytes(0xDD, len_bytes) };
            MAPPED_BYTES.set(MAPPED_BYTES.get() - len_bytes);
        }
    }

    #[derive(Clone, Debug)]
    enum Step {
        Allocate {
            len_bytes: usize,
            align_log2: u32,
            zeroed: bool,
        },
        Free {
            index: usize,
        },
        Reallocate {
            index: usize,
            len_bytes: usize,
        },
    }

    fn step() -> impl Strategy<Value = Step> {
        let len = prop_oneof![8 => 0..300_usize, 3 => 0..5000_usize, 1 => 200_000..600_000_usize];
        let align_log2 = prop_oneof![6 => Just(4_u32), 2 => 0..8_u32, 1 => 8..15_u32];
        prop_oneof![
            (len.clone(), align_log2, any::<bool>()).prop_map(|(len_bytes, align_log2, zeroed)| {
                Step::Allocate {
                    len_bytes,
                    align_log2,
                    zeroed,
                }
            }),
            any::<usize>().prop_map(|index| Step::Free { index }),
            (any::<usize>(), len)
                .prop_map(|(index, len_bytes)| Step::Reallocate { index, len_bytes }),
        ]
    }

    struct Live {
        start: NonNull<u8>,
        len_bytes: usize,
        mark: u8,
    }

    impl Live {
        fn paint(&self) {
            // SAFETY: the allocation is live and that long.
            unsafe { self.start.as_ptr().write_bytes(self.mark, self.len_bytes) };
        }

        fn is_intact(&self, len_bytes: usize) -> bool {
            // SAFETY: the allocation is live and at least that long.
            let bytes = unsafe { crate::string::bytes(self.start.as_ptr(), len_bytes) };
            bytes.iter().all(|byte| *byte == self.mark)
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig {
            cases: 100,
            failure_persistence: None,
            ..ProptestConfig::default()
        })]

        /// Every allocation keeps its bytes, is aligned, overlaps no other, and all memory of large
        /// ones comes back.
        #[test]
        fn allocations_keep_their_bytes(steps in prop::collection::vec(step(), 1..120)) {
            let mapped_before = MAPPED_BYTES.get();
            let mut heap = Heap::<TestPages>::new();
            let mut live: Vec<Live> = Vec::new();
            for (step, mark) in steps.into_iter().zip((0..=255_u8).cycle()) {
                take_step(&mut heap, &mut live, step, mark)?;
            }
            for block in live {
                prop_assert!(block.is_intact(block.len_bytes));
                // SAFETY: live until here.
                unsafe { heap.free(block.start) };
            }
            let kept_bytes = MAPPED_BYTES.get() - mapped_before;
            prop_assert!(kept_bytes.is_multiple_of(SLAB_BYTES), "still mapped: {}", kept_bytes);
        }
    }

    /// Does one step, and checks what it touches.
    fn take_step(
        heap: &mut Heap<TestPages>,
        live: &mut Vec<Live>,
        step: Step,
        mark: u8,
    ) -> Result<(), TestCaseError> {
        match step {
            Step::Allocate {
                len_bytes,
                align_log2,
                zeroed,
            } => {
                let align = 1_usize << align_log2;
                let start = if zeroed {
                    heap.allocate_zeroed(len_bytes, align)
                } else {
                    heap.allocate(len_bytes, align)
                };
                let start = start.expect("the host has memory");
                prop_assert_eq!(start.as_ptr() as usize % align.max(MIN_ALIGN), 0);
                // SAFETY: live.
                let usable = unsafe { usable_bytes(start) };
                prop_assert!(usable >= len_bytes);
                let zero = Live {
                    start,
                    len_bytes,
                    mark: 0,
                };
                prop_assert!(!zeroed || zero.is_intact(len_bytes));
                let block = Live { mark, ..zero };
                block.paint();
                live.push(block);
            }
            Step::Free { index } if !live.is_empty() => {
                let block = live.swap_remove(index % live.len());
                prop_assert!(block.is_intact(block.len_bytes));
                // SAFETY: live until here.
                unsafe { heap.free(block.start) };
            }
            Step::Reallocate { index, len_bytes } if !live.is_empty() => {
                let count = live.len();
                let block = &mut live[index % count];
                let kept_bytes = block.len_bytes.min(len_bytes);
                // SAFETY: live; the new address takes its place.
                let moved = unsafe { heap.reallocate(block.start, len_bytes) };
                block.start = moved.expect("the host has memory");
                block.len_bytes = len_bytes;
                prop_assert!(block.is_intact(kept_bytes));
                block.paint();
            }
            Step::Free { .. } | Step::Reallocate { .. } => {}
        }
        Ok(())
    }

    #[test]
    fn sizes_that_overflow_are_refused() {
        let mut heap = Heap::<TestPages>::new();
        for len_bytes in [
            usize::MAX,
            usize::MAX - 15,
            isize::MAX as usize,
            MAX_BYTES + 1,
        ] {
            assert_eq!(heap.allocate(len_bytes, 16), None, "{len_bytes}");
            assert_eq!(heap.allocate_zeroed(len_bytes, 4096), None, "{len_bytes}");
        }
        assert_eq!(heap.allocate(1, 1 << 63), None);
        assert_eq!(heap.allocate(MAX_BYTES, 1 << 62), None);
    }

    #[test]
    fn failed_growth_leaves_the_allocation_as_it_was() {
        let mut heap = Heap::<TestPages>::new();
        let start = heap.allocate(100, 16).expect("memory");
        let block = Live {
            start,
            len_bytes: 100,
            mark: 7,
        };
        block.paint();
        LIMIT_BYTES.set(MAPPED_BYTES.get());
        // SAFETY: live, and stays so because this fails.
        assert_eq!(unsafe { heap.reallocate(start, 1 << 30) }, None);
        // SAFETY: as above.
        assert_eq!(unsafe { heap.reallocate(start, usize::MAX) }, None);
        LIMIT_BYTES.set(usize::MAX);
        assert!(block.is_intact(100));
        // SAFETY: live.
        unsafe { heap.free(start) };
    }

    #[test]
    fn small_allocations_share_a_slab() {
        let before = MAPPED_BYTES.get();
        let mut heap = Heap::<TestPages>::new();
        let blocks: Vec<_> = (0..1000)
            .map(|_| heap.allocate(100, 16).expect("memory"))
            .collect();
        assert_eq!(MAPPED_BYTES.get() - before, SLAB_BYTES);
        for block in blocks {
            // SAFETY: live.
            unsafe { heap.free(block) };
        }
    }
}
