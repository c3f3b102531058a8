//! Memory of processes: memory objects, address spaces, and copies to and from user code.

pub mod address_space;
pub mod cached;
pub mod page_map;
pub mod pressure;
pub mod vmo;

#[cfg(target_os = "none")]
pub mod user;

use kpio_abi::errors::Errno;
use kpio_hal::{frame, sync};

/// Memory is used up, or what is left is the kernel's reserve.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OutOfMemory;

impl From<OutOfMemory> for Errno {
    fn from(_: OutOfMemory) -> Self {
        Self::ENOMEM
    }
}

/// Part of all frames that user requests leave alone, so that the kernel's own work always finds
/// memory: a sixteenth, at least 4 MiB.
fn reserve_frames(total: usize) -> usize {
    (total / 16).max(1024)
}

/// Frames that may be spent on behalf of programs.
fn available_frames() -> usize {
    let counts = frame::counts();
    counts.free.saturating_sub(reserve_frames(counts.total))
}

/// Frames that programs can still get, copies of files that can be given up included, and how many
/// they could get at most.
#[must_use]
pub fn budget() -> (usize, usize) {
    let cached = cached::counts();
    let total = frame::counts().total;
    let clean = cached.cached.saturating_sub(cached.dirty);
    (
        available_frames() + clean,
        total.saturating_sub(reserve_frames(total)),
    )
}

/// Whether `nr_frames` more frames may be spent on behalf of a program. When they are short, copies
/// of files make room; what of them is not in its file yet only if the caller holds no lock.
///
/// # Errors
/// [`OutOfMemory`].
pub fn check_budget(nr_frames: u64) -> Result<(), OutOfMemory> {
    let wanted = usize::try_from(nr_frames).map_err(|_| OutOfMemory)?;
    let mut relief = Relief::new();
    loop {
        let missing = nr_missing(wanted);
        if missing == 0 {
            return Ok(());
        }
        if missing > cached::counts().cached {
            return Err(OutOfMemory); // however many copies are given up
        }
        cached::reclaim(missing);
        if nr_missing(wanted) == 0 {
            return Ok(());
        }
        if !relief.come() {
            return Err(OutOfMemory);
        }
    }
}

/// How many of `wanted` frames programs cannot get, those included that the reserve lacks.
fn nr_missing(wanted: usize) -> usize {
    let counts = frame::counts();
    reserve_frames(counts.total)
        .saturating_add(wanted)
        .saturating_sub(counts.free)
}

/// What can be done, one after the other, when memory is used up and giving up copies of files that
/// were not written and nobody maps was not enough.
///
/// It takes the locks of file systems and of address spaces, one at a time, and waits for disks. So
/// it does nothing for whoever holds a lock, and who fails with one tries again without.
pub struct Relief {
    is_written_back: bool,
    is_unmapped: bool,
}

impl Relief {
    /// Nothing has been done.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            is_written_back: false,
            is_unmapped: false,
        }
    }

    /// Do the next thing: write what waits to its files, then take the pages of files from those who
    /// map them, who get them again when they touch them. Whether there are copies now that can be
    /// given up; so each caller tries twice more at most, and not at all when a disk fails and
    /// nothing is mapped.
    pub fn come(&mut self) -> bool {
        if !sync::holds_no_lock() {
            return false;
        }
        if !self.is_written_back {
            self.is_written_back = true;
            let before = cached::counts().dirty;
            if before > 0 {
                cached::write_back();
                if cached::counts().dirty < before {
                    return true;
                }
            }
        }
        if self.is_unmapped || cached::counts().is_all_dirty() {
            return false;
        }
        self.is_unmapped = true;
        address_space::unmap_files();
        true
    }
}

impl Default for Relief {
    fn default() -> Self {
        Self::new()
    }
}
