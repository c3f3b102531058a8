//! The names of an open directory, one after the other.
//!
//! POSIX wants every name that is there all the time to be given exactly once, whatever else is made
//! and removed meanwhile, and places (cookies) that a program may return to. A directory in the
//! order of its bytes gets another order when it grows beyond a block, so a small one is read at
//! once, at its start; of others only the place is kept.

use super::FsError;
use super::file_system::{Cursor, Entry};
use super::node::Node;
use alloc::sync::Arc;
use alloc::vec::Vec;
use kpio_abi::errors::Errno;

/// The largest list that is read at once.
const MAX_SMALL_BYTES: u64 = 64 << 10;
/// Most names in one: an entry has 12 bytes or more.
const MAX_SMALL_ENTRIES: usize = 64 << 10;
/// Names asked for at once.
const BATCH: usize = 64;
/// The cookie of the end.
const END: u64 = i64::MAX as u64;

/// Where a reader of a directory stands.
#[derive(Debug, Default)]
pub struct Listing {
    /// All names of a small directory, as they were when the reader was at its start.
    small: Option<Vec<Entry>>,
    /// The place in another one, and its cookie.
    place: Option<(u64, Cursor)>,
}

/// A name as it is given to a program.
#[derive(Debug)]
pub struct Listed {
    /// The entry.
    pub entry: Entry,
    /// The cookie of the place behind it.
    pub next: u64,
}

const fn cookie(cursor: Cursor) -> u64 {
    match cursor {
        Cursor::Start => 0,
        Cursor::Byte(offset) => offset,
        // Linux's ext4 has the same: hashes are even, and of names with the same one all come again.
        Cursor::Hash { major, minor, .. } => (major as u64 >> 1) << 32 | minor as u64,
        Cursor::End => END,
    }
}

fn cursor(cookie: u64, is_unordered: bool) -> Cursor {
    let half = |shift: u32| u32::try_from(cookie >> shift & u64::from(u32::MAX)).unwrap_or(0);
    match cookie {
        0 => Cursor::Start,
        END => Cursor::End,
        offset if is_unordered => Cursor::Byte(offset),
        _ => Cursor::Hash {
            major: half(32) << 1,
            minor: half(0),
            collision: 0,
        },
    }
}

impl Listing {
    /// The next names of `directory` from the place `at` on, some of them; none at the end.
    ///
    /// # Errors
    /// ENOENT if it was removed, EIO.
    pub fn next(&mut self, directory: &Arc<Node>, at: u64) -> Result<Vec<Listed>, FsError> {
        if directory.is_removed() {
            return Err(FsError::new(Errno::ENOENT, "the directory was removed"));
        }
        if at == 0 {
            *self = Self::default();
        }
        if self.small.is_none() && self.place.is_none() {
            let bytes = directory
                .mount
                .file_system(|fs| fs.unordered_bytes(directory.id))?;
            if bytes.is_some_and(|bytes| bytes <= MAX_SMALL_BYTES) {
                self.small = Some(list(directory, Cursor::Start, MAX_SMALL_ENTRIES)?);
            }
        }
        if let Some(small) = &self.small {
            let first = usize::try_from(at).unwrap_or(usize::MAX).min(small.len());
            let entries = small[first..].iter().take(BATCH);
            return Ok((first as u64 + 1..)
                .zip(entries)
                .map(|(next, entry)| Listed {
                    entry: entry.clone(),
                    next,
                })
                .collect());
        }
        let from = match self.place {
            Some((cookie, cursor)) if cookie == at => cursor,
            _ => {
                let bytes = directory
                    .mount
                    .file_system(|fs| fs.unordered_bytes(directory.id))?;
                cursor(at, bytes.is_some())
            }
        };
        let entries = match list(directory, from, BATCH) {
            // A place from before the directory changed its order, or out of thin air.
            Err(error) if error.errno == Errno::EINVAL => Vec::new(),
            result => result?,
        };
        Ok(entries
            .into_iter()
            .map(|entry| Listed {
                next: cookie(entry.next),
                entry,
            })
            .collect())
    }

    /// The reader stands behind `listed` now.
    pub fn passed(&mut self, listed: &Listed) {
        if self.small.is_none() {
            self.place = Some((listed.next, listed.entry.next));
        }
    }
}

/// Names of a directory; `..` leads across mounts.
fn list(directory: &Arc<Node>, from: Cursor, limit: usize) -> Result<Vec<Entry>, FsError> {
    let mut entries = directory
        .mount
        .file_system(|fs| fs.list(directory.id, from, limit))?;
    if directory.is_mount_root() {
        for entry in &mut entries {
            if &*entry.name == b".." {
                entry.file = directory.parent().id;
            }
        }
    }
    Ok(entries)
}
