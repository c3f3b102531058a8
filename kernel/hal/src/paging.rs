//! Page tables: the kernel's half, shared by all, and a user half a process.
//!
//! Source: Intel SDM vol. 3 "4-Level Paging and 5-Level Paging".
//!
//! A user page table owns a reference to every frame it maps: mapping gives the reference to the
//! entry, unmapping takes it back after the TLB entry is gone. So no user code ever reaches a frame
//! that was given to somebody else.

use crate::frame::{self, Frame};
use crate::memory::{direct_map, to_usize};
use crate::sync::{Lock, Rank};
use bitflags::bitflags;
use core::ptr::NonNull;
use core::sync::atomic::{AtomicU64, Ordering};
use kpio_abi::memory::{
    KERNEL_VMAP_BASE, KERNEL_VMAP_SIZE, PAGE_SIZE, USER_END,
};
use x86_64::PhysAddr;

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
const WRITE_THROUGH: u64 = 1 << 3;
const NO_CACHE: u64 = 1 << 4;
const HUGE: u64 = 1 << 7;
const GLOBAL: u64 = 1 << 8;
const NO_EXECUTE: u64 = 1 << 63;
const ADDRESS: u64 = 0x000F_FFFF_FFFF_F000;
const ENTRIES: usize = 512;
const HUGE_SIZE: u64 = 2 << 20;
/// The first entry of the top table that belongs to the kernel.
const KERNEL_HALF: usize = 256;

/// NX where it is compiled in.
const fn nx() -> u64 {
    if cfg!(feature = "without-nx") { 0 } else { NO_EXECUTE }
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

    fn get(self, index: usize) -> u64 {
        self.entry(index).load(Ordering::Relaxed)
    }

    fn set(self, index: usize, value: u64) {
        self.entry(index).store(value, Ordering::Relaxed);
    }

    /// The next table below entry `index`, made by `make` if there is none.
    fn below(self, index: usize, flags: u64, make: &mut dyn FnMut() -> Option<u64>) -> Option<Self> {
        let entry = self.get(index);
        if entry & PRESENT == 0 {
            let new = make()?;
            self.set(index, new | flags | PRESENT);
            return Some(Self(new));
        }
        assert!(entry & HUGE == 0, "a table is wanted where a large page is mapped");
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
    assert!(table.get(entry) & PRESENT == 0, "page {virt:#x} is mapped already");
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

// ---------------------------------------------------------------------------------------------
// The kernel's half.

static KERNEL_ROOT: spin::Once<u64> = spin::Once::new();

/// A run of physical memory to be mapped for the kernel.
#[cfg(target_os = "none")]
#[derive(Clone, Copy, Debug)]
pub(crate) struct KernelMapping {
    pub virt: u64,
    pub phys: u64,
    pub len_bytes: u64,
    pub is_writable: bool,
    pub is_executable: bool,
}

/// Builds the kernel's half at boot, when frames come from a bump allocator.
#[cfg(target_os = "none")]
pub(crate) struct KernelTableBuilder<'a> {
    root: Table,
    make: &'a mut dyn FnMut() -> u64,
}

#[cfg(target_os = "none")]
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

#[cfg(target_os = "none")]
unsafe fn load_root(phys: u64) {
    use x86_64::registers::control::{Cr3, Cr3Flags};
    let frame = x86_64::structures::paging::PhysFrame::containing_address(PhysAddr::new(phys));
    // SAFETY: by the caller: the kernel's half of this root is the kernel's map.
    unsafe { Cr3::write(frame, Cr3Flags::empty()) };
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

fn kernel_root() -> Table {
    Table(*KERNEL_ROOT.get().expect("the kernel's page table is built at boot"))
}

fn table_frame() -> Option<u64> {
    frame::allocate_contiguous(1)
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
        map_page(kernel_root(), virt + at, (phys - offset + at) | flags, WRITABLE, &mut table_frame)
            .expect("memory for the page tables of device registers");
    }
    let pointer = core::ptr::with_exposed_provenance_mut(to_usize(virt + offset));
    NonNull::new(pointer).expect("the kernel's area is not at zero")
}

/// An area of `pages` kernel pages on fresh frames, with an unmapped page below: for stacks.
/// `None` when memory or addresses are used up.
pub(crate) fn map_guarded(pages: usize) -> Option<u64> {
    let start = reserve_vmap((pages + 1) as u64 * PAGE_SIZE as u64)?;
    let flags = PRESENT | WRITABLE | GLOBAL | nx();
    if cfg!(feature = "without-guard-pages") {
        let frame = frame::allocate_contiguous(1)?;
        map_page(kernel_root(), start, frame | flags, WRITABLE, &mut table_frame)?;
    }
    for page in 1..=pages {
        let frame = frame::allocate_contiguous(1)?;
        let virt = start + (page * PAGE_SIZE) as u64;
        map_page(kernel_root(), virt, frame | flags, WRITABLE, &mut table_frame)?;
    }
    Some(start + PAGE_SIZE as u64)
}

/// Whether the kernel may touch `virt` (for reading stacks in a backtrace).
pub(crate) fn is_kernel_mapped(virt: u64) -> bool {
    let Some(root) = KERNEL_ROOT.get() else { return false };
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

// ---------------------------------------------------------------------------------------------
// The user's half.

/// The page table of one process.
#[derive(Debug)]
pub struct UserPageTable {
    root: u64,
}

/// What one user page maps to.
#[derive(Debug, PartialEq, Eq)]
pub struct Mapping {
    /// A reference to the frame of its own.
    pub frame: Frame,
    /// What user code may do with it.
    pub access: Access,
}

/// The page tables' memory is used up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OutOfFrames;

fn check_user(virt: u64) {
    assert!(
        virt < USER_END as u64 && virt.is_multiple_of(PAGE_SIZE as u64),
        "{virt:#x} is no user page"
    );
}

fn user_entry(access: Access) -> u64 {
    let mut flags = PRESENT | USER;
    if access.contains(Access::WRITE) {
        flags |= WRITABLE;
    }
    if !access.contains(Access::EXECUTE) {
        flags |= nx();
    }
    flags
}

fn access_of(entry: u64) -> Access {
    let mut access = Access::READ;
    access.set(Access::WRITE, entry & WRITABLE != 0);
    access.set(Access::EXECUTE, entry & NO_EXECUTE == 0);
    access
}

impl UserPageTable {
    /// An empty user half under the kernel's half.
    ///
    /// # Errors
    /// [`OutOfFrames`].
    pub fn new() -> Result<Self, OutOfFrames> {
        let root = frame::allocate_contiguous(1).ok_or(OutOfFrames)?;
        if let Some(kernel) = KERNEL_ROOT.get() {
            for entry in KERNEL_HALF..ENTRIES {
                Table(root).set(entry, Table(*kernel).get(entry));
            }
        }
        Ok(Self { root })
    }

    /// Map the page at `virt` to `frame`, whose reference the table takes.
    ///
    /// # Errors
    /// [`OutOfFrames`]; nothing is mapped then.
    ///
    /// # Panics
    /// If the page is mapped, or is no user page, or access is both writing and executing.
    pub fn map(&mut self, virt: u64, frame: Frame, access: Access) -> Result<(), OutOfFrames> {
        check_user(virt);
        assert!(
            !access.contains(Access::WRITE | Access::EXECUTE),
            "a page that is writable and executable"
        );
        let value = frame.phys().as_u64() | user_entry(access);
        map_page(Table(self.root), virt, value, USER | WRITABLE, &mut table_frame)
            .ok_or(OutOfFrames)?;
        let _ = frame.into_phys();
        Ok(())
    }

    /// Remove the page at `virt`; the frame it mapped, if any.
    pub fn unmap(&mut self, virt: u64) -> Option<Frame> {
        check_user(virt);
        let (table, at) = leaf(Table(self.root), virt)?;
        let entry = table.get(at);
        if entry & PRESENT == 0 {
            return None;
        }
        table.set(at, 0);
        self.flush(virt);
        // SAFETY: `map` gave this reference to the entry, which is gone, also from the TLB.
        Some(unsafe { Frame::from_phys(PhysAddr::new(entry & ADDRESS)) })
    }

    /// Change what user code may do with the page at `virt`; false when it is not mapped.
    pub fn protect(&mut self, virt: u64, access: Access) -> bool {
        check_user(virt);
        assert!(!access.contains(Access::WRITE | Access::EXECUTE));
        let Some((table, at)) = leaf(Table(self.root), virt) else { return false };
        let entry = table.get(at);
        if entry & PRESENT == 0 {
            return false;
        }
        table.set(at, (entry & ADDRESS) | user_entry(access));
        self.flush(virt);
        true
    }

    /// What the page at `virt` maps to.
    #[must_use]
    pub fn lookup(&self, virt: u64) -> Option<Mapping> {
        check_user(virt);
        let (table, at) = leaf(Table(self.root), virt)?;
        let entry = table.get(at);
        if entry & PRESENT == 0 {
            return None;
        }
        // SAFETY: the entry holds a reference, which stays with it: the clone is a new one, and the
        // original is given back.
        let held = unsafe { Frame::from_phys(PhysAddr::new(entry & ADDRESS)) };
        let frame = held.clone();
        let _ = held.into_phys();
        Some(Mapping { frame, access: access_of(entry) })
    }

    /// Make this the page table of the CPU.
    #[cfg(target_os = "none")]
    pub fn activate(&self) {
        if ACTIVE_ROOT.swap(self.root, Ordering::Relaxed) != self.root {
            // SAFETY: the kernel's half was copied from the kernel's map in `new`, and its tables
            // are shared.
            unsafe { load_root(self.root) };
        }
    }

    fn flush(&self, virt: u64) {
        #[cfg(target_os = "none")]
        if ACTIVE_ROOT.load(Ordering::Relaxed) == self.root {
            x86_64::instructions::tlb::flush(x86_64::VirtAddr::new(virt));
        }
        let _ = (virt, self.root);
    }

    fn free_below(table: Table, level: u32, entries: core::ops::Range<usize>) {
        for at in entries {
            let entry = table.get(at);
            if entry & PRESENT == 0 {
                continue;
            }
            if level == 0 {
                // SAFETY: `map` gave this reference to the entry; the table is on no CPU.
                drop(unsafe { Frame::from_phys(PhysAddr::new(entry & ADDRESS)) });
            } else {
                Self::free_below(Table(entry & ADDRESS), level - 1, 0..ENTRIES);
                frame::free_contiguous(entry & ADDRESS, 1);
            }
        }
    }
}

/// The root that CR3 holds.
static ACTIVE_ROOT: AtomicU64 = AtomicU64::new(0);

/// Leave any user half: the kernel's own table becomes that of the CPU.
#[cfg(target_os = "none")]
pub fn activate_kernel_only() {
    let root = kernel_root().0;
    if ACTIVE_ROOT.swap(root, Ordering::Relaxed) != root {
        // SAFETY: the kernel's own root.
        unsafe { load_root(root) };
    }
}

impl Drop for UserPageTable {
    fn drop(&mut self) {
        #[cfg(target_os = "none")]
        if ACTIVE_ROOT.load(Ordering::Relaxed) == self.root {
            activate_kernel_only();
        }
        Self::free_below(Table(self.root), 3, 0..KERNEL_HALF);
        frame::free_contiguous(self.root, 1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_holds_its_frames_and_gives_them_back() {
        frame::init_host();
        let frame = Frame::zeroed().expect("memory");
        let mut table = UserPageTable::new().expect("memory");
        table.map(0x40_0000, frame.clone(), Access::READ).expect("memory");
        assert_eq!(frame.refcount(), 2);
        let mapping = table.lookup(0x40_0000).expect("mapped");
        assert_eq!((mapping.frame.phys(), mapping.access), (frame.phys(), Access::READ));
        drop(mapping);
        assert_eq!(table.unmap(0x40_0000).map(|f| f.phys()), Some(frame.phys()));
        assert_eq!((frame.refcount(), table.lookup(0x40_0000)), (1, None));
        table.map(0x7FFF_FFFF_E000, frame.clone(), Access::READ | Access::WRITE).expect("memory");
        drop(table);
        assert_eq!(frame.refcount(), 1);
    }

    #[test]
    #[should_panic(expected = "writable and executable")]
    fn writable_and_executable_is_refused() {
        frame::init_host();
        let mut table = UserPageTable::new().expect("memory");
        let frame = Frame::zeroed().expect("memory");
        let _ = table.map(0x40_0000, frame, Access::WRITE | Access::EXECUTE);
    }

    #[test]
    #[should_panic(expected = "no user page")]
    fn kernel_addresses_are_refused() {
        frame::init_host();
        let mut table = UserPageTable::new().expect("memory");
        let frame = Frame::zeroed().expect("memory");
        let _ = table.map(USER_END as u64, frame, Access::READ);
    }
}
