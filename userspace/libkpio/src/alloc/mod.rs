//! The process heap: [`heap::Heap`] over pages from MMAP, behind the library's lock.

pub mod heap;

use core::ptr::{self, NonNull};

use kpio_abi::flags::{MAP_ANONYMOUS, MAP_PRIVATE, PROT_READ, PROT_WRITE};
use kpio_abi::syscalls::{SYS_MMAP, SYS_MUNMAP};

use crate::syscall;
use crate::thread::lock::Lock;
use heap::{Heap, Pages};

/// Pages from the kernel.
#[derive(Debug)]
pub struct KernelPages;

// SAFETY: MMAP gives fresh zero pages of the length asked for, page-aligned, or fails.
unsafe impl Pages for KernelPages {
    fn map(len_bytes: usize) -> Option<NonNull<u8>> {
        let protection = (PROT_READ | PROT_WRITE) as usize;
        let kind = (MAP_PRIVATE | MAP_ANONYMOUS) as usize;
        // SAFETY: a new mapping at an address of the kernel's choice overlaps nothing.
        let mapped = unsafe {
            syscall::call(
                SYS_MMAP,
                [0, len_bytes, protection, kind, syscall::int(-1), 0],
            )
        };
        mapped
            .ok()
            .and_then(|address| NonNull::new(ptr::with_exposed_provenance_mut(address)))
    }

    unsafe fn unmap(start: NonNull<u8>, len_bytes: usize) {
        // SAFETY: the caller gives up these pages of an own mapping.
        if unsafe { syscall::call(SYS_MUNMAP, [start.as_ptr() as usize, len_bytes, 0, 0, 0, 0]) }
            .is_err()
        {
            // The kernel refuses only what is not a mapping: the header before an allocation was
            // overwritten.
            crate::start::abort();
        }
    }
}

/// The heap behind `malloc`.
pub static HEAP: Lock<Heap<KernelPages>> = Lock::new(Heap::new());

/// The library's own use of the heap: crates below it may allocate through Rust's `alloc`.
#[cfg(target_vendor = "kpio")]
struct LibraryAllocator;

#[cfg(target_vendor = "kpio")]
#[global_allocator]
static ALLOCATOR: LibraryAllocator = LibraryAllocator;

// SAFETY: `Heap` gives out distinct memory of at least the size and alignment asked for, and never
// unwinds.
#[cfg(target_vendor = "kpio")]
unsafe impl core::alloc::GlobalAlloc for LibraryAllocator {
    unsafe fn alloc(&self, layout: core::alloc::Layout) -> *mut u8 {
        let given = HEAP.lock().allocate(layout.size(), layout.align());
        given.map_or(ptr::null_mut(), NonNull::as_ptr)
    }

    unsafe fn dealloc(&self, start: *mut u8, _layout: core::alloc::Layout) {
        if let Some(start) = NonNull::new(start) {
            // SAFETY: the caller gives back what `alloc` gave out.
            unsafe { HEAP.lock().free(start) };
        }
    }
}
