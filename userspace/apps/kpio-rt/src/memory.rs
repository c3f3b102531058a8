//! Memory: Rust's heap over `malloc`, and mappings.

use core::alloc::{GlobalAlloc, Layout};
use core::ffi::c_void;
use core::ptr;

use kpio_abi::errors::Errno;
use kpio_abi::flags::{MAP_ANONYMOUS, MAP_FIXED, MAP_FIXED_NOREPLACE, MAP_PRIVATE};

use crate::c;
use crate::error::{Error, number};
use crate::fs::File;

/// What `malloc` aligns to.
const MALLOC_ALIGN: usize = 16;

/// The global allocator of a program: Rust's heap over C's.
#[derive(Debug)]
pub struct CAllocator;

#[cfg(target_vendor = "kpio")]
#[global_allocator]
static ALLOCATOR: CAllocator = CAllocator;

// SAFETY: `malloc` and its kin give out distinct memory of the size asked for, aligned to 16, and
// `aligned_alloc` aligned as asked; none of them unwinds.
unsafe impl GlobalAlloc for CAllocator {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if layout.align() <= MALLOC_ALIGN {
            return c::malloc(layout.size()).cast();
        }
        c::aligned_alloc(layout.align(), layout.size()).cast()
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        if layout.align() <= MALLOC_ALIGN {
            return c::calloc(layout.size(), 1).cast();
        }
        // SAFETY: the caller's promise.
        let start = unsafe { self.alloc(layout) };
        if !start.is_null() {
            // SAFETY: allocated just now.
            unsafe { start.write_bytes(0, layout.size()) };
        }
        start
    }

    unsafe fn dealloc(&self, start: *mut u8, _layout: Layout) {
        // SAFETY: the caller gives back what `alloc` gave out.
        unsafe { c::free(start.cast()) };
    }

    unsafe fn realloc(&self, start: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        if layout.align() <= MALLOC_ALIGN {
            // SAFETY: the caller's promise.
            return unsafe { c::realloc(start.cast(), new_size) }.cast();
        }
        // SAFETY: the caller promises that this is a layout.
        let new_layout = unsafe { Layout::from_size_align_unchecked(new_size, layout.align()) };
        // SAFETY: the caller's promise.
        let moved = unsafe { self.alloc(new_layout) };
        if !moved.is_null() {
            // SAFETY: both are at least that long, and distinct.
            unsafe { ptr::copy_nonoverlapping(start, moved, layout.size().min(new_size)) };
            // SAFETY: the caller's promise.
            unsafe { self.dealloc(start, layout) };
        }
        moved
    }
}

/// A mapping of its own, unmapped when it goes.
///
/// Its bytes are reached through addresses only: whether they may be is a matter of the pages'
/// protection, which no type here follows.
#[derive(Debug)]
pub struct Mapping {
    start: *mut u8,
    len_bytes: usize,
}

// SAFETY: it is an address and a length; what is done at the address is the doer's business.
unsafe impl Send for Mapping {}
// SAFETY: as above.
unsafe impl Sync for Mapping {}

impl Mapping {
    /// Maps zeroed memory at an address of the kernel's choice, with `PROT_*` access.
    pub fn new(len_bytes: usize, protection: u32) -> Result<Self, Error> {
        // SAFETY: without MAP_FIXED a new mapping overlaps nothing.
        let start = unsafe { map(0, len_bytes, protection, MAP_PRIVATE | MAP_ANONYMOUS) }?;
        Ok(Self {
            start: ptr::with_exposed_provenance_mut(start),
            len_bytes,
        })
    }

    /// Maps the first `len_bytes` of what a file or shared memory holds, with `MAP_SHARED` or
    /// `MAP_PRIVATE` and other flags, which may not say where.
    pub fn of(file: &File, len_bytes: usize, protection: u32, flags: u32) -> Result<Self, Error> {
        Self::of_part(file, 0, len_bytes, protection, flags)
    }

    /// [`Self::of`], from byte `offset` on.
    pub fn of_part(
        file: &File,
        offset: i64,
        len_bytes: usize,
        protection: u32,
        flags: u32,
    ) -> Result<Self, Error> {
        if flags & (MAP_FIXED | MAP_FIXED_NOREPLACE) != 0 {
            return Err(Errno::EINVAL.into());
        }
        // SAFETY: a new mapping at a place of the kernel's choice overlaps nothing.
        let start = unsafe {
            c::mmap(
                ptr::null_mut(),
                len_bytes,
                protection.cast_signed(),
                flags.cast_signed(),
                file.descriptor(),
                offset,
            )
        };
        if start as usize == usize::MAX {
            return Err(Error::last());
        }
        Ok(Self {
            start: start.cast(),
            len_bytes,
        })
    }

    /// Its first byte.
    #[must_use]
    pub const fn start(&self) -> *mut u8 {
        self.start
    }

    /// The address of its first byte.
    #[must_use]
    pub fn address(&self) -> usize {
        self.start as usize
    }

    /// Its length.
    #[must_use]
    pub const fn len_bytes(&self) -> usize {
        self.len_bytes
    }
}

impl Drop for Mapping {
    fn drop(&mut self) {
        // SAFETY: the mapping is this value's own.
        if unsafe { c::munmap(self.start.cast(), self.len_bytes) } == -1 {
            // The kernel refuses only what is not a range of pages, which this is.
        }
    }
}

/// `mmap` of memory without a file; returns its address.
///
/// # Safety
///
/// With MAP_FIXED, the range holds nothing that the program relies on.
pub unsafe fn map(
    address: usize,
    len_bytes: usize,
    protection: u32,
    flags: u32,
) -> Result<usize, Error> {
    // SAFETY: handed on to the caller.
    let start = unsafe {
        c::mmap(
            ptr::with_exposed_provenance_mut::<c_void>(address),
            len_bytes,
            protection.cast_signed(),
            flags.cast_signed(),
            -1,
            0,
        )
    };
    if start as usize == usize::MAX {
        Err(Error::last())
    } else {
        Ok(start as usize)
    }
}

/// [`map`] at a fixed address, replacing what is there.
///
/// # Safety
///
/// The range holds nothing that the program relies on.
pub unsafe fn map_fixed(address: usize, len_bytes: usize, protection: u32) -> Result<usize, Error> {
    // SAFETY: handed on to the caller.
    unsafe {
        map(
            address,
            len_bytes,
            protection,
            MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED,
        )
    }
}

/// `munmap`.
///
/// # Safety
///
/// The range holds nothing that the program relies on.
pub unsafe fn unmap(address: usize, len_bytes: usize) -> Result<(), Error> {
    let start = ptr::with_exposed_provenance_mut(address);
    // SAFETY: handed on to the caller.
    number(unsafe { c::munmap(start, len_bytes) }).map(|_| ())
}

/// `mprotect`.
///
/// # Safety
///
/// The program does not rely on an access that it takes away.
pub unsafe fn protect(address: usize, len_bytes: usize, protection: u32) -> Result<(), Error> {
    let start = ptr::with_exposed_provenance_mut(address);
    // SAFETY: handed on to the caller.
    number(unsafe { c::mprotect(start, len_bytes, protection.cast_signed()) }).map(|_| ())
}

/// `msync`: with MS_SYNC, returns when what was written to mapped files there survives a power cut.
pub fn sync(address: usize, len_bytes: usize, flags: u32) -> Result<(), Error> {
    let start = ptr::with_exposed_provenance_mut(address);
    // SAFETY: changes no memory.
    number(unsafe { c::msync(start, len_bytes, flags.cast_signed()) }).map(|_| ())
}
