//! Files: the root file system, read-only, from the disk's root partition.
//!
//! ```text
//! open, read_at, stat      volume::Volume    paths, flags, errors as system calls want them
//! ext4                     ext4::Tree        rsext4 behind a narrow face
//! cache                    cache::BlockCache 16 KiB lines, bounded
//! partition                gpt, block::Partition
//! disk                     block::BlockDevice
//! ```
//!
//! The writable data partition of a later issue is a second [`volume::Volume`] whose tree has the
//! changing operations too; nothing here assumes that there is only one.

pub mod block;
pub mod cache;
pub mod ext4;
pub mod gpt;
pub mod inode;
pub mod path;
pub mod volume;

use alloc::boxed::Box;
use block::{BlockDevice, BlockError, Partition};
use cache::BlockCache;
use core::fmt;
use ext4::Ext4Tree;
use gpt::{GptError, PartitionEntry, PartitionTable, ROOT_PARTITION_TYPE};
use kpio_abi::errors::Errno;
use volume::Volume;

/// A disk as the kernel owns it.
pub type Disk = Box<dyn BlockDevice + Send>;
/// The mounted root.
pub type Root = Volume<Ext4Tree<BlockCache<Partition<Disk>>>>;

/// Why a file operation failed: the errno a program sees, and words for the kernel's log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FsError {
    /// What the caller gets.
    pub errno: Errno,
    /// What happened.
    pub reason: &'static str,
}

impl FsError {
    /// An error with its reason.
    #[must_use]
    pub const fn new(errno: Errno, reason: &'static str) -> Self {
        Self { errno, reason }
    }
}

impl fmt::Display for FsError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} ({})", self.reason, self.errno.name())
    }
}

impl core::error::Error for FsError {}

impl From<FsError> for Errno {
    fn from(error: FsError) -> Self {
        error.errno
    }
}

/// Why there is no root.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MountError {
    /// No usable partition table, or not exactly one root partition in it.
    Table(GptError),
    /// The partition cannot be read.
    Device(BlockError),
    /// It holds no ext4 file system.
    NotExt4,
    /// Its journal holds changes that are not in place yet; a read-only mount cannot replay them.
    NeedsRecovery,
    /// Its file system is damaged or uses a feature that is not supported.
    Refused(FsError),
}

impl fmt::Display for MountError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Table(error) => write!(out, "{error}"),
            Self::Device(error) => write!(out, "the root partition cannot be read: {error}"),
            Self::NotExt4 => out.write_str("the root partition holds no ext4 file system"),
            Self::NeedsRecovery => out.write_str(
                "the root file system's journal is not replayed; run e2fsck on the image",
            ),
            Self::Refused(error) => write!(out, "the root file system is refused: {error}"),
        }
    }
}

impl core::error::Error for MountError {}

/// A mounted root, and where it was found.
pub struct MountedRoot {
    /// The file system.
    pub volume: Root,
    /// Its partition.
    pub partition: PartitionEntry,
    /// Which copy of the partition table was used.
    pub table_copy: gpt::Copy,
}

/// Mount the root partition of `disk` read-only, with a cache of `cache_bytes`.
///
/// # Errors
/// Every [`MountError`].
pub fn mount_root(mut disk: Disk, cache_bytes: usize) -> Result<MountedRoot, MountError> {
    let table = PartitionTable::read(&mut disk).map_err(MountError::Table)?;
    let partition = table
        .only(ROOT_PARTITION_TYPE)
        .map_err(MountError::Table)?
        .clone();
    let device =
        Partition::new(disk, partition.first, partition.count).map_err(MountError::Device)?;
    let tree = Ext4Tree::mount_read_only(BlockCache::new(device, cache_bytes))?;
    Ok(MountedRoot {
        volume: Volume::new(tree),
        partition,
        table_copy: table.copy,
    })
}
