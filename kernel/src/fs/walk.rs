//! From a path to a file: names, `.` and `..`, symbolic links, mounts.
//!
//! Source: POSIX "Pathname Resolution"; where it leaves a choice, Linux's.

use super::FsError;
use super::file_system::FileKind;
use super::node::Node;
use alloc::borrow::Cow;
use alloc::sync::Arc;
use core::ops::Range;
use kpio_abi::errors::Errno;

/// Longest path in bytes, without its NUL.
pub const PATH_MAX_BYTES: usize = 4095;
/// Longest name in bytes.
pub const NAME_MAX_BYTES: usize = 255;
/// Most symbolic links followed in one resolution.
pub const MAX_LINKS: usize = 40;

/// Where paths begin.
#[derive(Clone, Debug)]
pub struct Base {
    /// `/`.
    pub root: Arc<Node>,
    /// Where a path without a slash in front begins.
    pub current: Arc<Node>,
}

/// What to do with a symbolic link as the last name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LastLink {
    /// Go where it points.
    Follow,
    /// It is what was asked for.
    Keep,
}

/// How a path ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Last {
    /// With a name.
    Name,
    /// With `.`, or it is `/`.
    Dot,
    /// With `..`.
    DotDot,
}

/// Where a path leads.
#[derive(Clone, Debug)]
pub struct Walked<'a> {
    /// The file; `None` if only its name is missing in a directory that exists.
    pub node: Option<Arc<Node>>,
    /// The directory that has, or could have, the last name.
    pub directory: Arc<Node>,
    /// Whether a slash follows the last name.
    pub has_slash: bool,
    /// How it ends.
    pub last: Last,
    path: Cow<'a, [u8]>,
    name: Range<usize>,
}

impl Walked<'_> {
    /// The last name.
    #[must_use]
    pub fn name(&self) -> &[u8] {
        &self.path[self.name.clone()]
    }

    /// The file.
    ///
    /// # Errors
    /// ENOENT if it is missing.
    pub fn found(&self) -> Result<&Arc<Node>, FsError> {
        self.node
            .as_ref()
            .ok_or(FsError::new(Errno::ENOENT, "no such file"))
    }
}

/// Walk `path`.
///
/// # Errors
/// ENOENT for an empty path or a missing directory on the way, ENOTDIR for a file used as one,
/// ELOOP after [`MAX_LINKS`] links, ENAMETOOLONG; and what the file systems give.
pub fn walk<'a>(base: &Base, path: &'a [u8], last_link: LastLink) -> Result<Walked<'a>, FsError> {
    if path.is_empty() {
        return Err(FsError::new(Errno::ENOENT, "the path is empty"));
    }
    if path.len() > PATH_MAX_BYTES {
        return Err(FsError::new(
            Errno::ENAMETOOLONG,
            "the path has more than 4095 bytes",
        ));
    }
    let mut path = Cow::Borrowed(path);
    let mut current = Arc::clone(if path[0] == b'/' {
        &base.root
    } else {
        &base.current
    });
    let mut nr_links = 0;
    let mut at = 0;
    let mut last = Last::Dot;
    loop {
        let name = next_name(&path, at);
        if name.is_empty() {
            return Ok(Walked {
                node: Some(Arc::clone(&current)),
                directory: current,
                has_slash: true,
                last,
                path,
                name,
            });
        }
        if current.kind != FileKind::Directory {
            return Err(FsError::new(
                Errno::ENOTDIR,
                "a file is used as a directory",
            ));
        }
        if name.len() > NAME_MAX_BYTES {
            return Err(FsError::new(
                Errno::ENAMETOOLONG,
                "a name has more than 255 bytes",
            ));
        }
        at = name.end;
        match &path[name.clone()] {
            b"." => {
                last = Last::Dot;
                continue;
            }
            b".." => {
                last = Last::DotDot;
                if !current.is(&base.root) {
                    current = current.parent();
                }
                continue;
            }
            _ => last = Last::Name,
        }
        let is_last = path[at..].iter().all(|&byte| byte == b'/');
        let has_slash = is_last && at < path.len();
        let Some(node) = current.mount.find(&current, &path[name.clone()])? else {
            if !is_last {
                return Err(FsError::new(
                    Errno::ENOENT,
                    "a directory on the way does not exist",
                ));
            }
            return Ok(Walked {
                node: None,
                directory: current,
                has_slash,
                last,
                path,
                name,
            });
        };
        let is_followed = !is_last || has_slash || last_link == LastLink::Follow;
        if node.kind == FileKind::Symlink && is_followed {
            nr_links += 1;
            if nr_links > MAX_LINKS {
                return Err(FsError::new(Errno::ELOOP, "more than 40 symbolic links"));
            }
            let mut target = node.read_link()?;
            if target.is_empty() {
                return Err(FsError::new(Errno::ENOENT, "a symbolic link is empty"));
            }
            if target[0] == b'/' {
                current = Arc::clone(&base.root);
            }
            target.extend_from_slice(&path[at..]);
            path = Cow::Owned(target);
            at = 0;
            continue;
        }
        let node = node.seen()?;
        if !is_last {
            current = node;
            continue;
        }
        if has_slash && node.kind != FileKind::Directory {
            return Err(FsError::new(
                Errno::ENOTDIR,
                "a slash follows what is no directory",
            ));
        }
        return Ok(Walked {
            node: Some(node),
            directory: current,
            has_slash,
            last,
            path,
            name,
        });
    }
}

/// Where the first name from `at` on is; empty if only slashes are left.
fn next_name(path: &[u8], at: usize) -> Range<usize> {
    let start = path[at..]
        .iter()
        .position(|&byte| byte != b'/')
        .map_or(path.len(), |skipped| at + skipped);
    let end = path[start..]
        .iter()
        .position(|&byte| byte == b'/')
        .map_or(path.len(), |len| start + len);
    start..end
}

#[cfg(test)]
mod tests {
    use super::super::file_system::{
        Attributes, Change, Cursor, Entry, FileId, FileSystem, NewFile, Removed, Replace,
        Statistics, WallClock,
    };
    use super::super::mount::Mount;
    use super::*;
    use kpio_abi::flags::{S_IFDIR, S_IFLNK, S_IFREG};
    use kpio_abi::types::Timespec;
    use std::boxed::Box;
    use std::collections::HashMap;
    use std::string::{String, ToString};
    use std::vec::Vec;

    /// A tree out of `path` or `path -> target` lines; a path that ends in `/` is a directory.
    struct Fake {
        /// Mode and target.
        nodes: Vec<(u32, Vec<u8>)>,
        names: HashMap<(u32, Vec<u8>), u32>,
    }

    impl Fake {
        fn base(lines: &[&str]) -> Base {
            let mut fake = Self {
                nodes: Vec::from([(S_IFDIR, Vec::new())]),
                names: HashMap::new(),
            };
            for line in lines {
                let (path, target) = line.split_once(" -> ").unwrap_or((line, ""));
                let mode = match (target, path.ends_with('/')) {
                    (_, true) => S_IFDIR,
                    ("", false) => S_IFREG,
                    _ => S_IFLNK,
                };
                let mut parent = 0;
                let path = path.trim_end_matches('/');
                let (folders, name) = path.rsplit_once('/').unwrap_or(("", path));
                for folder in folders.split('/').filter(|folder| !folder.is_empty()) {
                    parent = fake.names[&(parent, folder.into())];
                }
                let id = u32::try_from(fake.nodes.len()).expect("few");
                let target = if target == "EMPTY" { "" } else { target };
                fake.nodes.push((mode, target.into()));
                fake.names.insert((parent, name.into()), id);
            }
            let root = Mount::new(Box::new(fake), 1, None).root().expect("a root");
            Base {
                current: Arc::clone(&root),
                root,
            }
        }
    }

    const UNASKED: FsError = FsError::new(Errno::EIO, "the walk does not ask this");

    impl FileSystem for Fake {
        fn max_file_bytes(&self) -> u64 {
            0
        }

        fn clock(&self) -> WallClock {
            Timespec::default
        }

        fn note_access(&mut self, _file: FileId) -> Result<(), FsError> {
            Err(UNASKED)
        }

        fn root(&self) -> FileId {
            FileId(0)
        }

        fn is_read_only(&self) -> bool {
            true
        }

        fn find(
            &mut self,
            directory: FileId,
            name: &[u8],
        ) -> Result<Option<(FileId, u32)>, FsError> {
            assert!(name != b"." && name != b"..", "the walk knows these itself");
            let id = self.names.get(&(directory.0, name.to_vec()));
            Ok(id.map(|&id| (FileId(id), self.nodes[id as usize].0)))
        }

        fn read_link(&mut self, link: FileId) -> Result<Vec<u8>, FsError> {
            Ok(self.nodes[link.0 as usize].1.clone())
        }

        fn attributes(&mut self, _: FileId) -> Result<Attributes, FsError> {
            Err(UNASKED)
        }
        fn change(&mut self, _: FileId, _: &Change) -> Result<(), FsError> {
            Err(UNASKED)
        }
        fn list(&mut self, _: FileId, _: Cursor, _: usize) -> Result<Vec<Entry>, FsError> {
            Err(UNASKED)
        }
        fn unordered_bytes(&mut self, _: FileId) -> Result<Option<u64>, FsError> {
            Err(UNASKED)
        }
        fn read(&mut self, _: FileId, _: u64, _: &mut [u8]) -> Result<usize, FsError> {
            Err(UNASKED)
        }
        fn write(&mut self, _: FileId, _: u64, _: &[u8]) -> Result<(), FsError> {
            Err(UNASKED)
        }
        fn resize(&mut self, _: FileId, _: u64) -> Result<(), FsError> {
            Err(UNASKED)
        }
        fn allocate(&mut self, _: FileId, _: u64, _: u64, _: bool) -> Result<(), FsError> {
            Err(UNASKED)
        }
        fn create(&mut self, _: FileId, _: &[u8], _: &NewFile<'_>) -> Result<FileId, FsError> {
            Err(UNASKED)
        }
        fn link(&mut self, _: FileId, _: FileId, _: &[u8]) -> Result<(), FsError> {
            Err(UNASKED)
        }
        fn unlink(&mut self, _: FileId, _: &[u8]) -> Result<Removed, FsError> {
            Err(UNASKED)
        }
        fn remove_directory(&mut self, _: FileId, _: &[u8]) -> Result<Removed, FsError> {
            Err(UNASKED)
        }
        fn rename(
            &mut self,
            _: (FileId, &[u8]),
            _: (FileId, &[u8]),
            _: Replace,
        ) -> Result<Option<Removed>, FsError> {
            Err(UNASKED)
        }
        fn commit(&mut self, _: &[FileId]) -> Result<(), FsError> {
            Err(UNASKED)
        }
        fn statistics(&mut self) -> Statistics {
            Statistics::default()
        }
        fn set_time(&mut self, _: Option<Timespec>) {}
    }

    /// Where the walk ends: the last name on the way there.
    fn end(base: &Base, path: &str, last_link: LastLink) -> Result<String, Errno> {
        let walked = walk(base, path.as_bytes(), last_link)?;
        let Some(node) = &walked.node else {
            return Ok(std::format!("missing {}", walked.has_slash));
        };
        if node.kind == FileKind::Directory {
            let path = String::from_utf8(node.path()?).expect("UTF-8");
            let name = path.rsplit('/').next().filter(|name| !name.is_empty());
            return Ok(name.unwrap_or("/").to_string());
        }
        Ok(String::from_utf8(walked.name().to_vec()).expect("UTF-8"))
    }

    const TREE: [&str; 15] = [
        "bin/",
        "bin/init",
        "bin/sub/",
        "bin/sub/deep",
        "sbin -> bin",
        "absolute -> /bin/sub",
        "relative -> bin/../bin/sub",
        "outside -> ../../../bin",
        "slashed -> bin/init/",
        "dangling -> bin/nothing",
        "empty -> EMPTY",
        "self -> self",
        "ping -> pong",
        "pong -> ping",
        "bin/up -> ..",
    ];

    #[test]
    fn paths_lead_where_linux_leads_them() {
        use Errno::{ELOOP, ENOENT, ENOTDIR};
        let tree = Fake::base(&TREE);
        for (path, expected) in [
            ("/", Ok("/")),
            ("//", Ok("/")),
            (".", Ok("/")),
            ("/..", Ok("/")),
            ("/../../bin/..", Ok("/")),
            ("bin/init", Ok("init")),
            ("//bin///init", Ok("init")),
            ("/bin/./sub/../init", Ok("init")),
            ("/bin/sub/", Ok("sub")),
            ("/bin/sub/.", Ok("sub")),
            ("/sbin/init", Ok("init")),
            ("/sbin", Ok("bin")),
            ("/absolute/deep", Ok("deep")),
            ("/relative/deep", Ok("deep")),
            ("/outside/init", Ok("init")),
            ("/bin/up/bin/up/bin/init", Ok("init")),
            ("/absolute/..", Ok("bin")),
            ("/dangling", Ok("missing false")),
            ("/dangling/", Ok("missing true")),
            ("/bin/none", Ok("missing false")),
            ("/bin/none//", Ok("missing true")),
            ("", Err(ENOENT)),
            ("/none/init", Err(ENOENT)),
            ("/dangling/x", Err(ENOENT)),
            ("/empty", Err(ENOENT)),
            ("/bin/init/", Err(ENOTDIR)),
            ("/bin/init/.", Err(ENOTDIR)),
            ("/bin/init/..", Err(ENOTDIR)),
            ("/bin/init/x", Err(ENOTDIR)),
            ("/slashed", Err(ENOTDIR)),
            ("/self", Err(ELOOP)),
            ("/self/x", Err(ELOOP)),
            ("/ping", Err(ELOOP)),
        ] {
            let expected = expected.map(ToString::to_string);
            assert_eq!(end(&tree, path, LastLink::Follow), expected, "{path:?}");
        }
    }

    #[test]
    fn a_last_link_is_kept_when_asked_for_but_not_before_a_slash() {
        let tree = Fake::base(&TREE);
        assert_eq!(end(&tree, "/sbin", LastLink::Keep), Ok("sbin".into()));
        assert_eq!(end(&tree, "/self", LastLink::Keep), Ok("self".into()));
        assert_eq!(end(&tree, "/sbin/", LastLink::Keep), Ok("bin".into()));
        assert_eq!(end(&tree, "/sbin/init", LastLink::Keep), Ok("init".into()));
    }

    #[test]
    fn forty_links_are_followed_and_not_forty_one() {
        let lines: Vec<String> = (0..41)
            .map(|n| std::format!("l{n} -> l{}", n + 1))
            .collect();
        let mut lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        lines.push("l41");
        let tree = Fake::base(&lines);
        assert_eq!(end(&tree, "/l1", LastLink::Follow), Ok("l41".into()));
        assert_eq!(end(&tree, "/l0", LastLink::Follow), Err(Errno::ELOOP));
    }

    #[test]
    fn lengths_are_bounded() {
        let tree = Fake::base(&TREE);
        let name = "n".repeat(255);
        assert_eq!(
            end(&tree, &name, LastLink::Follow),
            Ok("missing false".into())
        );
        let name = "n".repeat(256);
        assert_eq!(
            end(&tree, &name, LastLink::Follow),
            Err(Errno::ENAMETOOLONG)
        );
        let path = "/".repeat(4095);
        assert_eq!(end(&tree, &path, LastLink::Follow), Ok("/".into()));
        let path = "/".repeat(4096);
        assert_eq!(
            end(&tree, &path, LastLink::Follow),
            Err(Errno::ENAMETOOLONG)
        );
    }
}
