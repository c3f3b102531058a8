//! The buddy algorithm over an array of frame entries: no machine access, tested on the host.
//!
//! A block of order `n` is `2^n` frames, aligned to its size. Free blocks of one order form a doubly
//! linked list through their first frame's entry, so that joining two buddies is O(1).
//! Source: D. Knuth, The Art of Computer Programming vol. 1, "Dynamic Storage Allocation".

use core::sync::atomic::{AtomicU32, Ordering::Relaxed};

/// Largest order: 2^18 frames, 1 GiB.
pub const MAX_ORDER: usize = 18;

const NONE: u32 = u32::MAX;
/// `state` of a frame that is not the first of a free block. Zero, so that a zeroed table is one in
/// which nothing is free.
const NOT_FREE: u32 = 0;

/// `state` of the first frame of a free block.
fn free_state(order: usize) -> u32 {
    to_index(order) + 1
}

/// What the kernel knows of one physical frame. Atomics, so that a shared slice of them is sound;
/// the links are only touched under the allocator's lock, the count by everybody.
#[derive(Debug)]
#[repr(C)]
pub struct FrameEntry {
    /// How many [`super::Frame`]s, page tables and device regions refer to the frame.
    pub refcount: AtomicU32,
    /// One more than the order of the free block that begins here, or `NOT_FREE`.
    state: AtomicU32,
    next: AtomicU32,
    prev: AtomicU32,
}

impl FrameEntry {
    /// The entry of a frame that is not free.
    #[must_use]
    pub const fn used() -> Self {
        Self {
            refcount: AtomicU32::new(0),
            state: AtomicU32::new(NOT_FREE),
            next: AtomicU32::new(0),
            prev: AtomicU32::new(0),
        }
    }
}

/// Free frames. `entries[n]` speaks of frame number `n`.
#[derive(Debug)]
pub struct Buddy<'a> {
    entries: &'a [FrameEntry],
    heads: [u32; MAX_ORDER + 1],
    nr_free_frames: usize,
}

fn to_index(frame: usize) -> u32 {
    u32::try_from(frame).expect("frame numbers fit 32 bits: 16 TiB of memory")
}

impl<'a> Buddy<'a> {
    /// An allocator with nothing free; see [`Buddy::free_range`].
    #[must_use]
    pub const fn new(entries: &'a [FrameEntry]) -> Self {
        Self {
            entries,
            heads: [NONE; MAX_ORDER + 1],
            nr_free_frames: 0,
        }
    }

    /// Number of free frames.
    #[must_use]
    pub const fn nr_free_frames(&self) -> usize {
        self.nr_free_frames
    }

    fn push(&mut self, order: usize, frame: usize) {
        let head = self.heads[order];
        let entry = &self.entries[frame];
        entry.state.store(free_state(order), Relaxed);
        entry.next.store(head, Relaxed);
        entry.prev.store(NONE, Relaxed);
        if head != NONE {
            self.entries[head as usize]
                .prev
                .store(to_index(frame), Relaxed);
        }
        self.heads[order] = to_index(frame);
    }

    fn unlink(&mut self, order: usize, frame: usize) {
        let entry = &self.entries[frame];
        let (next, prev) = (entry.next.load(Relaxed), entry.prev.load(Relaxed));
        if prev == NONE {
            self.heads[order] = next;
        } else {
            self.entries[prev as usize].next.store(next, Relaxed);
        }
        if next != NONE {
            self.entries[next as usize].prev.store(prev, Relaxed);
        }
        entry.state.store(NOT_FREE, Relaxed);
    }

    /// Take a block of `2^order` frames; the number of its first frame, or `None` when no block of
    /// that size is left.
    pub fn allocate(&mut self, order: usize) -> Option<usize> {
        let found = (order..=MAX_ORDER).find(|&o| self.heads[o] != NONE)?;
        let frame = self.heads[found] as usize;
        self.unlink(found, frame);
        for half in (order..found).rev() {
            self.push(half, frame + (1 << half));
        }
        self.nr_free_frames -= 1 << order;
        Some(frame)
    }

    /// Give back a block that [`Buddy::allocate`] gave, of the same order.
    ///
    /// # Panics
    /// If a frame of it is free already: two owners believed the frame was theirs.
    pub fn free(&mut self, frame: usize, order: usize) {
        assert!(
            self.entries[frame].state.load(Relaxed) == NOT_FREE,
            "frame {frame:#x} is freed twice"
        );
        self.nr_free_frames += 1 << order;
        let (mut frame, mut order) = (frame, order);
        while order < MAX_ORDER {
            let buddy = frame ^ (1 << order);
            let is_free_buddy = self
                .entries
                .get(buddy)
                .is_some_and(|e| e.state.load(Relaxed) == free_state(order));
            if !is_free_buddy {
                break;
            }
            self.unlink(order, buddy);
            frame = frame.min(buddy);
            order += 1;
        }
        self.push(order, frame);
    }

    /// Put frames `first..end`, which never were in the allocator, among the free ones.
    pub fn free_range(&mut self, first: usize, end: usize) {
        let mut frame = first;
        while frame < end {
            let aligned = if frame == 0 {
                MAX_ORDER
            } else {
                frame.trailing_zeros() as usize
            };
            let fits = (end - frame).ilog2() as usize;
            let order = aligned.min(fits).min(MAX_ORDER);
            self.free(frame, order);
            frame += 1 << order;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::vec::Vec;

    fn entries(n: usize) -> Vec<FrameEntry> {
        (0..n).map(|_| FrameEntry::used()).collect()
    }

    #[test]
    fn all_frames_of_a_range_can_be_taken_once() {
        let table = entries(1000);
        let mut buddy = Buddy::new(&table);
        buddy.free_range(3, 997);
        assert_eq!(buddy.nr_free_frames(), 994);
        let mut seen = std::collections::BTreeSet::new();
        while let Some(frame) = buddy.allocate(0) {
            assert!(
                (3..997).contains(&frame) && seen.insert(frame),
                "frame {frame}"
            );
        }
        assert_eq!((seen.len(), buddy.nr_free_frames()), (994, 0));
    }

    #[test]
    fn freed_blocks_join_again() {
        let table = entries(1 << 10);
        let mut buddy = Buddy::new(&table);
        buddy.free_range(0, 1 << 10);
        let frames: Vec<_> = (0..1 << 10)
            .map(|_| buddy.allocate(0).expect("free"))
            .collect();
        assert_eq!(buddy.allocate(0), None);
        for frame in frames.into_iter().rev() {
            buddy.free(frame, 0);
        }
        assert_eq!(buddy.allocate(10), Some(0));
    }

    #[test]
    fn blocks_are_aligned_and_disjoint_over_random_use() {
        let table = entries(1 << 12);
        let mut buddy = Buddy::new(&table);
        buddy.free_range(0, 1 << 12);
        let mut state = 0x9E37_79B9_7F4A_7C15_u64;
        let mut random = |n: u64| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state % n
        };
        let mut held: Vec<(usize, usize)> = Vec::new();
        for _ in 0..20_000 {
            if random(2) == 0 || held.is_empty() {
                let order = usize::try_from(random(7)).expect("small");
                if let Some(frame) = buddy.allocate(order) {
                    assert_eq!(frame % (1 << order), 0);
                    for &(other, o) in &held {
                        assert!(frame + (1 << order) <= other || other + (1 << o) <= frame);
                    }
                    held.push((frame, order));
                }
            } else {
                let i = usize::try_from(random(held.len() as u64)).expect("small");
                let (frame, order) = held.swap_remove(i);
                buddy.free(frame, order);
            }
            let held_frames: usize = held.iter().map(|&(_, o)| 1 << o).sum();
            assert_eq!(buddy.nr_free_frames(), (1 << 12) - held_frames);
        }
    }

    #[test]
    #[should_panic(expected = "freed twice")]
    fn a_double_free_is_found() {
        let table = entries(4);
        let mut buddy = Buddy::new(&table);
        buddy.free_range(0, 4);
        let frame = buddy.allocate(0).expect("free");
        buddy.free(frame, 0);
        buddy.free(frame, 0);
    }
}
