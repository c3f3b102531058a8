//! Memory of processes: memory objects, address spaces, and copies to and from user code.

pub mod address_space;
pub mod page_map;
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

/// Whether `nr_frames` more frames may be spent on behalf of a program.
///
/// # Errors
/// [`OutOfMemory`].
pub fn check_budget(nr_frames: u64) -> Result<(), OutOfMemory> {
    let counts = frame::counts();
    let available = counts.free.saturating_sub(reserve_frames(counts.total)) as u64;
    if nr_frames > available {
        Err(OutOfMemory)
    } else {
        Ok(())
    }
}
