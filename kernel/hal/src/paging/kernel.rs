//! The kernel's half: the image, the direct map, and an area for stacks and device registers.

use super::{
    ADDRESS, HUGE, KERNEL_ROOT, PRESENT, Table, WRITABLE, index, leaf, load_root, map_page, nx,
    table_frame,
};
use crate::frame;
use crate::memory::to_usize;
use crate::sync::{Lock, Rank};
use core::ptr::NonNull;
use kpio_abi::memory::{KERNEL_VMAP_BASE, KERNEL_VMAP_SIZE, PAGE_SIZE};

const WRITE_THROUGH: u64 = 1 << 3;
const NO_CACHE: u64 = 1 << 4;
const GLOBAL: u64 = 1 << 8;
const HUGE_SIZE: u64 = 2 << 20;

/// A run of physical memory to be mapped for the kernel.
#[derive(Clone, Copy, Debug)]
pub(crate) struct KernelMapping {
    pub virt: u64,
    pub phys: u64,
    pub len_bytes: u64,
    pub is_writable: bool,
    pub is_executable: bool,
}

/// Builds the kernel's half at boot, when frames come from a bump allocator.
pub(crate) struct KernelTableBuilder<'a> {
    root: Table,
    make: &'a mut dyn FnMut() -> u64,
}

impl<'a> KernelTableBuilder<'a> {
    /// `make` gives the physical address of a zeroed frame each time.
    pub fn new(make: &'a mut dyn FnMut() -> u64) -> Self {
        let root = Table(make());
        Self { root, make }
    }

    /// Map a run with large pages where alignment allows it and `is_huge_allowed`.
    pub fn map(&mut self, m: KernelMapping, is_huge_allowed: bool) {
        let mut flags = PRESENT | GLOBAL;
        if m.is_writable || cfg!(feature = "without-wx") {
            flags |= WRITABLE;
        }
        if !m.is_executable {
            flags |= nx();
        }
        let mut done = 0;
        while done < m.len_bytes {
            let (virt, phys) = (m.virt + done, m.phys + done);
            let is_huge = is_huge_allowed
                && virt.is_multiple_of(HUGE_SIZE)
                && phys.is_multiple_of(HUGE_SIZE)
                && m.len_bytes - done >= HUGE_SIZE;
            let make = &mut *self.make;
            let mut make = || Some(make());
            if is_huge {
                let mut table = self.root;
                for level in [3, 2] {
                    table = table
                        .below(index(virt, level), WRITABLE, &mut make)
                        .expect("the boot allocator does not answer None");
                }
                table.set(index(virt, 1), phys | flags | HUGE);
                done += HUGE_SIZE;
            } else {
                map_page(self.root, virt, phys | flags, WRITABLE, &mut make)
                    .expect("the boot allocator does not answer None");
                done += PAGE_SIZE as u64;
            }
        }
    }

    /// A zeroed frame from where the tables' own frames come.
    pub fn take_frame(&mut self) -> u64 {
        (self.make)()
    }

    /// Make the tables below every top entry of `start..start+len` exist, so that later mappings
    /// there show in every address space.
    pub fn reserve(&mut self, start: u64, len_bytes: u64) {
        let mut at = start;
        while at - start < len_bytes {
            let make = &mut *self.make;
            let mut make = || Some(make());
            let _ = self.root.below(index(at, 3), WRITABLE, &mut make);
            at += 1 << 39;
        }
    }

    /// Load the table. From here on the kernel runs on its final map.
    ///
    /// # Safety
    /// The code, stack and data in use are mapped in it where they are now.
    pub unsafe fn activate(self) {
        KERNEL_ROOT.call_once(|| self.root.0);
        // SAFETY: by the caller.
        unsafe { load_root(self.root.0) };
    }
}

/// The next free address of the kernel's area for stacks and device registers. Areas are given out
/// once; stacks come back through a pool in `task`.
static NEXT_VMAP: Lock<u64> = Lock::new(Rank::KernelMap, KERNEL_VMAP_BASE as u64);

fn reserve_vmap(len_bytes: u64) -> Option<u64> {
    let mut next = NEXT_VMAP.lock();
    let start = *next;
    let end = start.checked_add(len_bytes)?;
    if end > (KERNEL_VMAP_BASE + KERNEL_VMAP_SIZE) as u64 {
        return None;
    }
    *next = end;
    Some(start)
}

pub(super) fn kernel_root() -> Table {
    Table(
        *KERNEL_ROOT
            .get()
            .expect("the kernel's page table is built at boot"),
    )
}

/// Map device registers for the kernel, uncached. The mapping stays for good.
///
/// # Panics
/// When the kernel's area or its memory is used up: at boot, when nothing can go on without it.
pub fn map_mmio(phys: u64, len_bytes: usize) -> NonNull<u8> {
    let offset = phys % PAGE_SIZE as u64;
    let pages = (offset + len_bytes as u64).div_ceil(PAGE_SIZE as u64);
    let virt = reserve_vmap(pages * PAGE_SIZE as u64).expect("room in the kernel's device area");
    let flags = PRESENT | WRITABLE | GLOBAL | NO_CACHE | WRITE_THROUGH | nx();
    for page in 0..pages {
        let at = page * PAGE_SIZE as u64;
        map_page(
            kernel_root(),
            virt + at,
            (phys - offset + at) | flags,
            WRITABLE,
            &mut table_frame,
        )
        .expect("memory for the page tables of device registers");
    }
    let pointer = core::ptr::with_exposed_provenance_mut(to_usize(virt + offset));
    NonNull::new(pointer).expect("the kernel's area is not at zero")
}

/// An area of `pages` kernel pages on fresh frames, with an unmapped page below: for stacks.
/// `None` when memory or addresses are used up.
pub(crate) fn map_guarded(pages: usize) -> Option<u64> {
    let start = reserve_vmap((pages + 1) as u64 * PAGE_SIZE as u64)?;
    if cfg!(feature = "without-guard-pages") {
        let flags = PRESENT | WRITABLE | GLOBAL | nx();
        let frame = frame::allocate_contiguous(1)?;
        map_page(
            kernel_root(),
            start,
            frame | flags,
            WRITABLE,
            &mut table_frame,
        )?;
    }
    let bottom = start + PAGE_SIZE as u64;
    map_fresh(bottom, pages)?;
    Some(bottom)
}

/// Map `pages` kernel pages from `start` on, where nothing is, on fresh frames. `None`, and nothing is
/// mapped, when memory is used up.
pub(crate) fn map_fresh(start: u64, pages: usize) -> Option<()> {
    let flags = PRESENT | WRITABLE | GLOBAL | nx();
    for page in 0..pages {
        let virt = start + (page * PAGE_SIZE) as u64;
        let mapped = frame::allocate_contiguous(1).and_then(|frame| {
            let entry = frame | flags;
            let mapped = map_page(kernel_root(), virt, entry, WRITABLE, &mut table_frame);
            if mapped.is_none() {
                frame::free_contiguous(frame, 1);
            }
            mapped
        });
        if mapped.is_none() {
            unmap_fresh(start, page);
            return None;
        }
    }
    Some(())
}

/// Undo [`map_fresh`]: nobody uses the pages any more.
pub(crate) fn unmap_fresh(start: u64, pages: usize) {
    for page in 0..pages {
        let virt = start + (page * PAGE_SIZE) as u64;
        let (table, entry) = leaf(kernel_root(), virt).expect("a page that `map_fresh` has mapped");
        let frame = table.get(entry) & ADDRESS;
        table.set(entry, 0);
        #[cfg(target_os = "none")]
        x86_64::instructions::tlb::flush(x86_64::VirtAddr::new(virt));
        frame::free_contiguous(frame, 1);
    }
}

/// Whether the kernel may touch `virt` (for reading stacks in a backtrace).
pub(crate) fn is_kernel_mapped(virt: u64) -> bool {
    let Some(root) = KERNEL_ROOT.get() else {
        return false;
    };
    let mut table = Table(*root);
    for level in [3, 2, 1, 0] {
        let entry = table.get(index(virt, level));
        if entry & PRESENT == 0 {
            return false;
        }
        if entry & HUGE != 0 && level > 0 {
            return true;
        }
        table = Table(entry & ADDRESS);
    }
    true
}

/// Physical address that the kernel's half maps `virt` to.
pub(crate) fn kernel_virt_to_phys(virt: u64) -> Option<u64> {
    let mut table = kernel_root();
    for level in [3, 2, 1, 0] {
        let entry = table.get(index(virt, level));
        if entry & PRESENT == 0 {
            return None;
        }
        let size = 1_u64 << (12 + 9 * level);
        if level == 0 || entry & HUGE != 0 {
            return Some((entry & ADDRESS & !(size - 1)) | (virt & (size - 1)));
        }
        table = Table(entry & ADDRESS);
    }
    None
}
