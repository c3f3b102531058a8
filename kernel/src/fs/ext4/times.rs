//! The nanoseconds of file times: `rsext4` writes them but gives whole seconds back.
//!
//! What was changed since the mount is remembered here, for the last [`MAX_FILES`] files; the times
//! of others are read from their inodes on the disk. Either counts only if it has the seconds that
//! the crate says, for the newest inode may still be in the journal.

use super::super::file_system::FileId;
use alloc::collections::BTreeMap;
use bitflags::bitflags;
use kpio_abi::types::Timespec;

/// Files whose times are remembered.
const MAX_FILES: usize = 16_384;

bitflags! {
    /// Times that a change sets.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub(super) struct Touched: u8 {
        /// The file was read.
        const ACCESSED = 1;
        /// Its content was changed.
        const MODIFIED = 2;
        /// It was changed itself.
        const CHANGED = 4;
        /// What changing the content sets.
        const CONTENT = Self::MODIFIED.bits() | Self::CHANGED.bits();
        /// What making the file sets.
        const NEW = Self::ACCESSED.bits() | Self::CONTENT.bits();
    }
}

/// The times of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Times {
    pub(super) accessed: Timespec,
    pub(super) modified: Timespec,
    pub(super) changed: Timespec,
}

/// Whether `time` has these low 32 bits of seconds.
fn has_seconds(time: Timespec, seconds: u32) -> bool {
    time.tv_sec.cast_unsigned() & u64::from(u32::MAX) == u64::from(seconds)
}

impl Times {
    pub(super) const fn all(time: Timespec) -> Self {
        Self {
            accessed: time,
            modified: time,
            changed: time,
        }
    }

    pub(super) fn with(mut self, touched: Touched, now: Timespec) -> Self {
        if touched.contains(Touched::ACCESSED) {
            self.accessed = now;
        }
        if touched.contains(Touched::MODIFIED) {
            self.modified = now;
        }
        if touched.contains(Touched::CHANGED) {
            self.changed = now;
        }
        self
    }

    fn array(self) -> [Timespec; 3] {
        [self.accessed, self.modified, self.changed]
    }

    /// Whether they are these, as far as whole seconds say (accessed, modified, changed).
    pub(super) fn have_seconds(self, seconds: [u32; 3]) -> bool {
        self.array()
            .into_iter()
            .zip(seconds)
            .all(|(time, seconds)| has_seconds(time, seconds))
    }

    /// Each of them, or the whole seconds where they differ.
    pub(super) fn or_seconds(self, seconds: [u32; 3]) -> Self {
        let times = self.array();
        let [accessed, modified, changed] = core::array::from_fn(|n| {
            if has_seconds(times[n], seconds[n]) {
                times[n]
            } else {
                Timespec {
                    tv_sec: i64::from(seconds[n].cast_signed()),
                    tv_nsec: 0,
                }
            }
        });
        Self {
            accessed,
            modified,
            changed,
        }
    }
}

/// The times of the files that were changed.
#[derive(Debug)]
pub(super) struct TimeBook {
    times: BTreeMap<FileId, Times>,
}

impl TimeBook {
    pub(super) const fn new() -> Self {
        Self {
            times: BTreeMap::new(),
        }
    }

    pub(super) fn get(&self, file: FileId) -> Option<Times> {
        self.times.get(&file).copied()
    }

    pub(super) fn set(&mut self, file: FileId, times: Times) {
        if self.times.len() >= MAX_FILES && !self.times.contains_key(&file) {
            self.times.pop_first();
        }
        self.times.insert(file, times);
    }

    pub(super) fn forget(&mut self, file: FileId) {
        self.times.remove(&file);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(tv_sec: i64, tv_nsec: i64) -> Timespec {
        Timespec { tv_sec, tv_nsec }
    }

    #[test]
    fn what_the_crate_says_otherwise_wins() {
        let known = Times {
            accessed: at(5, 1),
            modified: at((1 << 32) + 6, 2),
            changed: at(7, 3),
        };
        assert!(known.have_seconds([5, 6, 7]));
        assert!(!known.have_seconds([5, 6, 8]));
        let corrected = known.or_seconds([5, 6, 8]);
        assert_eq!(
            corrected.array(),
            [at(5, 1), at((1 << 32) + 6, 2), at(8, 0)]
        );
    }

    #[test]
    fn it_stays_within_its_bound() {
        let mut book = TimeBook::new();
        for number in 0..MAX_FILES + 5 {
            let file = FileId(u32::try_from(number).expect("few"));
            book.set(file, Times::all(at(1, 1)));
        }
        assert_eq!(book.times.len(), MAX_FILES);
    }
}
