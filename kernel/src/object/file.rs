//! An open file or directory as an object.

use super::{Object, StatusFlags};
use crate::fs::file_system::FileKind;
use crate::fs::listing::Listing;
use crate::fs::node::Node;
use crate::memory::user::{UserRead, UserWrite};
use crate::process::scheduler;
use crate::syscall::Caller;
use alloc::sync::Arc;
use alloc::vec::Vec;
use kpio_abi::errors::Errno;
use kpio_abi::flags::{O_APPEND, O_DSYNC, O_PATH, OBJECT_FILE, SEEK_CUR, SEEK_END, SEEK_SET};
use kpio_abi::types::Stat;
use kpio_hal::sync::{Lock, Rank};

/// A transfer is served in pieces of at most this size. A write that is not longer is one step to
/// everybody else.
const CHUNK_BYTES: usize = 128 * 1024;
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
        })
    }

    fn read_chunk(&self, at: At, bytes: &mut [u8]) -> Result<usize, Errno> {
        match at {
            At::Offset(offset) => Ok(self.node.read_at(offset, bytes)?),
            At::Position => {
                let mut position = self.position.lock();
                let len = self.node.read_at(position.offset, bytes)?;
                position.offset += len as u64;
                Ok(len)
            }
        }
    }

    fn write_chunk(&self, at: At, bytes: &[u8]) -> Result<(), Errno> {
        match at {
            At::Offset(offset) => self.node.write_at(offset, bytes)?,
            At::Position => {
                let mut position = self.position.lock();
                if self.flags.get() & O_APPEND != 0 {
                    position.offset = self.node.attributes()?.size;
                }
                self.node.write_at(position.offset, bytes)?;
                position.offset += bytes.len() as u64;
            }
        }
        Ok(())
    }

    fn read_from(&self, caller: &Caller, at: At, buffer: UserWrite) -> Result<u64, Errno> {
        let chunk_len =
            usize::try_from(buffer.len()).map_or(CHUNK_BYTES, |len| len.min(CHUNK_BYTES));
        let mut chunk = alloc::vec![0; chunk_len];
        let mut done = 0;
        loop {
            let left = usize::try_from(buffer.len() - done).map_or(chunk_len, |l| l.min(chunk_len));
            let at = at.after(done)?;
            let len = match self.read_chunk(at, &mut chunk[..left]) {
                Err(_) if done > 0 => return Ok(done),
                result => result?,
            };
            buffer.copy(&caller.process.space, done, &chunk[..len])?;
            done += len as u64;
            if len < left || done == buffer.len() {
                return Ok(done);
            }
            scheduler::handle_interrupts();
        }
    }

    fn write_to(&self, caller: &Caller, at: At, buffer: UserRead) -> Result<u64, Errno> {
        let chunk_len =
            usize::try_from(buffer.len()).map_or(CHUNK_BYTES, |len| len.min(CHUNK_BYTES));
        let mut chunk = alloc::vec![0; chunk_len];
        let mut done = 0;
        while done < buffer.len() && !caller.process.is_ending() {
            let left = usize::try_from(buffer.len() - done).map_or(chunk_len, |l| l.min(chunk_len));
            let written = buffer
                .copy(&caller.process.space, done, &mut chunk[..left])
                .and_then(|()| self.write_chunk(at.after(done)?, &chunk[..left]));
            match written {
                Ok(()) => done += left as u64,
                // What was written before counts. POSIX `write`.
                Err(_) if done > 0 => break,
                Err(errno) => return Err(errno),
            }
            scheduler::handle_interrupts();
        }
        if self.flags.get() & O_DSYNC != 0 && done > 0 {
            self.node.mount.commit()?;
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
        Ok(self.node.mount.commit()?)
    }

    fn resize(&self, size: u64) -> Result<(), Errno> {
        Ok(self.node.resize(size)?)
    }

    fn stat(&self) -> Result<Stat, Errno> {
        Ok(self.node.stat()?)
    }

    fn status_flags(&self) -> Option<&StatusFlags> {
        Some(&self.flags)
    }
}
