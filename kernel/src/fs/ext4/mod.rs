//! ext4 through `rsext4`, behind [`FileSystem`].
//!
//! Three rules, measured for this crate, keep what was committed safe from a power cut:
//! - The crate gives blocks of a freed file out again before the freeing is in the journal. So a
//!   file that lost its last name is freed between two `sync`s in [`FileSystem::commit`].
//! - For the same reason a shrinking truncate is followed by a `sync`.
//! - `unmount` clears the mark "needs recovery" before the journal is empty. So it is never called:
//!   power-off is a commit, and the next mount replays the journal.
//!
//! And a renaming may have to be prepared: see `Ext4Tree::make_room`.

mod raw_inode;
mod sectors;
mod times;

use super::block::{BlockDevice, BlockError};
use super::file_system::{
    Attributes, Change, Cursor, Entry, FileId, FileSystem, NewFile, NewKind, Removed, Replace,
    Statistics, WallClock, entry_type,
};
use super::walk::PATH_MAX_BYTES;
use super::{FsError, MountError};
use alloc::sync::Arc;
use alloc::vec;
use alloc::vec::Vec;
use kpio_abi::errors::Errno;
use kpio_abi::flags::{DT_BLK, DT_CHR, DT_DIR, DT_FIFO, DT_LNK, DT_REG, DT_SOCK};
use kpio_abi::types::Timespec;
use raw_inode::{InodeTable, RawInode, SUPERBLOCK_BYTES};
use rsext4::{
    DirectoryCursor, DirectoryEntryType, Ext4, Ext4Error, Ext4ErrorKind, Ext4Timestamp, FileName,
    FilePermissions, InodeInfo, InodeMetadataUpdate, InodeNumber, MountOptions, MountServices,
    MountedServices, MutationContext, NoopObserver, PreallocationOptions, RenameOptions,
    SpecialInodeKind, UnlinkOutcome,
};
use sectors::{Sectors, StoppableClock};
use spin::mutex::SpinMutex;
use times::{TimeBook, Times, Touched};

/// Most bytes asked of the crate at once: it takes as much memory again for each call.
const MAX_READ_BYTES: usize = 256 << 10;
/// Most bytes given to the crate at once: what one transaction of a small journal holds.
const MAX_WRITE_BYTES: usize = 1 << 20;
/// Sector and places of the superblock's fields that are looked at before mounting.
/// Source: Linux "ext4 Data Structures and Algorithms", "The Super Block".
const SUPERBLOCK_SECTOR: u64 = 2;
const MAGIC_PLACE: usize = 0x38;
const INCOMPATIBLE_FEATURES_PLACE: usize = 0x60;
const MAGIC: [u8; 2] = [0x53, 0xEF];
const FEATURE_RECOVER: u32 = 0x4;

/// An ext4 file system on `D`.
pub struct Ext4Tree<D: BlockDevice> {
    ext4: Ext4<Sectors<D>, MountedServices<(), NoopObserver>>,
    device: Arc<SpinMutex<D>>,
    inodes: InodeTable,
    clock: StoppableClock,
    times: TimeBook,
    /// Files that held a place in a directory, to be freed by the next commit.
    placeholders: Vec<FileId>,
    is_read_only: bool,
}

impl<D: BlockDevice> core::fmt::Debug for Ext4Tree<D> {
    fn fmt(&self, out: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        out.debug_struct("Ext4Tree").finish_non_exhaustive()
    }
}

impl<D: BlockDevice> Ext4Tree<D> {
    /// Mount what is on `device`. Nothing is ever written to it.
    ///
    /// # Errors
    /// [`MountError::Device`], [`MountError::NotExt4`], [`MountError::NeedsRecovery`],
    /// [`MountError::Refused`].
    pub fn mount_read_only(mut device: D) -> Result<Self, MountError> {
        let superblock = superblock(&mut device)?;
        let features: [u8; 4] =
            core::array::from_fn(|n| superblock[INCOMPATIBLE_FEATURES_PLACE + n]);
        if u32::from_le_bytes(features) & FEATURE_RECOVER != 0 {
            return Err(MountError::NeedsRecovery);
        }
        let options = MountOptions::read_only_no_journal_replay();
        Self::mount(device, &superblock, options, Timespec::default)
    }

    /// Mount what is on `device`, for writing; an unfinished journal is replayed first.
    ///
    /// # Errors
    /// [`MountError::Device`], [`MountError::NotExt4`], [`MountError::Refused`].
    pub fn mount_writable(mut device: D, clock: WallClock) -> Result<Self, MountError> {
        if device.is_read_only() {
            return Err(MountError::Device(BlockError::ReadOnly));
        }
        let superblock = superblock(&mut device)?;
        Self::mount(device, &superblock, MountOptions::read_write(), clock)
    }

    fn mount(
        device: D,
        superblock: &[u8; SUPERBLOCK_BYTES],
        options: MountOptions,
        clock: WallClock,
    ) -> Result<Self, MountError> {
        let inodes = InodeTable::parse(superblock)
            .ok_or(MountError::Refused(corrupted("the superblock is damaged")))?;
        let device = Arc::new(SpinMutex::new(device));
        let clock = StoppableClock::new(clock);
        let services = MountServices::new(clock.clone(), (), NoopObserver);
        let sectors = Sectors::new(Arc::clone(&device), options.readonly);
        let ext4 = Ext4::mount(sectors, services, options)
            .map_err(|error| MountError::Refused(error.into()))?;
        Ok(Self {
            ext4,
            device,
            inodes,
            clock,
            times: TimeBook::new(),
            placeholders: Vec::new(),
            is_read_only: options.readonly,
        })
    }

    fn raw_inode(&self, file: FileId) -> Result<RawInode, FsError> {
        let inode = self.inodes.read(&mut *self.device.lock(), file.0);
        inode.map_err(|error| match error {
            BlockError::OutOfRange { .. } => corrupted("an inode has an impossible place"),
            error => FsError::new(error.into(), "an inode cannot be read"),
        })
    }

    /// The times of a file with their nanoseconds, which the crate does not give.
    fn times(&mut self, file: FileId, inode: &InodeInfo) -> Result<Times, FsError> {
        let given = [inode.atime, inode.mtime, inode.ctime];
        if let Some(times) = self.times.get(file)
            && times.have_seconds(given)
        {
            return Ok(times);
        }
        let raw = self.raw_inode(file)?;
        let on_disk = Times {
            accessed: raw.accessed,
            modified: raw.modified,
            changed: raw.changed,
        };
        Ok(on_disk.or_seconds(given))
    }

    /// Note that a change now being made sets times of `file`.
    fn touch(&mut self, file: FileId, touched: Touched) -> Result<(), FsError> {
        let now = self.clock.time();
        let known = match self.times.get(file) {
            Some(times) => times,
            None if touched == Touched::NEW => Times::all(now),
            None => {
                let inode = self.ext4.inode(number(file)?)?;
                self.times(file, &inode)?
            }
        };
        self.times.set(file, known.with(touched, now));
        Ok(())
    }

    /// Leave room for an entry of this name in `directory`.
    ///
    /// Where there is none, the crate moves entries to another block. When it does so within a
    /// renaming, it does not find the old name any more, takes everything back and fails. So a file
    /// takes the place first and gives it back, all in the transaction that the renaming joins: the
    /// `sync` sees to it that it begins here.
    fn make_room(&mut self, directory: FileId, name: &[u8]) -> Result<(), FsError> {
        let (parent, name) = (number(directory)?, FileName::new(name)?);
        self.ext4.sync()?;
        let (nobody, permissions) = (MutationContext::new(0, 0, 0, 0), permissions(0)?);
        self.placeholders
            .try_reserve(1)
            .map_err(|_| FsError::new(Errno::ENOMEM, "memory is used up"))?;
        let made = self
            .ext4
            .create_regular_file(nobody, parent, name, permissions)?;
        let outcome = self.ext4.unlink(parent, name)?;
        let file = FileId(made.number.raw());
        self.times.forget(file);
        if outcome.requires_reap() {
            self.placeholders.push(file);
        }
        Ok(())
    }

    fn removed(&mut self, outcome: UnlinkOutcome) -> Result<Removed, FsError> {
        let file = FileId(outcome.inode.raw());
        self.touch(file, Touched::CHANGED)?;
        Ok(Removed {
            file,
            is_last: outcome.requires_reap(),
        })
    }
}

fn superblock(device: &mut impl BlockDevice) -> Result<[u8; SUPERBLOCK_BYTES], MountError> {
    let mut superblock = [0; SUPERBLOCK_BYTES];
    device
        .read(SUPERBLOCK_SECTOR, &mut superblock)
        .map_err(|error| match error {
            BlockError::OutOfRange { .. } => MountError::NotExt4,
            error => MountError::Device(error),
        })?;
    if superblock[MAGIC_PLACE..MAGIC_PLACE + 2] != MAGIC {
        return Err(MountError::NotExt4);
    }
    Ok(superblock)
}

fn number(file: FileId) -> Result<InodeNumber, FsError> {
    Ok(InodeNumber::new(file.0)?)
}

/// Whoever makes a file, everything is decided above.
fn context(new: &NewFile<'_>) -> MutationContext {
    MutationContext::new(new.uid, new.gid, 0, 0)
}

fn permissions(bits: u32) -> Result<FilePermissions, FsError> {
    let bits = u16::try_from(bits & 0o7777).unwrap_or(0);
    Ok(FilePermissions::new(bits)?)
}

fn timestamp(time: Timespec) -> Ext4Timestamp {
    Ext4Timestamp::new(time.tv_sec, u32::try_from(time.tv_nsec).unwrap_or(0))
}

impl From<Cursor> for DirectoryCursor {
    fn from(cursor: Cursor) -> Self {
        match cursor {
            Cursor::Start => Self::Start,
            Cursor::Byte(offset) => Self::Linear { offset },
            Cursor::Hash {
                major,
                minor,
                collision,
            } => Self::HTree {
                major,
                minor,
                collision,
            },
            Cursor::End => Self::End,
        }
    }
}

impl From<DirectoryCursor> for Cursor {
    fn from(cursor: DirectoryCursor) -> Self {
        match cursor {
            DirectoryCursor::Start => Self::Start,
            DirectoryCursor::Linear { offset } => Self::Byte(offset),
            DirectoryCursor::HTree {
                major,
                minor,
                collision,
            } => Self::Hash {
                major,
                minor,
                collision,
            },
            DirectoryCursor::End => Self::End,
        }
    }
}

const fn kind_of(kind: DirectoryEntryType) -> u8 {
    match kind {
        DirectoryEntryType::Unknown => 0,
        DirectoryEntryType::RegularFile => DT_REG,
        DirectoryEntryType::Directory => DT_DIR,
        DirectoryEntryType::CharacterDevice => DT_CHR,
        DirectoryEntryType::BlockDevice => DT_BLK,
        DirectoryEntryType::Fifo => DT_FIFO,
        DirectoryEntryType::Socket => DT_SOCK,
        DirectoryEntryType::Symlink => DT_LNK,
    }
}

impl<D: BlockDevice + Send> FileSystem for Ext4Tree<D> {
    fn root(&self) -> FileId {
        FileId(self.ext4.root_inode().raw())
    }

    fn is_read_only(&self) -> bool {
        self.is_read_only
    }

    fn max_file_bytes(&self) -> u64 {
        // Block numbers within a file have 32 bits.
        let end = self.ext4.statfs().block_size << 32;
        end.min(i64::MAX.cast_unsigned())
    }

    fn clock(&self) -> WallClock {
        self.clock.clock()
    }

    fn note_access(&mut self, file: FileId) -> Result<(), FsError> {
        // The crate notes it when it reads.
        self.read(file, 0, &mut [0]).map(|_| ())
    }

    fn find(&mut self, directory: FileId, name: &[u8]) -> Result<Option<(FileId, u32)>, FsError> {
        let found = self
            .ext4
            .lookup_child(number(directory)?, FileName::new(name)?)?;
        let Some(inode) = found else {
            return Ok(None);
        };
        let mode = u32::from(inode.mode);
        if entry_type(mode) == 0 {
            return Err(corrupted("a file has no type"));
        }
        Ok(Some((FileId(inode.number.raw()), mode)))
    }

    fn attributes(&mut self, file: FileId) -> Result<Attributes, FsError> {
        // Through the crate, which checks the inode's checksum.
        let inode = self.ext4.inode(number(file)?)?;
        let times = self.times(file, &inode)?;
        Ok(Attributes {
            mode: u32::from(inode.mode),
            nr_links: u32::from(inode.links),
            uid: inode.uid,
            gid: inode.gid,
            device: inode
                .device_number
                .map_or(0, |n| device_number(n.major(), n.minor())),
            size: inode.size,
            nr_sectors: inode.blocks,
            accessed: times.accessed,
            modified: times.modified,
            changed: times.changed,
        })
    }

    fn change(&mut self, file: FileId, change: &Change) -> Result<(), FsError> {
        let update = InodeMetadataUpdate {
            permissions: change.permissions.map(permissions).transpose()?,
            owner: change.owner,
            atime: change.accessed.map(timestamp),
            mtime: change.modified.map(timestamp),
            ..InodeMetadataUpdate::default()
        };
        self.touch(file, Touched::CHANGED)?;
        self.ext4.update_inode_metadata(number(file)?, update)?;
        if let Some(mut times) = self.times.get(file) {
            times.accessed = change.accessed.unwrap_or(times.accessed);
            times.modified = change.modified.unwrap_or(times.modified);
            self.times.set(file, times);
        }
        Ok(())
    }

    fn read_link(&mut self, link: FileId) -> Result<Vec<u8>, FsError> {
        let damaged = corrupted("a symbolic link's length is impossible");
        // The crate takes all 64 bits of the length for an amount of memory to ask for.
        let size = self.ext4.inode(number(link)?)?.size;
        let size = usize::try_from(size).map_err(|_| damaged)?;
        let has_wide_size = self.raw_inode(link)?.size > u64::from(u32::MAX);
        // What was changed since the mount is in the journal, and sound.
        if size > PATH_MAX_BYTES || (has_wide_size && self.times.get(link).is_none()) {
            return Err(damaged);
        }
        let mut target = vec![0; size];
        let nr_read = self.ext4.read_inode(number(link)?, 0, &mut target)?;
        target.truncate(nr_read);
        Ok(target)
    }

    fn list(
        &mut self,
        directory: FileId,
        from: Cursor,
        limit: usize,
    ) -> Result<Vec<Entry>, FsError> {
        let entries = match self
            .ext4
            .read_directory(number(directory)?, from.into(), limit)
        {
            Ok(entries) => entries,
            Err(error) if error.kind() == Ext4ErrorKind::InvalidInput => {
                return Err(FsError::new(Errno::EINVAL, "no such place in a directory"));
            }
            Err(error) => return Err(error.into()),
        };
        Ok(entries
            .into_iter()
            .map(|entry| Entry {
                file: FileId(entry.inode.raw()),
                kind: kind_of(entry.file_type),
                name: entry.name.into_boxed_slice(),
                next: entry.next_cursor.into(),
            })
            .collect())
    }

    fn unordered_bytes(&mut self, directory: FileId) -> Result<Option<u64>, FsError> {
        Ok(match self.ext4.directory_end_cursor(number(directory)?)? {
            DirectoryCursor::Linear { offset } => Some(offset),
            _ => None,
        })
    }

    fn read(&mut self, file: FileId, offset: u64, bytes: &mut [u8]) -> Result<usize, FsError> {
        // Block numbers within a file have 32 bits; the crate cuts larger ones short.
        let end = self.ext4.statfs().block_size << 32;
        let room = usize::try_from(end.saturating_sub(offset)).unwrap_or(usize::MAX);
        let len = bytes.len().min(room);
        let number = number(file)?;
        if !self.is_read_only && len != 0 {
            self.touch(file, Touched::ACCESSED)?;
        }
        let mut nr_read = 0;
        for part in bytes[..len].chunks_mut(MAX_READ_BYTES) {
            let part_read = self
                .ext4
                .read_inode(number, offset + nr_read as u64, part)?;
            nr_read += part_read;
            if part_read < part.len() {
                break;
            }
        }
        Ok(nr_read)
    }

    fn write(&mut self, file: FileId, offset: u64, bytes: &[u8]) -> Result<(), FsError> {
        let number = number(file)?;
        self.touch(file, Touched::CONTENT)?;
        let mut at = offset;
        for part in bytes.chunks(MAX_WRITE_BYTES) {
            self.ext4.write_inode(number, at, part)?;
            at += part.len() as u64;
        }
        Ok(())
    }

    fn resize(&mut self, file: FileId, size: u64) -> Result<(), FsError> {
        let number = number(file)?;
        let old = self.ext4.inode(number)?.size;
        if size > self.ext4.statfs().block_size << 32 {
            return Err(FsError::new(Errno::EFBIG, "the file would be too large"));
        }
        self.touch(file, Touched::CONTENT)?;
        self.ext4.truncate_inode(number, size)?;
        if size < old {
            self.ext4.sync()?;
        }
        Ok(())
    }

    fn allocate(
        &mut self,
        file: FileId,
        offset: u64,
        len: u64,
        is_growing: bool,
    ) -> Result<(), FsError> {
        let end = offset.checked_add(len);
        if end.is_none_or(|end| end > self.ext4.statfs().block_size << 32) {
            return Err(FsError::new(Errno::EFBIG, "the file would be too large"));
        }
        let options = PreallocationOptions {
            keep_size: !is_growing,
        };
        self.touch(file, Touched::CONTENT)?;
        self.ext4
            .preallocate_inode(number(file)?, offset, len, options)?;
        Ok(())
    }

    fn create(
        &mut self,
        directory: FileId,
        name: &[u8],
        new: &NewFile<'_>,
    ) -> Result<FileId, FsError> {
        let (parent, name) = (number(directory)?, FileName::new(name)?);
        let permissions = permissions(new.permissions)?;
        let context = context(new);
        self.touch(directory, Touched::CONTENT)?;
        let ext4 = &mut self.ext4;
        let made = match new.kind {
            NewKind::Regular => ext4.create_regular_file(context, parent, name, permissions),
            NewKind::Directory => ext4.create_directory(context, parent, name, permissions),
            NewKind::Symlink(target) => ext4.create_symlink(context, parent, name, target),
            NewKind::Fifo => {
                let kind = SpecialInodeKind::Fifo;
                ext4.create_special_inode(context, parent, name, permissions, kind)
            }
            NewKind::Socket => {
                let kind = SpecialInodeKind::Socket;
                ext4.create_special_inode(context, parent, name, permissions, kind)
            }
        }?;
        let file = FileId(made.number.raw());
        self.times.forget(file);
        self.touch(file, Touched::NEW)?;
        Ok(file)
    }

    fn link(&mut self, file: FileId, directory: FileId, name: &[u8]) -> Result<(), FsError> {
        self.touch(directory, Touched::CONTENT)?;
        self.touch(file, Touched::CHANGED)?;
        self.ext4
            .hard_link(number(file)?, number(directory)?, FileName::new(name)?)?;
        Ok(())
    }

    fn unlink(&mut self, directory: FileId, name: &[u8]) -> Result<Removed, FsError> {
        self.touch(directory, Touched::CONTENT)?;
        let outcome = self.ext4.unlink(number(directory)?, FileName::new(name)?)?;
        self.removed(outcome)
    }

    fn remove_directory(&mut self, directory: FileId, name: &[u8]) -> Result<Removed, FsError> {
        self.touch(directory, Touched::CONTENT)?;
        let outcome = self
            .ext4
            .remove_empty_directory(number(directory)?, FileName::new(name)?)?;
        self.removed(outcome)
    }

    fn rename(
        &mut self,
        from: (FileId, &[u8]),
        to: (FileId, &[u8]),
        replace: Replace,
    ) -> Result<Option<Removed>, FsError> {
        let options = match replace {
            Replace::Yes => RenameOptions::REPLACE,
            Replace::No => RenameOptions::NO_REPLACE,
            Replace::Exchange => RenameOptions::EXCHANGE,
        };
        self.touch(from.0, Touched::CONTENT)?;
        self.touch(to.0, Touched::CONTENT)?;
        let source = self.find(from.0, from.1)?;
        let target = self.find(to.0, to.1)?;
        for (file, _) in [source, target].into_iter().flatten() {
            self.touch(file, Touched::CHANGED)?;
        }
        let (old, new) = (FileName::new(from.1)?, FileName::new(to.1)?);
        let (old_parent, new_parent) = (number(from.0)?, number(to.0)?);
        let mut outcome = self.ext4.rename(old_parent, old, new_parent, new, options);
        let moves_own_name = from.0 == to.0 && source.is_some() && target.is_none();
        if outcome.is_err() && moves_own_name && replace != Replace::Exchange {
            self.make_room(to.0, to.1)?;
            outcome = self.ext4.rename(old_parent, old, new_parent, new, options);
        }
        outcome?
            .replaced
            .map(|outcome| self.removed(outcome))
            .transpose()
    }

    fn commit(&mut self, unused: &[FileId]) -> Result<(), FsError> {
        self.ext4.sync()?;
        let placeholders = core::mem::take(&mut self.placeholders);
        if unused.is_empty() && placeholders.is_empty() {
            return Ok(());
        }
        for &file in unused.iter().chain(&placeholders) {
            self.ext4.reap_unlinked_inode(number(file)?)?;
            self.times.forget(file);
        }
        Ok(self.ext4.sync()?)
    }

    fn statistics(&mut self) -> Statistics {
        let facts = self.ext4.statfs();
        Statistics {
            block_bytes: facts.block_size,
            nr_blocks: facts.total_blocks,
            nr_free_blocks: facts.free_blocks,
            nr_files: u64::from(facts.total_inodes),
            nr_free_files: u64::from(facts.free_inodes),
        }
    }

    fn set_time(&mut self, time: Option<Timespec>) {
        self.clock.stop_at(time);
    }
}

/// `dev_t` of a device file: musl `sys/sysmacros.h`, `makedev`.
fn device_number(major: u32, minor: u32) -> u64 {
    let (major, minor) = (u64::from(major), u64::from(minor));
    (major & 0xFFFF_F000) << 32 | (major & 0xFFF) << 8 | (minor & 0xFFFF_FF00) << 12 | minor & 0xFF
}

const fn corrupted(reason: &'static str) -> FsError {
    FsError::new(Errno::EIO, reason)
}

impl From<Ext4Error> for FsError {
    fn from(error: Ext4Error) -> Self {
        use Ext4ErrorKind as Kind;
        let (errno, reason) = match error.kind() {
            Kind::Io => (Errno::EIO, "the device failed"),
            Kind::Corrupted => (Errno::EIO, "the file system's metadata is damaged"),
            Kind::ChecksumMismatch => (Errno::EIO, "a checksum of metadata does not match"),
            Kind::BadSuperblock | Kind::InvalidMagic => (Errno::EIO, "the superblock is damaged"),
            Kind::JournalAborted => (Errno::EIO, "the journal is aborted"),
            Kind::UnsupportedFeature => (Errno::EOPNOTSUPP, "an ext4 feature is not supported"),
            Kind::UnsupportedCapability | Kind::Unsupported => {
                (Errno::EOPNOTSUPP, "an operation is not supported")
            }
            Kind::ReadOnly => (Errno::EROFS, "the file system is read-only"),
            Kind::NoSpace => (Errno::ENOSPC, "the file system is full"),
            Kind::NoMemory => (Errno::ENOMEM, "memory is used up"),
            Kind::QuotaExceeded => (Errno::EDQUOT, "a quota is used up"),
            Kind::TooManyLinks => (Errno::EMLINK, "a file has too many names"),
            Kind::PermissionDenied => (Errno::EACCES, "permission is denied"),
            Kind::NotFound => (Errno::ENOENT, "no such file"),
            Kind::AlreadyExists => (Errno::EEXIST, "the file exists"),
            Kind::NotDirectory => (Errno::ENOTDIR, "a file is used as a directory"),
            Kind::IsDirectory => (Errno::EISDIR, "a directory is used as a file"),
            Kind::NotEmpty => (Errno::ENOTEMPTY, "the directory is not empty"),
            Kind::Busy => (Errno::EBUSY, "the file system is busy"),
            Kind::BadFileDescriptor => (Errno::EBADF, "bad file descriptor"),
            Kind::FileTooLarge => (Errno::EFBIG, "the file is too large"),
            Kind::Timeout => (Errno::EIO, "the device did not answer in time"),
            // Every input is checked before the crate sees it: what it refuses came from the disk.
            Kind::InvalidInput | Kind::Overflow => {
                (Errno::EIO, "the file system holds an impossible number")
            }
        };
        Self::new(errno, reason)
    }
}

#[cfg(test)]
mod tests;
