//! What a kind of file system is to the rest of the kernel: files by number, names in directories.
//!
//! Paths, mounts, descriptors and caches are above ([`super::mount`], [`super::walk`]); a device is
//! below. Every call finishes before it returns and needs the file system for itself alone.

use super::FsError;
use alloc::boxed::Box;
use alloc::vec::Vec;
use kpio_abi::flags::{DT_BLK, DT_CHR, DT_DIR, DT_FIFO, DT_LNK, DT_REG, DT_SOCK};
use kpio_abi::flags::{S_IFBLK, S_IFCHR, S_IFDIR, S_IFIFO, S_IFLNK, S_IFMT, S_IFREG, S_IFSOCK};
use kpio_abi::types::Timespec;

/// Where the time comes from.
pub type WallClock = fn() -> Timespec;

/// Number of a file within its file system.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct FileId(pub u32);

/// What a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileKind {
    /// Bytes.
    Regular,
    /// Names.
    Directory,
    /// A path to go on with.
    Symlink,
    /// A pipe with a name.
    Fifo,
    /// A device node or socket: a name for something that is not in the file system.
    Special,
}

impl FileKind {
    /// The kind that `st_mode` says.
    #[must_use]
    pub const fn of_mode(mode: u32) -> Self {
        match mode & S_IFMT {
            S_IFREG => Self::Regular,
            S_IFDIR => Self::Directory,
            S_IFLNK => Self::Symlink,
            S_IFIFO => Self::Fifo,
            _ => Self::Special,
        }
    }
}

/// `d_type` for the type bits of `mode`.
#[must_use]
pub const fn entry_type(mode: u32) -> u8 {
    match mode & S_IFMT {
        S_IFREG => DT_REG,
        S_IFDIR => DT_DIR,
        S_IFLNK => DT_LNK,
        S_IFIFO => DT_FIFO,
        S_IFCHR => DT_CHR,
        S_IFBLK => DT_BLK,
        S_IFSOCK => DT_SOCK,
        _ => 0,
    }
}

/// What is known about a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Attributes {
    /// Type and permission bits, as in `st_mode`.
    pub mode: u32,
    /// Names it has.
    pub nr_links: u32,
    /// Its owner.
    pub uid: u32,
    /// Its group.
    pub gid: u32,
    /// Which device it stands for; 0 for other files.
    pub device: u64,
    /// Length of its content in bytes.
    pub size: u64,
    /// Sectors of 512 bytes that are taken for it.
    pub nr_sectors: u64,
    /// When its content was last read.
    pub accessed: Timespec,
    /// When its content was last changed.
    pub modified: Timespec,
    /// When it was last changed itself.
    pub changed: Timespec,
}

/// Attributes to set; `None` leaves one as it is. The time of the change becomes `now`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Change {
    /// Permission bits.
    pub permissions: Option<u32>,
    /// Owner and group.
    pub owner: Option<(u32, u32)>,
    /// When its content was last read.
    pub accessed: Option<Timespec>,
    /// When its content was last changed.
    pub modified: Option<Timespec>,
}

/// What to make.
#[derive(Clone, Copy, Debug)]
pub enum NewKind<'a> {
    /// An empty file.
    Regular,
    /// An empty directory.
    Directory,
    /// A symbolic link to this path.
    Symlink(&'a [u8]),
    /// A pipe with a name.
    Fifo,
    /// The name of a socket.
    Socket,
}

/// A file to be made, and for whom.
#[derive(Clone, Copy, Debug)]
pub struct NewFile<'a> {
    /// What it is.
    pub kind: NewKind<'a>,
    /// Its permission bits; the umask is applied.
    pub permissions: u32,
    /// Its owner.
    pub uid: u32,
    /// Its group.
    pub gid: u32,
}

/// A name that was taken away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Removed {
    /// The file that had it.
    pub file: FileId,
    /// It was the last one: the file is to be given to [`FileSystem::commit`] once nobody uses it.
    pub is_last: bool,
}

/// What RENAME does with a name that exists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Replace {
    /// Take it away from its file.
    Yes,
    /// Refuse with EEXIST.
    No,
    /// Give it the other name.
    Exchange,
}

/// A place in a directory's list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cursor {
    /// Before the first name.
    Start,
    /// Behind a name, in the order of the directory's bytes.
    Byte(u64),
    /// Behind a name, in the order of hashes.
    Hash {
        /// The hash.
        major: u32,
        /// Its second half.
        minor: u32,
        /// Which of several names with this hash.
        collision: u32,
    },
    /// Behind the last name.
    End,
}

/// A name in a directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its file.
    pub file: FileId,
    /// The file's type as `d_type`; 0 if the directory does not say.
    pub kind: u8,
    /// The name.
    pub name: Box<[u8]>,
    /// The place behind it.
    pub next: Cursor,
}

/// How large a file system is, and how full.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Statistics {
    /// Bytes in a block.
    pub block_bytes: u64,
    /// Blocks.
    pub nr_blocks: u64,
    /// Blocks that are free.
    pub nr_free_blocks: u64,
    /// Files there can be.
    pub nr_files: u64,
    /// Files that can still be made.
    pub nr_free_files: u64,
}

/// A mounted file system. Names are never empty, `.` or `..`, have no zero and no slash, and at
/// most 255 bytes; files given to directory operations are directories. Calls that change something
/// are made only if it is not read-only.
///
/// All of them fail with EIO when the device does or the file system is damaged; those that make
/// or grow something with ENOSPC.
pub trait FileSystem: Send {
    /// The directory at the top.
    fn root(&self) -> FileId;

    /// The longest file there can be.
    fn max_file_bytes(&self) -> u64;

    /// The clock whose time changes bear.
    fn clock(&self) -> WallClock;

    /// Note that content of `file` was read.
    ///
    /// # Errors
    /// See [`FileSystem`].
    fn note_access(&mut self, file: FileId) -> Result<(), FsError>;

    /// Whether nothing can be changed.
    fn is_read_only(&self) -> bool;

    /// The file that `directory` calls `name`, with its `st_mode`.
    ///
    /// # Errors
    /// See [`FileSystem`].
    fn find(&mut self, directory: FileId, name: &[u8]) -> Result<Option<(FileId, u32)>, FsError>;

    /// What is known about `file`.
    ///
    /// # Errors
    /// See [`FileSystem`].
    fn attributes(&mut self, file: FileId) -> Result<Attributes, FsError>;

    /// Set attributes of `file`.
    ///
    /// # Errors
    /// See [`FileSystem`].
    fn change(&mut self, file: FileId, change: &Change) -> Result<(), FsError>;

    /// Where the symbolic link `link` points.
    ///
    /// # Errors
    /// See [`FileSystem`].
    fn read_link(&mut self, link: FileId) -> Result<Vec<u8>, FsError>;

    /// Up to `limit` names of `directory` from a place on, `.` and `..` among them; none at the end.
    ///
    /// # Errors
    /// See [`FileSystem`]; EINVAL for a place that the directory does not have any more.
    fn list(
        &mut self,
        directory: FileId,
        from: Cursor,
        limit: usize,
    ) -> Result<Vec<Entry>, FsError>;

    /// How many bytes the list of `directory` has if it is kept in the order of its bytes, which
    /// changes when it grows; `None` if its places stay good.
    ///
    /// # Errors
    /// See [`FileSystem`].
    fn unordered_bytes(&mut self, directory: FileId) -> Result<Option<u64>, FsError>;

    /// Read content of `file` from byte `offset` on; gives how many bytes, fewer than asked for only
    /// at the end.
    ///
    /// # Errors
    /// See [`FileSystem`].
    fn read(&mut self, file: FileId, offset: u64, bytes: &mut [u8]) -> Result<usize, FsError>;

    /// Write content of `file` at byte `offset`; the file grows if need be.
    ///
    /// # Errors
    /// See [`FileSystem`]; EFBIG beyond the largest file.
    fn write(&mut self, file: FileId, offset: u64, bytes: &[u8]) -> Result<(), FsError>;

    /// Set the length of `file`.
    ///
    /// # Errors
    /// See [`FileSystem`]; EFBIG.
    fn resize(&mut self, file: FileId, size: u64) -> Result<(), FsError>;

    /// Take blocks for a part of `file`; the file grows to its end if `is_growing`.
    ///
    /// # Errors
    /// See [`FileSystem`]; EFBIG.
    fn allocate(
        &mut self,
        file: FileId,
        offset: u64,
        len: u64,
        is_growing: bool,
    ) -> Result<(), FsError>;

    /// Make a file; its number.
    ///
    /// # Errors
    /// See [`FileSystem`]; EEXIST.
    fn create(
        &mut self,
        directory: FileId,
        name: &[u8],
        new: &NewFile<'_>,
    ) -> Result<FileId, FsError>;

    /// Give `file` one more name.
    ///
    /// # Errors
    /// See [`FileSystem`]; EEXIST, EMLINK.
    fn link(&mut self, file: FileId, directory: FileId, name: &[u8]) -> Result<(), FsError>;

    /// Take a name away from what is not a directory.
    ///
    /// # Errors
    /// See [`FileSystem`]; ENOENT.
    fn unlink(&mut self, directory: FileId, name: &[u8]) -> Result<Removed, FsError>;

    /// Remove an empty directory.
    ///
    /// # Errors
    /// See [`FileSystem`]; ENOENT, ENOTEMPTY.
    fn remove_directory(&mut self, directory: FileId, name: &[u8]) -> Result<Removed, FsError>;

    /// Give a file another name, in one step that a power cut does not split; what lost its name.
    ///
    /// # Errors
    /// See [`FileSystem`]; ENOENT, EEXIST, ENOTEMPTY.
    fn rename(
        &mut self,
        from: (FileId, &[u8]),
        to: (FileId, &[u8]),
        replace: Replace,
    ) -> Result<Option<Removed>, FsError>;

    /// Return when every change before survives a power cut; and give the blocks of `unused` back,
    /// files that have neither names nor users.
    ///
    /// # Errors
    /// See [`FileSystem`].
    fn commit(&mut self, unused: &[FileId]) -> Result<(), FsError>;

    /// How large it is, and how full.
    fn statistics(&mut self) -> Statistics;

    /// Let changes bear this time from now on instead of the clock's; `None`: the clock's again. For
    /// content that is written later than the program wrote it.
    fn set_time(&mut self, time: Option<Timespec>);
}
