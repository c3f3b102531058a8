//! An open file or directory as an object.
//!
//! Bytes go straight between the pages of a file and the memory of a process. A transfer that moves
//! the position takes its part of the file first and gives back what it did not use, so that two of
//! them never move the same bytes, and no lock is held while memory is copied.

use super::{Object, StatusFlags};
use crate::fs::file_system::FileKind;
use crate::fs::listing::Listing;
use crate::fs::lock::{Owner, table};
use crate::fs::node::{Node, WritePlace};
use crate::memory::user::{UserRead, UserWrite};
use crate::memory::vmo::Vmo;
use crate::process::scheduler;
use crate::syscall::Caller;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::sync::atomic::{AtomicBool, Ordering};
use kpio_abi::errors::Errno;
use kpio_abi::flags::{O_APPEND, O_DSYNC, O_PATH, OBJECT_FILE, SEEK_CUR, SEEK_END, SEEK_SET};
use kpio_abi::types::Stat;
use kpio_hal::sync::{Lock, Rank};

/// A write is served in pieces of at most this size. One that is not longer is one step to everybody
/// else.
const CHUNK_BYTES: u64 = 128 * 1024;
/// Pages that are read before interrupts are looked after.
const PAGES_A_TURN: u32 = 32;
/// Most bytes that one reading of a directory gives.
const LIST_BYTES: usize = 32 * 1024;
/// Bytes of a `dirent` before its name, and what its length is a multiple of. musl `dirent.h`.
const DIRENT_NAME_PLACE: usize = 19;
const DIRENT_ALIGN: usize = 8;

/// An open file: which one, and where the next transfer begins. Shared by inherited handles, as
/// POSIX wants it of an open file description.
pub struct OpenFile {
    /// The file.
    pub node: Arc<Node>,
    position: Lock<Position>,
    flags: StatusFlags,
    /// It has had a lock of the file.
    has_locks: AtomicBool,
}

#[derive(Default)]
struct Position {
    /// Of a directory: a cookie.
    offset: u64,
    listing: Listing,
}

impl core::fmt::Debug for OpenFile {
    fn fmt(&self, out: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        out.debug_struct("OpenFile")
            .field("node", &self.node)
            .finish_non_exhaustive()
    }
}

/// Where a transfer goes.
#[derive(Clone, Copy)]
enum At {
    /// To the position, which it moves.
    Position,
    /// There.
    Offset(u64),
}

impl OpenFile {
    /// `node`, from its start, opened with these flags of OPEN.
    #[must_use]
    pub fn new(node: Arc<Node>, flags: u32) -> Arc<Self> {
        Arc::new(Self {
            node,
            position: Lock::new(Rank::OpenFile, Position::default()),
            flags: StatusFlags::new(flags),
            has_locks: AtomicBool::new(false),
        })
    }

    /// What its locks are known by.
    #[must_use]
    pub fn lock_owner(&self) -> Owner {
        Owner::Description(core::ptr::from_ref(self).addr())
    }

    /// It is about to take a lock.
    pub fn note_lock(&self) {
        self.has_locks.store(true, Ordering::Relaxed);
    }

    /// Where the next transfer begins.
    #[must_use]
    pub fn position(&self) -> u64 {
        self.position.lock().offset
    }

    /// Give back what a transfer of the bytes up to `taken` did not use; it ended at `used`.
    fn give_back(&self, taken: u64, used: u64) {
        let mut position = self.position.lock();
        // Unless somebody went on from there.
        if position.offset == taken {
            position.offset = used;
        }
    }

    fn read_from(&self, caller: &Caller, at: At, buffer: UserWrite) -> Result<u64, Errno> {
        let content = self.node.content()?;
        let (start, len) = match at {
            At::Offset(offset) => (offset, content.available(offset, buffer.len())),
            At::Position => {
                let mut position = self.position.lock();
                let start = position.offset;
                let len = content.available(start, buffer.len());
                position.offset = start + len;
                (start, len)
            }
        };
        if len == 0 {
            return Ok(0);
        }
        let mut nr_pages = 0_u32;
        let moved = content.read(start, len, |done, frame, from, len| {
            nr_pages += 1;
            if nr_pages.is_multiple_of(PAGES_A_TURN) {
                scheduler::handle_interrupts();
            }
            buffer.copy_from_frame(&caller.process.space, done, len, frame, from)
        });
        self.node.note_access();
        let done = moved.unwrap_or(0);
        if done < len && matches!(at, At::Position) {
            self.give_back(start + len, start + done);
        }
        moved
    }

    /// Write `len` bytes of the buffer, from its byte `from` on.
    fn write_chunk(
        &self,
        caller: &Caller,
        at: At,
        buffer: UserRead,
        (from, len): (u64, u64),
    ) -> Result<u64, Errno> {
        let space = &caller.process.space;
        let write = |place| {
            self.node.write(place, len, |done, frame, to, len| {
                buffer.copy_to_frame(space, from + done, len, frame, to)
            })
        };
        match at {
            At::Offset(offset) => Ok(write(WritePlace::At(offset))?.len),
            At::Position if self.flags.get() & O_APPEND != 0 => {
                let written = write(WritePlace::End)?;
                self.position.lock().offset = written.start + written.len;
                Ok(written.len)
            }
            At::Position => {
                let start = {
                    let mut position = self.position.lock();
                    let start = position.offset;
                    position.offset = start.checked_add(len).ok_or(Errno::EFBIG)?;
                    start
                };
                let written = write(WritePlace::At(start));
                let done = written.map_or(0, |written| written.len);
                if done < len {
                    self.give_back(start + len, start + done);
                }
                written.map(|written| written.len)
            }
        }
    }

    fn write_to(&self, caller: &Caller, at: At, buffer: UserRead) -> Result<u64, Errno> {
        let mut done = 0;
        while done < buffer.len() && !caller.process.is_ending() {
            let left = (buffer.len() - done).min(CHUNK_BYTES);
            let written = at
                .after(done)
                .and_then(|at| self.write_chunk(caller, at, buffer, (done, left)));
            match written {
                Ok(len) => {
                    done += len;
                    if len < left {
                        break;
                    }
                }
                // What was written before counts. POSIX `write`.
                Err(_) if done > 0 => break,
                Err(errno) => return Err(errno),
            }
            if done < buffer.len() {
                scheduler::handle_interrupts();
            }
        }
        if self.flags.get() & O_DSYNC != 0 && done > 0 {
            self.node.sync()?;
        }
        Ok(done)
    }

    /// Names of a directory as an array of musl's `struct dirent`, as many as fit the buffer; how
    /// many bytes, 0 at the end.
    ///
    /// # Errors
    /// ENOTDIR, EINVAL if not even one name fits, ENOENT if the directory was removed, EIO, EFAULT.
    pub fn list(&self, caller: &Caller, buffer: UserWrite) -> Result<u64, Errno> {
        if self.node.kind != FileKind::Directory {
            return Err(Errno::ENOTDIR);
        }
        let room = usize::try_from(buffer.len()).map_or(LIST_BYTES, |len| len.min(LIST_BYTES));
        let mut bytes = Vec::new();
        bytes.try_reserve(room).map_err(|_| Errno::ENOMEM)?;
        let before = self.position.lock().offset;
        {
            let mut position = self.position.lock();
            'full: loop {
                let at = position.offset;
                let batch = position.listing.next(&self.node, at)?;
                if batch.is_empty() {
                    break;
                }
                for listed in batch {
                    if !push_entry(&mut bytes, room, &listed.entry, listed.next) {
                        if bytes.is_empty() {
                            return Err(Errno::EINVAL);
                        }
                        break 'full;
                    }
                    position.offset = listed.next;
                    position.listing.passed(&listed);
                }
            }
        }
        if let Err(errno) = buffer.copy(&caller.process.space, 0, &bytes) {
            self.position.lock().offset = before;
            return Err(errno);
        }
        Ok(bytes.len() as u64)
    }
}

/// Append a `dirent` if it fits into `room` bytes in all.
fn push_entry(
    bytes: &mut Vec<u8>,
    room: usize,
    entry: &crate::fs::file_system::Entry,
    next: u64,
) -> bool {
    let len = (DIRENT_NAME_PLACE + entry.name.len() + 1).next_multiple_of(DIRENT_ALIGN);
    let Ok(short_len) = u16::try_from(len) else {
        return false;
    };
    if bytes.len() + len > room {
        return false;
    }
    let end = bytes.len() + len;
    bytes.extend_from_slice(&u64::from(entry.file.0).to_le_bytes());
    bytes.extend_from_slice(&next.to_le_bytes());
    bytes.extend_from_slice(&short_len.to_le_bytes());
    bytes.push(entry.kind);
    bytes.extend_from_slice(&entry.name);
    bytes.resize(end, 0);
    true
}

impl At {
    /// The place `done` bytes further on.
    fn after(self, done: u64) -> Result<Self, Errno> {
        match self {
            Self::Position => Ok(self),
            Self::Offset(offset) => offset
                .checked_add(done)
                .map(Self::Offset)
                .ok_or(Errno::EINVAL),
        }
    }
}

impl Drop for OpenFile {
    fn drop(&mut self) {
        if *self.has_locks.get_mut() {
            table::release_all(&self.node, self.lock_owner());
        }
    }
}

impl Object for OpenFile {
    fn kind(&self) -> u32 {
        OBJECT_FILE
    }

    fn read(&self, caller: &Caller, buffer: UserWrite) -> Result<u64, Errno> {
        self.read_from(caller, At::Position, buffer)
    }

    fn write(&self, caller: &Caller, buffer: UserRead) -> Result<u64, Errno> {
        self.write_to(caller, At::Position, buffer)
    }

    fn read_at(&self, caller: &Caller, offset: u64, buffer: UserWrite) -> Result<u64, Errno> {
        self.read_from(caller, At::Offset(offset), buffer)
    }

    fn write_at(&self, caller: &Caller, offset: u64, buffer: UserRead) -> Result<u64, Errno> {
        self.write_to(caller, At::Offset(offset), buffer)
    }

    fn available(&self) -> Result<u64, Errno> {
        let position = self.position.lock().offset;
        let size = self.node.attributes()?.size;
        Ok(size.saturating_sub(position))
    }

    fn seek(&self, offset: i64, whence: u32) -> Result<u64, Errno> {
        let mut position = self.position.lock();
        let base = match whence {
            SEEK_SET => 0,
            SEEK_CUR => position.offset,
            SEEK_END if self.node.kind == FileKind::Directory => i64::MAX.cast_unsigned(),
            SEEK_END => self.node.attributes()?.size,
            _ => return Err(Errno::EINVAL),
        };
        let base = i64::try_from(base).map_err(|_| Errno::EOVERFLOW)?;
        let target = base.checked_add(offset).ok_or(Errno::EOVERFLOW)?;
        position.offset = u64::try_from(target).map_err(|_| Errno::EINVAL)?;
        Ok(position.offset)
    }

    fn is_seekable(&self) -> bool {
        true
    }

    fn sync(&self) -> Result<(), Errno> {
        if self.flags.get() & O_PATH != 0 {
            return Err(Errno::EBADF);
        }
        Ok(self.node.sync()?)
    }

    fn resize(&self, size: u64) -> Result<(), Errno> {
        Ok(self.node.resize(size)?)
    }

    fn stat(&self) -> Result<Stat, Errno> {
        Ok(self.node.stat()?)
    }

    fn memory(&self) -> Result<Arc<Vmo>, Errno> {
        let content = self.node.content();
        // What has no bytes cannot be mapped. POSIX `mmap`.
        let content = content.map_err(|error| match error.errno {
            Errno::EISDIR | Errno::EINVAL => Errno::ENODEV,
            errno => errno,
        })?;
        Ok(Arc::clone(content.pages()))
    }

    fn status_flags(&self) -> Option<&StatusFlags> {
        Some(&self.flags)
    }
}
