//! The user's half: one page table a process, which owns what it maps.

use super::{
    ADDRESS, Access, ENTRIES, KERNEL_ROOT, NO_EXECUTE, PRESENT, Table, USER, WRITABLE, index, leaf,
    map_page, nx, table_frame,
};
#[cfg(target_os = "none")]
use super::{kernel::kernel_root, load_root};
use crate::frame::{self, Frame};
use arrayvec::ArrayVec;
use core::ops::{Range, RangeInclusive};
#[cfg(target_os = "none")]
use core::sync::atomic::{AtomicU64, Ordering};
use kpio_abi::memory::{PAGE_SIZE, USER_END};
use x86_64::PhysAddr;

/// The first entry of the top table that belongs to the kernel.
const KERNEL_HALF: usize = 256;

/// The page table of one process.
#[derive(Debug)]
pub struct UserPageTable {
    root: u64,
    nr_pages: usize,
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
        Ok(Self { root, nr_pages: 0 })
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
        map_page(
            Table(self.root),
            virt,
            value,
            USER | WRITABLE,
            &mut table_frame,
        )
        .ok_or(OutOfFrames)?;
        let _ = frame.into_phys();
        self.nr_pages += 1;
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
        self.nr_pages -= 1;
        self.flush(virt);
        // SAFETY: `map` gave this reference to the entry, which is gone, also from the TLB.
        Some(unsafe { Frame::from_phys(PhysAddr::new(entry & ADDRESS)) })
    }

    /// Pages that are mapped.
    #[must_use]
    pub const fn nr_pages(&self) -> usize {
        self.nr_pages
    }

    /// Remove the pages of `range` and give up their frames. The caller says in which `gap` around
    /// them nothing else is mapped: tables that serve addresses of the gap alone go too.
    pub fn unmap_range(&mut self, range: Range<u64>, gap: &Range<u64>) {
        self.unmap_ranges([range], gap);
    }

    /// Remove the pages of `ranges`, which ascend, as [`Self::unmap_range`] does; nothing but them
    /// is mapped in `gap`.
    pub fn unmap_ranges(&mut self, ranges: impl IntoIterator<Item = Range<u64>>, gap: &Range<u64>) {
        let mut removed = Removed {
            frames: ArrayVec::new(),
            total: 0,
        };
        let mut ranges = ranges.into_iter().peekable();
        while let Some(range) = ranges.next() {
            let end = range.end.min(USER_END as u64);
            if range.start >= end {
                continue;
            }
            // A table that the next range needs too goes with that one.
            let free = gap.start..ranges.peek().map_or(gap.end, |next| next.start);
            let addresses = range.start..=end - 1;
            self.unmap_below(Table(self.root), 3, addresses, &free, &mut removed);
        }
        self.release(&mut removed);
        self.nr_pages -= removed.total;
        // The CPU may hold entries of the freed tables in its paging-structure caches.
        self.flush_all();
    }

    /// Unmap below `table` of `level`, for `addresses`, which lie in its reach.
    fn unmap_below(
        &self,
        table: Table,
        level: u32,
        addresses: RangeInclusive<u64>,
        gap: &Range<u64>,
        removed: &mut Removed,
    ) {
        let (first, last) = addresses.into_inner();
        let step = 1_u64 << (12 + 9 * level);
        let (from, to) = (index(first, level), index(last, level));
        let mut next = table.next_present(from, to);
        while let Some(at) = next {
            next = table.next_present(at + 1, to);
            let entry = table.get(at);
            if level == 0 {
                table.set(at, 0);
                // SAFETY: `map` gave this reference to the entry, which is gone; the frame waits in
                // `removed` until the TLB entry is gone too.
                let frame = unsafe { Frame::from_phys(PhysAddr::new(entry & ADDRESS)) };
                removed.frames.push(frame);
                if removed.frames.is_full() {
                    self.release(removed);
                }
                continue;
            }
            let below = Table(entry & ADDRESS);
            let start = first / step * step + (at - from) as u64 * step;
            let part = first.max(start)..=last.min(start + step - 1);
            self.unmap_below(below, level - 1, part, gap, removed);
            if gap.start <= start && start + step <= gap.end {
                table.set(at, 0);
                frame::free_contiguous(entry & ADDRESS, 1);
            }
        }
    }

    /// Let go of frames whose entries were cleared: first the TLB, then the references.
    fn release(&self, removed: &mut Removed) {
        if !removed.frames.is_empty() {
            self.flush_all();
            removed.total += removed.frames.len();
            removed.frames.clear();
        }
    }

    /// Take the permission to write away from the pages of all `ranges`.
    pub fn write_protect_all(&mut self, ranges: impl Iterator<Item = Range<u64>>) {
        for range in ranges {
            self.change_range(range, |entry| entry & !WRITABLE);
        }
        self.flush_all();
    }

    /// Let user code do `access` with the pages of `range` that are mapped. Who could not write
    /// before cannot now: the next write faults, and whoever serves that knows whether it may.
    pub fn protect_range(&mut self, range: Range<u64>, access: Access) {
        assert!(!access.contains(Access::WRITE | Access::EXECUTE));
        let flags = user_entry(access);
        self.change_range(range, |entry| {
            (entry & ADDRESS) | (flags & (entry | !WRITABLE))
        });
        self.flush_all();
    }

    fn change_range(&mut self, range: Range<u64>, change: impl Fn(u64) -> u64) {
        let end = range.end.min(USER_END as u64);
        if range.start < end {
            Self::change_below(Table(self.root), 3, range.start, end - 1, &change);
        }
    }

    fn change_below(table: Table, level: u32, first: u64, last: u64, change: &impl Fn(u64) -> u64) {
        let step = 1_u64 << (12 + 9 * level);
        let (from, to) = (index(first, level), index(last, level));
        let mut next = table.next_present(from, to);
        while let Some(at) = next {
            next = table.next_present(at + 1, to);
            let entry = table.get(at);
            if level == 0 {
                table.set(at, change(entry));
                continue;
            }
            let start = first / step * step + (at - from) as u64 * step;
            let (first, last) = (first.max(start), last.min(start + step - 1));
            Self::change_below(Table(entry & ADDRESS), level - 1, first, last, change);
        }
    }

    /// Let user code write the page at `virt`, which is mapped and not executable.
    ///
    /// # Panics
    /// If it is not so.
    pub fn allow_writing(&mut self, virt: u64) {
        check_user(virt);
        let (table, at) = leaf(Table(self.root), virt).expect("the page is mapped");
        let entry = table.get(at);
        assert!(entry & PRESENT != 0 && access_of(entry) & Access::EXECUTE == Access::empty());
        table.set(at, entry | WRITABLE);
        self.flush(virt);
    }

    /// What user code may do with the page at `virt`, if it is mapped.
    #[must_use]
    pub fn access(&self, virt: u64) -> Option<Access> {
        check_user(virt);
        let (table, at) = leaf(Table(self.root), virt)?;
        let entry = table.get(at);
        (entry & PRESENT != 0).then(|| access_of(entry))
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
        Some(Mapping {
            frame,
            access: access_of(entry),
        })
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

    fn flush_all(&self) {
        #[cfg(target_os = "none")]
        if ACTIVE_ROOT.load(Ordering::Relaxed) == self.root {
            x86_64::instructions::tlb::flush_all();
        }
        let _ = self.root;
    }

    fn free_below(table: Table, level: u32, last: usize) {
        let mut next = table.next_present(0, last);
        while let Some(at) = next {
            next = table.next_present(at + 1, last);
            let entry = table.get(at);
            if level == 0 {
                // SAFETY: `map` gave this reference to the entry; the table is on no CPU.
                drop(unsafe { Frame::from_phys(PhysAddr::new(entry & ADDRESS)) });
            } else {
                Self::free_below(Table(entry & ADDRESS), level - 1, ENTRIES - 1);
                frame::free_contiguous(entry & ADDRESS, 1);
            }
        }
    }
}

/// Frames whose entries are cleared, until the TLB has forgotten them.
struct Removed {
    frames: ArrayVec<Frame, 256>,
    total: usize,
}

/// The root that CR3 holds.
#[cfg(target_os = "none")]
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
        Self::free_below(Table(self.root), 3, KERNEL_HALF - 1);
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
        table
            .map(0x40_0000, frame.clone(), Access::READ)
            .expect("memory");
        assert_eq!(frame.refcount(), 2);
        let mapping = table.lookup(0x40_0000).expect("mapped");
        assert_eq!(
            (mapping.frame.phys(), mapping.access),
            (frame.phys(), Access::READ)
        );
        drop(mapping);
        assert_eq!(table.unmap(0x40_0000).map(|f| f.phys()), Some(frame.phys()));
        assert_eq!((frame.refcount(), table.lookup(0x40_0000)), (1, None));
        table
            .map(
                0x7FFF_FFFF_E000,
                frame.clone(),
                Access::READ | Access::WRITE,
            )
            .expect("memory");
        drop(table);
        assert_eq!(frame.refcount(), 1);
    }

    #[test]
    fn tables_that_map_nothing_are_given_back() {
        frame::init_host();
        let frame = Frame::zeroed().expect("memory");
        let mut table = UserPageTable::new().expect("memory");
        let mut tables_of = |pages: &[u64]| {
            for &page in pages {
                table
                    .map(page, frame.clone(), Access::READ)
                    .expect("memory");
            }
            let ends = pages.iter().skip(1).copied().chain([1 << 47]);
            for (&page, gap_end) in pages.iter().zip(ends) {
                table.unmap_range(page..page + PAGE_SIZE as u64, &(0..gap_end));
            }
            (0..KERNEL_HALF)
                .filter(|&at| Table(table.root).get(at) != 0)
                .count()
        };
        assert_eq!(
            tables_of(&[0x40_0000, 0x60_0000, 0x4000_0000, 0x7FFF_FFFF_E000]),
            0
        );
        table
            .map(0x40_0000, frame.clone(), Access::READ)
            .expect("memory");
        table
            .map(0x60_0000, frame.clone(), Access::READ)
            .expect("memory");
        table.unmap_range(0x60_0000..USER_END as u64, &(0x40_1000..1 << 47));
        assert!(table.lookup(0x40_0000).is_some(), "a table in use stays");
        assert_eq!(table.nr_pages(), 1);
    }

    #[test]
    fn ranges_that_share_a_table_take_it_along() {
        frame::init_host();
        let frame = Frame::zeroed().expect("memory");
        let mut table = UserPageTable::new().expect("memory");
        let pages = [0x40_0000, 0x40_3000, 0x4000_0000, 0x7FFF_FFFF_E000];
        for page in pages.into_iter().chain([0x40_2000]) {
            table
                .map(page, frame.clone(), Access::READ)
                .expect("memory");
        }
        let of = |&page: &u64| page..page + PAGE_SIZE as u64;
        table.unmap_ranges(pages[..2].iter().map(of), &(0..0));
        assert_eq!((table.nr_pages(), frame.refcount()), (3, 4));
        assert!(table.lookup(0x40_2000).is_some(), "between two ranges");
        table.unmap_range(0x40_2000..0x40_3000, &(0..0x4000_0000));
        table.unmap_ranges(pages[2..].iter().map(of), &(0..1 << 47));
        assert_eq!((table.nr_pages(), frame.refcount()), (0, 1));
        let nr_tables = (0..KERNEL_HALF).filter(|&at| Table(table.root).get(at) != 0);
        assert_eq!(nr_tables.count(), 0);
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
