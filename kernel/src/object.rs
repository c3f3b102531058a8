//! What handles refer to.

use crate::fs::path::Node;
use crate::{system, terminal};
use alloc::sync::Arc;
use kpio_abi::errors::Errno;
use kpio_abi::flags::{S_IFCHR, SEEK_CUR, SEEK_END, SEEK_SET};
use kpio_abi::types::Stat;
use kpio_hal::sync::{Lock, Rank};

/// An object of the kernel.
#[derive(Clone, Debug)]
pub enum Object {
    /// The console: COM1 and the screen.
    Console,
    /// A file that was opened.
    File(Arc<OpenFile>),
}

/// An open file: which one, and where the next read begins. Shared by inherited handles, as POSIX
/// wants it of an open file description.
pub struct OpenFile {
    node: Node,
    position: Lock<u64>,
}

impl core::fmt::Debug for OpenFile {
    fn fmt(&self, out: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        out.debug_struct("OpenFile")
            .field("node", &self.node)
            .finish_non_exhaustive()
    }
}

impl OpenFile {
    /// `node`, to be read from the start.
    #[must_use]
    pub fn new(node: Node) -> Arc<Self> {
        Arc::new(Self {
            node,
            position: Lock::new(Rank::OpenFile, 0),
        })
    }

    /// Read from the position on, and move it.
    ///
    /// # Errors
    /// EISDIR, EIO.
    pub fn read(&self, bytes: &mut [u8]) -> Result<usize, Errno> {
        let mut position = self.position.lock();
        let len = system::root()
            .lock()
            .read_at(&self.node, *position, bytes)?;
        *position += len as u64;
        Ok(len)
    }

    /// Move the position. POSIX `lseek`.
    ///
    /// # Errors
    /// EINVAL for an unknown `whence` or a place before the start, EOVERFLOW.
    pub fn seek(&self, offset: i64, whence: u32) -> Result<u64, Errno> {
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

    fn stat(&self) -> Result<Stat, Errno> {
        Ok(system::root().lock().stat(&self.node)?)
    }
}

impl Object {
    /// What is known about it. POSIX `fstat`.
    ///
    /// # Errors
    /// EIO.
    pub fn stat(&self) -> Result<Stat, Errno> {
        match self {
            Self::Console => Ok(Stat {
                st_mode: S_IFCHR | 0o620,
                st_nlink: 1,
                st_rdev: terminal::DEVICE_NUMBER,
                st_blksize: 4096,
                ..Stat::default()
            }),
            Self::File(file) => file.stat(),
        }
    }
}
