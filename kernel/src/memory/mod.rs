//! Memory of processes: memory objects, address spaces, and copies to and from user code.

pub mod address_space;
pub mod cached;
pub mod page_map;
pub mod pressure;
pub mod vmo;

#[cfg(target_os = "none")]
pub mod user;

use kpio_abi::errors::Errno;
use kpio_hal::frame;

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
/// of files make room. No memory object is locked by the caller.
///
/// # Errors
/// [`OutOfMemory`].
pub fn check_budget(nr_frames: u64) -> Result<(), OutOfMemory> {
    let wanted = usize::try_from(nr_frames).map_err(|_| OutOfMemory)?;
    let available = available_frames();
    if wanted <= available {
        return Ok(());
    }
    cached::reclaim(wanted - available);
    if wanted <= available_frames() {
        Ok(())
    } else {
        Err(OutOfMemory)
    }
}
