//! ext4 through `rsext4`, mounted read-only, behind the two traits that the rest needs.
//!
//! The writable partition will be a second type here, over the same adapter, that keeps the rules
//! R1 to R3 measured for this crate: blocks of a removed file are freed between two `sync`s, a
//! shrinking truncate is followed by one, and power-off is `sync` without `unmount`.

use super::block::{BlockDevice, BlockError, SECTOR_SIZE};
use super::inode::{InodeTable, RawInode, SUPERBLOCK_BYTES};
use super::path::{Directories, FileId, FileKind, Node};
use super::volume::{Tree, read_link_target};
use super::{FsError, MountError};
use alloc::sync::Arc;
use alloc::vec::Vec;
use kpio_abi::errors::Errno;
use kpio_abi::types::Stat;
use rsext4::{
    BlockIo, Clock, DeviceCapabilities, DeviceGeometry, DirectoryEntryType, Ext4, Ext4Error,
    Ext4ErrorKind, Ext4Result, Ext4Timestamp, FileName, InodeInfo, InodeNumber, MountOptions,
    MountServices, MountedServices, NoopObserver, SectorId,
};
use spin::mutex::SpinMutex;

/// A sector's size as the crate wants it.
const SECTOR_BYTES: u32 = 512;
const _: () = assert!(SECTOR_BYTES as usize == SECTOR_SIZE);
/// Most bytes asked of the crate at once: it takes as much memory again for each call.
const MAX_READ_BYTES: usize = 256 << 10;
/// `st_dev` of the root file system.
const ROOT_DEVICE: u64 = 1;
/// Sector and places of the superblock's fields that are looked at before mounting.
/// Source: Linux "ext4 Data Structures and Algorithms", "The Super Block".
const SUPERBLOCK_SECTOR: u64 = 2;
const MAGIC_PLACE: usize = 0x38;
const INCOMPATIBLE_FEATURES_PLACE: usize = 0x60;
const MAGIC: [u8; 2] = [0x53, 0xEF];
const FEATURE_RECOVER: u32 = 0x4;

/// A read-only ext4 file system on `D`.
pub struct Ext4Tree<D: BlockDevice> {
    ext4: Ext4<Sectors<D>, MountedServices<(), NoopObserver>>,
    device: Arc<SpinMutex<D>>,
    inodes: InodeTable,
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
        let features: [u8; 4] =
            core::array::from_fn(|n| superblock[INCOMPATIBLE_FEATURES_PLACE + n]);
        if u32::from_le_bytes(features) & FEATURE_RECOVER != 0 {
            return Err(MountError::NeedsRecovery);
        }
        let inodes = InodeTable::parse(&superblock)
            .ok_or(MountError::Refused(corrupted("the superblock is damaged")))?;
        let device = Arc::new(SpinMutex::new(device));
        let services = MountServices::new(NoClock, (), NoopObserver);
        let options = MountOptions::read_only_no_journal_replay();
        let sectors = Sectors {
            device: device.clone(),
        };
        let ext4 = Ext4::mount(sectors, services, options)
            .map_err(|error| MountError::Refused(error.into()))?;
        Ok(Self {
            ext4,
            device,
            inodes,
        })
    }

    fn raw_inode(&self, file: FileId) -> Result<RawInode, FsError> {
        let inode = self.inodes.read(&mut *self.device.lock(), file.0);
        inode.map_err(|error| match error {
            BlockError::OutOfRange { .. } => corrupted("an inode has an impossible place"),
            error => FsError::new(error.into(), "an inode cannot be read"),
        })
    }
}

fn node(inode: &InodeInfo) -> Result<Node, FsError> {
    let kind = match inode.file_type() {
        DirectoryEntryType::RegularFile => FileKind::Regular,
        DirectoryEntryType::Directory => FileKind::Directory,
        DirectoryEntryType::Symlink => FileKind::Symlink,
        DirectoryEntryType::CharacterDevice
        | DirectoryEntryType::BlockDevice
        | DirectoryEntryType::Fifo
        | DirectoryEntryType::Socket => FileKind::Special,
        DirectoryEntryType::Unknown => return Err(corrupted("a file has no type")),
    };
    Ok(Node {
        id: FileId(inode.number.raw()),
        kind,
        mode: u32::from(inode.mode),
        size: inode.size,
    })
}

impl<D: BlockDevice> Directories for Ext4Tree<D> {
    fn root(&mut self) -> Result<Node, FsError> {
        let root = self.ext4.root_inode();
        node(&self.ext4.inode(root)?)
    }

    fn lookup(&mut self, parent: FileId, name: &[u8]) -> Result<Option<Node>, FsError> {
        let found = self
            .ext4
            .lookup_child(InodeNumber::new(parent.0)?, FileName::new(name)?)?;
        found.as_ref().map(node).transpose()
    }

    fn read_link(&mut self, link: &Node) -> Result<Vec<u8>, FsError> {
        let number = InodeNumber::new(link.id.0)?;
        let size = self.raw_inode(link.id)?.size;
        read_link_target(size, |bytes| Ok(self.ext4.read_inode(number, 0, bytes)?))
    }
}

impl<D: BlockDevice> Tree for Ext4Tree<D> {
    fn read_at(&mut self, file: FileId, offset: u64, bytes: &mut [u8]) -> Result<usize, FsError> {
        // Block numbers within a file have 32 bits; the crate cuts larger ones short.
        let end = self.ext4.statfs().block_size << 32;
        let room = usize::try_from(end.saturating_sub(offset)).unwrap_or(usize::MAX);
        let len = bytes.len().min(room);
        let number = InodeNumber::new(file.0)?;
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

    fn stat(&mut self, file: FileId) -> Result<Stat, FsError> {
        let block_size = self.ext4.statfs().block_size;
        // First through the crate, which checks the inode's checksum.
        let inode = self.ext4.inode(InodeNumber::new(file.0)?)?;
        let raw = self.raw_inode(file)?;
        let device = inode
            .device_number
            .map_or(0, |n| device_number(n.major(), n.minor()));
        let signed = |value| i64::try_from(value).map_err(|_| corrupted("a size is negative"));
        Ok(Stat {
            st_dev: ROOT_DEVICE,
            st_ino: u64::from(inode.number.raw()),
            st_nlink: u64::from(inode.links),
            st_mode: u32::from(inode.mode),
            st_uid: inode.uid,
            st_gid: inode.gid,
            st_rdev: device,
            st_size: signed(inode.size)?,
            st_blksize: signed(block_size)?,
            st_blocks: signed(inode.blocks)?,
            st_atim: raw.accessed,
            st_mtim: raw.modified,
            st_ctim: raw.changed,
            ..Stat::default()
        })
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

/// A block device as the crate sees it.
struct Sectors<D> {
    device: Arc<SpinMutex<D>>,
}

fn ext4_error(error: BlockError) -> Ext4Error {
    match error {
        BlockError::ReadOnly => Ext4Error::read_only(),
        BlockError::PartialSector { .. }
        | BlockError::OutOfRange { .. }
        | BlockError::Device(_) => Ext4Error::io(),
    }
}

impl<D: BlockDevice> BlockIo for Sectors<D> {
    fn write(&mut self, _buffer: &[u8], _sector: SectorId, _count: u32) -> Ext4Result<()> {
        Err(Ext4Error::read_only())
    }

    fn read(&mut self, buffer: &mut [u8], sector: SectorId, _count: u32) -> Ext4Result<()> {
        self.device
            .lock()
            .read(sector.raw(), buffer)
            .map_err(ext4_error)
    }

    fn geometry(&self) -> DeviceGeometry {
        DeviceGeometry::new(SECTOR_BYTES, self.device.lock().sector_count())
    }

    fn capabilities(&self) -> DeviceCapabilities {
        DeviceCapabilities {
            read_only: true,
            flush: true,
            ..DeviceCapabilities::default()
        }
    }

    fn flush(&mut self) -> Ext4Result<()> {
        self.device.lock().flush().map_err(ext4_error)
    }
}

/// No time is needed where nothing is written.
struct NoClock;

impl Clock for NoClock {
    fn now(&self) -> Ext4Result<Ext4Timestamp> {
        Err(Ext4Error::unsupported_capability(
            "clock: the mount is read-only",
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::super::block::memory_disk::MemoryDisk;
    use super::super::cache::BlockCache;
    use super::super::volume::Volume;
    use super::*;
    use kpio_abi::flags::{
        O_CREAT, O_DIRECTORY, O_EXCL, O_NOFOLLOW, O_PATH, O_RDONLY, O_RDWR, O_TMPFILE, O_TRUNC,
        O_WRONLY, S_IFDIR, S_IFMT, S_IFREG,
    };
    use std::fs;
    use std::path::Path;
    use std::process::Command;
    use std::string::String;
    use std::{format, vec};

    const MIB: usize = 1 << 20;
    /// Among the options of [`image`]: also build the directories' hash trees. It is mke2fs's "do
    /// not ask" at the same time.
    const WITH_INDICES: &str = "-F";

    fn bytes_of(seed: u32, len: usize) -> Vec<u8> {
        let mut state = seed.wrapping_mul(2_654_435_761) | 1;
        (0..len)
            .map(|_| {
                state ^= state << 13;
                state ^= state >> 17;
                state ^= state << 5;
                state.to_be_bytes()[1]
            })
            .collect()
    }

    /// What every image here holds, as (path, content).
    fn contents() -> Vec<(String, Vec<u8>)> {
        let mut files = vec![
            ("empty".into(), Vec::new()),
            ("one".into(), vec![0x5A]),
            ("block".into(), bytes_of(1, 4096)),
            ("block-and-one".into(), bytes_of(2, 4097)),
            ("bin/init".into(), bytes_of(3, 70_001)),
            ("bin/large".into(), bytes_of(4, 5 * MIB / 2 + 17)),
            ("a/b/c/d/e/deep".into(), b"deep".to_vec()),
            ("name-\u{e9}\u{4e2d}".into(), b"UTF-8".to_vec()),
            (format!("long/{}", "n".repeat(255)), b"long name".to_vec()),
        ];
        files.extend((0..700).map(|n| (format!("many/file-{n:04}"), format!("{n}").into_bytes())));
        files
    }

    fn write_tree(root: &Path) {
        use std::os::unix::fs::{PermissionsExt, symlink};
        for (path, content) in contents() {
            let path = root.join(path);
            fs::create_dir_all(path.parent().expect("below the root")).expect("a folder");
            fs::write(path, content).expect("a file");
        }
        fs::set_permissions(root.join("bin/init"), fs::Permissions::from_mode(0o4755))
            .expect("our own file");
        fs::set_permissions(root.join("one"), fs::Permissions::from_mode(0o640))
            .expect("our own file");
        let sparse = fs::File::create(root.join("sparse")).expect("a file");
        std::os::unix::fs::FileExt::write_at(&sparse, b"end", 900_000).expect("a hole");
        symlink("/bin/init", root.join("init")).expect("a link");
        symlink(
            format!("bin{}/init", "/.".repeat(100)),
            root.join("long-link"),
        )
        .expect("a link");
        symlink("loop", root.join("loop")).expect("a link");
        let fifo = Command::new("mkfifo")
            .arg(root.join("fifo"))
            .status()
            .expect("mkfifo");
        assert!(fifo.success());
    }

    /// An image of [`write_tree`] made by e2fsprogs.
    fn image(options: &[&str]) -> Vec<u8> {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let (tree, path) = (folder.path().join("tree"), folder.path().join("image"));
        fs::create_dir(&tree).expect("a folder");
        write_tree(&tree);
        let mke2fs = Command::new("/sbin/mke2fs")
            .args(["-q", "-t", "ext4", "-E", "root_owner=0:0"])
            .args(options)
            .arg("-d")
            .args([&tree, &path])
            .arg("12M")
            .output()
            .expect("mke2fs (Debian package e2fsprogs)");
        assert!(mke2fs.status.success(), "{mke2fs:?}");
        if options.contains(&WITH_INDICES) {
            // mke2fs leaves directories linear; this builds their indices (exit 1: changed).
            let e2fsck = Command::new("/sbin/e2fsck")
                .args(["-fyD"])
                .arg(&path)
                .output();
            assert!(e2fsck.expect("e2fsck").status.code() <= Some(1));
            let debugfs = Command::new("/sbin/debugfs")
                .args(["-R", "htree_dump /many"])
                .arg(&path)
                .output()
                .expect("debugfs");
            assert!(String::from_utf8_lossy(&debugfs.stdout).contains("Root node dump"));
        }
        fs::read(&path).expect("an image")
    }

    type TestVolume = Volume<Ext4Tree<BlockCache<MemoryDisk>>>;

    fn mount(image: Vec<u8>) -> Result<TestVolume, MountError> {
        let cache = BlockCache::new(MemoryDisk::new(image), 8 * MIB);
        Ok(Volume::new(Ext4Tree::mount_read_only(cache)?))
    }

    fn plain_image() -> Vec<u8> {
        image(&["-b", "4096"])
    }

    fn plain() -> TestVolume {
        mount(plain_image()).expect("a whole image")
    }

    fn read(volume: &mut TestVolume, path: &str) -> Result<Vec<u8>, FsError> {
        let file = volume.lookup(path.as_bytes())?;
        volume.read_whole(&file, 8 * MIB)
    }

    #[test]
    fn every_byte_is_what_mke2fs_put_there() {
        for options in [
            &["-b", "4096"][..],
            &["-b", "1024"],
            &["-b", "4096", "-O", "^has_journal"],
            &["-b", "4096", "-m0", WITH_INDICES],
            &["-b", "1024", "-O", "^metadata_csum,^64bit", WITH_INDICES],
            &["-b", "4096", "-O", "^extents,^64bit,^metadata_csum"],
            &["-b", "2048", "-I", "128", "-O", "^extra_isize"],
        ] {
            let mut volume = mount(image(options)).expect("a whole image");
            for (path, content) in contents() {
                let found = read(&mut volume, &path).expect("it is there");
                assert!(found == content, "{path} with {options:?}");
            }
            let sparse = read(&mut volume, "sparse").expect("it is there");
            assert_eq!(sparse.len(), 900_003);
            assert!(
                sparse[..900_000].iter().all(|&byte| byte == 0) && &sparse[900_000..] == b"end"
            );
            assert_eq!(
                read(&mut volume, "/long-link").expect("followed"),
                read(&mut volume, "/init").expect("followed")
            );
            let missing = volume.lookup(b"many/file-0700").expect_err("not there");
            assert_eq!(missing.errno, Errno::ENOENT);
        }
    }

    #[test]
    fn parts_are_read_from_where_they_are() {
        let mut volume = plain();
        let file = volume.lookup(b"bin/large").expect("there");
        let whole = bytes_of(4, 5 * MIB / 2 + 17);
        for (offset, len) in [(0, 1), (4095, 2), (123_456, 70_000), (whole.len() - 5, 5)] {
            let mut part = vec![0; len];
            assert_eq!(volume.read_at(&file, offset as u64, &mut part), Ok(len));
            assert!(
                part == whole[offset..offset + len],
                "{len} bytes at {offset}"
            );
        }
        let mut part = [9; 10];
        let end = whole.len() as u64;
        assert_eq!(volume.read_at(&file, end - 3, &mut part), Ok(3));
        assert_eq!(part[3..], [9; 7]);
        for offset in [end, end + 1, 1 << 44, u64::MAX] {
            assert_eq!(
                volume.read_at(&file, offset, &mut part),
                Ok(0),
                "at {offset}"
            );
        }
        assert_eq!(volume.read_at(&file, 0, &mut []), Ok(0));
    }

    #[test]
    fn a_megabyte_is_a_handful_of_device_requests() {
        let disk = MemoryDisk::new(plain_image());
        let traffic = disk.traffic.clone();
        let cache = BlockCache::new(disk, 8 * MIB);
        let mut volume = Volume::new(Ext4Tree::mount_read_only(cache).expect("a whole image"));
        let file = volume.lookup(b"/bin/large").expect("there");
        let before = traffic.get();
        let mut part = vec![0; MIB];
        volume.read_at(&file, 0, &mut part).expect("readable");
        let cold = traffic.get();
        assert!(cold.nr_reads - before.nr_reads <= 6, "{before:?} {cold:?}");
        volume.read_at(&file, 0, &mut part).expect("readable");
        let file = volume.lookup(b"/bin/large").expect("there");
        volume.stat(&file).expect("readable");
        assert_eq!(traffic.get(), cold, "the second time comes from the cache");
        assert_eq!(cold.nr_writes, 0);
    }

    #[test]
    fn stat_gives_what_the_image_says() {
        let mut volume = plain();
        let init = volume.lookup(b"/init").expect("followed");
        assert!(init.is_executable());
        let stat = volume.stat(&init).expect("readable");
        assert_eq!(stat.st_mode, S_IFREG | 0o4755);
        assert_eq!(
            (stat.st_size, stat.st_nlink, stat.st_blksize),
            (70_001, 1, 4096)
        );
        assert_eq!((stat.st_uid, stat.st_gid, stat.st_rdev), (0, 0, 0));
        assert_eq!(stat.st_blocks, 18 * 8);
        assert!(stat.st_mtim.tv_sec > 1_500_000_000);
        let one = volume.lookup(b"one").expect("there");
        assert!(!one.is_executable());
        assert_eq!(one.mode, S_IFREG | 0o640);
        let root = volume.lookup(b"/").expect("there");
        let stat = volume.stat(&root).expect("readable");
        assert_eq!((stat.st_mode & S_IFMT, stat.st_ino), (S_IFDIR, 2));
    }

    #[test]
    fn device_numbers_are_musls() {
        assert_eq!(device_number(8, 1), 0x801);
        assert_eq!(device_number(0xFFF, 0x1_2345), 0x123F_FF45);
    }

    #[test]
    fn open_gives_linuxs_errors() {
        let mut volume = plain();
        for (path, flags, expected) in [
            ("/bin/init", O_RDONLY, None),
            ("bin/init", O_RDONLY | O_NOFOLLOW, None),
            ("/init", O_RDONLY, None),
            ("/bin", O_RDONLY, None),
            ("/bin/", O_RDONLY | O_DIRECTORY, None),
            ("/bin/init", O_RDONLY | O_CREAT, None),
            ("", O_RDONLY, Some(Errno::ENOENT)),
            ("/bin/none", O_RDONLY, Some(Errno::ENOENT)),
            ("/none/init", O_RDONLY | O_CREAT, Some(Errno::ENOENT)),
            ("/bin/init/x", O_RDONLY, Some(Errno::ENOTDIR)),
            ("/bin/init/", O_RDONLY, Some(Errno::ENOTDIR)),
            ("/bin/init", O_RDONLY | O_DIRECTORY, Some(Errno::ENOTDIR)),
            ("/init", O_RDONLY | O_NOFOLLOW, Some(Errno::ELOOP)),
            ("/loop", O_RDONLY, Some(Errno::ELOOP)),
            ("/loop", O_RDONLY | O_NOFOLLOW, Some(Errno::ELOOP)),
            ("/bin/init", O_WRONLY, Some(Errno::EROFS)),
            ("/bin/init", O_RDWR, Some(Errno::EROFS)),
            ("/bin/init", O_RDONLY | O_TRUNC, Some(Errno::EROFS)),
            ("/bin/new", O_WRONLY | O_CREAT, Some(Errno::EROFS)),
            ("/bin/new/", O_WRONLY | O_CREAT, Some(Errno::EISDIR)),
            (
                "/bin/init",
                O_WRONLY | O_CREAT | O_EXCL,
                Some(Errno::EEXIST),
            ),
            ("/loop", O_WRONLY | O_CREAT | O_EXCL, Some(Errno::EEXIST)),
            ("/bin", O_WRONLY, Some(Errno::EISDIR)),
            ("/bin", O_RDONLY | O_CREAT, Some(Errno::EISDIR)),
            ("/bin", O_RDONLY | O_TRUNC, Some(Errno::EISDIR)),
            ("/fifo", O_RDONLY, Some(Errno::ENXIO)),
            ("/bin/init", O_PATH, Some(Errno::EINVAL)),
            ("/bin/init", O_WRONLY | O_RDWR, Some(Errno::EINVAL)),
            ("/bin", O_WRONLY | O_TMPFILE, Some(Errno::EOPNOTSUPP)),
        ] {
            let errno = volume
                .open(path.as_bytes(), flags)
                .err()
                .map(|error| error.errno);
            assert_eq!(errno, expected, "{path:?} with {flags:#o}");
        }
    }

    /// Let debugfs work on `image`; the image after it, and what it said.
    fn debugfs(image: &[u8], request: &str) -> (Vec<u8>, String) {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("image");
        fs::write(&path, image).expect("an image");
        let mut debugfs = Command::new("/sbin/debugfs");
        let output = debugfs
            .args(["-w", "-R", request])
            .arg(&path)
            .output()
            .expect("debugfs");
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        (fs::read(&path).expect("an image"), said)
    }

    #[test]
    fn times_have_nanoseconds_and_go_beyond_2038() {
        let (image, _) = debugfs(&plain_image(), "set_inode_field /one mtime 0x7fffffff");
        let extra = 123_456_789 << 2 | 1;
        let (image, _) = debugfs(&image, &format!("set_inode_field /one mtime_extra {extra}"));
        let mut volume = mount(image).expect("a whole image");
        let file = volume.lookup(b"one").expect("there");
        let modified = volume.stat(&file).expect("readable").st_mtim;
        assert_eq!(
            (modified.tv_sec, modified.tv_nsec),
            (0x1_7FFF_FFFF, 123_456_789)
        );
    }

    #[test]
    fn a_link_of_impossible_length_is_an_error() {
        let mut image = image(&["-b", "4096", "-O", "^metadata_csum"]);
        // "Inode 20 is part of block group 0\n\tlocated at block 24, offset 0x0300"
        let (_, said) = debugfs(&image, "imap /long-link");
        let numbers = said
            .split_once("block ")
            .and_then(|(_, rest)| rest.split_once("block "));
        let (block, offset) = numbers
            .and_then(|(_, rest)| rest.trim().split_once(", offset 0x"))
            .expect(&said);
        let block: usize = block.parse().expect("a number");
        let inode = block * 4096 + usize::from_str_radix(offset, 16).expect("a number");
        mount(image.clone())
            .expect("whole")
            .lookup(b"/long-link")
            .expect("it leads somewhere");
        image[inode + 0x6C + 3] = 0x7F;
        let mut volume = mount(image).expect("the rest is whole");
        let error = volume
            .lookup(b"/long-link")
            .expect_err("its length is impossible");
        assert_eq!(error.errno, Errno::EIO);
    }

    #[test]
    fn what_has_no_bytes_is_not_read() {
        let mut volume = plain();
        for (path, errno) in [("/bin", Errno::EISDIR), ("/fifo", Errno::EINVAL)] {
            let file = volume.lookup(path.as_bytes()).expect("there");
            let error = volume
                .read_at(&file, 0, &mut [0; 8])
                .expect_err("no content");
            assert_eq!(error.errno, errno, "{path}");
        }
    }

    #[test]
    fn a_file_beyond_the_limit_is_efbig() {
        let mut volume = plain();
        let file = volume.lookup(b"block-and-one").expect("there");
        assert_eq!(
            volume.read_whole(&file, 4096).expect_err("too large").errno,
            Errno::EFBIG
        );
        assert_eq!(volume.read_whole(&file, 4097).expect("it fits").len(), 4097);
    }

    #[test]
    fn what_is_no_ext4_is_said_to_be_none() {
        for image in [Vec::new(), vec![0; 2048], vec![0; MIB], bytes_of(7, MIB)] {
            assert_eq!(mount(image).err(), Some(MountError::NotExt4));
        }
    }

    #[test]
    fn an_unreplayed_journal_is_refused() {
        let mut image = plain_image();
        image[1024 + INCOMPATIBLE_FEATURES_PLACE] |= 0x4;
        assert_eq!(mount(image).err(), Some(MountError::NeedsRecovery));
    }

    #[test]
    fn a_truncated_image_is_refused() {
        let image = plain_image();
        for len in [2048, 4096, 65_536, MIB, image.len() - 4096] {
            let error = mount(image[..len].to_vec()).err();
            assert!(
                matches!(error, Some(MountError::Refused(_))),
                "{len}: {error:?}"
            );
        }
    }

    #[test]
    fn a_bad_sector_is_eio_and_the_rest_stays_readable() {
        let image = plain_image();
        let content = bytes_of(1, 4096);
        let place = image
            .windows(4096)
            .position(|window| window == content)
            .expect("in it");
        let mut disk = MemoryDisk::new(image);
        disk.bad_sector = Some((place / SECTOR_SIZE) as u64);
        let tree = Ext4Tree::mount_read_only(BlockCache::new(disk, 8 * MIB));
        let mut volume = Volume::new(tree.expect("metadata is whole"));
        let error = read(&mut volume, "block").expect_err("its sector is bad");
        assert_eq!(error.errno, Errno::EIO);
        assert_eq!(read(&mut volume, "a/b/c/d/e/deep").expect("whole"), b"deep");
    }

    /// Ask a volume everything that can be asked; how many questions had an error for an answer.
    fn exercise(volume: &mut TestVolume) -> usize {
        let mut nr_errors = 0;
        for path in [
            "/bin/init",
            "/bin/large",
            "sparse",
            "long-link",
            "a/b/c/d/e/deep",
            "many/file-0001",
            "many/file-0699",
            "many/none",
            "fifo",
            "loop",
            "empty",
            "one",
            "bin",
            "lost+found",
        ] {
            let outcome = volume.lookup(path.as_bytes()).and_then(|file| {
                volume.stat(&file)?;
                volume.read_whole(&file, 4 * MIB)
            });
            nr_errors += usize::from(outcome.is_err());
        }
        nr_errors
    }

    /// A generator of numbers for one damaged image.
    struct Numbers(u64);

    impl Numbers {
        fn below(&mut self, end: usize) -> usize {
            self.0 ^= self.0 << 13;
            self.0 ^= self.0 >> 7;
            self.0 ^= self.0 << 17;
            usize::try_from(self.0 >> 11).expect("64 bits") % end
        }

        /// A place where metadata is likely: superblock, group descriptors, inodes, the beginnings
        /// of blocks (directories, extents, bitmaps), anywhere.
        fn place(&mut self, image: &[u8], block: usize) -> usize {
            let descriptors = if block == 1024 { 2048 } else { block };
            let field = |place: usize| {
                u32::from_le_bytes(image[place..place + 4].try_into().expect("four")) as usize
            };
            let inodes = field(descriptors + 8) * block;
            let inode_bytes = field(1024 + 0x58) & 0xFFFF;
            let nr_blocks = image.len() / block;
            match self.below(8) {
                0 | 1 => 1024 + self.below(256) * 4,
                2 => descriptors + self.below(64),
                3..=5 => inodes + self.below(64) * inode_bytes + self.below(80) * 2,
                6 => self.below(nr_blocks) * block + self.below(32) * 2,
                _ => self.below(image.len() - 4),
            }
        }

        /// A number that is likely to be taken for too much.
        fn value(&mut self, nr_blocks: usize) -> u32 {
            let nr_blocks = u32::try_from(nr_blocks).expect("small");
            let random = u32::try_from(self.below(1 << 32)).expect("32 bits");
            let values = [
                0,
                1,
                2,
                0x8000,
                0xFFFF,
                0x7FFF_FFFF,
                0x8000_0000,
                u32::MAX,
                nr_blocks,
                random,
            ];
            values[self.below(values.len())]
        }

        fn damage(&mut self, image: &mut [u8], block: usize) {
            for _ in 0..1 + self.below(6) {
                let place = self.place(image, block);
                let bytes = self.value(image.len() / block).to_le_bytes();
                let width = [1, 2, 4, 4][self.below(4)];
                image[place..place + width].copy_from_slice(&bytes[..width]);
            }
            // A superblock with a wrong checksum would be refused before anything else is read.
            let checksum = !crc::Crc::<u32>::new(&crc::CRC_32_ISCSI).checksum(&image[1024..2044]);
            image[2044..2048].copy_from_slice(&checksum.to_le_bytes());
        }
    }

    #[test]
    fn damaged_images_give_errors_and_no_panics() {
        for (block, options) in [
            (4096, &["-b", "4096"][..]),
            (4096, &["-b", "4096", "-O", "^metadata_csum", WITH_INDICES]),
            (
                1024,
                &["-b", "1024", "-O", "^metadata_csum,^64bit,^extents"],
            ),
            (1024, &["-b", "1024", "-O", "^metadata_csum,^has_journal"]),
        ] {
            let whole = image(options);
            let (mut nr_mounted, mut nr_errors) = (0, 0);
            for seed in 1..=80_u64 {
                let mut image = whole.clone();
                Numbers(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15)).damage(&mut image, block);
                if let Ok(mut volume) = mount(image) {
                    nr_mounted += 1;
                    nr_errors += exercise(&mut volume);
                }
            }
            // The damage is neither so coarse nor so fine that nothing is tried.
            assert!(
                nr_mounted > 20 && nr_errors > 20,
                "{options:?}: {nr_mounted}, {nr_errors}"
            );
        }
    }
}
