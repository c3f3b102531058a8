//! The address space of a process: which regions there are, and what happens when one is touched.

use super::vmo::Vmo;
use super::{OutOfMemory, check_budget};
use alloc::collections::BTreeMap;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::ops::Range;
use kpio_abi::errors::Errno;
use kpio_abi::memory::{PAGE_SIZE, USER_END, USER_MIN, USER_MMAP_TOP};
use kpio_hal::frame;
use kpio_hal::paging::{Access, UserPageTable};
use kpio_hal::sync::{Lock, Rank};

const PAGE: u64 = PAGE_SIZE as u64;

/// Regions a process may have. Linux's default of `vm.max_map_count` is the same.
const MAX_REGIONS: usize = 65_530;

/// A run of pages with one kind of access.
#[derive(Clone)]
struct Region {
    end: u64,
    access: Access,
    vmo: Arc<Vmo>,
    /// Page of the object that the region's first page shows.
    vmo_page: u64,
}

impl Region {
    fn page_of(&self, start: u64, address: u64) -> u64 {
        self.vmo_page + (address - start) / PAGE
    }
}

struct Map {
    table: UserPageTable,
    /// By first address; disjoint.
    regions: BTreeMap<u64, Region>,
}

/// The user half of one process's memory.
pub struct AddressSpace {
    map: Lock<Map>,
}

/// Why an access to memory fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// No region there.
    NotMapped,
    /// A region, but not for this.
    Denied,
    /// No frame for the page.
    OutOfMemory,
}

/// How memory is touched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Touch {
    /// A load.
    Read,
    /// A store.
    Write,
    /// An instruction fetch.
    Fetch,
}

/// Where a new region goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// At this page if nothing is there, else anywhere.
    Hint(u64),
    /// At this page; what is there goes.
    Fixed(u64),
    /// At this page; it is an error if something is there.
    FixedNoReplace(u64),
}

/// Check that `addr` and `len` name whole pages of user space; the range with the length rounded up.
///
/// # Errors
/// EINVAL for a misaligned address or no length, ENOMEM for a range beyond user space.
pub fn page_range(addr: u64, len: u64) -> Result<Range<u64>, Errno> {
    if !addr.is_multiple_of(PAGE) || len == 0 {
        return Err(Errno::EINVAL);
    }
    let len = len.checked_next_multiple_of(PAGE).ok_or(Errno::ENOMEM)?;
    let end = addr.checked_add(len).ok_or(Errno::ENOMEM)?;
    if end > USER_END as u64 {
        Err(Errno::ENOMEM)
    } else {
        Ok(addr..end)
    }
}

impl AddressSpace {
    /// An empty one.
    ///
    /// # Errors
    /// [`OutOfMemory`].
    pub fn new() -> Result<Self, OutOfMemory> {
        check_budget(8)?;
        let table = UserPageTable::new().map_err(|_| OutOfMemory)?;
        Ok(Self {
            map: Lock::new(
                Rank::AddressSpace,
                Map {
                    table,
                    regions: BTreeMap::new(),
                },
            ),
        })
    }

    /// Make it the one the CPU uses.
    #[cfg(target_os = "none")]
    pub fn activate(&self) {
        self.map.lock().table.activate();
    }

    /// Map the pages of `vmo` from page `vmo_page` on at `range`, which must be free.
    ///
    /// # Errors
    /// EEXIST if something is mapped there, ENOMEM for too many regions.
    pub fn map_object(
        &self,
        range: Range<u64>,
        access: Access,
        vmo: Arc<Vmo>,
        vmo_page: u64,
    ) -> Result<(), Errno> {
        let mut map = self.map.lock();
        if map.overlapping(&range).next().is_some() {
            return Err(Errno::EEXIST);
        }
        map.insert(
            range,
            Region {
                end: 0,
                access,
                vmo,
                vmo_page,
            },
        )
    }

    /// Map `len` bytes of fresh anonymous memory; where it begins.
    ///
    /// # Errors
    /// EINVAL, ENOMEM, EEXIST as in the contract of MMAP.
    pub fn map_anonymous(
        &self,
        place: Place,
        len: u64,
        access: Access,
        is_reserve_only: bool,
    ) -> Result<u64, Errno> {
        if len == 0 {
            return Err(Errno::EINVAL);
        }
        let len = len.checked_next_multiple_of(PAGE).ok_or(Errno::ENOMEM)?;
        if !is_reserve_only && len / PAGE > frame::counts().total as u64 {
            return Err(Errno::ENOMEM); // more than the machine could ever give
        }
        check_budget(4).map_err(|_| Errno::ENOMEM)?;
        let mut map = self.map.lock();
        let range = match place {
            Place::Fixed(addr) | Place::FixedNoReplace(addr) => {
                let range = page_range(addr, len)?;
                if range.start < USER_MIN as u64 {
                    return Err(Errno::ENOMEM);
                }
                if matches!(place, Place::FixedNoReplace(_))
                    && map.overlapping(&range).next().is_some()
                {
                    return Err(Errno::EEXIST);
                }
                map.remove(&range)?;
                range
            }
            Place::Hint(addr) => {
                let hint = page_range(addr / PAGE * PAGE, len).ok();
                let usable = |r: &Range<u64>| {
                    r.start >= USER_MIN as u64
                        && r.end <= USER_MMAP_TOP as u64
                        && map.overlapping(r).next().is_none()
                };
                match hint.filter(usable) {
                    Some(range) => range,
                    None => map.find_gap(len).ok_or(Errno::ENOMEM)?,
                }
            }
        };
        let start = range.start;
        map.insert(
            range,
            Region {
                end: 0,
                access,
                vmo: Vmo::new(),
                vmo_page: 0,
            },
        )?;
        Ok(start)
    }

    /// Remove whatever is mapped in `range`.
    ///
    /// # Errors
    /// ENOMEM if that would split a region and there are too many.
    pub fn unmap(&self, range: &Range<u64>) -> Result<(), Errno> {
        self.map.lock().remove(range)
    }

    /// Remove everything.
    pub fn clear(&self) {
        let all = 0..USER_END as u64;
        // Nothing is split when everything goes.
        let _ = self.map.lock().remove(&all);
    }

    /// Change the access to `range`.
    ///
    /// # Errors
    /// ENOMEM if a page of it is not mapped (nothing is changed then), or for too many regions.
    pub fn protect(&self, range: &Range<u64>, access: Access) -> Result<(), Errno> {
        self.map.lock().protect(range, access)
    }

    /// Make the page of `address` accessible for `touch`.
    ///
    /// # Errors
    /// [`Fault`], and nothing is changed.
    pub fn fault(&self, address: u64, touch: Touch) -> Result<(), Fault> {
        self.map.lock().fault(address, touch)
    }
}

impl Map {
    fn overlapping(&self, range: &Range<u64>) -> impl Iterator<Item = (u64, &Region)> {
        let first = self
            .regions
            .range(..=range.start)
            .next_back()
            .filter(|(_, region)| region.end > range.start)
            .map_or(range.start, |(&start, _)| start);
        self.regions
            .range(first..range.end.max(first))
            .map(|(&start, region)| (start, region))
    }

    fn insert(&mut self, range: Range<u64>, region: Region) -> Result<(), Errno> {
        if self.regions.len() >= MAX_REGIONS {
            return Err(Errno::ENOMEM);
        }
        self.regions.insert(
            range.start,
            Region {
                end: range.end,
                ..region
            },
        );
        Ok(())
    }

    /// The highest free run of `len` bytes below `USER_MMAP_TOP`.
    fn find_gap(&self, len: u64) -> Option<Range<u64>> {
        let mut end = USER_MMAP_TOP as u64;
        for (&start, region) in self.regions.range(..USER_MMAP_TOP as u64).rev() {
            if region.end.checked_add(len).is_some_and(|e| e <= end) {
                return Some(end - len..end);
            }
            end = end.min(start);
        }
        let start = end.checked_sub(len)?;
        (start >= USER_MIN as u64).then_some(start..end)
    }

    /// Cut the regions that `range` touches at its ends, so that it covers whole regions.
    fn split_at_ends(&mut self, range: &Range<u64>) -> Result<(), Errno> {
        if self.regions.len() + 2 > MAX_REGIONS {
            return Err(Errno::ENOMEM);
        }
        for at in [range.start, range.end] {
            let Some((&start, region)) = self.regions.range_mut(..at).next_back() else {
                continue;
            };
            if region.end > at {
                let upper = Region {
                    vmo_page: region.page_of(start, at),
                    ..region.clone()
                };
                region.end = at;
                self.regions.insert(at, upper);
            }
        }
        Ok(())
    }

    fn remove(&mut self, range: &Range<u64>) -> Result<(), Errno> {
        if self.overlapping(range).next().is_none() {
            return Ok(());
        }
        let covers_all = range.start == 0 && range.end >= USER_END as u64;
        if !covers_all {
            self.split_at_ends(range)?;
        }
        let starts: Vec<u64> = self.overlapping(range).map(|(start, _)| start).collect();
        for start in starts {
            let Some(region) = self.regions.remove(&start) else {
                continue;
            };
            let pages = region.vmo_page..region.page_of(start, region.end);
            for page in region.vmo.existing(pages.clone()) {
                // The mapping's reference goes here, the object's below.
                drop(self.table.unmap(start + (page - region.vmo_page) * PAGE));
            }
            region.vmo.forget(pages);
        }
        self.table.prune(range.clone());
        Ok(())
    }

    fn protect(&mut self, range: &Range<u64>, access: Access) -> Result<(), Errno> {
        let mut covered = range.start;
        for (start, region) in self.overlapping(range) {
            if start > covered {
                return Err(Errno::ENOMEM);
            }
            covered = region.end;
        }
        if covered < range.end {
            return Err(Errno::ENOMEM);
        }
        self.split_at_ends(range)?;
        let starts: Vec<u64> = self.overlapping(range).map(|(start, _)| start).collect();
        for start in starts {
            let Some(region) = self.regions.get_mut(&start) else {
                continue;
            };
            region.access = access;
            for page in region
                .vmo
                .existing(region.vmo_page..region.page_of(start, region.end))
            {
                let address = start + (page - region.vmo_page) * PAGE;
                if access.is_empty() {
                    drop(self.table.unmap(address));
                } else {
                    self.table.protect(address, access);
                }
            }
        }
        Ok(())
    }

    fn fault(&mut self, address: u64, touch: Touch) -> Result<(), Fault> {
        let page = address / PAGE * PAGE;
        let (&start, region) = self
            .regions
            .range(..=page)
            .next_back()
            .ok_or(Fault::NotMapped)?;
        if region.end <= page {
            return Err(Fault::NotMapped);
        }
        let wanted = match touch {
            Touch::Read => Access::READ,
            Touch::Write => Access::WRITE,
            Touch::Fetch => Access::EXECUTE,
        };
        if !region.access.contains(wanted) {
            return Err(Fault::Denied);
        }
        if self.table.lookup(page).is_some() {
            return Ok(()); // somebody was faster
        }
        let frame = region
            .vmo
            .page(region.page_of(start, page))
            .map_err(|_| Fault::OutOfMemory)?;
        check_budget(4).map_err(|_| Fault::OutOfMemory)?;
        self.table
            .map(page, frame, region.access)
            .map_err(|_| Fault::OutOfMemory)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RW: Access = Access::READ.union(Access::WRITE);
    const BASE: u64 = 0x1000_0000;

    fn space() -> AddressSpace {
        kpio_hal::frame::init_host();
        AddressSpace::new().expect("memory")
    }

    fn map(space: &AddressSpace, pages: Range<u64>) {
        let at = Place::Fixed(BASE + pages.start * PAGE);
        space
            .map_anonymous(at, (pages.end - pages.start) * PAGE, RW, false)
            .expect("mapped");
    }

    fn touch(space: &AddressSpace, page: u64) -> Result<(), Fault> {
        space.fault(BASE + page * PAGE + 5, Touch::Write)
    }

    #[test]
    fn regions_are_found_from_the_top_and_do_not_overlap() {
        let space = space();
        let first = space
            .map_anonymous(Place::Hint(0), 3 * PAGE, RW, false)
            .expect("mapped");
        let second = space
            .map_anonymous(Place::Hint(0), 1, RW, false)
            .expect("mapped");
        assert_eq!(first, USER_MMAP_TOP as u64 - 3 * PAGE);
        assert_eq!(second, first - PAGE);
        space.unmap(&(first..first + PAGE)).expect("unmapped");
        let third = space
            .map_anonymous(Place::Hint(0), PAGE, RW, false)
            .expect("mapped");
        assert_eq!(third, first, "the gap is used again");
    }

    #[test]
    fn a_hole_in_a_region_is_a_hole() {
        let space = space();
        map(&space, 0..10);
        for page in 0..10 {
            touch(&space, page).expect("mapped");
        }
        space
            .unmap(&(BASE + 3 * PAGE..BASE + 5 * PAGE))
            .expect("unmapped");
        let faults: Vec<bool> = (0..10).map(|page| touch(&space, page).is_err()).collect();
        let wanted: Vec<bool> = (0..10).map(|page| (3..5).contains(&page)).collect();
        assert_eq!(faults, wanted);
    }

    #[test]
    fn access_is_checked_and_changes() {
        let space = space();
        map(&space, 0..4);
        touch(&space, 1).expect("mapped");
        let middle = BASE + PAGE..BASE + 3 * PAGE;
        space.protect(&middle, Access::READ).expect("protected");
        assert_eq!(touch(&space, 1), Err(Fault::Denied));
        assert_eq!(touch(&space, 3), Ok(()));
        assert_eq!(space.fault(BASE + PAGE, Touch::Read), Ok(()));
        assert_eq!(space.fault(BASE + PAGE, Touch::Fetch), Err(Fault::Denied));
        space.protect(&middle, Access::empty()).expect("protected");
        assert_eq!(space.fault(BASE + PAGE, Touch::Read), Err(Fault::Denied));
        assert_eq!(
            space.protect(&(BASE + 3 * PAGE..BASE + 5 * PAGE), RW),
            Err(Errno::ENOMEM),
            "beyond the region"
        );
    }

    #[test]
    fn everything_comes_back_when_cleared() {
        let space = space();
        let vmo = Vmo::new();
        let frame = vmo.page(0).expect("memory");
        space
            .map_object(BASE..BASE + PAGE, RW, vmo, 0)
            .expect("mapped");
        touch(&space, 0).expect("mapped");
        assert_eq!(frame.refcount(), 3);
        space.clear();
        assert_eq!(
            (frame.refcount(), touch(&space, 0)),
            (1, Err(Fault::NotMapped))
        );
    }

    #[test]
    fn sizes_and_places_are_checked() {
        let space = space();
        let at = |place, len| space.map_anonymous(place, len, RW, true);
        assert_eq!(at(Place::Hint(0), 0), Err(Errno::EINVAL));
        assert_eq!(at(Place::Hint(0), u64::MAX), Err(Errno::ENOMEM));
        assert_eq!(at(Place::Hint(0), USER_END as u64), Err(Errno::ENOMEM));
        assert_eq!(at(Place::Fixed(0), PAGE), Err(Errno::ENOMEM));
        assert_eq!(at(Place::Fixed(BASE + 1), PAGE), Err(Errno::EINVAL));
        assert_eq!(at(Place::Fixed(USER_END as u64), PAGE), Err(Errno::ENOMEM));
        map(&space, 0..1);
        assert_eq!(at(Place::FixedNoReplace(BASE), PAGE), Err(Errno::EEXIST));
        assert_eq!(
            space.map_anonymous(Place::Hint(0), 1 << 40, RW, false),
            Err(Errno::ENOMEM),
            "more than all memory"
        );
    }
}
