//! `libgen.h`: the parts of a path, in place.

use core::ffi::c_char;

use crate::string::c_bytes;

const HERE: *mut c_char = c".".as_ptr().cast_mut();
const ROOT: *mut c_char = c"/".as_ptr().cast_mut();

/// The bytes of a path without slashes at the end; none for null and an empty one.
///
/// # Safety
///
/// `path` is null or a string.
unsafe fn trimmed<'a>(path: *mut c_char) -> Option<&'a [u8]> {
    if path.is_null() {
        return None;
    }
    // SAFETY: the caller's promise.
    let bytes = unsafe { c_bytes(path.cast()) };
    let end = bytes.iter().rposition(|byte| *byte != b'/');
    (!bytes.is_empty()).then(|| {
        bytes
            .get(..end.map_or(0, |last| last + 1))
            .unwrap_or_default()
    })
}

/// `char *basename(char *path)`: its last part.
///
/// # Safety
///
/// `path` is null or a string of the caller's.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn basename(path: *mut c_char) -> *mut c_char {
    // SAFETY: handed on to the caller.
    let Some(bytes) = (unsafe { trimmed(path) }) else {
        return HERE;
    };
    if bytes.is_empty() {
        return ROOT;
    }
    let start = bytes.iter().rposition(|byte| *byte == b'/');
    // SAFETY: within the string, or at its end.
    unsafe { path.wrapping_add(bytes.len()).write(0) };
    path.wrapping_add(start.map_or(0, |slash| slash + 1))
}

/// `char *dirname(char *path)`: all but its last part.
///
/// # Safety
///
/// As for [`basename`].
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn dirname(path: *mut c_char) -> *mut c_char {
    // SAFETY: handed on to the caller.
    let Some(bytes) = (unsafe { trimmed(path) }) else {
        return HERE;
    };
    if bytes.is_empty() {
        return ROOT;
    }
    let Some(slash) = bytes.iter().rposition(|byte| *byte == b'/') else {
        return HERE;
    };
    let parent = bytes.get(..slash).unwrap_or_default();
    let Some(last) = parent.iter().rposition(|byte| *byte != b'/') else {
        return ROOT;
    };
    // SAFETY: within the string.
    unsafe { path.wrapping_add(last + 1).write(0) };
    path
}
