//! An open file as an object.

use super::{Object, StatusFlags};
use crate::fs::path::Node;
use crate::memory::user::UserWrite;
use crate::process::scheduler;
use crate::syscall::Caller;
use crate::system;
use alloc::sync::Arc;
use kpio_abi::errors::Errno;
use kpio_abi::flags::{SEEK_CUR, SEEK_END, SEEK_SET};
use kpio_abi::types::Stat;
use kpio_hal::sync::{Lock, Rank};

/// A read is served in pieces of at most this size.
const CHUNK_BYTES: usize = 128 * 1024;

/// An open file: which one, and where the next read begins. Shared by inherited handles, as POSIX
/// wants it of an open file description.
pub struct OpenFile {
    node: Node,
    position: Lock<u64>,
    flags: StatusFlags,
}

impl core::fmt::Debug for OpenFile {
    fn fmt(&self, out: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        out.debug_struct("OpenFile")
            .field("node", &self.node)
            .finish_non_exhaustive()
    }
}

impl OpenFile {
    /// `node`, to be read from the start, opened with these flags of OPEN.
    #[must_use]
    pub fn new(node: Node, flags: u32) -> Arc<Self> {
        Arc::new(Self {
            node,
            position: Lock::new(Rank::OpenFile, 0),
            flags: StatusFlags::new(flags),
        })
    }

    /// Read from the position on, and move it.
    fn read_chunk(&self, bytes: &mut [u8]) -> Result<usize, Errno> {
        let mut position = self.position.lock();
        let len = system::root()
            .lock()
            .read_at(&self.node, *position, bytes)?;
        *position += len as u64;
        Ok(len)
    }
}

impl Object for OpenFile {
    fn kind(&self) -> &'static str {
        "file"
    }

    fn read(&self, caller: &Caller, buffer: UserWrite) -> Result<u64, Errno> {
        let chunk_len =
            usize::try_from(buffer.len()).map_or(CHUNK_BYTES, |len| len.min(CHUNK_BYTES));
        let mut chunk = alloc::vec![0; chunk_len];
        let mut done = 0;
        loop {
            let left =
                usize::try_from(buffer.len() - done).map_or(CHUNK_BYTES, |l| l.min(chunk_len));
            let len = self.read_chunk(&mut chunk[..left])?;
            buffer.copy(&caller.process.space, done, &chunk[..len])?;
            done += len as u64;
            if len < left || done == buffer.len() {
                return Ok(done);
            }
            scheduler::handle_interrupts();
        }
    }

    fn seek(&self, offset: i64, whence: u32) -> Result<u64, Errno> {
        let mut position = self.position.lock();
        let base = match whence {
            SEEK_SET => 0,
            SEEK_CUR => *position,
            SEEK_END => self.node.size,
            _ => return Err(Errno::EINVAL),
        };
        let base = i64::try_from(base).map_err(|_| Errno::EOVERFLOW)?;
        let target = base.checked_add(offset).ok_or(Errno::EOVERFLOW)?;
        *position = u64::try_from(target).map_err(|_| Errno::EINVAL)?;
        Ok(*position)
    }

    fn is_seekable(&self) -> bool {
        true
    }

    fn stat(&self) -> Result<Stat, Errno> {
        Ok(system::root().lock().stat(&self.node)?)
    }

    fn status_flags(&self) -> Option<&StatusFlags> {
        Some(&self.flags)
    }
}
