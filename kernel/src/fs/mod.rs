//! Files: the root, read-only, and a data partition, writable, from the disk's partitions.
//!
//! ```text
//! open, rename, remove …   namespace         what programs do with paths, errors as Linux has them
//! paths                    walk              `.`, `..`, symbolic links, mounts
//! files as they are held   node, mount       attributes and names that are known, names that are gone
//! locks of files           lock              who has which bytes
//! page cache               content           bytes of files in memory, written back later
//! kinds of file systems    file_system       by number, one call at a time
//! ext4                     ext4::Ext4Tree    rsext4 behind that face
//! block cache              cache::BlockCache 16 KiB lines, bounded
//! partition                gpt, block::Partition
//! disk                     block::BlockDevice
//! ```

pub mod block;
pub mod cache;
pub mod content;
pub mod ext4;
pub mod file_system;
pub mod gpt;
pub mod listing;
pub mod lock;
pub mod mount;
pub mod namespace;
pub mod node;
pub mod walk;

#[cfg(test)]
mod power_cut;

use alloc::boxed::Box;
use alloc::string::String;
use alloc::sync::Arc;
use block::{BlockDevice, BlockError, Partition, SharedDevice};
use cache::BlockCache;
use core::fmt;
use ext4::Ext4Tree;
use file_system::{FileKind, WallClock};
use gpt::{DATA_PARTITION_TYPE, GptError, PartitionEntry, PartitionTable, ROOT_PARTITION_TYPE};
use gpt_disk_types::Guid;
use kpio_abi::boot::DATA_PATH;
use kpio_abi::errors::Errno;
use mount::Mount;
use node::Node;
use walk::{Base, LastLink};

/// A disk as the kernel owns it.
pub type Disk = Box<dyn BlockDevice + Send>;
type CachedPartition = BlockCache<Partition<SharedDevice<Disk>>>;
/// `st_dev` of the root's files, and of the data partition's.
const ROOT_DEVICE: u64 = 1;
const DATA_DEVICE: u64 = 2;

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

/// Why a partition is not mounted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MountError {
    /// No usable partition table, or not exactly one such partition in it.
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
            Self::Device(error) => write!(out, "the partition cannot be read: {error}"),
            Self::NotExt4 => out.write_str("the partition holds no ext4 file system"),
            Self::NeedsRecovery => {
                out.write_str("the file system's journal is not replayed; run e2fsck on the image")
            }
            Self::Refused(error) => write!(out, "the file system is refused: {error}"),
        }
    }
}

impl core::error::Error for MountError {}

/// A disk with its partitions.
pub struct PartitionedDisk {
    device: SharedDevice<Disk>,
    table: PartitionTable,
}

impl PartitionedDisk {
    /// Read the table of `disk`.
    ///
    /// # Errors
    /// [`MountError::Table`].
    pub fn new(mut disk: Disk) -> Result<Self, MountError> {
        let table = PartitionTable::read(&mut disk).map_err(MountError::Table)?;
        Ok(Self {
            device: SharedDevice::new(disk),
            table,
        })
    }

    /// Whether it has a partition of this type.
    #[must_use]
    pub fn has(&self, kind: Guid) -> bool {
        self.table.only(kind) != Err(GptError::NoSuchPartition(kind))
    }

    /// Its only partition of this type, with a cache of `cache_bytes`.
    fn open(
        &self,
        kind: Guid,
        cache_bytes: usize,
    ) -> Result<(&PartitionEntry, CachedPartition), MountError> {
        let entry = self.table.only(kind).map_err(MountError::Table)?;
        let partition = Partition::new(self.device.clone(), entry.first, entry.count)
            .map_err(MountError::Device)?;
        Ok((entry, BlockCache::new(partition, cache_bytes)))
    }
}

/// Mount the root partition of `disk` read-only; its top, and the partition's label.
///
/// # Errors
/// Every [`MountError`].
pub fn mount_root(
    disk: &PartitionedDisk,
    cache_bytes: usize,
) -> Result<(Arc<Node>, String), MountError> {
    let (entry, device) = disk.open(ROOT_PARTITION_TYPE, cache_bytes)?;
    let tree = Ext4Tree::mount_read_only(device)?;
    let mount = Mount::new(Box::new(tree), ROOT_DEVICE, None);
    let root = mount.root().map_err(MountError::Refused)?;
    Ok((root, entry.name.clone()))
}

/// Mount the data partition of `disk` at [`DATA_PATH`] below `root`, for writing; the file system,
/// and the partition's label.
///
/// # Errors
/// Every [`MountError`]; [`MountError::Refused`] if the directory is missing.
pub fn mount_data(
    root: &Arc<Node>,
    disk: &PartitionedDisk,
    cache_bytes: usize,
    clock: WallClock,
) -> Result<(Arc<Mount>, String), MountError> {
    let (entry, device) = disk.open(DATA_PARTITION_TYPE, cache_bytes)?;
    let base = Base {
        root: Arc::clone(root),
        current: Arc::clone(root),
    };
    let covered = namespace::lookup(&base, DATA_PATH.as_bytes(), LastLink::Keep)
        .map_err(MountError::Refused)?;
    if covered.kind != FileKind::Directory {
        let no_directory = FsError::new(Errno::ENOTDIR, "its mount point is no directory");
        return Err(MountError::Refused(no_directory));
    }
    let tree = Ext4Tree::mount_writable(device, clock)?;
    let mount = Mount::new(Box::new(tree), DATA_DEVICE, Some(Arc::clone(&covered)));
    let mount = Arc::clone(covered.mounted.call_once(|| mount));
    Ok((mount, entry.name.clone()))
}
