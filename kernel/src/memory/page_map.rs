//! Which frame is which page of a memory object: sparse, by page number.
//!
//! Pages live in groups of neighbours, so that touching or copying a run of them costs one tree step
//! a group and not one a page.

use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use core::ops::Range;
use kpio_hal::frame::Frame;

/// Pages in a group.
const GROUP: u64 = 64;
const GROUP_LEN: usize = 64;

#[derive(Clone)]
struct Group {
    frames: [Option<Frame>; GROUP_LEN],
    /// How many are there; a group of none is dropped.
    count: usize,
    /// One bit a page: it may differ from what it was filled with.
    dirty: u64,
    /// A page of it was looked up since [`PageMap::reclaim`] came by.
    is_used: bool,
}

/// A sparse array of frames.
#[derive(Clone, Default)]
pub struct PageMap {
    groups: BTreeMap<u64, Box<Group>>,
}

fn slot(index: u64) -> usize {
    // Below GROUP_LEN, which fits.
    usize::try_from(index % GROUP).unwrap_or(0)
}

impl PageMap {
    /// No page.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            groups: BTreeMap::new(),
        }
    }

    /// The frame of page `index`.
    #[must_use]
    pub fn get(&self, index: u64) -> Option<&Frame> {
        self.groups.get(&(index / GROUP))?.frames[slot(index)].as_ref()
    }

    /// The frame of page `index`, which counts as used.
    pub fn use_page(&mut self, index: u64) -> Option<&Frame> {
        let group = self.groups.get_mut(&(index / GROUP))?;
        group.is_used = true;
        group.frames[slot(index)].as_ref()
    }

    /// Make `frame` page `index`; the one that was there.
    pub fn insert(&mut self, index: u64, frame: Frame) -> Option<Frame> {
        let group = self.groups.entry(index / GROUP).or_insert_with(|| {
            Box::new(Group {
                frames: [const { None }; GROUP_LEN],
                count: 0,
                dirty: 0,
                is_used: true,
            })
        });
        let old = group.frames[slot(index)].replace(frame);
        if old.is_none() {
            group.count += 1;
        }
        old
    }

    /// Note that page `index`, which is there, was written; whether that is news.
    pub fn set_dirty(&mut self, index: u64) -> bool {
        let Some(group) = self.groups.get_mut(&(index / GROUP)) else {
            return false;
        };
        let bit = 1 << slot(index);
        let is_news = group.dirty & bit == 0 && group.frames[slot(index)].is_some();
        if is_news {
            group.dirty |= bit;
        }
        is_news
    }

    /// Whether page `index` was written.
    #[must_use]
    pub fn is_dirty(&self, index: u64) -> bool {
        self.groups
            .get(&(index / GROUP))
            .is_some_and(|group| group.dirty & (1 << slot(index)) != 0)
    }

    /// How many pages of `range` were written.
    #[must_use]
    pub fn nr_dirty(&self, range: Range<u64>) -> usize {
        self.dirty(range).count()
    }

    fn dirty(&self, range: Range<u64>) -> impl Iterator<Item = u64> {
        let last_group = range.end.saturating_sub(1) / GROUP;
        let first_group = (range.start / GROUP).min(last_group);
        self.groups
            .range(first_group..=last_group)
            .filter(|(_, group)| group.dirty != 0)
            .flat_map(|(&number, group)| {
                (0..GROUP)
                    .filter(move |bit| group.dirty & (1 << bit) != 0)
                    .map(move |bit| number * GROUP + bit)
            })
            .filter(move |index| range.contains(index))
    }

    /// The first run of pages at or behind `from` that were written, `max` of them at most. They count
    /// as clean from here on.
    pub fn take_dirty_run(&mut self, from: u64, max: usize) -> Option<(u64, Vec<Frame>)> {
        let first = self.dirty(from..u64::MAX).next()?;
        let mut frames = Vec::new();
        for index in first.. {
            if frames.len() == max || !self.is_dirty(index) {
                break;
            }
            let Some(group) = self.groups.get_mut(&(index / GROUP)) else {
                break;
            };
            group.dirty &= !(1 << slot(index));
            frames.extend(group.frames[slot(index)].clone());
        }
        Some((first, frames))
    }

    /// Give up frames that nobody else holds and that were not written, from group `from` on, until
    /// `wanted` are given up. Groups that were used since the last time are passed over once. How
    /// many frames went, and the group to go on with; `None` at the end.
    pub fn reclaim(&mut self, from: u64, wanted: usize) -> (usize, Option<u64>) {
        let mut nr_freed = 0;
        let mut next = from;
        while nr_freed < wanted {
            let Some((&number, group)) = self.groups.range_mut(next..).next() else {
                return (nr_freed, None);
            };
            next = number + 1;
            if core::mem::take(&mut group.is_used) {
                continue;
            }
            for (bit, place) in group.frames.iter_mut().enumerate() {
                let is_clean = group.dirty & (1 << bit) == 0;
                if is_clean && place.as_ref().is_some_and(|frame| frame.refcount() == 1) {
                    *place = None;
                    group.count -= 1;
                    nr_freed += 1;
                }
            }
            if group.count == 0 {
                self.groups.remove(&number);
            }
        }
        (nr_freed, Some(next))
    }

    /// Drop the pages of `range`.
    pub fn remove(&mut self, range: Range<u64>) {
        if range.is_empty() {
            return;
        }
        let is_whole = |number: u64| {
            number * GROUP >= range.start && (number + 1).saturating_mul(GROUP) <= range.end
        };
        let numbers = range.start / GROUP..=(range.end - 1) / GROUP;
        let touched: Vec<u64> = self
            .groups
            .range(numbers)
            .map(|(&number, _)| number)
            .collect();
        for number in touched {
            if is_whole(number) {
                self.groups.remove(&number);
                continue;
            }
            let Some(group) = self.groups.get_mut(&number) else {
                continue;
            };
            let first = number * GROUP;
            for index in range.start.max(first)..range.end.min(first + GROUP) {
                if group.frames[slot(index)].take().is_some() {
                    group.count -= 1;
                }
                group.dirty &= !(1 << slot(index));
            }
            if group.count == 0 {
                self.groups.remove(&number);
            }
        }
    }

    /// Page numbers and frames within `range`, ascending.
    pub fn range(&self, range: Range<u64>) -> impl Iterator<Item = (u64, &Frame)> {
        let last_group = range.end.saturating_sub(1) / GROUP;
        let first_group = (range.start / GROUP).min(last_group);
        self.groups
            .range(first_group..=last_group)
            .flat_map(|(&number, group)| {
                (number * GROUP..)
                    .zip(&group.frames)
                    .filter_map(|(index, frame)| Some((index, frame.as_ref()?)))
            })
            .filter(move |(index, _)| range.contains(index))
    }

    /// How many pages there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.groups.values().map(|group| group.count).sum()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.groups.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map_of(indices: &[u64]) -> (PageMap, Frame) {
        kpio_hal::frame::init_host();
        let frame = Frame::zeroed().expect("memory");
        let mut map = PageMap::new();
        for &index in indices {
            assert!(map.insert(index, frame.clone()).is_none());
        }
        (map, frame)
    }

    fn indices(map: &PageMap, range: Range<u64>) -> Vec<u64> {
        map.range(range).map(|(index, _)| index).collect()
    }

    #[test]
    fn pages_are_found_by_number() {
        let (map, frame) = map_of(&[0, 63, 64, 1 << 40]);
        assert_eq!(map.get(64), Some(&frame));
        assert_eq!(map.get(65), None);
        assert_eq!(indices(&map, 0..u64::MAX), [0, 63, 64, 1 << 40]);
        assert_eq!(indices(&map, 1..64), [63]);
        assert_eq!(indices(&map, 5..5), []);
        assert_eq!(map.len(), 4);
    }

    #[test]
    fn removing_takes_just_the_range() {
        let all: Vec<u64> = (10..300).collect();
        let (mut map, frame) = map_of(&all);
        map.remove(60..200);
        let kept: Vec<u64> = (10..60).chain(200..300).collect();
        assert_eq!(indices(&map, 0..1000), kept);
        assert_eq!(frame.refcount() as usize, kept.len() + 1);
        map.remove(0..u64::MAX);
        assert!(map.is_empty());
        assert_eq!(frame.refcount(), 1);
    }

    #[test]
    fn runs_of_written_pages_are_taken_once() {
        let (mut map, _frame) = map_of(&(0..200).collect::<Vec<u64>>());
        for index in [3, 62, 63, 64, 65, 150] {
            assert!(map.set_dirty(index));
        }
        assert!(!map.set_dirty(3) && !map.set_dirty(500));
        assert_eq!(map.nr_dirty(0..u64::MAX), 6);
        let mut runs = Vec::new();
        let mut from = 0;
        while let Some((first, frames)) = map.take_dirty_run(from, 3) {
            runs.push((first, frames.len()));
            from = first + frames.len() as u64;
        }
        assert_eq!(runs, [(3, 1), (62, 3), (65, 1), (150, 1)]);
        assert_eq!(map.nr_dirty(0..u64::MAX), 0);
    }

    #[test]
    fn reclaiming_leaves_what_is_used_held_or_written() {
        kpio_hal::frame::init_host();
        let mut map = PageMap::new();
        for index in 0..192 {
            map.insert(index, Frame::zeroed().expect("memory"));
        }
        let held = map.get(70).expect("there").clone();
        map.set_dirty(71);
        // The first round finds everything used.
        assert_eq!(map.reclaim(0, 500), (0, None));
        map.use_page(5);
        assert_eq!(map.reclaim(0, 500), (64 + 62, None));
        let kept: Vec<u64> = (0..64).chain([70, 71]).collect();
        assert_eq!(indices(&map, 0..1000), kept);
        assert_eq!(map.reclaim(1, 500), (0, None));
        drop(held);
        assert_eq!(map.reclaim(1, 500), (1, None));
        assert_eq!(map.reclaim(0, 10), (64, Some(1)));
    }
}
