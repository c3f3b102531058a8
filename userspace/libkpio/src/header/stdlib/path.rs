//! `realpath`.

use core::ffi::{c_char, c_int};
use core::ptr;

use kpio_abi::errors::Errno;
use kpio_abi::syscalls::PATH_MAX;

use crate::header::errno;
use crate::header::stdlib::memory::malloc;
use crate::header::unistd::names::{getcwd, readlink};
use crate::string::{bytes, c_bytes};

/// Links that are followed. Source: musl, `SYMLOOP_MAX`.
const MAX_LINKS: usize = 40;

/// Bytes of a path, no more than PATH_MAX with the NUL.
struct Text {
    bytes: [u8; PATH_MAX],
    len: usize,
}

impl Text {
    const fn new() -> Self {
        Self {
            bytes: [0; PATH_MAX],
            len: 0,
        }
    }

    fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..self.len).unwrap_or_default()
    }

    fn push(&mut self, more: &[u8]) -> Result<(), Errno> {
        let end = self.len + more.len();
        // One is left for the NUL.
        if end >= PATH_MAX {
            return Err(Errno::ENAMETOOLONG);
        }
        let room = self.bytes.get_mut(self.len..end);
        room.ok_or(Errno::ENAMETOOLONG)?.copy_from_slice(more);
        self.len = end;
        Ok(())
    }

    /// Takes the last name off; the root stays the root.
    fn pop(&mut self) {
        let last = self.as_bytes().iter().rposition(|byte| *byte == b'/');
        self.len = last.unwrap_or(0);
    }

    /// Puts a NUL behind it.
    fn as_c(&mut self) -> *const c_char {
        if let Some(end) = self.bytes.get_mut(self.len) {
            *end = 0;
        }
        self.bytes.as_ptr().cast()
    }
}

/// Where the link at a path leads; None for what is no link.
fn look(path: &mut Text) -> Result<Option<Text>, Errno> {
    let mut target = Text::new();
    // SAFETY: the path is a string, and the buffer has the room that is said.
    let len = unsafe { readlink(path.as_c(), target.bytes.as_mut_ptr().cast(), PATH_MAX) };
    match usize::try_from(len) {
        Ok(len) if len < PATH_MAX => {
            target.len = len;
            Ok(Some(target))
        }
        Ok(_) => Err(Errno::ENAMETOOLONG),
        Err(_) if errno::get() == Errno::EINVAL as c_int => Ok(None),
        Err(_) => Err(Errno::from_raw(errno::get()).unwrap_or(Errno::EIO)),
    }
}

/// The path without links, `.`, `..` and needless slashes. `done` is where a relative path begins.
fn resolve(
    path: &[u8],
    mut done: Text,
    mut look: impl FnMut(&mut Text) -> Result<Option<Text>, Errno>,
) -> Result<Text, Errno> {
    let mut rest = Text::new();
    rest.push(path)?;
    let mut nr_links = 0;
    if path.is_empty() {
        return Err(Errno::ENOENT);
    }
    if path.starts_with(b"/") {
        done.len = 0;
    }
    let mut at = 0;
    while at < rest.len {
        let left = rest.as_bytes().get(at..).unwrap_or_default();
        let len = left.iter().position(|byte| *byte == b'/');
        let name = left.get(..len.unwrap_or(left.len())).unwrap_or_default();
        let next = at + name.len() + 1;
        let is_last = len.is_none();
        match name {
            b"" | b"." => {}
            b".." => done.pop(),
            name => {
                let len_before = done.len;
                done.push(b"/")?;
                done.push(name)?;
                match look(&mut done)? {
                    None => {}
                    Some(target) => {
                        nr_links += 1;
                        if nr_links > MAX_LINKS {
                            return Err(Errno::ELOOP);
                        }
                        let mut longer = target;
                        if !is_last {
                            longer.push(b"/")?;
                            longer.push(rest.as_bytes().get(next..).unwrap_or_default())?;
                        }
                        done.len = if longer.as_bytes().starts_with(b"/") {
                            0
                        } else {
                            len_before
                        };
                        rest = longer;
                        at = 0;
                        continue;
                    }
                }
            }
        }
        at = next;
        if !is_last && done.len > 0 {
            // What a slash follows is to be a directory: `name/.` says whether.
            let len = done.len;
            done.push(b"/.")?;
            let checked = look(&mut done);
            done.len = len;
            checked?;
        }
    }
    if done.len == 0 {
        done.push(b"/")?;
    }
    Ok(done)
}

/// `char *realpath(const char *path, char *resolved)`
///
/// # Safety
///
/// `path` is null or a string; `resolved` is null, or PATH_MAX bytes there are writable.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn realpath(path: *const c_char, resolved: *mut c_char) -> *mut c_char {
    if path.is_null() {
        errno::set(Errno::EINVAL.into());
        return ptr::null_mut();
    }
    // SAFETY: the caller's promise.
    let path = unsafe { c_bytes(path.cast()) };
    let mut start = Text::new();
    if !path.starts_with(b"/") {
        // SAFETY: the buffer has the room that is said.
        let got = unsafe { getcwd(start.bytes.as_mut_ptr().cast(), PATH_MAX) };
        if got.is_null() {
            return ptr::null_mut();
        }
        // SAFETY: `getcwd` has written a string.
        let len = unsafe { c_bytes(start.bytes.as_ptr()) }.len();
        start.len = if len == 1 { 0 } else { len };
    }
    let mut done = match resolve(path, start, look) {
        Ok(done) => done,
        Err(errno) => {
            errno::set(errno.into());
            return ptr::null_mut();
        }
    };
    let len = done.len + 1;
    // SAFETY: `as_c` puts a NUL there.
    let text = unsafe { bytes(done.as_c().cast(), len) };
    let place = if resolved.is_null() {
        malloc(len).cast()
    } else {
        resolved
    };
    if !place.is_null() {
        // SAFETY: there is room for PATH_MAX bytes, or for these.
        unsafe {
            place
                .cast::<u8>()
                .copy_from_nonoverlapping(text.as_ptr(), len)
        };
    }
    place
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::string::String;

    /// `/a/b` is a directory; the names below are links.
    fn look_here(path: &mut Text) -> Result<Option<Text>, Errno> {
        let target: &[u8] = match path.as_bytes() {
            b"/a" | b"/a/b" | b"/a/b/c" | b"/a/." | b"/a/b/." => return Ok(None),
            b"/a/b/c/." => return Err(Errno::ENOTDIR),
            b"/up" => b"..",
            b"/abs" => b"/a/b",
            b"/a/rel" => b"b/c",
            b"/loop" => b"/loop",
            _ => return Err(Errno::ENOENT),
        };
        let mut text = Text::new();
        text.push(target)?;
        Ok(Some(text))
    }

    fn resolved(path: &str, start: &str) -> Result<String, Errno> {
        let mut text = Text::new();
        text.push(start.as_bytes())?;
        let done = resolve(path.as_bytes(), text, look_here)?;
        Ok(String::from_utf8_lossy(done.as_bytes()).into_owned())
    }

    #[test]
    fn paths_lose_their_links_and_dots() {
        let cases = [
            ("/", "", "/"),
            ("//a//./b/", "", "/a/b"),
            ("b/c", "/a", "/a/b/c"),
            ("..", "/a/b", "/a"),
            ("../../..", "/a/b", "/"),
            ("/abs/c", "", "/a/b/c"),
            ("/a/rel", "", "/a/b/c"),
            ("/up/a", "", "/a"),
            ("/up", "", "/"),
            (".", "", "/"),
        ];
        for (path, start, expected) in cases {
            assert_eq!(resolved(path, start).as_deref(), Ok(expected), "{path}");
        }
    }

    #[test]
    fn paths_that_lead_nowhere_are_refused() {
        let long = "x".repeat(PATH_MAX);
        let cases = [
            ("", Errno::ENOENT),
            ("/a/missing", Errno::ENOENT),
            ("/loop", Errno::ELOOP),
            ("/a/b/c/..", Errno::ENOTDIR),
            (&long, Errno::ENAMETOOLONG),
        ];
        for (path, errno) in cases {
            assert_eq!(resolved(path, ""), Err(errno), "{path:.20}");
        }
    }
}
