//! Page tables: the kernel's half, shared by all, and a user half a process.
//!
//! Source: Intel SDM vol. 3 "4-Level Paging and 5-Level Paging".
//!
//! A user page table owns a reference to every frame it maps: mapping gives the reference to the
//! entry, unmapping takes it back after the TLB entry is gone. So no user code ever reaches a frame
//! that was given to somebody else.

#[cfg(target_os = "none")]
mod kernel;
mod user;

#[cfg(target_os = "none")]
pub use kernel::map_mmio;
#[cfg(target_os = "none")]
pub(crate) use kernel::{
    KernelMapping, KernelTableBuilder, is_kernel_mapped, kernel_virt_to_phys, map_fresh,
    map_guarded, unmap_fresh,
};
#[cfg(target_os = "none")]
pub use user::activate_kernel_only;
pub use user::{Mapping, OutOfFrames, UserPageTable};

use crate::frame;
use crate::memory::{direct_map, to_usize};
use bitflags::bitflags;
use core::sync::atomic::{AtomicU64, Ordering};

bitflags! {
    /// What user code may do with a page.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct Access: u8 {
        /// Reading.
        const READ = 1;
        /// Writing.
        const WRITE = 2;
        /// Instruction fetch.
        const EXECUTE = 4;
    }
}

const PRESENT: u64 = 1;
const WRITABLE: u64 = 1 << 1;
const USER: u64 = 1 << 2;
const HUGE: u64 = 1 << 7;
const NO_EXECUTE: u64 = 1 << 63;
const ADDRESS: u64 = 0x000F_FFFF_FFFF_F000;
const ENTRIES: usize = 512;

/// NX where it is compiled in.
const fn nx() -> u64 {
    if cfg!(feature = "without-nx") {
        0
    } else {
        NO_EXECUTE
    }
}

fn index(address: u64, level: u32) -> usize {
    to_usize(address >> (12 + 9 * level)) % ENTRIES
}

/// One table of 512 entries, by physical address.
#[derive(Clone, Copy)]
struct Table(u64);

impl Table {
    fn entry(self, index: usize) -> &'static AtomicU64 {
        assert!(index < ENTRIES);
        let pointer = direct_map(self.0).cast::<AtomicU64>();
        // SAFETY: a table is one frame of 512 entries, and `index` is below 512.
        let entry = unsafe { pointer.add(index) };
        // SAFETY: tables are made by this module, live in the direct map, and are read and written
        // through atomics only (the CPU sets accessed and dirty bits meanwhile).
        unsafe { &*entry }
    }

    /// The first entry that is present among `from..=last`. Most of a table is empty: entries are
    /// looked at eight at a time.
    fn next_present(self, from: usize, last: usize) -> Option<usize> {
        const STRIDE: usize = 8;
        let mut at = from;
        while at <= last {
            if at.is_multiple_of(STRIDE) && at + STRIDE <= last + 1 {
                let any = (at..at + STRIDE).fold(0, |any, i| any | self.get(i));
                if any & PRESENT == 0 {
                    at += STRIDE;
                    continue;
                }
            }
            if self.get(at) & PRESENT != 0 {
                return Some(at);
            }
            at += 1;
        }
        None
    }

    #[inline]
    fn get(self, index: usize) -> u64 {
        self.entry(index).load(Ordering::Relaxed)
    }

    fn set(self, index: usize, value: u64) {
        self.entry(index).store(value, Ordering::Relaxed);
    }

    /// The next table below entry `index`, made by `make` if there is none.
    fn below(
        self,
        index: usize,
        flags: u64,
        make: &mut dyn FnMut() -> Option<u64>,
    ) -> Option<Self> {
        let entry = self.get(index);
        if entry & PRESENT == 0 {
            let new = make()?;
            self.set(index, new | flags | PRESENT);
            return Some(Self(new));
        }
        assert!(
            entry & HUGE == 0,
            "a table is wanted where a large page is mapped"
        );
        Some(Self(entry & ADDRESS))
    }
}

/// Map one page in `root`; tables come from `make`.
fn map_page(
    root: Table,
    virt: u64,
    value: u64,
    table_flags: u64,
    make: &mut dyn FnMut() -> Option<u64>,
) -> Option<()> {
    let mut table = root;
    for level in [3, 2, 1] {
        table = table.below(index(virt, level), table_flags, make)?;
    }
    let entry = index(virt, 0);
    assert!(
        table.get(entry) & PRESENT == 0,
        "page {virt:#x} is mapped already"
    );
    table.set(entry, value);
    Some(())
}

fn leaf(root: Table, virt: u64) -> Option<(Table, usize)> {
    let mut table = root;
    for level in [3, 2, 1] {
        let entry = table.get(index(virt, level));
        if entry & PRESENT == 0 || entry & HUGE != 0 {
            return None;
        }
        table = Table(entry & ADDRESS);
    }
    Some((table, index(virt, 0)))
}

fn table_frame() -> Option<u64> {
    frame::allocate_contiguous(1)
}

/// The root of the kernel's half; on the host there is none.
static KERNEL_ROOT: spin::Once<u64> = spin::Once::new();

/// Make `phys` the root of the CPU.
///
/// # Safety
/// Its kernel half is the kernel's map.
#[cfg(target_os = "none")]
unsafe fn load_root(phys: u64) {
    use x86_64::registers::control::{Cr3, Cr3Flags};
    let address = x86_64::PhysAddr::new(phys);
    let frame = x86_64::structures::paging::PhysFrame::containing_address(address);
    // SAFETY: by the caller: the kernel's half of this root is the kernel's map.
    unsafe { Cr3::write(frame, Cr3Flags::empty()) };
}
