//! Which frame is which page of a memory object: sparse, by page number.
//!
//! Pages live in groups of neighbours, so that touching or copying a run of them costs one tree step
//! a group and not one a page.

use alloc::boxed::Box;
use alloc::collections::BTreeMap;
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

    /// Make `frame` page `index`; the one that was there.
    pub fn insert(&mut self, index: u64, frame: Frame) -> Option<Frame> {
        let group = self.groups.entry(index / GROUP).or_insert_with(|| {
            Box::new(Group {
                frames: [const { None }; GROUP_LEN],
                count: 0,
            })
        });
        let old = group.frames[slot(index)].replace(frame);
        if old.is_none() {
            group.count += 1;
        }
        old
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
        let touched: alloc::vec::Vec<u64> = self
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
    use alloc::vec::Vec;

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
}
