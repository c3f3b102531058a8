//! The address space of a process: which regions there are, and what happens when one is touched.
//!
//! A region shows pages of a memory object. A *shared* region writes the object's own pages. A
//! *private* region's object belongs to this address space alone (fork gives the child one of its
//! own), so a frame with no owner but the object and this page table may be written in place, and
//! any other is copied first.
//!
//! A file that is cut takes pages away from whoever maps it, and one whose pages are written to the
//! disk must learn of the next store to them. Both go through all address spaces and look for the
//! file ([`take_pages`], [`watch_pages`]): it is seldom, and a page then needs no list of who maps it.
//! A fault holds its map's lock from looking a page up to mapping it, so whoever changes a file first
//! and goes through the maps then leaves no page behind.

use super::vmo::{Found, Vmo};
use super::{OutOfMemory, Relief, cached, check_budget};
use alloc::collections::BTreeMap;
use alloc::sync::{Arc, Weak};
use alloc::vec::Vec;
use core::mem;
use core::ops::Range;
use kpio_abi::errors::Errno;
use kpio_abi::memory::{PAGE_SIZE, USER_END, USER_MIN, USER_MMAP_TOP};
use kpio_hal::frame::{self, Frame};
use kpio_hal::paging::{Access, UserPageTable};
use kpio_hal::sync::{Lock, Rank};

const PAGE: u64 = PAGE_SIZE as u64;

/// Pages of a file near one that was touched are mapped with it if they are in memory: those of the
/// run of this many that it is in.
const AROUND: u64 = 16;

/// Regions a process may have. Linux's default of `vm.max_map_count` is the same.
const MAX_REGIONS: usize = 65_530;

/// A run of pages with one kind of access.
#[derive(Clone)]
struct Region {
    end: u64,
    access: Access,
    /// What MPROTECT may make of it: a file that was opened for reading is not written to.
    limit: Access,
    is_shared: bool,
    vmo: Arc<Vmo>,
    /// Page of the object that the region's first page shows.
    vmo_page: u64,
}

impl Region {
    fn page_of(&self, start: u64, address: u64) -> u64 {
        self.vmo_page + (address - start) / PAGE
    }

    /// Whether pages of it may be a file's.
    fn shows_file(&self) -> bool {
        match self.vmo.parent() {
            Some((parent, _)) => parent.is_tracked(),
            None => self.vmo.is_tracked(),
        }
    }
}

struct Map {
    table: UserPageTable,
    /// By first address; disjoint.
    regions: BTreeMap<u64, Region>,
}

/// The user half of one process's memory.
pub struct AddressSpace {
    map: Arc<Lock<Map>>,
}

/// All of them, to find who maps a file.
struct Spaces {
    all: Vec<Weak<Lock<Map>>>,
    /// When to look for those that are gone.
    prune_at: usize,
}

static SPACES: Lock<Spaces> = Lock::new(
    Rank::AddressSpaces,
    Spaces {
        all: Vec::new(),
        prune_at: 64,
    },
);

/// Every map there is.
fn all_maps() -> Vec<Arc<Lock<Map>>> {
    let spaces = SPACES.lock();
    spaces.all.iter().filter_map(Weak::upgrade).collect()
}

/// Take the pages of the file `vmo` from `first` on away from all who map them, and what private
/// mappings made of them: the file was cut there, and has forgotten them already.
pub fn take_pages(vmo: &Arc<Vmo>, first: u64) {
    for map in all_maps() {
        map.lock().take_pages(vmo, first);
    }
}

/// Unmap the pages of files everywhere: memory is short, and pages that nobody maps can be given up.
/// Who touches one faults, and gets it again.
pub(super) fn unmap_files() {
    for map in all_maps() {
        map.lock().unmap_files();
    }
}

/// Let the next store to one of these pages of the file `vmo` through a mapping be noticed.
pub fn watch_pages(vmo: &Arc<Vmo>, pages: &Range<u64>) {
    for map in all_maps() {
        map.lock().watch_pages(vmo, pages);
    }
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
    /// The file that is mapped ends before the page, or cannot be read.
    NoContent,
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

/// What a new region shows.
pub enum Content {
    /// Pages of its own, zero at first.
    Anonymous,
    /// The object's pages from this one on; what is written is written to the object.
    Shared(Arc<Vmo>, u64),
    /// The object's pages from this one on; what is written stays here.
    Private(Arc<Vmo>, u64),
}

/// A region to be made.
pub struct NewRegion {
    /// Where.
    pub place: Place,
    /// How much, in bytes.
    pub len: u64,
    /// What may be done with it.
    pub access: Access,
    /// What MPROTECT may make of it.
    pub limit: Access,
    /// What it shows.
    pub content: Content,
    /// More than the machine has may be reserved.
    pub is_reserve_only: bool,
}

/// What a fault needs before it can be served.
enum Step {
    Done,
    /// Let a source fill this page, then try again.
    Bring(Arc<Vmo>, u64),
    /// Let the file take room for this page, then try again.
    MakeRoom(Arc<Vmo>, u64),
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

/// Every access that a page may be given, one at a time.
pub const ANY_ACCESS: Access = Access::all();

impl AddressSpace {
    /// An empty one.
    ///
    /// # Errors
    /// [`OutOfMemory`].
    pub fn new() -> Result<Self, OutOfMemory> {
        check_budget(8)?;
        let table = UserPageTable::new().map_err(|_| OutOfMemory)?;
        Ok(Self::of_map(Map {
            table,
            regions: BTreeMap::new(),
        }))
    }

    fn of_map(map: Map) -> Self {
        let map = Arc::new(Lock::new(Rank::AddressSpace, map));
        let mut spaces = SPACES.lock();
        if spaces.all.len() >= spaces.prune_at {
            spaces.all.retain(|space| space.strong_count() > 0);
            spaces.prune_at = 64.max(2 * spaces.all.len());
        }
        spaces.all.push(Arc::downgrade(&map));
        drop(spaces);
        Self { map }
    }

    /// Make it the one the CPU uses.
    #[cfg(target_os = "none")]
    pub fn activate(&self) {
        self.map.lock().table.activate();
    }

    /// A copy for a child: shared regions show the same pages, private ones copy a page when either
    /// side writes to it. No lock is held by the caller.
    ///
    /// # Errors
    /// [`OutOfMemory`]; nothing is changed then.
    pub fn fork(&self) -> Result<Self, OutOfMemory> {
        let mut relief = Relief::new();
        loop {
            match self.try_fork() {
                Err(OutOfMemory) if relief.come() => {}
                outcome => return outcome,
            }
        }
    }

    fn try_fork(&self) -> Result<Self, OutOfMemory> {
        let mut map = self.map.lock();
        check_budget((map.regions.len() / 16) as u64 + 8)?;
        let table = UserPageTable::new().map_err(|_| OutOfMemory)?;
        let mut regions = BTreeMap::new();
        // Several regions show parts of one object after a split.
        let mut forks: BTreeMap<usize, Arc<Vmo>> = BTreeMap::new();
        for (&start, region) in &map.regions {
            let mut region = region.clone();
            if !region.is_shared {
                let key = Arc::as_ptr(&region.vmo).addr();
                region.vmo = if let Some(fork) = forks.get(&key) {
                    Arc::clone(fork)
                } else {
                    let fork = region.vmo.fork()?;
                    forks.insert(key, Arc::clone(&fork));
                    fork
                };
            }
            regions.insert(start, region);
        }
        let Map {
            table: own,
            regions: own_regions,
        } = &mut *map;
        let private = own_regions
            .iter()
            .filter(|(_, region)| !region.is_shared && region.access.contains(Access::WRITE));
        own.write_protect_all(private.map(|(&start, region)| start..region.end));
        drop(map);
        Ok(Self::of_map(Map { table, regions }))
    }

    /// Take the memory of `other` in place of its own. POSIX `exec`.
    #[cfg(target_os = "none")]
    pub fn replace(&self, other: Self) {
        // Who goes through all maps holds this one for a moment.
        let mut other = Arc::try_unwrap(other.map);
        let new = loop {
            match other {
                Ok(map) => break map.into_inner(),
                Err(held) => other = Arc::try_unwrap(held),
            }
        };
        let old = {
            let mut map = self.map.lock();
            let old = mem::replace(&mut *map, new);
            map.table.activate();
            old
        };
        drop(old);
    }

    /// Map the pages of `vmo`, which is nobody else's, from page `vmo_page` on at `range`, which
    /// must be free.
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
            range.start,
            Region {
                end: range.end,
                access,
                limit: ANY_ACCESS,
                is_shared: false,
                vmo,
                vmo_page,
            },
        )
    }

    /// Map what `new` says; where it begins.
    ///
    /// # Errors
    /// EINVAL, ENOMEM, EEXIST as in the contract of MMAP.
    pub fn map(&self, new: NewRegion) -> Result<u64, Errno> {
        if new.len == 0 {
            return Err(Errno::EINVAL);
        }
        let len = new
            .len
            .checked_next_multiple_of(PAGE)
            .ok_or(Errno::ENOMEM)?;
        if !new.is_reserve_only && len / PAGE > frame::counts().total as u64 {
            return Err(Errno::ENOMEM); // more than the machine could ever give
        }
        check_budget(4).map_err(|_| Errno::ENOMEM)?;
        let mut map = self.map.lock();
        let range = match new.place {
            Place::Fixed(addr) | Place::FixedNoReplace(addr) => {
                let range = page_range(addr, len)?;
                if range.start < USER_MIN as u64 {
                    return Err(Errno::ENOMEM);
                }
                if matches!(new.place, Place::FixedNoReplace(_))
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
        let (is_shared, vmo, vmo_page) = match new.content {
            Content::Anonymous => (false, Vmo::new(), 0),
            Content::Shared(vmo, page) => (true, vmo, page),
            Content::Private(vmo, page) => (false, Vmo::child_of(vmo, page), 0),
        };
        map.insert(
            range.start,
            Region {
                end: range.end,
                access: new.access,
                limit: new.limit,
                is_shared,
                vmo,
                vmo_page,
            },
        )?;
        Ok(range.start)
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
    /// ENOMEM if a page of it is not mapped, EACCES if a region there is not for that (nothing is
    /// changed then), ENOMEM for too many regions.
    pub fn protect(&self, range: &Range<u64>, access: Access) -> Result<(), Errno> {
        self.map.lock().protect(range, access)
    }

    /// Give up what private regions in `range` hold: their pages come from their origin again.
    ///
    /// # Errors
    /// ENOMEM if a page of it is not mapped; the others are given up all the same. Linux
    /// `madvise(2)`, `MADV_DONTNEED`.
    pub fn discard(&self, range: &Range<u64>) -> Result<(), Errno> {
        self.map.lock().discard(range)
    }

    /// Check that all of `range` is mapped.
    ///
    /// # Errors
    /// ENOMEM.
    pub fn check_mapped(&self, range: &Range<u64>) -> Result<(), Errno> {
        self.map.lock().check_mapped(range)
    }

    /// Make the mapping of `old` `new_len` bytes long, which is a whole number of pages; move it
    /// if there is no room and `may_move`, or to `to` if that is given; where it begins.
    ///
    /// # Errors
    /// EFAULT if a page of `old` is not mapped, ENOMEM, EINVAL as in the contract of MREMAP.
    pub fn remap(
        &self,
        old: &Range<u64>,
        new_len: u64,
        may_move: bool,
        to: Option<u64>,
    ) -> Result<u64, Errno> {
        self.map.lock().remap(old, new_len, may_move, to)
    }

    /// Make the page of `address` accessible for `touch`. No lock is held by the caller if the
    /// page may be a file's.
    ///
    /// # Errors
    /// [`Fault`], and nothing is changed.
    pub fn fault(&self, address: u64, touch: Touch) -> Result<(), Fault> {
        let mut has_room = false;
        let mut relief = Relief::new();
        loop {
            let step = self.map.lock().fault(address, touch, has_room);
            // The map's lock is not held from here on: files read and write a disk.
            let done = match step {
                Ok(Step::Done) => {
                    if touch == Touch::Write && cached::is_dirty_limit_reached() {
                        cached::write_back();
                    }
                    return Ok(());
                }
                Ok(Step::Bring(vmo, index)) => match vmo.bring(index) {
                    Ok(_) => Ok(()),
                    Err(Errno::ENOMEM) => Err(Fault::OutOfMemory),
                    Err(_) => Err(Fault::NoContent),
                },
                Ok(Step::MakeRoom(vmo, index)) => {
                    has_room = true;
                    let file = vmo.file().ok_or(Fault::NoContent)?;
                    file.make_room(index).map_err(|_| Fault::NoContent)
                }
                Err(fault) => Err(fault),
            };
            match done {
                Err(Fault::OutOfMemory) if relief.come() => {}
                done => done?,
            }
        }
    }

    /// The files whose pages shared regions show in `range`, all of which must be mapped.
    ///
    /// # Errors
    /// ENOMEM if a page of it is not mapped.
    pub fn shared_files(&self, range: &Range<u64>) -> Result<Vec<Arc<Vmo>>, Errno> {
        let map = self.map.lock();
        map.check_mapped(range)?;
        let regions = map.overlapping(range).map(|(_, region)| region);
        let mut files: Vec<Arc<Vmo>> = Vec::new();
        for region in regions.filter(|region| region.is_shared && region.vmo.is_tracked()) {
            if !files.iter().any(|file| Arc::ptr_eq(file, &region.vmo)) {
                files.push(Arc::clone(&region.vmo));
            }
        }
        Ok(files)
    }

    /// The object that the page of `address` shows, if it is shared, and which page of it: what a
    /// futex there is known by in every process.
    #[must_use]
    pub fn shared_page(&self, address: u64) -> Option<(Arc<Vmo>, u64)> {
        let map = self.map.lock();
        let (start, region) = map.region_at(address)?;
        region
            .is_shared
            .then(|| (Arc::clone(&region.vmo), region.page_of(start, address)))
    }

    /// Pages that are mapped now.
    #[must_use]
    pub fn nr_resident_pages(&self) -> u64 {
        self.map.lock().table.nr_pages() as u64
    }
}

impl Map {
    fn region_at(&self, address: u64) -> Option<(u64, &Region)> {
        self.regions
            .range(..=address)
            .next_back()
            .filter(|(_, region)| region.end > address)
            .map(|(&start, region)| (start, region))
    }

    fn overlapping(&self, range: &Range<u64>) -> impl Iterator<Item = (u64, &Region)> {
        let first = self
            .region_at(range.start)
            .map_or(range.start, |(start, _)| start);
        self.regions
            .range(first..range.end.max(first))
            .map(|(&start, region)| (start, region))
    }

    fn insert(&mut self, start: u64, region: Region) -> Result<(), Errno> {
        if self.regions.len() >= MAX_REGIONS {
            return Err(Errno::ENOMEM);
        }
        self.regions.insert(start, region);
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

    /// Between which addresses nothing is mapped around `at`, where nothing is.
    fn gap_around(&self, at: u64) -> Range<u64> {
        let start = self.regions.range(..at).next_back();
        let end = self.regions.range(at..).next();
        start.map_or(0, |(_, region)| region.end)..end.map_or(1 << 47, |(&start, _)| start)
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

    /// Take the whole regions of `range` out, and their pages out of the page table. It takes no memory
    /// that has to be in one piece, so that a process can end when there is none.
    fn take(&mut self, range: &Range<u64>) -> Result<BTreeMap<u64, Region>, Errno> {
        if self.overlapping(range).next().is_none() {
            return Ok(BTreeMap::new());
        }
        let covers_all = range.start == 0 && range.end >= USER_END as u64;
        let mut taken = BTreeMap::new();
        if covers_all {
            mem::swap(&mut taken, &mut self.regions);
        } else {
            self.split_at_ends(range)?;
            // `collect` would put them in a row first.
            taken.extend(self.regions.extract_if(range.clone(), |_, _| true));
        }
        let gap = self.gap_around(range.start);
        let ranges = taken.iter().map(|(start, region)| *start..region.end);
        self.table.unmap_ranges(ranges, &gap);
        Ok(taken)
    }

    fn remove(&mut self, range: &Range<u64>) -> Result<(), Errno> {
        for (start, region) in self.take(range)? {
            // An object that others still show keeps its pages; a private one shows each once.
            if !region.is_shared {
                let pages = region.vmo_page..region.page_of(start, region.end);
                region.vmo.forget(pages);
            }
        }
        Ok(())
    }

    fn check_mapped(&self, range: &Range<u64>) -> Result<(), Errno> {
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
        Ok(())
    }

    fn protect(&mut self, range: &Range<u64>, access: Access) -> Result<(), Errno> {
        self.check_mapped(range)?;
        if self
            .overlapping(range)
            .any(|(_, region)| !region.limit.contains(access))
        {
            return Err(Errno::EACCES);
        }
        self.split_at_ends(range)?;
        for (_, region) in self.regions.range_mut(range.clone()) {
            region.access = access;
        }
        if access.is_empty() {
            self.table.unmap_range(range.clone(), &(0..0));
        } else {
            self.table.protect_range(range.clone(), access);
        }
        Ok(())
    }

    fn discard(&mut self, range: &Range<u64>) -> Result<(), Errno> {
        self.table.unmap_range(range.clone(), &(0..0));
        for (start, region) in self.overlapping(range) {
            if !region.is_shared {
                let first = region.page_of(start, start.max(range.start));
                region
                    .vmo
                    .forget(first..region.page_of(start, region.end.min(range.end)));
            }
        }
        self.check_mapped(range)
    }

    fn remap(
        &mut self,
        old: &Range<u64>,
        new_len: u64,
        may_move: bool,
        to: Option<u64>,
    ) -> Result<u64, Errno> {
        self.check_mapped(old).map_err(|_| Errno::EFAULT)?;
        let old_len = old.end - old.start;
        let grown = old.start.checked_add(new_len).ok_or(Errno::ENOMEM)?;
        if to.is_none() && new_len <= old_len {
            self.remove(&(grown..old.end))?;
            return Ok(old.start);
        }
        if new_len > old_len && new_len / PAGE > frame::counts().total as u64 {
            return Err(Errno::ENOMEM);
        }
        // Taking the old regions out may split two, moving them back in adds one.
        if self.regions.len() + 4 > MAX_REGIONS {
            return Err(Errno::ENOMEM);
        }
        let has_room = to.is_none()
            && grown <= USER_MMAP_TOP as u64
            && self.overlapping(&(old.end..grown)).next().is_none();
        if has_room {
            self.grow(old.end, grown)?;
            return Ok(old.start);
        }
        if !may_move {
            return Err(Errno::ENOMEM);
        }
        let target = match to {
            Some(to) => {
                let target = page_range(to, new_len)?;
                if target.start < USER_MIN as u64 {
                    return Err(Errno::ENOMEM);
                }
                if target.start < old.end && old.start < target.end {
                    return Err(Errno::EINVAL);
                }
                self.remove(&target)?;
                target
            }
            None => self.find_gap(new_len).ok_or(Errno::ENOMEM)?,
        };
        let kept = old.start..old.start + old_len.min(new_len);
        self.remove(&(kept.end..old.end))?;
        for (start, region) in self.take(&kept)? {
            let moved = target.start + (start - kept.start);
            let end = moved + (region.end - start);
            self.regions.insert(moved, Region { end, ..region });
        }
        let moved_end = target.start + (kept.end - kept.start);
        if moved_end < target.end {
            self.grow(moved_end, target.end)?;
        }
        Ok(target.start)
    }

    /// Let what is mapped before `end` go on up to `new_end`; nothing is mapped there.
    fn grow(&mut self, end: u64, new_end: u64) -> Result<(), Errno> {
        let (&start, last) = self
            .regions
            .range(..end)
            .next_back()
            .filter(|(_, region)| region.end == end)
            .ok_or(Errno::EFAULT)?;
        let next_page = last.page_of(start, end);
        // A private object shows each page once: what comes is a new object's.
        let (vmo, vmo_page) = if last.is_shared {
            (Arc::clone(&last.vmo), next_page)
        } else {
            (last.vmo.view_from(next_page), 0)
        };
        let region = Region {
            end: new_end,
            vmo,
            vmo_page,
            ..last.clone()
        };
        self.insert(end, region)
    }

    fn take_pages(&mut self, file: &Arc<Vmo>, first: u64) {
        for (&start, region) in &self.regions {
            let nr_pages = (region.end - start) / PAGE;
            let shown = region.vmo_page..region.vmo_page + nr_pages;
            let from = match region.vmo.parent() {
                None if Arc::ptr_eq(&region.vmo, file) => first,
                Some((parent, shows)) if Arc::ptr_eq(parent, file) => first.saturating_sub(shows),
                _ => continue,
            }
            .max(shown.start);
            if from >= shown.end {
                continue;
            }
            let address = start + (from - shown.start) * PAGE;
            self.table.unmap_range(address..region.end, &(0..0));
            if !region.is_shared {
                region.vmo.forget(from..shown.end);
            }
        }
    }

    fn unmap_files(&mut self) {
        for (&start, region) in &self.regions {
            if region.shows_file() {
                self.table.unmap_range(start..region.end, &(0..0));
            }
        }
    }

    fn watch_pages(&mut self, file: &Arc<Vmo>, pages: &Range<u64>) {
        let ranges = self.regions.iter().filter_map(|(&start, region)| {
            if !region.is_shared || !Arc::ptr_eq(&region.vmo, file) {
                return None;
            }
            let nr_pages = (region.end - start) / PAGE;
            let first = pages.start.max(region.vmo_page);
            let end = pages.end.min(region.vmo_page + nr_pages);
            let address = |page: u64| start + (page - region.vmo_page) * PAGE;
            (first < end).then(|| address(first)..address(end))
        });
        let ranges: Vec<Range<u64>> = ranges.collect();
        if !ranges.is_empty() {
            self.table.write_protect_all(ranges.into_iter());
        }
    }

    /// Map pages of a file around `page`, which was touched in the region at `start`, if they are in
    /// memory: to be read alone.
    fn map_around(&mut self, start: u64, page: u64) {
        let Some(region) = self.regions.get(&start) else {
            return;
        };
        if !region.shows_file() {
            return;
        }
        let access = region.access - Access::WRITE;
        let first = (page / (AROUND * PAGE) * (AROUND * PAGE)).max(start);
        let end = (first / (AROUND * PAGE) + 1)
            .saturating_mul(AROUND * PAGE)
            .min(region.end);
        for address in (first..end).step_by(PAGE_SIZE) {
            if self.table.access(address).is_some() {
                continue;
            }
            // What a private region has itself is rare here, and comes by a fault of its own.
            let frame = match region.vmo.find(region.page_of(start, address)) {
                Found::Own(frame) if region.is_shared => frame,
                Found::Parents(frame) => frame,
                _ => continue,
            };
            // They share the page table of the page that was touched, so none is made.
            if self.table.map(address, frame, access).is_err() {
                return;
            }
        }
    }

    fn fault(&mut self, address: u64, touch: Touch, has_room: bool) -> Result<Step, Fault> {
        let page = address / PAGE * PAGE;
        let (start, region) = self.region_at(page).ok_or(Fault::NotMapped)?;
        let wanted = match touch {
            Touch::Read => Access::READ,
            Touch::Write => Access::WRITE,
            Touch::Fetch => Access::EXECUTE,
        };
        if !region.access.contains(wanted) {
            return Err(Fault::Denied);
        }
        let mapped = self.table.access(page);
        let is_write = touch == Touch::Write;
        if mapped.is_some_and(|access| !is_write || access.contains(Access::WRITE)) {
            return Ok(Step::Done); // somebody was faster
        }
        let index = region.page_of(start, page);
        let read_only = region.access - Access::WRITE;
        let found = region.vmo.find(index);
        let is_there = matches!(found, Found::Own(_) | Found::Parents(_));
        let (frame, access) = match found {
            Found::Missing(vmo, index) => return Ok(Step::Bring(vmo, index)),
            Found::Zero => {
                let frame = region.vmo.page(index).map_err(|_| Fault::OutOfMemory)?;
                (frame, region.access)
            }
            Found::Own(frame) if region.is_shared => {
                let file = region.vmo.file();
                if is_write
                    && let Some(file) = file
                    && !region.vmo.is_dirty(index)
                {
                    if !has_room && file.begin_change().is_err() {
                        return Ok(Step::MakeRoom(Arc::clone(&region.vmo), index));
                    }
                    region.vmo.mark_dirty(index);
                    file.note_change();
                }
                let access = if is_write || file.is_none() {
                    region.access
                } else {
                    read_only
                };
                (frame, access)
            }
            Found::Own(frame) => {
                // Ours, the object's, and this page table's if it has it.
                let own = 2 + u32::from(mapped.is_some());
                if frame.refcount() <= own {
                    (frame, region.access)
                } else if is_write {
                    (copied(region, index, &frame)?, region.access)
                } else {
                    (frame, read_only)
                }
            }
            Found::Parents(frame) if is_write => (copied(region, index, &frame)?, region.access),
            Found::Parents(frame) => (frame, read_only),
        };
        if mapped.is_some() {
            if self.table.lookup(page).is_some_and(|m| m.frame == frame) {
                // It was mapped for reading alone, and may be written now.
                self.table.allow_writing(page);
                return Ok(Step::Done);
            }
            drop(self.table.unmap(page));
        }
        let budget = if is_there {
            cached::check_can_show()
        } else {
            check_budget(4)
        };
        budget.map_err(|_| Fault::OutOfMemory)?;
        self.table
            .map(page, frame, access)
            .map_err(|_| Fault::OutOfMemory)?;
        if !is_write {
            self.map_around(start, page);
        }
        Ok(Step::Done)
    }
}

/// Give `region`'s object a copy of `frame` as its page `index`.
fn copied(region: &Region, index: u64, frame: &Frame) -> Result<Frame, Fault> {
    check_budget(1).map_err(|_| Fault::OutOfMemory)?;
    let copy = frame.duplicate().ok_or(Fault::OutOfMemory)?;
    region.vmo.replace(index, copy.clone());
    Ok(copy)
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
        anonymous(space, at, (pages.end - pages.start) * PAGE).expect("mapped");
    }

    fn anonymous(space: &AddressSpace, place: Place, len: u64) -> Result<u64, Errno> {
        space.map(NewRegion {
            place,
            len,
            access: RW,
            limit: ANY_ACCESS,
            content: Content::Anonymous,
            is_reserve_only: true,
        })
    }

    /// The frame that `page` is mapped to.
    fn frame_of(space: &AddressSpace, page: u64) -> Option<Frame> {
        let mapping = space.map.lock().table.lookup(BASE + page * PAGE);
        mapping.map(|mapping| mapping.frame)
    }

    fn put(space: &AddressSpace, page: u64, byte: u8) {
        touch(space, page).expect("writable");
        frame_of(space, page).expect("mapped").write(0, &[byte]);
    }

    fn byte(space: &AddressSpace, page: u64) -> u8 {
        space
            .fault(BASE + page * PAGE, Touch::Read)
            .expect("readable");
        let mut byte = [0];
        frame_of(space, page).expect("mapped").read(0, &mut byte);
        byte[0]
    }

    fn touch(space: &AddressSpace, page: u64) -> Result<(), Fault> {
        space.fault(BASE + page * PAGE + 5, Touch::Write)
    }

    #[test]
    fn regions_are_found_from_the_top_and_do_not_overlap() {
        let space = space();
        let first = anonymous(&space, Place::Hint(0), 3 * PAGE).expect("mapped");
        let second = anonymous(&space, Place::Hint(0), 1).expect("mapped");
        assert_eq!(first, USER_MMAP_TOP as u64 - 3 * PAGE);
        assert_eq!(second, first - PAGE);
        space.unmap(&(first..first + PAGE)).expect("unmapped");
        let third = anonymous(&space, Place::Hint(0), PAGE).expect("mapped");
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
        space
            .map_object(BASE..BASE + PAGE, RW, Vmo::new(), 0)
            .expect("mapped");
        touch(&space, 0).expect("mapped");
        let frame = frame_of(&space, 0).expect("mapped");
        assert_eq!(frame.refcount(), 3, "object, page table, this test");
        space.clear();
        assert_eq!(
            (frame.refcount(), touch(&space, 0)),
            (1, Err(Fault::NotMapped))
        );
    }

    #[test]
    fn sizes_and_places_are_checked() {
        let space = space();
        let at = |place, len| anonymous(&space, place, len);
        assert_eq!(at(Place::Hint(0), 0), Err(Errno::EINVAL));
        assert_eq!(at(Place::Hint(0), u64::MAX), Err(Errno::ENOMEM));
        assert_eq!(at(Place::Hint(0), USER_END as u64), Err(Errno::ENOMEM));
        assert_eq!(at(Place::Fixed(0), PAGE), Err(Errno::ENOMEM));
        assert_eq!(at(Place::Fixed(BASE + 1), PAGE), Err(Errno::EINVAL));
        assert_eq!(at(Place::Fixed(USER_END as u64), PAGE), Err(Errno::ENOMEM));
        map(&space, 0..1);
        assert_eq!(at(Place::FixedNoReplace(BASE), PAGE), Err(Errno::EEXIST));
        let too_much = NewRegion {
            place: Place::Hint(0),
            len: 1 << 40,
            access: RW,
            limit: ANY_ACCESS,
            content: Content::Anonymous,
            is_reserve_only: false,
        };
        assert_eq!(
            space.map(too_much),
            Err(Errno::ENOMEM),
            "more than all memory"
        );
    }

    #[test]
    fn a_fork_sees_what_was_and_nobody_sees_what_the_other_writes() {
        let space = space();
        map(&space, 0..3);
        put(&space, 0, 1);
        put(&space, 1, 2);
        let child = space.fork().expect("memory");
        put(&space, 0, 10);
        put(&child, 1, 20);
        put(&child, 2, 30);
        let of = |space: &AddressSpace| [0, 1, 2].map(|page| byte(space, page));
        assert_eq!((of(&space), of(&child)), ([10, 2, 0], [1, 20, 30]));
    }

    #[test]
    fn the_last_owner_writes_in_place() {
        let space = space();
        map(&space, 0..1);
        put(&space, 0, 7);
        let before = frame_of(&space, 0).expect("mapped").phys();
        let child = space.fork().expect("memory");
        child.clear();
        drop(child);
        put(&space, 0, 8);
        let after = frame_of(&space, 0).expect("mapped");
        assert_eq!(after.phys(), before, "nobody else had it: no copy");
        assert_eq!(after.refcount(), 3, "object, page table, this test");
    }

    #[test]
    fn shared_memory_stays_shared_over_a_fork() {
        let space = space();
        let vmo = Vmo::new();
        space
            .map(NewRegion {
                place: Place::Fixed(BASE),
                len: 2 * PAGE,
                access: RW,
                limit: ANY_ACCESS,
                content: Content::Shared(Arc::clone(&vmo), 5),
                is_reserve_only: false,
            })
            .expect("mapped");
        put(&space, 1, 1);
        let child = space.fork().expect("memory");
        put(&child, 1, 9);
        assert_eq!(byte(&space, 1), 9);
        let mut seen = [0];
        vmo.page(6).expect("memory").read(0, &mut seen);
        assert_eq!(seen, [9]);
        space.unmap(&(BASE..BASE + 2 * PAGE)).expect("unmapped");
        assert_eq!(byte(&child, 1), 9, "unmapping takes nothing from others");
    }

    #[test]
    fn a_private_view_copies_what_it_writes() {
        let space = space();
        let vmo = Vmo::new();
        vmo.write(0, &[5]).expect("memory");
        let view = |access| NewRegion {
            place: Place::Fixed(BASE),
            len: PAGE,
            access,
            limit: ANY_ACCESS,
            content: Content::Private(Arc::clone(&vmo), 0),
            is_reserve_only: false,
        };
        space.map(view(RW)).expect("mapped");
        assert_eq!(byte(&space, 0), 5);
        vmo.write(0, &[6]).expect("memory");
        assert_eq!(byte(&space, 0), 6, "not copied yet");
        put(&space, 0, 7);
        let mut original = [0];
        vmo.page(0).expect("memory").read(0, &mut original);
        assert_eq!((byte(&space, 0), original), (7, [6]));
        let range = BASE..BASE + PAGE;
        space.discard(&range).expect("mapped");
        assert_eq!(byte(&space, 0), 6, "discarded: the object's again");
    }

    #[test]
    fn protecting_and_allowing_again_does_not_write_what_is_shared() {
        let space = space();
        map(&space, 0..1);
        put(&space, 0, 1);
        let child = space.fork().expect("memory");
        let range = BASE..BASE + PAGE;
        space.protect(&range, Access::READ).expect("mapped");
        space.protect(&range, RW).expect("mapped");
        assert_eq!(space.map.lock().table.access(BASE), Some(Access::READ));
        put(&space, 0, 2);
        assert_eq!(byte(&child, 0), 1);
    }

    #[test]
    fn the_limit_of_a_region_holds() {
        let space = space();
        space
            .map(NewRegion {
                place: Place::Fixed(BASE),
                len: PAGE,
                access: Access::READ,
                limit: Access::READ,
                content: Content::Shared(Vmo::new(), 0),
                is_reserve_only: false,
            })
            .expect("mapped");
        let range = BASE..BASE + PAGE;
        assert_eq!(space.protect(&range, RW), Err(Errno::EACCES));
    }

    #[test]
    fn remapping_grows_in_place_or_moves_and_keeps_the_content() {
        let space = space();
        let start = anonymous(&space, Place::Hint(0), 2 * PAGE).expect("mapped");
        let below = anonymous(&space, Place::Hint(0), PAGE).expect("mapped");
        assert_eq!(below + PAGE, start);
        space.fault(below, Touch::Write).expect("mapped");
        let frame_at = |address| {
            let mapping = space.map.lock().table.lookup(address);
            mapping.expect("mapped").frame.phys()
        };
        let before = frame_at(below);
        let old = below..below + PAGE;
        assert_eq!(
            space.remap(&old, 3 * PAGE, false, None),
            Err(Errno::ENOMEM),
            "no room above"
        );
        let moved = space.remap(&old, 3 * PAGE, true, None).expect("moved");
        assert_eq!(space.fault(below, Touch::Read), Err(Fault::NotMapped));
        space.fault(moved, Touch::Write).expect("mapped");
        assert_eq!(frame_at(moved), before);
        space.fault(moved + 2 * PAGE, Touch::Write).expect("grown");
        let whole = moved..moved + 3 * PAGE;
        assert_eq!(space.remap(&whole, PAGE, false, None), Ok(moved));
        assert_eq!(
            space.fault(moved + PAGE, Touch::Read),
            Err(Fault::NotMapped)
        );
        let gone = below..below + PAGE;
        assert_eq!(space.remap(&gone, 2 * PAGE, true, None), Err(Errno::EFAULT));
    }
}
