//! The watches of an epoll, and which of them are to be looked at.
//!
//! ```text
//!            changed                       take_first
//! unlisted ───────────▶ listed, once, at the end ───────▶ unlisted, being looked at
//!    ▲                    ▲                                 │ report
//!    │                    ├──── has come, level-triggered ──┤
//!    ├── has not come, or edge-triggered ───────────────────┤
//! disabled ◀───────────── has come, one shot ───────────────┘     modify enables again
//! ```
//! A watch that is not listed has not changed since it was found not to be ready, so that waiting
//! costs what has changed and not what is watched. Changes of a disabled watch are passed over.
//!
//! Source: Linux epoll(7).

use alloc::collections::{BTreeMap, VecDeque};
use alloc::vec::Vec;
use core::ops::RangeInclusive;
use kpio_abi::errors::Errno;
use kpio_abi::flags::{EPOLLERR, EPOLLET, EPOLLHUP, EPOLLONESHOT};

/// Events that are told of without being asked for.
const ALWAYS: u32 = EPOLLERR | EPOLLHUP;

/// What is watched: a descriptor, and the address of its object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key {
    /// The descriptor's number when the watch was added.
    pub fd: i32,
    /// The object's address, which no other object has while it is watched.
    pub object: usize,
}

/// What is waited for, or what has come, and the word that is told with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Interest {
    /// EPOLL* bits.
    pub events: u32,
    /// The caller's word.
    pub data: u64,
}

struct Watch<T> {
    interest: Interest,
    is_listed: bool,
    is_enabled: bool,
    watched: T,
}

impl<T> Watch<T> {
    /// What of `ready` is waited for.
    const fn wanted(&self, ready: u32) -> u32 {
        ready & (self.interest.events | ALWAYS)
    }
}

/// Watches over things that a `T` each stands for.
pub struct WatchList<T> {
    watches: BTreeMap<Key, Watch<T>>,
    /// Those to be looked at, each once, the one that waits longest first.
    listed: VecDeque<Key>,
}

impl<T> WatchList<T> {
    /// Nothing is watched.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            watches: BTreeMap::new(),
            listed: VecDeque::new(),
        }
    }

    /// All that is watched.
    pub fn watched(&self) -> impl Iterator<Item = &T> {
        self.watches.values().map(|watch| &watch.watched)
    }

    /// Add a watch; it is not listed.
    ///
    /// # Errors
    /// EEXIST, ENOMEM.
    pub fn add(&mut self, key: Key, interest: Interest, watched: T) -> Result<(), Errno> {
        if self.watches.contains_key(&key) {
            return Err(Errno::EEXIST);
        }
        // Each is listed once, so that listing finds room whoever changes what.
        let room = self.watches.len() + 1 - self.listed.len();
        self.listed.try_reserve(room).map_err(|_| Errno::ENOMEM)?;
        let watch = Watch {
            interest,
            is_listed: false,
            is_enabled: true,
            watched,
        };
        self.watches.insert(key, watch);
        Ok(())
    }

    /// Wait for something else; a disabled watch is enabled.
    ///
    /// # Errors
    /// ENOENT.
    pub fn modify(&mut self, key: Key, interest: Interest) -> Result<(), Errno> {
        let watch = self.watches.get_mut(&key).ok_or(Errno::ENOENT)?;
        watch.interest = interest;
        watch.is_enabled = true;
        Ok(())
    }

    /// Watch it no longer; what stood for it.
    ///
    /// # Errors
    /// ENOENT.
    pub fn remove(&mut self, key: Key) -> Result<T, Errno> {
        let watch = self.watches.remove(&key).ok_or(Errno::ENOENT)?;
        if watch.is_listed {
            self.listed.retain(|listed| *listed != key);
        }
        Ok(watch.watched)
    }

    /// Remove the watches of these descriptors over what `is_alive` denies.
    pub fn prune(&mut self, fds: RangeInclusive<i32>, is_alive: impl Fn(&T) -> bool) {
        let first = Key {
            fd: *fds.start(),
            object: 0,
        };
        let last = Key {
            fd: *fds.end(),
            object: usize::MAX,
        };
        let range = self.watches.range(first..=last);
        let dead = range.filter(|(_, watch)| !is_alive(&watch.watched));
        let dead: Vec<Key> = dead.map(|(key, _)| *key).collect();
        for key in dead {
            // It was there a moment ago.
            let _ = self.remove(key);
        }
    }

    /// It may have become ready: list it, at the end. Whether anybody wants to know.
    pub fn changed(&mut self, key: Key) -> bool {
        let Some(watch) = self.watches.get_mut(&key) else {
            return false;
        };
        if watch.is_enabled && !watch.is_listed {
            watch.is_listed = true;
            self.listed.push_back(key);
        }
        watch.is_enabled
    }

    /// How many are to be looked at.
    #[must_use]
    pub fn nr_listed(&self) -> usize {
        self.listed.len()
    }

    /// Whether anything of `ready` is waited for.
    #[must_use]
    pub fn is_wanted(&self, key: Key, ready: u32) -> bool {
        let watch = self.watches.get(&key);
        watch.is_some_and(|watch| watch.is_enabled && watch.wanted(ready) != 0)
    }

    /// What is to be told when the thing is `ready` for this; `None`: nothing. The watch is listed,
    /// left or disabled as its kind wants it.
    pub fn report(&mut self, key: Key, ready: u32) -> Option<Interest> {
        let watch = self.watches.get_mut(&key)?;
        let events = watch.wanted(ready);
        if events == 0 || !watch.is_enabled {
            return None;
        }
        let told = Interest {
            events,
            data: watch.interest.data,
        };
        if watch.interest.events & EPOLLONESHOT != 0 {
            watch.is_enabled = false;
        } else if watch.interest.events & EPOLLET == 0 {
            self.changed(key);
        }
        Some(told)
    }

    /// What was taken from the list was not told: it comes first again.
    pub fn put_back(&mut self, key: Key) {
        let Some(watch) = self.watches.get_mut(&key) else {
            return;
        };
        watch.is_enabled = true;
        if !watch.is_listed {
            watch.is_listed = true;
            self.listed.push_front(key);
        }
    }
}

impl<T: Clone> WatchList<T> {
    /// Take the first one from the list.
    pub fn take_first(&mut self) -> Option<(Key, T)> {
        let key = self.listed.pop_front()?;
        let watch = self.watches.get_mut(&key)?;
        watch.is_listed = false;
        Some((key, watch.watched.clone()))
    }
}

impl<T> Default for WatchList<T> {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kpio_abi::flags::{EPOLLIN, EPOLLOUT};

    const KEY: Key = Key { fd: 3, object: 16 };

    fn interest(events: u32) -> Interest {
        Interest { events, data: 7 }
    }

    fn list_with(events: u32) -> WatchList<char> {
        let mut list = WatchList::new();
        list.add(KEY, interest(events), 'a').expect("it is new");
        list
    }

    /// Look at what is listed, as a wait does: the events that are told.
    fn look(list: &mut WatchList<char>, ready: u32) -> Option<u32> {
        let (key, _) = list.take_first()?;
        list.report(key, ready).map(|told| told.events)
    }

    #[test]
    fn every_kind_of_watch_goes_through_its_states() {
        // What is waited for; told of at the first look, at a second one, after another change,
        // after a modification and a change.
        let came = Some(EPOLLIN);
        let rows = [
            (0, [came, came, came, came]),
            (EPOLLET, [came, None, came, came]),
            (EPOLLONESHOT, [came, None, None, came]),
            (EPOLLONESHOT | EPOLLET, [came, None, None, came]),
        ];
        for (kind, expected) in rows {
            let mut list = list_with(EPOLLIN | kind);
            assert_eq!(look(&mut list, EPOLLIN), None, "{kind:#x} before a change");
            list.changed(KEY);
            let first = look(&mut list, EPOLLIN);
            let second = look(&mut list, EPOLLIN);
            list.changed(KEY);
            let third = look(&mut list, EPOLLIN);
            list.modify(KEY, interest(EPOLLIN | kind)).expect("watched");
            list.changed(KEY);
            let fourth = look(&mut list, EPOLLIN);
            assert_eq!([first, second, third, fourth], expected, "{kind:#x}");
        }
    }

    #[test]
    fn what_is_not_ready_leaves_the_list() {
        for kind in [0, EPOLLET, EPOLLONESHOT] {
            let mut list = list_with(EPOLLIN | kind);
            assert!(list.changed(KEY));
            assert_eq!(look(&mut list, EPOLLOUT), None, "{kind:#x}");
            assert_eq!(list.nr_listed(), 0, "{kind:#x}");
            assert!(list.changed(KEY), "{kind:#x} is still wanted");
        }
    }

    #[test]
    fn errors_and_ends_are_told_unasked() {
        for bit in [EPOLLERR, EPOLLHUP] {
            let mut list = list_with(0);
            list.changed(KEY);
            assert_eq!(look(&mut list, EPOLLIN | bit), Some(bit));
        }
    }

    #[test]
    fn a_watch_is_listed_once() {
        let mut list = list_with(EPOLLIN | EPOLLET);
        list.changed(KEY);
        list.changed(KEY);
        list.put_back(KEY);
        assert_eq!(list.nr_listed(), 1);
        assert_eq!(look(&mut list, EPOLLIN), Some(EPOLLIN));
        assert_eq!(list.nr_listed(), 0);
    }

    #[test]
    fn what_was_not_told_comes_first_again() {
        for kind in [EPOLLET, EPOLLONESHOT] {
            let mut list = list_with(EPOLLIN | kind);
            let other = Key { fd: 4, ..KEY };
            list.add(other, interest(EPOLLIN), 'b').expect("it is new");
            list.changed(KEY);
            list.changed(other);
            let (key, _) = list.take_first().expect("two are listed");
            list.report(key, EPOLLIN).expect("it is ready");
            list.put_back(key);
            assert_eq!(
                list.take_first().map(|(key, _)| key),
                Some(KEY),
                "{kind:#x}"
            );
            assert!(list.report(KEY, EPOLLIN).is_some(), "{kind:#x}");
        }
    }

    #[test]
    fn level_triggered_watches_take_turns() {
        let mut list = list_with(EPOLLIN);
        let other = Key { fd: 4, ..KEY };
        list.add(other, interest(EPOLLIN), 'b').expect("it is new");
        list.changed(KEY);
        list.changed(other);
        let turns: Vec<char> = (0..4)
            .filter_map(|_| {
                let (key, watched) = list.take_first()?;
                list.report(key, EPOLLIN).map(|_| watched)
            })
            .collect();
        assert_eq!(turns, ['a', 'b', 'a', 'b']);
    }

    #[test]
    fn watches_are_found_by_descriptor_and_object() {
        let mut list = list_with(EPOLLIN);
        let again = list.add(KEY, interest(0), 'b');
        assert_eq!(again, Err(Errno::EEXIST));
        let other = Key { object: 32, ..KEY };
        assert_eq!(list.modify(other, interest(0)), Err(Errno::ENOENT));
        assert_eq!(list.remove(other), Err(Errno::ENOENT));
        assert!(!list.changed(other));
        list.changed(KEY);
        assert_eq!(list.remove(KEY), Ok('a'));
        assert_eq!(list.nr_listed(), 0);
    }

    #[test]
    fn pruning_takes_the_dead_of_a_descriptor() {
        let mut list = list_with(EPOLLIN);
        for (fd, object, watched) in [(3, 32, 'x'), (4, 16, 'x'), (4, 32, 'b')] {
            let key = Key { fd, object };
            list.add(key, interest(EPOLLIN), watched)
                .expect("it is new");
            list.changed(key);
        }
        list.prune(3..=3, |watched| *watched != 'x');
        assert_eq!(list.watched().collect::<Vec<_>>(), [&'a', &'x', &'b']);
        list.prune(i32::MIN..=i32::MAX, |watched| *watched != 'x');
        assert_eq!(list.watched().collect::<Vec<_>>(), [&'a', &'b']);
        assert_eq!(list.nr_listed(), 1);
    }
}
