//! How scarce memory is: a level that whoever wants to know is told of when it changes.
//!
//! It is moderate when programs can get less than an eighth of what they could get at most, and
//! critical below a thirty-second. It falls again when there is a quarter more than that, so that a
//! program at the edge does not make it go up and down.
//!
//! What takes and gives memory is code that runs; the level is looked at whenever a thread leaves
//! user mode by an interrupt, at least every time slice, and before the processor sleeps. Neither
//! is a lock held then, while frames are taken and given under most of them.

use super::budget;
use core::sync::atomic::{AtomicU32, Ordering};
use kpio_abi::memory::PAGE_SIZE;
use kpio_abi::messages::{PRESSURE_CRITICAL, PRESSURE_MODERATE, PRESSURE_NONE};

/// The level that was last found.
static LEVEL: AtomicU32 = AtomicU32::new(PRESSURE_NONE);

/// Those who want to hear of another level.
#[cfg(target_os = "none")]
pub static CHANGED: crate::process::wait_queue::WaitQueue =
    crate::process::wait_queue::WaitQueue::new();

/// The level that was last found: PRESSURE_*.
#[must_use]
pub fn level() -> u32 {
    LEVEL.load(Ordering::Relaxed)
}

/// Bytes that programs can still get.
#[must_use]
pub fn available_bytes() -> u64 {
    (budget().0 * PAGE_SIZE) as u64
}

/// Find the level, and tell those who wait if it is another one than before.
#[cfg(target_os = "none")]
pub fn look() {
    let (available, most) = budget();
    let before = level();
    let now = next_level(before, available, most);
    if now != before {
        LEVEL.store(now, Ordering::Relaxed);
        CHANGED.notify_all();
    }
}

/// The level after `before`, when programs can get `available` frames of `most`.
#[must_use]
pub fn next_level(before: u32, available: usize, most: usize) -> u32 {
    let holds = |level, part: usize| {
        let limit = most / part;
        let more = if before >= level { limit / 4 } else { 0 };
        available < limit + more
    };
    if holds(PRESSURE_CRITICAL, 32) {
        PRESSURE_CRITICAL
    } else if holds(PRESSURE_MODERATE, 8) {
        PRESSURE_MODERATE
    } else {
        PRESSURE_NONE
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_level_rises_at_its_edge_and_falls_later() {
        let most = 3200;
        let mut level = PRESSURE_NONE;
        let mut seen = std::vec::Vec::new();
        for available in [401, 400, 399, 499, 500, 399, 99, 124, 125, 3200, 0, 500] {
            level = next_level(level, available, most);
            seen.push(level);
        }
        assert_eq!(seen, [0, 0, 1, 1, 0, 1, 2, 2, 1, 0, 2, 0]);
    }
}
