//! Addresses of every kind: good ones, and those no system call may follow.

use alloc::vec::Vec;
use core::fmt;

use harness::{Verdict, context, ensure};
use kpio_rt::abi::flags::{PROT_NONE, PROT_READ, PROT_WRITE};
use kpio_rt::abi::memory::{
    DIRECT_MAP_BASE, KERNEL_IMAGE_BASE, KERNEL_PHYS_BASE, PAGE_SIZE, USER_END, USER_MIN,
};
use kpio_rt::memory::{self, Mapping};

use super::rules::{Good, Rule, Use};

/// What is wrong with an address.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Place {
    /// Null, where the argument is not optional.
    Null,
    /// Below everything that can be mapped.
    Low,
    /// The kernel's view of all memory.
    DirectMap,
    /// The kernel's own code.
    KernelText,
    /// The first byte that is not the program's.
    UserEnd,
    /// Starts in user space and ends outside.
    OverUserEnd,
    /// Neither the program's nor the kernel's half.
    NonCanonical,
    /// The end lies before the start.
    Wrapping,
    /// The last byte there is.
    LastByte,
    /// A page that was mapped once.
    Unmapped,
    /// A page without access.
    NoAccess,
    /// The first half can be reached, the rest is a hole.
    HalfMapped,
    /// A page that can be read only, for something the kernel is to write.
    ReadOnly,
    /// The program's own code, for something the kernel is to write.
    OwnText,
    /// Good, but at an odd address.
    Misaligned,
}

impl fmt::Display for Place {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, formatter)
    }
}

/// How much of a text without end lies before the hole.
const ENDLESS_BYTES: usize = 8;

/// Content of the page that the kernel must not write to.
const MARK: u8 = 0x5A;

/// Pages for good and bad pointers.
pub struct Places {
    /// A page of zeros and one of dots; the page behind them is a hole.
    writable: Mapping,
    read_only: Mapping,
    no_access: Mapping,
    unmapped: usize,
    /// The pages around `unmapped`.
    _around: Mapping,
    /// Two pages without a NUL, then one of NULs.
    long: Mapping,
}

impl Places {
    /// Maps them.
    pub fn new() -> Result<Self, alloc::string::String> {
        let access = PROT_READ | PROT_WRITE;
        let writable = context(Mapping::new(3 * PAGE_SIZE, access), "mmap")?;
        let hole = writable.address() + 2 * PAGE_SIZE;
        // SAFETY: the second page, which nobody uses yet.
        unsafe {
            writable
                .start()
                .wrapping_add(PAGE_SIZE)
                .write_bytes(b'.', PAGE_SIZE)
        };
        // SAFETY: nobody uses the page yet.
        let done = unsafe { memory::protect(hole, PAGE_SIZE, PROT_NONE) };
        context(done, "mprotect")?;
        let read_only = context(Mapping::new(PAGE_SIZE, access), "mmap")?;
        // SAFETY: mapped just now, writable, and that long.
        unsafe { read_only.start().write_bytes(MARK, PAGE_SIZE) };
        // SAFETY: the page is only read from here on.
        let done = unsafe { memory::protect(read_only.address(), PAGE_SIZE, PROT_READ) };
        context(done, "mprotect")?;
        let no_access = context(Mapping::new(PAGE_SIZE, PROT_NONE), "mmap")?;
        let long = context(Mapping::new(3 * PAGE_SIZE, access), "mmap")?;
        // SAFETY: mapped just now, writable, and longer than that.
        unsafe { long.start().write_bytes(b'/', 2 * PAGE_SIZE) };
        // A hole of one page, made last: nothing that is mapped later fits into it.
        let around = context(Mapping::new(3 * PAGE_SIZE, access), "mmap")?;
        let unmapped = around.address() + PAGE_SIZE;
        // SAFETY: nobody uses the page.
        context(unsafe { memory::unmap(unmapped, PAGE_SIZE) }, "munmap")?;
        Ok(Self {
            writable,
            read_only,
            no_access,
            unmapped,
            _around: around,
            long,
        })
    }

    /// Half a page of zeros that can be read and written.
    pub fn zeros(&self) -> usize {
        self.writable.address()
    }

    /// A text that goes on up to a hole.
    pub fn endless_text(&self) -> usize {
        let start = self.hole() - ENDLESS_BYTES;
        // Other cases have let the kernel write there.
        // SAFETY: the end of the second page, which nobody holds a reference to.
        unsafe {
            core::ptr::with_exposed_provenance_mut::<u8>(start).write_bytes(b'.', ENDLESS_BYTES)
        };
        start
    }

    /// A text that is longer than any path, and ends.
    pub fn long_text(&self) -> usize {
        self.long.address()
    }

    /// The good address for a use, if the call may succeed.
    pub fn good(&self, rule: &Rule) -> Option<usize> {
        match rule.good {
            Good::Zeros => Some(self.zeros()),
            Good::At(address) => Some(address()),
            Good::Never => None,
        }
    }

    fn hole(&self) -> usize {
        self.writable.address() + 2 * PAGE_SIZE
    }

    /// The bad addresses for a use.
    pub fn bad(&self, rule: &Rule) -> Vec<(Place, usize)> {
        let hole = self.hole();
        let len_bytes = rule.len_bytes;
        let mut places = Vec::from([
            (Place::Low, USER_MIN - PAGE_SIZE),
            (Place::DirectMap, DIRECT_MAP_BASE + 0x20_0000),
            (Place::KernelText, KERNEL_IMAGE_BASE + KERNEL_PHYS_BASE),
            (Place::UserEnd, USER_END),
            (Place::NonCanonical, 1 << 47),
            (Place::Wrapping, usize::MAX - 3),
            (Place::LastByte, usize::MAX & !(rule.align - 1)),
            (Place::Unmapped, self.unmapped),
            (Place::NoAccess, self.no_access.address()),
        ]);
        if !rule.is_optional {
            places.push((Place::Null, 0));
        }
        if len_bytes >= 2 {
            let half = (len_bytes / 2).next_multiple_of(rule.align);
            if half < len_bytes {
                places.push((Place::HalfMapped, hole - half));
                places.push((Place::OverUserEnd, USER_END - half));
            }
        }
        if rule.usage == Use::Written {
            places.push((Place::ReadOnly, self.read_only.address()));
            places.push((
                Place::OwnText,
                super::run as *const () as usize & !(rule.align - 1),
            ));
        }
        if matches!(rule.good, Good::Zeros) {
            places.push((Place::Misaligned, self.zeros() + 1));
        }
        places
    }

    /// Nobody has written to the page that can be read only.
    pub fn untouched(&self) -> Verdict {
        let page = self.read_only.start();
        // SAFETY: the page can be read and nobody writes to it.
        let bytes = unsafe { core::slice::from_raw_parts(page, PAGE_SIZE) };
        ensure(
            bytes.iter().all(|byte| *byte == MARK),
            "the kernel has written to a read-only page",
        )
    }
}
