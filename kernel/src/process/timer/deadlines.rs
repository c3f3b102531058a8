//! What is to happen when, in order.

use alloc::collections::BTreeMap;

/// An entry's place: when, and a number of its own, so that many may have the same time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// When, on the monotonic clock.
    pub deadline_ns: u64,
    /// Whose.
    pub serial: u64,
}

/// Entries by their time.
#[derive(Debug)]
pub struct Deadlines<T> {
    entries: BTreeMap<Place, T>,
}

impl<T> Deadlines<T> {
    /// None.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            entries: BTreeMap::new(),
        }
    }

    /// Put one in.
    pub fn insert(&mut self, place: Place, entry: T) {
        self.entries.insert(place, entry);
    }

    /// Take one out, if it is still there.
    pub fn remove(&mut self, place: Place) -> Option<T> {
        self.entries.remove(&place)
    }

    /// When the first is due.
    #[must_use]
    pub fn first_ns(&self) -> Option<u64> {
        let (place, _) = self.entries.first_key_value()?;
        Some(place.deadline_ns)
    }

    /// Take out the first, if it is due at `now_ns`.
    pub fn take_due(&mut self, now_ns: u64) -> Option<T> {
        let first = self.entries.first_entry()?;
        (first.key().deadline_ns <= now_ns).then(|| first.remove())
    }
}

impl<T> Default for Deadlines<T> {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;

    const fn place(deadline_ns: u64, serial: u64) -> Place {
        Place {
            deadline_ns,
            serial,
        }
    }

    #[test]
    fn what_is_due_comes_in_order() {
        let mut deadlines = Deadlines::new();
        for (at, serial) in [(30, 1), (10, 2), (20, 3), (10, 1)] {
            deadlines.insert(place(at, serial), (at, serial));
        }
        assert_eq!(deadlines.first_ns(), Some(10));
        assert_eq!(deadlines.take_due(9), None);
        let due: Vec<_> = core::iter::from_fn(|| deadlines.take_due(20)).collect();
        assert_eq!(due, [(10, 1), (10, 2), (20, 3)]);
        assert_eq!(deadlines.first_ns(), Some(30));
    }

    #[test]
    fn what_is_taken_out_does_not_come() {
        let mut deadlines = Deadlines::new();
        deadlines.insert(place(10, 1), 'a');
        deadlines.insert(place(10, 2), 'b');
        assert_eq!(deadlines.remove(place(10, 1)), Some('a'));
        assert_eq!(deadlines.remove(place(10, 1)), None);
        assert_eq!(deadlines.take_due(10), Some('b'));
        assert_eq!(deadlines.first_ns(), None);
    }
}
