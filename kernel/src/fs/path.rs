//! From a path to a file: names, `.` and `..`, symbolic links.
//!
//! Source: POSIX "Pathname Resolution"; where it leaves a choice, Linux's.

use super::FsError;
use alloc::vec;
use alloc::vec::Vec;
use kpio_abi::errors::Errno;

/// Longest path in bytes, without its NUL.
pub const PATH_MAX_BYTES: usize = 4095;
/// Longest name in bytes.
pub const NAME_MAX_BYTES: usize = 255;
/// Most symbolic links followed in one resolution.
pub const MAX_LINKS: usize = 40;

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
    /// A device node, pipe or socket: a name for something that is not in the file system.
    Special,
}

/// What a resolution finds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Node {
    /// Which file.
    pub id: FileId,
    /// What it is.
    pub kind: FileKind,
    /// Type and permission bits, as in `st_mode`.
    pub mode: u32,
    /// Length of its content in bytes.
    pub size: u64,
}

impl Node {
    /// Whether anybody may execute it: what even the superuser needs.
    #[must_use]
    pub fn is_executable(&self) -> bool {
        self.kind == FileKind::Regular && self.mode & 0o111 != 0
    }
}

/// A tree of names, as the walk needs it.
pub trait Directories {
    /// The directory at the top.
    ///
    /// # Errors
    /// Only when the file system is damaged or its device fails.
    fn root(&mut self) -> Result<Node, FsError>;

    /// The file that directory `parent` calls `name`, if there is one. Never asked for `.` or `..`.
    ///
    /// # Errors
    /// As [`Directories::root`].
    fn lookup(&mut self, parent: FileId, name: &[u8]) -> Result<Option<Node>, FsError>;

    /// Where the symbolic link `link` points.
    ///
    /// # Errors
    /// As [`Directories::root`].
    fn read_link(&mut self, link: &Node) -> Result<Vec<u8>, FsError>;
}

/// What to do with a symbolic link as the last name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LastLink {
    /// Go where it points.
    Follow,
    /// It is what was asked for.
    Keep,
}

/// Where a path leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resolved {
    /// To a file.
    Found(Node),
    /// To a name that an existing directory does not have; `as_directory` if a slash follows it.
    Missing {
        /// Whether only a directory could have been meant.
        as_directory: bool,
    },
}

/// Walk `path` from the top of `tree`. A relative path begins there too.
///
/// # Errors
/// ENOENT for an empty path or a missing directory on the way, ENOTDIR for a file used as one,
/// ELOOP after [`MAX_LINKS`] links, ENAMETOOLONG; and what `tree` gives.
pub fn resolve(
    tree: &mut impl Directories,
    path: &[u8],
    last_link: LastLink,
) -> Result<Resolved, FsError> {
    if path.is_empty() {
        return Err(FsError::new(Errno::ENOENT, "the path is empty"));
    }
    if path.len() > PATH_MAX_BYTES {
        return Err(FsError::new(
            Errno::ENAMETOOLONG,
            "the path has more than 4095 bytes",
        ));
    }
    // The directories from the top down to the current file, so that `..` needs no trust in the disk.
    let mut trail = vec![tree.root()?];
    let mut nr_links = 0;
    let mut rest = path.to_vec();
    loop {
        let (name, behind) = split_first(&rest);
        let Some(current) = trail.last().copied() else {
            return Err(FsError::new(Errno::EIO, "the walk left the tree"));
        };
        if name.is_empty() {
            return Ok(Resolved::Found(current));
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
        let is_last = behind.iter().all(|&byte| byte == b'/');
        let is_directory_meant = !behind.is_empty();
        if name == b".." && trail.len() > 1 {
            trail.pop();
        } else if name != b"." && name != b".." {
            let Some(node) = tree.lookup(current.id, name)? else {
                return if is_last {
                    Ok(Resolved::Missing {
                        as_directory: is_directory_meant,
                    })
                } else {
                    Err(FsError::new(
                        Errno::ENOENT,
                        "a directory on the way does not exist",
                    ))
                };
            };
            let is_followed = !is_last || is_directory_meant || last_link == LastLink::Follow;
            if node.kind == FileKind::Symlink && is_followed {
                nr_links += 1;
                if nr_links > MAX_LINKS {
                    return Err(FsError::new(Errno::ELOOP, "more than 40 symbolic links"));
                }
                let mut target = tree.read_link(&node)?;
                if target.is_empty() {
                    return Err(FsError::new(Errno::ENOENT, "a symbolic link is empty"));
                }
                if target[0] == b'/' {
                    trail.truncate(1);
                }
                target.extend_from_slice(behind);
                rest = target;
                continue;
            }
            trail.push(node);
        }
        if is_last {
            let found = trail.last().copied().unwrap_or(current);
            if is_directory_meant && found.kind != FileKind::Directory {
                return Err(FsError::new(
                    Errno::ENOTDIR,
                    "a slash follows what is no directory",
                ));
            }
            return Ok(Resolved::Found(found));
        }
        rest = behind.to_vec();
    }
}

/// The first name of `path` and what follows it, beginning with a slash; no name if only slashes
/// are left.
fn split_first(path: &[u8]) -> (&[u8], &[u8]) {
    let start = path
        .iter()
        .position(|&byte| byte != b'/')
        .unwrap_or(path.len());
    let path = &path[start..];
    let end = path
        .iter()
        .position(|&byte| byte == b'/')
        .unwrap_or(path.len());
    path.split_at(end)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashMap;
    use std::string::{String, ToString};

    /// A tree out of `path` or `path -> target` lines; a path that ends in `/` is a directory.
    struct Fake {
        nodes: Vec<(Node, Vec<u8>)>,
        names: HashMap<(u32, Vec<u8>), u32>,
    }

    impl Fake {
        fn new(lines: &[&str]) -> Self {
            let mut fake = Self {
                nodes: Vec::new(),
                names: HashMap::new(),
            };
            fake.add(FileKind::Directory, "");
            for line in lines {
                let (path, target) = line.split_once(" -> ").unwrap_or((line, ""));
                let kind = match (target, path.ends_with('/')) {
                    (_, true) => FileKind::Directory,
                    ("", false) => FileKind::Regular,
                    _ => FileKind::Symlink,
                };
                let path = path.trim_end_matches('/');
                let (parent, name) = path.rsplit_once('/').unwrap_or(("", path));
                let parent = match resolve(
                    &mut fake,
                    std::format!("/{parent}").as_bytes(),
                    LastLink::Follow,
                ) {
                    Ok(Resolved::Found(node)) => node.id.0,
                    other => panic!("{line}: {other:?}"),
                };
                let id = fake.add(kind, target);
                fake.names.insert((parent, name.into()), id);
            }
            fake
        }

        fn add(&mut self, kind: FileKind, target: &str) -> u32 {
            let id = u32::try_from(self.nodes.len()).expect("few");
            let target = if target == "EMPTY" { "" } else { target };
            self.nodes.push((
                Node {
                    id: FileId(id),
                    kind,
                    mode: 0,
                    size: 0,
                },
                target.into(),
            ));
            id
        }

        fn walk(&mut self, path: &str, last_link: LastLink) -> Result<String, Errno> {
            match resolve(self, path.as_bytes(), last_link)? {
                Resolved::Missing { as_directory } => Ok(std::format!("missing {as_directory}")),
                Resolved::Found(node) => {
                    let name = self.names.iter().find(|(_, id)| **id == node.id.0);
                    Ok(name.map_or("/".to_string(), |((_, name), _)| {
                        String::from_utf8(name.clone()).expect("UTF-8")
                    }))
                }
            }
        }
    }

    impl Directories for Fake {
        fn root(&mut self) -> Result<Node, FsError> {
            Ok(self.nodes[0].0)
        }

        fn lookup(&mut self, parent: FileId, name: &[u8]) -> Result<Option<Node>, FsError> {
            assert!(name != b"." && name != b"..", "the walk knows these itself");
            let id = self.names.get(&(parent.0, name.to_vec()));
            Ok(id.map(|id| self.nodes[*id as usize].0))
        }

        fn read_link(&mut self, link: &Node) -> Result<Vec<u8>, FsError> {
            Ok(self.nodes[link.id.0 as usize].1.clone())
        }
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
        let mut tree = Fake::new(&TREE);
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
            assert_eq!(tree.walk(path, LastLink::Follow), expected, "{path:?}");
        }
    }

    #[test]
    fn a_last_link_is_kept_when_asked_for_but_not_before_a_slash() {
        let mut tree = Fake::new(&TREE);
        assert_eq!(tree.walk("/sbin", LastLink::Keep), Ok("sbin".into()));
        assert_eq!(tree.walk("/self", LastLink::Keep), Ok("self".into()));
        assert_eq!(tree.walk("/sbin/", LastLink::Keep), Ok("bin".into()));
        assert_eq!(tree.walk("/sbin/init", LastLink::Keep), Ok("init".into()));
    }

    #[test]
    fn forty_links_are_followed_and_not_forty_one() {
        let lines: Vec<String> = (0..41)
            .map(|n| std::format!("l{n} -> l{}", n + 1))
            .collect();
        let mut lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        lines.push("l41");
        let mut tree = Fake::new(&lines);
        assert_eq!(tree.walk("/l1", LastLink::Follow), Ok("l41".into()));
        assert_eq!(tree.walk("/l0", LastLink::Follow), Err(Errno::ELOOP));
    }

    #[test]
    fn lengths_are_bounded() {
        let mut tree = Fake::new(&TREE);
        let name = "n".repeat(255);
        assert_eq!(
            tree.walk(&name, LastLink::Follow),
            Ok("missing false".into())
        );
        let name = "n".repeat(256);
        assert_eq!(tree.walk(&name, LastLink::Follow), Err(Errno::ENAMETOOLONG));
        let path = "/".repeat(4095);
        assert_eq!(tree.walk(&path, LastLink::Follow), Ok("/".into()));
        let path = "/".repeat(4096);
        assert_eq!(tree.walk(&path, LastLink::Follow), Err(Errno::ENAMETOOLONG));
    }
}
