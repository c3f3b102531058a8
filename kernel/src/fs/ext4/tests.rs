//! What mke2fs made is what is read; what is damaged is refused.

use super::super::block::SECTOR_SIZE;
use super::super::block::memory_disk::MemoryDisk;
use super::super::cache::BlockCache;
use super::super::mount::Mount;
use super::super::namespace;
use super::super::node::Node;
use super::super::walk::{Base, LastLink};
use super::*;
use kpio_abi::flags::{
    O_CREAT, O_DIRECTORY, O_EXCL, O_NOFOLLOW, O_PATH, O_RDONLY, O_RDWR, O_TMPFILE, O_TRUNC,
    O_WRONLY, S_IFDIR, S_IFMT, S_IFREG,
};
use std::boxed::Box;
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
    fs::set_permissions(root.join("one"), fs::Permissions::from_mode(0o640)).expect("our own file");
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

fn mount_disk(disk: MemoryDisk) -> Result<Base, MountError> {
    kpio_hal::frame::init_host();
    let tree = Ext4Tree::mount_read_only(BlockCache::new(disk, 8 * MIB))?;
    let root = Mount::new(Box::new(tree), 1, None)
        .root()
        .map_err(MountError::Refused)?;
    Ok(Base {
        current: Arc::clone(&root),
        root,
    })
}

fn mount(image: Vec<u8>) -> Result<Base, MountError> {
    mount_disk(MemoryDisk::new(image))
}

fn lookup(base: &Base, path: &str) -> Result<Arc<Node>, FsError> {
    namespace::lookup(base, path.as_bytes(), LastLink::Follow)
}

fn plain_image() -> Vec<u8> {
    image(&["-b", "4096"])
}

fn plain() -> Base {
    mount(plain_image()).expect("a whole image")
}

fn read(base: &Base, path: &str) -> Result<Vec<u8>, FsError> {
    lookup(base, path)?.read_whole(8 * MIB)
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
        let base = mount(image(options)).expect("a whole image");
        for (path, content) in contents() {
            let found = read(&base, &path).expect("it is there");
            assert!(found == content, "{path} with {options:?}");
        }
        let sparse = read(&base, "sparse").expect("it is there");
        assert_eq!(sparse.len(), 900_003);
        assert!(sparse[..900_000].iter().all(|&byte| byte == 0) && &sparse[900_000..] == b"end");
        assert_eq!(
            read(&base, "/long-link").expect("followed"),
            read(&base, "/init").expect("followed")
        );
        let missing = lookup(&base, "many/file-0700").expect_err("not there");
        assert_eq!(missing.errno, Errno::ENOENT);
    }
}

#[test]
fn parts_are_read_from_where_they_are() {
    let base = plain();
    let file = lookup(&base, "bin/large").expect("there");
    let whole = bytes_of(4, 5 * MIB / 2 + 17);
    for (offset, len) in [(0, 1), (4095, 2), (123_456, 70_000), (whole.len() - 5, 5)] {
        let mut part = vec![0; len];
        assert_eq!(file.read_at(offset as u64, &mut part), Ok(len));
        assert!(
            part == whole[offset..offset + len],
            "{len} bytes at {offset}"
        );
    }
    let mut part = [9; 10];
    let end = whole.len() as u64;
    assert_eq!(file.read_at(end - 3, &mut part), Ok(3));
    assert_eq!(part[3..], [9; 7]);
    for offset in [end, end + 1, 1 << 44, u64::MAX] {
        assert_eq!(file.read_at(offset, &mut part), Ok(0), "at {offset}");
    }
    assert_eq!(file.read_at(0, &mut []), Ok(0));
}

#[test]
fn a_megabyte_is_a_handful_of_device_requests() {
    let disk = MemoryDisk::new(plain_image());
    let traffic = disk.traffic.clone();
    let base = mount_disk(disk).expect("a whole image");
    let file = lookup(&base, "/bin/large").expect("there");
    let before = traffic.get();
    let mut part = vec![0; MIB];
    file.read_at(0, &mut part).expect("readable");
    let cold = traffic.get();
    assert!(cold.nr_reads - before.nr_reads <= 6, "{before:?} {cold:?}");
    file.read_at(0, &mut part).expect("readable");
    let file = lookup(&base, "/bin/large").expect("there");
    file.stat().expect("readable");
    assert_eq!(traffic.get(), cold, "the second time comes from the cache");
    assert_eq!(cold.nr_writes, 0);
}

#[test]
fn stat_gives_what_the_image_says() {
    let base = plain();
    let init = lookup(&base, "/init").expect("followed");
    assert!(init.is_executable().expect("readable"));
    let stat = init.stat().expect("readable");
    assert_eq!(stat.st_mode, S_IFREG | 0o4755);
    assert_eq!(
        (stat.st_size, stat.st_nlink, stat.st_blksize),
        (70_001, 1, 4096)
    );
    assert_eq!((stat.st_uid, stat.st_gid, stat.st_rdev), (0, 0, 0));
    assert_eq!(stat.st_blocks, 18 * 8);
    assert!(stat.st_mtim.tv_sec > 1_500_000_000);
    let one = lookup(&base, "one").expect("there");
    assert!(!one.is_executable().expect("readable"));
    assert_eq!(one.attributes().expect("readable").mode, S_IFREG | 0o640);
    let root = lookup(&base, "/").expect("there");
    let stat = root.stat().expect("readable");
    assert_eq!((stat.st_mode & S_IFMT, stat.st_ino), (S_IFDIR, 2));
}

#[test]
fn device_numbers_are_musls() {
    assert_eq!(device_number(8, 1), 0x801);
    assert_eq!(device_number(0xFFF, 0x1_2345), 0x123F_FF45);
}

#[test]
fn open_gives_linuxs_errors() {
    let base = plain();
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
        ("/bin/init", O_PATH, None),
        ("/fifo", O_PATH, None),
        ("/init", O_PATH | O_NOFOLLOW, None),
        ("/bin/init", O_PATH | O_DIRECTORY, Some(Errno::ENOTDIR)),
        ("/bin/init", O_WRONLY | O_RDWR, Some(Errno::EINVAL)),
        ("/bin", O_WRONLY | O_TMPFILE, Some(Errno::EOPNOTSUPP)),
    ] {
        let errno = namespace::open(&base, path.as_bytes(), flags, 0o644)
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
    let base = mount(image).expect("a whole image");
    let file = lookup(&base, "one").expect("there");
    let modified = file.stat().expect("readable").st_mtim;
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
    let whole = mount(image.clone()).expect("whole");
    lookup(&whole, "/long-link").expect("it leads somewhere");
    image[inode + 0x6C + 3] = 0x7F;
    let base = mount(image).expect("the rest is whole");
    let error = lookup(&base, "/long-link").expect_err("its length is impossible");
    assert_eq!(error.errno, Errno::EIO);
}

#[test]
fn what_has_no_bytes_is_not_read() {
    let base = plain();
    for (path, errno) in [("/bin", Errno::EISDIR), ("/fifo", Errno::EINVAL)] {
        let file = lookup(&base, path).expect("there");
        let error = file.read_at(0, &mut [0; 8]).expect_err("no content");
        assert_eq!(error.errno, errno, "{path}");
    }
}

#[test]
fn a_file_beyond_the_limit_is_efbig() {
    let base = plain();
    let file = lookup(&base, "block-and-one").expect("there");
    assert_eq!(
        file.read_whole(4096).expect_err("too large").errno,
        Errno::EFBIG
    );
    assert_eq!(file.read_whole(4097).expect("it fits").len(), 4097);
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
    let base = mount_disk(disk).expect("metadata is whole");
    let error = read(&base, "block").expect_err("its sector is bad");
    assert_eq!(error.errno, Errno::EIO);
    assert_eq!(read(&base, "a/b/c/d/e/deep").expect("whole"), b"deep");
}

/// Ask for everything that can be asked; how many questions had an error for an answer.
fn exercise(base: &Base) -> usize {
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
        let outcome = lookup(base, path).and_then(|file| {
            file.stat()?;
            file.read_whole(4 * MIB)
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
            if let Ok(base) = mount(image) {
                nr_mounted += 1;
                nr_errors += exercise(&base);
            }
        }
        // The damage is neither so coarse nor so fine that nothing is tried.
        assert!(
            nr_mounted > 20 && nr_errors > 20,
            "{options:?}: {nr_mounted}, {nr_errors}"
        );
    }
}
