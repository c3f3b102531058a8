//! Frames that hold copies of files: how many there are, and giving them up when memory is short.
//!
//! Every memory object that a file fills is known here. What was not written and nobody maps or
//! copies can be given up at any time, because the file has it: whoever checks a budget
//! ([`super::check_budget`]) gets such frames when free ones are short, so copies never keep a
//! program from its memory. Objects are looked through in turn, groups of pages that were used since
//! the last time being passed over once (the clock algorithm).
//!
//! Copies leave twice the kernel's reserve free, so that programs seldom have to wait for that. What
//! was written must reach the file first. Writers see to that when a sixteenth of memory is written
//! and not yet in its file ([`is_dirty_limit_reached`]), and whoever finds memory used up and holds
//! no lock does ([`super::Relief`]). If that is not enough, the pages of files are unmapped everywhere:
//! what is mapped could not be given up, and who uses it faults it in again.

use super::vmo::Vmo;
use super::{OutOfMemory, Relief, reserve_frames};
use alloc::collections::BTreeMap;
use alloc::sync::{Arc, Weak};
use alloc::vec::Vec;
use core::sync::atomic::{AtomicUsize, Ordering};
use kpio_hal::frame::{self, Frame};
use kpio_hal::sync::{Lock, Rank};

/// Frames that are given up at once at least: 1 MiB.
const BATCH: usize = 256;
/// The share of memory that may be written and not yet in its file.
const DIRTY_SHARE: usize = 16;
/// Objects that are known before those that are gone are looked for.
const FIRST_PRUNE: usize = 64;

static NR_CACHED: AtomicUsize = AtomicUsize::new(0);
static NR_DIRTY: AtomicUsize = AtomicUsize::new(0);
static OBJECTS: Lock<Objects> = Lock::new(Rank::CachedObjects, Objects::new());

/// The objects that files fill.
struct Objects {
    by_serial: BTreeMap<u64, Weak<Vmo>>,
    next_serial: u64,
    /// When to look for objects that are gone.
    prune_at: usize,
    /// Where the next round begins: object, and group of pages.
    hand: (u64, u64),
}

impl Objects {
    const fn new() -> Self {
        Self {
            by_serial: BTreeMap::new(),
            next_serial: 0,
            prune_at: FIRST_PRUNE,
            hand: (0, 0),
        }
    }

    /// The object at the hand or behind it, and the group to begin with.
    fn at_hand(&mut self) -> Option<(u64, Arc<Vmo>, u64)> {
        let (serial, group) = self.hand;
        let mut found = None;
        for (&number, object) in self.by_serial.range(serial..) {
            if let Some(object) = object.upgrade() {
                found = Some((number, object));
                break;
            }
        }
        let (number, object) = found?;
        Some((number, object, if number == serial { group } else { 0 }))
    }
}

/// Counts of frames that hold copies of files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CacheCounts {
    /// All of them.
    pub cached: usize,
    /// Those that were written and are not yet in their files.
    pub dirty: usize,
}

impl CacheCounts {
    /// Whether none of them could be given up before it is written.
    #[must_use]
    pub const fn is_all_dirty(self) -> bool {
        self.cached <= self.dirty
    }
}

/// How many frames hold copies of files.
#[must_use]
pub fn counts() -> CacheCounts {
    CacheCounts {
        cached: NR_CACHED.load(Ordering::Relaxed),
        dirty: NR_DIRTY.load(Ordering::Relaxed),
    }
}

pub(super) fn count_cached(nr: usize) {
    NR_CACHED.fetch_add(nr, Ordering::Relaxed);
}

pub(super) fn uncount_cached(nr: usize) {
    NR_CACHED.fetch_sub(nr, Ordering::Relaxed);
}

pub(super) fn count_dirty(nr: usize) {
    NR_DIRTY.fetch_add(nr, Ordering::Relaxed);
}

pub(super) fn uncount_dirty(nr: usize) {
    NR_DIRTY.fetch_sub(nr, Ordering::Relaxed);
}

/// Make `vmo` known.
pub(super) fn register(vmo: &Arc<Vmo>) {
    let mut objects = OBJECTS.lock();
    if objects.by_serial.len() >= objects.prune_at {
        objects
            .by_serial
            .retain(|_, object| object.strong_count() > 0);
        objects.prune_at = FIRST_PRUNE.max(2 * objects.by_serial.len());
    }
    let serial = objects.next_serial;
    objects.next_serial += 1;
    objects.by_serial.insert(serial, Arc::downgrade(vmo));
}

/// Give up copies that nobody uses, `wanted` frames or more if there are as many; how many it were.
pub fn reclaim(wanted: usize) -> usize {
    let wanted = wanted.max(BATCH);
    let mut nr_freed = 0;
    // Twice around: the first time everything may be in use.
    let mut nr_rounds = 0;
    while nr_freed < wanted && nr_rounds <= 2 && counts().cached > 0 {
        let at_hand = OBJECTS.lock().at_hand();
        let Some((serial, object, group)) = at_hand else {
            OBJECTS.lock().hand = (0, 0);
            nr_rounds += 1;
            continue;
        };
        let (nr, next) = object.reclaim(group, wanted - nr_freed);
        nr_freed += nr;
        OBJECTS.lock().hand = next.map_or((serial + 1, 0), |group| (serial, group));
    }
    nr_freed
}

/// Whether files can be read, and pages that are there mapped, when programs have all memory: the
/// kernel's reserve has some frames for that.
const fn is_spared(nr_free: usize, reserve: usize) -> bool {
    nr_free > reserve / 2
}

/// Whether a page table may grow to show a page that is there, so that a program from which pages were
/// taken can go on when another has used memory up.
///
/// # Errors
/// [`OutOfMemory`].
pub fn check_can_show() -> Result<(), OutOfMemory> {
    let counts = frame::counts();
    if is_spared(counts.free, reserve_frames(counts.total)) {
        Ok(())
    } else {
        Err(OutOfMemory)
    }
}

/// Frames of zeros for copies: `wanted` of them, or only one when memory is short.
///
/// # Errors
/// [`OutOfMemory`] when there is not even that.
pub fn frames_for(wanted: usize) -> Result<Vec<Frame>, OutOfMemory> {
    let reserve = reserve_frames(frame::counts().total);
    let kept = 2 * reserve;
    let mut relief = Relief::new();
    let mut free;
    loop {
        free = frame::counts().free;
        if free < kept + wanted {
            reclaim(kept + wanted - free);
            free = frame::counts().free;
        }
        // This one can be given up again.
        if is_spared(free, reserve) {
            break;
        }
        if !relief.come() {
            return Err(OutOfMemory);
        }
    }
    let nr = if free >= kept + wanted { wanted } else { 1 };
    let mut frames = Vec::new();
    frames.try_reserve_exact(nr).map_err(|_| OutOfMemory)?;
    for _ in 0..nr {
        frames.push(Frame::zeroed().ok_or(OutOfMemory)?);
    }
    Ok(frames)
}

/// Whether so much is written and not yet in its file that writers should see to that first.
#[must_use]
pub fn is_dirty_limit_reached() -> bool {
    counts().dirty > frame::counts().total / DIRTY_SHARE
}

/// Write to the files what was written, for want of memory. No lock is held by the caller. Who wrote it
/// learns of errors when he asks for safety.
pub fn write_back() {
    let mut serial = 0;
    loop {
        let next = OBJECTS
            .lock()
            .by_serial
            .range(serial..)
            .find_map(|(&serial, object)| Some((serial, object.upgrade()?)));
        let Some((found, object)) = next else {
            return;
        };
        if object.has_dirty()
            && let Some(file) = object.file()
        {
            // The file remembers what failed.
            let _ = file.write_back();
        }
        serial = found + 1;
    }
}

#[cfg(test)]
mod tests {
    use super::super::vmo::PageSource;
    use super::*;
    use kpio_abi::errors::Errno;

    struct Zeros;

    impl PageSource for Zeros {
        fn fill(&self, _first: u64, _frames: &[Frame]) -> Result<(), Errno> {
            Ok(())
        }
    }

    #[test]
    fn what_nobody_uses_is_given_up_and_what_was_written_is_not() {
        frame::init_host();
        let file = Vmo::with_source(Arc::new(Zeros));
        for index in 0..130 {
            file.bring(index).expect("memory");
        }
        let held = file.bring(3).expect("there");
        assert!(file.mark_dirty(4));
        // Other tests' copies go, too.
        while reclaim(1) > 0 {}
        assert_eq!(file.nr_pages(), 2);
        assert_eq!(file.present(4).map(|(_, is_dirty)| is_dirty), Some(true));
        drop(held);
    }
}
