//! What was committed survives a power cut: writes of a workload are recorded, played back up to a
//! random point with what was not flushed torn or dropped, and judged by e2fsck, by a mount, and by
//! what the workload knows.

use super::FsError;
use super::block::memory_disk::MemoryDisk;
use super::block::{BlockDevice, BlockError, SECTOR_SIZE};
use super::cache::BlockCache;
use super::ext4::Ext4Tree;
use super::file_system::FileKind;
use super::mount::Mount;
use super::namespace;
use super::node::Node;
use super::walk::{Base, LastLink};
use alloc::sync::Arc;
use kpio_abi::errors::Errno;
use kpio_abi::flags::{O_CREAT, O_RDWR};
use kpio_abi::types::Timespec;
use spin::mutex::SpinMutex;
use std::boxed::Box;
use std::collections::{BTreeMap, BTreeSet};
use std::format;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::string::String;
use std::vec;
use std::vec::Vec;

const SUPERBLOCK_PLACE: usize = 1024;
const SUPERBLOCK_BYTES: usize = 1024;
const CACHE_BYTES: usize = 4 << 20;
/// Cuts within the mount's own first writes are tried one by one.
const FIRST_ENTRIES: usize = 30;
/// What e2fsck says of a cut within the mount: the journal was begun before the superblock says so.
const BEGUN_JOURNAL: &str = "needs_recovery flag is clear, but journal has data";

/// What a disk was told to do.
enum Request {
    Write { first: u64, bytes: Vec<u8> },
    Flush,
}

/// A disk that remembers what it is told.
struct Recorder {
    disk: MemoryDisk,
    requests: Arc<SpinMutex<Vec<Request>>>,
}

impl BlockDevice for Recorder {
    fn sector_count(&self) -> u64 {
        self.disk.sector_count()
    }

    fn is_read_only(&self) -> bool {
        false
    }

    fn read(&mut self, first: u64, bytes: &mut [u8]) -> Result<(), BlockError> {
        self.disk.read(first, bytes)
    }

    fn write(&mut self, first: u64, bytes: &[u8]) -> Result<(), BlockError> {
        self.requests.lock().push(Request::Write {
            first,
            bytes: bytes.to_vec(),
        });
        self.disk.write(first, bytes)
    }

    fn flush(&mut self) -> Result<(), BlockError> {
        self.requests.lock().push(Request::Flush);
        self.disk.flush()
    }
}

/// Numbers that look random and come again with their seed.
struct Numbers(u64);

impl Numbers {
    fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 11).expect("64 bits") % end
    }
}

/// An empty file system, the same at every call: its random numbers come from `seed`.
pub(super) fn mke2fs(options: &[&str], seed: u64) -> Vec<u8> {
    let uuid = format!("00000000-0000-4000-8000-{seed:012x}");
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("image");
    let made = Command::new("/sbin/mke2fs")
        .args(["-q", "-t", "ext4", "-J", "size=4", "-U", &uuid])
        .args(["-E", &format!("root_owner=0:0,hash_seed={uuid}")])
        .args(options)
        .arg(&path)
        .arg("16M")
        .output()
        .expect("mke2fs (Debian package e2fsprogs)");
    assert!(made.status.success(), "{made:?}");
    fs::read(&path).expect("an image")
}

fn clock() -> Timespec {
    Timespec {
        tv_sec: 1_700_000_000,
        tv_nsec: 5,
    }
}

pub(super) fn mount(disk: impl BlockDevice + Send + 'static) -> Result<Base, super::MountError> {
    kpio_hal::frame::init_host();
    let tree = Ext4Tree::mount_writable(BlockCache::new(disk, CACHE_BYTES), clock)?;
    let root = Mount::new(Box::new(tree), 1, None)
        .root()
        .map_err(super::MountError::Refused)?;
    Ok(Base {
        current: Arc::clone(&root),
        root,
    })
}

/// What a name stands for, as the workload knows it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Thing {
    Missing,
    Directory,
    Link(String),
    /// A file by its serial number.
    File(usize),
}

/// What the workload knows at one moment.
#[derive(Clone, Default)]
struct Known {
    names: BTreeMap<String, Thing>,
    contents: BTreeMap<usize, Arc<Vec<u8>>>,
}

/// What is safe at a moment.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Safe {
    Nothing,
    /// Names, and the content of this file.
    File(usize),
    All,
}

/// A moment: after how many requests of the log it was reached, and what was made safe then.
struct Moment {
    nr_requests: usize,
    safe: Safe,
    known: Known,
}

struct Workload {
    base: Base,
    numbers: Numbers,
    requests: Arc<SpinMutex<Vec<Request>>>,
    known: Known,
    moments: Vec<Moment>,
    nr_files: usize,
    /// Files without names that are still used.
    held: Vec<(Arc<Node>, usize)>,
}

/// Content that no other file has at this place.
fn content_of(file: usize, version: usize, start: usize, len: usize) -> Vec<u8> {
    (start..start + len)
        .map(|at| {
            let word = (at / 8) as u64 ^ (file as u64) << 32 ^ (version as u64) << 48;
            let mixed = word.wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(31);
            mixed.to_le_bytes()[at % 8] | 1
        })
        .collect()
}

impl Workload {
    fn new(image: Vec<u8>, seed: u64) -> Self {
        let requests = Arc::new(SpinMutex::new(Vec::new()));
        let disk = Recorder {
            disk: MemoryDisk::new(image),
            requests: Arc::clone(&requests),
        };
        let mut workload = Self {
            base: mount(disk).expect("a whole image"),
            numbers: Numbers::new(seed),
            requests,
            known: Known::default(),
            moments: Vec::new(),
            nr_files: 0,
            held: Vec::new(),
        };
        workload.known.names.insert(String::new(), Thing::Directory);
        workload.moment(Safe::All);
        workload
    }

    fn moment(&mut self, safe: Safe) {
        self.moments.push(Moment {
            nr_requests: self.requests.lock().len(),
            safe,
            known: self.known.clone(),
        });
    }

    fn pick(&mut self, wanted: impl Fn(&Thing) -> bool) -> Option<String> {
        let names = self.known.names.iter();
        let fitting: Vec<&String> = names
            .filter(|(name, thing)| !name.is_empty() && wanted(thing))
            .map(|(name, _)| name)
            .collect();
        let index = self.numbers.below(fitting.len().max(1));
        fitting.get(index).map(|name| (*name).clone())
    }

    fn new_path(&mut self) -> String {
        let folder = match self.numbers.below(3) {
            0 => self.pick(|thing| *thing == Thing::Directory),
            _ => None,
        };
        let long = "x".repeat(self.numbers.below(40));
        format!(
            "{}/n{}{long}",
            folder.unwrap_or_default(),
            self.numbers.below(60)
        )
    }

    fn open(&self, path: &str) -> Result<Arc<Node>, FsError> {
        namespace::open(&self.base, path.as_bytes(), O_CREAT | O_RDWR, 0o644)
    }

    fn write(&mut self, path: &str, file: usize, start: usize, len: usize) {
        let node = self.open(path).expect("it is there");
        let bytes = content_of(file, self.moments.len(), start, len);
        match node.write_at(start as u64, &bytes) {
            Ok(()) => {}
            Err(error) if error.errno == Errno::ENOSPC => return,
            Err(error) => panic!("{path}: {error}"),
        }
        let mut content = self.known.contents[&file].to_vec();
        content.resize(content.len().max(start + len), 0);
        content[start..start + len].copy_from_slice(&bytes);
        self.known.contents.insert(file, Arc::new(content));
    }

    fn is_free(&self, path: &str) -> bool {
        !self.known.names.contains_key(path)
    }

    fn step(&mut self) {
        let is_file = |thing: &Thing| matches!(thing, Thing::File(_));
        match self.numbers.below(24) {
            0..=6 => {
                let path = self.new_path();
                if self.is_free(&path) && self.open(&path).is_ok() {
                    let file = self.nr_files;
                    self.nr_files += 1;
                    self.known.names.insert(path.clone(), Thing::File(file));
                    self.known.contents.insert(file, Arc::default());
                    self.moment(Safe::Nothing);
                    let len = 1 + self.numbers.below(60_000);
                    self.write(&path, file, 0, len);
                }
            }
            7..=10 => {
                if let Some(path) = self.pick(is_file)
                    && let Thing::File(file) = self.known.names[&path]
                {
                    let size = self.known.contents[&file].len();
                    let start = match self.numbers.below(3) {
                        0 => size,
                        1 => size + self.numbers.below(20_000),
                        _ => self.numbers.below(size + 1),
                    };
                    let len = 1 + self.numbers.below(20_000);
                    self.write(&path, file, start, len);
                }
            }
            11 | 12 => {
                if let Some(path) = self.pick(is_file)
                    && let Thing::File(file) = self.known.names[&path]
                {
                    let mut content = self.known.contents[&file].to_vec();
                    let size = self.numbers.below(content.len() * 5 / 4 + 1);
                    let node = self.open(&path).expect("it is there");
                    node.resize(size as u64).expect("the length is set");
                    content.resize(size, 0);
                    self.known.contents.insert(file, Arc::new(content));
                }
            }
            13..=15 => {
                if let Some(path) = self.pick(|thing| *thing != Thing::Directory) {
                    if let Thing::File(file) = self.known.names[&path]
                        && self.numbers.below(2) == 0
                    {
                        let node = self.open(&path).expect("it is there");
                        self.held.push((node, file));
                    }
                    namespace::unlink(&self.base, path.as_bytes()).expect("unlinked");
                    self.known.names.remove(&path);
                }
            }
            16..=18 => {
                let to = match self.numbers.below(2) {
                    0 => self.pick(|thing| *thing != Thing::Directory),
                    _ => None,
                };
                let to = to.unwrap_or_else(|| self.new_path());
                if let Some(from) = self.pick(|thing| *thing != Thing::Directory)
                    && self.known.names.get(&to) != Some(&Thing::Directory)
                    && from != to
                {
                    let same = self.known.names.get(&to) == self.known.names.get(&from);
                    let (old, new) = (from.as_bytes(), to.as_bytes());
                    namespace::rename(&self.base, old, &self.base, new, 0).expect("renamed");
                    if !same || !is_file(&self.known.names[&from]) {
                        let thing = self.known.names.remove(&from).expect("it was there");
                        self.known.names.insert(to, thing);
                    }
                }
            }
            19 => {
                let path = self.new_path();
                if self.is_free(&path) && path.matches('/').count() < 4 {
                    namespace::make_directory(&self.base, path.as_bytes(), 0o755).expect("made");
                    self.known.names.insert(path, Thing::Directory);
                }
            }
            20 => {
                if let Some(path) = self.pick(|thing| *thing == Thing::Directory) {
                    let is_empty = !self
                        .known
                        .names
                        .keys()
                        .any(|name| name.starts_with(&format!("{path}/")));
                    let removed = namespace::remove_directory(&self.base, path.as_bytes());
                    assert_eq!(removed.is_ok(), is_empty, "{path}: {removed:?}");
                    if is_empty {
                        self.known.names.remove(&path);
                    }
                }
            }
            21 => {
                let path = self.new_path();
                let target = "t".repeat(1 + self.numbers.below(100));
                if self.is_free(&path) {
                    namespace::make_link(&self.base, target.as_bytes(), path.as_bytes())
                        .expect("made");
                    self.known.names.insert(path, Thing::Link(target));
                }
            }
            22 => {
                let path = self.new_path();
                if self.is_free(&path)
                    && let Some(from) = self.pick(is_file)
                {
                    let node = self.open(&from).expect("it is there");
                    namespace::link(&node, &self.base, path.as_bytes()).expect("linked");
                    let thing = self.known.names[&from].clone();
                    self.known.names.insert(path, thing);
                }
            }
            _ => self.held.clear(),
        }
        self.moment(Safe::Nothing);
        if self.numbers.below(6) == 0 {
            for (node, file) in &self.held {
                let found = node.read_whole(1 << 20).expect("it is still there");
                assert!(
                    found == *self.known.contents[file],
                    "a file without a name has other content"
                );
            }
            self.base.root.mount.commit().expect("committed");
            self.moment(Safe::All);
        } else if self.numbers.below(6) == 0
            && let Some(path) = self.pick(is_file)
            && let Thing::File(file) = self.known.names[&path]
        {
            let node = self.open(&path).expect("it is there");
            node.sync().expect("made safe");
            self.moment(Safe::File(file));
        }
    }
}

/// What is lost of the requests after the last flush.
#[derive(Clone, Copy, Debug)]
enum Loss {
    /// Nothing.
    Nothing,
    /// Some of the pieces of this length, aligned to it.
    Pieces(usize),
}

/// The disk after a cut behind `nr_requests` requests.
fn after_cut(
    image: &[u8],
    requests: &[Request],
    nr_requests: usize,
    loss: Loss,
    numbers: &mut Numbers,
) -> Vec<u8> {
    let mut image = image.to_vec();
    let requests = &requests[..nr_requests];
    let last_flush = requests
        .iter()
        .rposition(|request| matches!(request, Request::Flush))
        .unwrap_or(0);
    for (index, request) in requests.iter().enumerate() {
        let Request::Write { first, bytes } = request else {
            continue;
        };
        let start = usize::try_from(*first).expect("small") * SECTOR_SIZE;
        let piece = match loss {
            Loss::Pieces(piece) if index > last_flush => piece,
            _ => {
                image[start..start + bytes.len()].copy_from_slice(bytes);
                continue;
            }
        };
        let mut at = start;
        while at < start + bytes.len() {
            // Without its second half the superblock's checksum is wrong, and e2fsck wants to be
            // asked (`-b`); Linux writes it in place as well.
            let piece = if at == SUPERBLOCK_PLACE {
                SUPERBLOCK_BYTES
            } else {
                piece
            };
            let end = (at / piece + 1) * piece;
            let end = end.min(start + bytes.len());
            if numbers.below(2) == 0 {
                image[at..end].copy_from_slice(&bytes[at - start..end - start]);
            }
            at = end;
        }
    }
    image
}

fn e2fsck(path: &Path, how: &str) -> (Option<i32>, String) {
    let done = Command::new("/sbin/e2fsck")
        .args(["-f", how])
        .arg(path)
        .output()
        .expect("e2fsck");
    let said = String::from_utf8_lossy(&done.stdout).into_owned();
    (done.status.code(), said)
}

/// Let e2fsck mend an image as it does at boot, and find nothing after that; the mended image.
fn judge_by_e2fsck(image: &[u8], may_have_begun: bool, cut: &str) -> Vec<u8> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("image");
    fs::write(&path, image).expect("an image");
    let (status, said) = e2fsck(&path, "-p");
    if may_have_begun && said.contains(BEGUN_JOURNAL) {
        let (status, said) = e2fsck(&path, "-y");
        assert!(status <= Some(1), "{cut}: e2fsck -fy: {status:?}\n{said}");
    } else {
        assert!(status <= Some(1), "{cut}: e2fsck -fp: {status:?}\n{said}");
    }
    let (status, said) = e2fsck(&path, "-n");
    assert_eq!(status, Some(0), "{cut}: e2fsck -fn: {said}");
    fs::read(&path).expect("an image")
}

/// Everything that is there, by path.
fn found(base: &Base) -> BTreeMap<String, (Thing, Vec<u8>)> {
    let mut found = BTreeMap::new();
    let mut directories = vec![String::new()];
    while let Some(directory) = directories.pop() {
        let path = if directory.is_empty() {
            "/"
        } else {
            &directory
        };
        let node = namespace::lookup(base, path.as_bytes(), LastLink::Keep).expect("found");
        found.insert(directory.clone(), (Thing::Directory, Vec::new()));
        let mut listing = super::listing::Listing::default();
        let mut at = 0;
        loop {
            let batch = listing.next(&node, at).expect("readable");
            if batch.is_empty() {
                break;
            }
            for listed in batch {
                at = listed.next;
                listing.passed(&listed);
                let name = String::from_utf8(listed.entry.name.to_vec()).expect("UTF-8");
                if name == "." || name == ".." || name == "lost+found" {
                    continue;
                }
                let path = format!("{directory}/{name}");
                let node = namespace::lookup(base, path.as_bytes(), LastLink::Keep)
                    .expect("a name in the list has a file");
                match node.kind {
                    FileKind::Directory => directories.push(path),
                    FileKind::Symlink => {
                        let target = node.read_link().expect("readable");
                        let target = String::from_utf8(target).expect("UTF-8");
                        found.insert(path, (Thing::Link(target), Vec::new()));
                    }
                    _ => {
                        let content = node.read_whole(1 << 20).expect("readable");
                        found.insert(path, (Thing::File(0), content));
                    }
                }
            }
        }
    }
    found
}

/// Compare what is there with what was known from the last commit before the cut up to the cut.
fn judge_by_knowledge(base: &Base, moments: &[Moment], nr_requests: usize, cut: &str) {
    let last_that = |is_safe: &dyn Fn(Safe) -> bool| {
        moments
            .iter()
            .rposition(|moment| is_safe(moment.safe) && moment.nr_requests <= nr_requests)
    };
    let Some(last) = last_that(&|safe| safe != Safe::Nothing) else {
        return;
    };
    // Content is as safe as its own file.
    let contents = |file: usize, under_way: usize| {
        let first = last_that(&|safe| safe == Safe::All || safe == Safe::File(file));
        &moments[first.unwrap_or(0)..under_way]
    };
    // The step that was under way when the power went may have happened, too.
    let under_way = moments[last..]
        .iter()
        .position(|moment| moment.nr_requests > nr_requests)
        .map_or(moments.len(), |len| last + len + 1);
    let possible = &moments[last..under_way];
    let found = found(base);
    let mut paths: BTreeSet<&String> = found.keys().collect();
    paths.extend(possible.iter().flat_map(|moment| moment.known.names.keys()));
    for path in paths {
        let things: BTreeSet<&Thing> = possible
            .iter()
            .map(|moment| moment.known.names.get(path).unwrap_or(&Thing::Missing))
            .collect();
        let (thing, content) = match found.get(path) {
            None => (&Thing::Missing, None),
            Some((thing @ Thing::File(_), content)) => (thing, Some(content)),
            Some((thing, _)) => (thing, None),
        };
        let fits = match content {
            None => things.contains(thing),
            Some(content) => things.iter().any(|thing| {
                matches!(thing, Thing::File(file)
                    if is_possible(content, *file, contents(*file, under_way)))
            }),
        };
        let len = content.map(Vec::len);
        assert!(
            fits,
            "{cut}: {path} is {thing:?} of {len:?} bytes, not one of {things:?}"
        );
    }
}

/// Whether a file may have this content: every byte is one it had at some moment, or not yet written.
fn is_possible(content: &[u8], file: usize, possible: &[Moment]) -> bool {
    let mut versions: Vec<&Arc<Vec<u8>>> = possible
        .iter()
        .filter_map(|moment| moment.known.contents.get(&file))
        .collect();
    versions.dedup_by(|a, b| Arc::ptr_eq(a, b));
    if versions.len() == 1 {
        return versions[0].as_slice() == content;
    }
    let longest = versions.iter().map(|version| version.len()).max();
    content.len() <= longest.unwrap_or(0)
        && content.iter().enumerate().all(|(at, &byte)| {
            byte == 0
                || versions
                    .iter()
                    .any(|version| version.get(at) == Some(&byte))
        })
}

fn run_workload(image: &[u8], seed: u64, nr_steps: usize) -> (Vec<Request>, Vec<Moment>) {
    let mut workload = Workload::new(image.to_vec(), seed);
    for _ in 0..nr_steps {
        workload.step();
    }
    let requests = core::mem::take(&mut *workload.requests.lock());
    (requests, workload.moments)
}

/// Judge one cut.
fn try_cut(
    image: &[u8],
    (requests, moments): &(Vec<Request>, Vec<Moment>),
    nr_requests: usize,
    loss: Loss,
    numbers: &mut Numbers,
) {
    let cut = format!(
        "cut at {nr_requests} of {}, losing {loss:?}",
        requests.len()
    );
    let image = after_cut(image, requests, nr_requests, loss, numbers);
    let may_have_begun = nr_requests <= FIRST_ENTRIES;
    let mended = judge_by_e2fsck(&image, may_have_begun, &cut);
    let base = mount(MemoryDisk::new(mended)).expect("e2fsck is content");
    judge_by_knowledge(&base, moments, nr_requests, &format!("{cut}, after e2fsck"));

    // The kernel's own recovery, and that it can go on from there.
    let log = Arc::new(SpinMutex::new(Vec::new()));
    let disk = Recorder {
        disk: MemoryDisk::new(image.clone()),
        requests: Arc::clone(&log),
    };
    let base = mount(disk).unwrap_or_else(|error| panic!("{cut}: {error}"));
    judge_by_knowledge(&base, moments, nr_requests, &cut);
    let node = namespace::open(&base, b"/after", O_CREAT | O_RDWR, 0o600).expect("made");
    node.write_at(0, &content_of(9999, 0, 0, 30_000))
        .expect("written");
    base.root.mount.commit().expect("committed");
    let log = log.lock();
    let image = after_cut(&image, &log, log.len(), Loss::Nothing, numbers);
    judge_by_e2fsck(&image, false, &format!("{cut}, used again"));
}

/// How many random cuts a run tries: more with `KPIO_POWER_CUTS`, for the night.
fn nr_cuts() -> usize {
    let wanted = std::env::var("KPIO_POWER_CUTS").ok();
    wanted.map_or(104, |wanted| wanted.parse().expect("a number of cuts"))
}

const LAYOUTS: [&[&str]; 4] = [
    &["-b", "4096"],
    &["-b", "1024"],
    &["-b", "1024", "-O", "^metadata_csum,^64bit"],
    &["-b", "4096", "-O", "metadata_csum_seed"],
];

#[test]
fn committed_changes_survive_every_power_cut() {
    let per_layout = nr_cuts() / LAYOUTS.len();
    std::thread::scope(|scope| {
        for (seed, layout) in (1..).zip(LAYOUTS) {
            scope.spawn(move || {
                let image = mke2fs(layout, seed);
                let history = run_workload(&image, seed, 400);
                let mut numbers = Numbers::new(seed + 1000);
                for n in 0..per_layout {
                    let nr_requests =
                        FIRST_ENTRIES + numbers.below(history.0.len() - FIRST_ENTRIES);
                    let loss = [Loss::Nothing, Loss::Pieces(4096), Loss::Pieces(512)][n % 3];
                    try_cut(&image, &history, nr_requests, loss, &mut numbers);
                }
            });
        }
    });
}

#[test]
fn a_cut_within_the_first_mount_is_mended() {
    let image = mke2fs(LAYOUTS[0], 7);
    let history = run_workload(&image, 7, 20);
    let mut numbers = Numbers::new(77);
    for nr_requests in 0..=FIRST_ENTRIES.min(history.0.len()) {
        for loss in [Loss::Nothing, Loss::Pieces(512)] {
            try_cut(&image, &history, nr_requests, loss, &mut numbers);
        }
    }
}

/// A new name may need room that its directory makes by moving names: at first when the directory
/// gets an index, later when a block of it is split.
#[test]
fn a_renaming_that_moves_its_own_name_is_one_change() {
    for kind in [Thing::File(0), Thing::Directory] {
        let image = mke2fs(LAYOUTS[1], 8);
        let requests = Arc::new(SpinMutex::new(Vec::new()));
        let base = mount(Recorder {
            disk: MemoryDisk::new(image.clone()),
            requests: Arc::clone(&requests),
        })
        .expect("a whole image");
        // How many requests there were before and after each renaming.
        let mut renamings = Vec::new();
        for n in 0..300 {
            let (old, new) = (format!("/old{n}"), format!("/new{n}{}", "x".repeat(30)));
            match kind {
                Thing::Directory => namespace::make_directory(&base, old.as_bytes(), 0o755),
                _ => namespace::open(&base, old.as_bytes(), O_CREAT | O_RDWR, 0o644).map(|_| ()),
            }
            .expect("made");
            base.root.mount.commit().expect("committed");
            let before = requests.lock().len();
            namespace::rename(&base, old.as_bytes(), &base, new.as_bytes(), 0).expect("renamed");
            base.root.mount.commit().expect("committed");
            renamings.push((before, requests.lock().len(), old, new));
        }
        let requests = requests.lock();
        let mut numbers = Numbers::new(8);
        // Those that wrote most are those that moved names.
        renamings.sort_by_key(|(before, after, ..)| before.wrapping_sub(*after));
        for (before, after, old, new) in renamings.iter().take(6) {
            for nr_requests in *before..=*after {
                let cut = format!("{old}: cut at {nr_requests} of {before} to {after}");
                let loss = Loss::Nothing;
                let image = after_cut(&image, &requests, nr_requests, loss, &mut numbers);
                let base = mount(MemoryDisk::new(judge_by_e2fsck(&image, false, &cut)))
                    .expect("e2fsck is content");
                let is_there = [old, new]
                    .map(|path| namespace::lookup(&base, path.as_bytes(), LastLink::Keep).is_ok());
                assert!(is_there[0] != is_there[1], "{cut}: {is_there:?}");
                assert!(nr_requests < *after || is_there[1], "{cut}: lost");
            }
        }
    }
}
