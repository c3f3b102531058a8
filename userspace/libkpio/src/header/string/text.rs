//! Functions on NUL-terminated strings.

use core::ffi::{c_char, c_int};
use core::ptr;

use super::memory::byte;
use crate::header::stdlib::memory::malloc;
use crate::string::search::{ByteSet, span};
use crate::string::{byte_at, bytes, c_bytes, copy, fill, scan, search, set_byte_at};

/// `size_t strlen(const char *text)`
///
/// # Safety
///
/// `text` is a string.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn strlen(text: *const c_char) -> usize {
    // SAFETY: handed on to the caller.
    unsafe { scan::length(text.cast()) }
}

/// `size_t strnlen(const char *text, size_t limit)`
///
/// # Safety
///
/// `text` is a string or `limit` readable bytes.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn strnlen(text: *const c_char, limit: usize) -> usize {
    // SAFETY: handed on to the caller.
    unsafe { scan::length_within(text.cast(), limit) }
}

/// Compares up to `limit` bytes of two strings.
///
/// # Safety
///
/// Both are strings or `limit` readable bytes.
unsafe fn compare(left: *const c_char, right: *const c_char, limit: usize) -> c_int {
    for index in 0..limit {
        // SAFETY: no byte before this one was a NUL, and it is below the limit.
        let one = unsafe { byte_at(left.cast(), index) };
        // SAFETY: as above, for all earlier bytes were equal.
        let other = unsafe { byte_at(right.cast(), index) };
        if one != other || one == 0 {
            return c_int::from(one) - c_int::from(other);
        }
    }
    0
}

/// `int strcmp(const char *left, const char *right)`
///
/// # Safety
///
/// Both are strings.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn strcmp(left: *const c_char, right: *const c_char) -> c_int {
    // SAFETY: handed on to the caller.
    unsafe { compare(left, right, usize::MAX) }
}

/// `int strncmp(const char *left, const char *right, size_t limit)`
///
/// # Safety
///
/// Both are strings or `limit` readable bytes.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn strncmp(left: *const c_char, right: *const c_char, limit: usize) -> c_int {
    // SAFETY: handed on to the caller.
    unsafe { compare(left, right, limit) }
}

/// `int strcoll(const char *left, const char *right)`: in the "C" locale, the only one, `strcmp`.
///
/// # Safety
///
/// Both are strings.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn strcoll(left: *const c_char, right: *const c_char) -> c_int {
    // SAFETY: handed on to the caller.
    unsafe { strcmp(left, right) }
}

/// Copies `len` bytes of `source` and a NUL to `target`; returns where the NUL is.
///
/// # Safety
///
/// `len` bytes of `source` are readable and `len + 1` of `target` writable.
unsafe fn place(target: *mut c_char, source: *const c_char, len: usize) -> *mut c_char {
    // SAFETY: the caller's promise.
    unsafe { copy::copy(target.cast(), source.cast(), len) };
    // SAFETY: the caller's promise.
    unsafe { set_byte_at(target.cast(), len, 0) };
    target.wrapping_add(len)
}

/// `char *stpcpy(char *target, const char *source)`: `strcpy` that returns the end.
///
/// # Safety
///
/// `source` is a string and fits into `target` with its NUL.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn stpcpy(target: *mut c_char, source: *const c_char) -> *mut c_char {
    // SAFETY: the caller's promise.
    let len = unsafe { strlen(source) };
    // SAFETY: the caller's promise.
    unsafe { place(target, source, len) }
}

/// `char *strcpy(char *target, const char *source)`
///
/// # Safety
///
/// `source` is a string and fits into `target` with its NUL.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn strcpy(target: *mut c_char, source: *const c_char) -> *mut c_char {
    // SAFETY: handed on to the caller.
    unsafe { stpcpy(target, source) };
    target
}

/// `char *stpncpy(char *target, const char *source, size_t len)`: `strncpy` that returns the end of
/// the text.
///
/// # Safety
///
/// `source` is a string or `len` readable bytes; `len` bytes of `target` are writable.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn stpncpy(
    target: *mut c_char,
    source: *const c_char,
    len: usize,
) -> *mut c_char {
    // SAFETY: the caller's promise.
    let used = unsafe { strnlen(source, len) };
    // SAFETY: the caller's promise, `used <= len`.
    unsafe { copy::copy(target.cast(), source.cast(), used) };
    let end = target.wrapping_add(used);
    // SAFETY: what is left of the target.
    unsafe { fill::fill(end.cast(), 0, len - used) };
    end
}

/// `char *strncpy(char *target, const char *source, size_t len)`: exactly `len` bytes, padded with
/// NULs; without one if the text is as long.
///
/// # Safety
///
/// As for [`stpncpy`].
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn strncpy(
    target: *mut c_char,
    source: *const c_char,
    len: usize,
) -> *mut c_char {
    // SAFETY: handed on to the caller.
    unsafe { stpncpy(target, source, len) };
    target
}

/// `char *strcat(char *target, const char *source)`
///
/// # Safety
///
/// Both are strings, and `target` has room for both.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn strcat(target: *mut c_char, source: *const c_char) -> *mut c_char {
    // SAFETY: the caller's promise.
    let used = unsafe { strlen(target) };
    // SAFETY: the caller's promise.
    unsafe { stpcpy(target.wrapping_add(used), source) };
    target
}

/// `char *strncat(char *target, const char *source, size_t limit)`: at most `limit` bytes, and
/// always a NUL.
///
/// # Safety
///
/// `target` is a string with room; `source` is a string or `limit` readable bytes.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn strncat(
    target: *mut c_char,
    source: *const c_char,
    limit: usize,
) -> *mut c_char {
    // SAFETY: the caller's promise.
    let used = unsafe { strlen(target) };
    // SAFETY: the caller's promise.
    let added = unsafe { strnlen(source, limit) };
    // SAFETY: the caller's promise.
    unsafe { place(target.wrapping_add(used), source, added) };
    target
}

/// `size_t strlcpy(char *target, const char *source, size_t room)`: cuts what does not fit; returns
/// the length of `source`.
///
/// # Safety
///
/// `source` is a string; `room` bytes of `target` are writable.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn strlcpy(target: *mut c_char, source: *const c_char, room: usize) -> usize {
    // SAFETY: the caller's promise.
    let len = unsafe { strlen(source) };
    if let Some(most) = room.checked_sub(1) {
        // SAFETY: at most `room` bytes with the NUL.
        unsafe { place(target, source, len.min(most)) };
    }
    len
}

/// `size_t strlcat(char *target, const char *source, size_t room)`: `room` counts from the start of
/// `target`; returns the length that would have been needed.
///
/// # Safety
///
/// `source` is a string, `target` one or `room` readable bytes; `room` bytes of it are writable.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn strlcat(target: *mut c_char, source: *const c_char, room: usize) -> usize {
    // SAFETY: the caller's promise.
    let used = unsafe { strnlen(target, room) };
    // SAFETY: what is left of the target; nothing if there is no NUL in it.
    used + unsafe { strlcpy(target.wrapping_add(used), source, room - used) }
}

/// `char *strchrnul(const char *text, int byte)`: the first one, or the NUL.
///
/// # Safety
///
/// `text` is a string.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn strchrnul(text: *const c_char, value: c_int) -> *mut c_char {
    // SAFETY: the scan ends at the NUL.
    let offset = unsafe { scan::find_either(text.cast(), usize::MAX, byte(value), 0) };
    text.wrapping_add(offset.unwrap_or_default()).cast_mut()
}

/// `char *strchr(const char *text, int byte)`: the first one, or null. The NUL can be looked for.
///
/// # Safety
///
/// `text` is a string.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn strchr(text: *const c_char, value: c_int) -> *mut c_char {
    // SAFETY: handed on to the caller.
    let found = unsafe { strchrnul(text, value) };
    // SAFETY: inside the string, or its NUL.
    if unsafe { byte_at(found.cast(), 0) } == byte(value) {
        found
    } else {
        ptr::null_mut()
    }
}

/// `char *strrchr(const char *text, int byte)`: the last one, or null. The NUL can be looked for.
///
/// # Safety
///
/// `text` is a string.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn strrchr(text: *const c_char, value: c_int) -> *mut c_char {
    // SAFETY: the caller's promise.
    let region = unsafe { c_bytes(text.cast()) };
    if byte(value) == 0 {
        return text.wrapping_add(region.len()).cast_mut();
    }
    match region.iter().rposition(|found| *found == byte(value)) {
        Some(offset) => text.wrapping_add(offset).cast_mut(),
        None => ptr::null_mut(),
    }
}

/// `char *strstr(const char *text, const char *wanted)`: where it starts first, or null.
///
/// # Safety
///
/// Both are strings.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn strstr(text: *const c_char, wanted: *const c_char) -> *mut c_char {
    // SAFETY: the caller's promise.
    let region = unsafe { c_bytes(text.cast()) };
    // SAFETY: the caller's promise.
    match search::find(region, unsafe { c_bytes(wanted.cast()) }) {
        Some(offset) => text.wrapping_add(offset).cast_mut(),
        None => ptr::null_mut(),
    }
}

/// `size_t strspn(const char *text, const char *members)`: how many bytes at the start are members.
///
/// # Safety
///
/// Both are strings.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn strspn(text: *const c_char, members: *const c_char) -> usize {
    // SAFETY: the caller's promise.
    let set = ByteSet::new(unsafe { c_bytes(members.cast()) });
    // SAFETY: the caller's promise.
    span(unsafe { c_bytes(text.cast()) }, &set, true)
}

/// `size_t strcspn(const char *text, const char *members)`: how many bytes at the start are none of
/// the members.
///
/// # Safety
///
/// Both are strings.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn strcspn(text: *const c_char, members: *const c_char) -> usize {
    // SAFETY: the caller's promise.
    let set = ByteSet::new(unsafe { c_bytes(members.cast()) });
    // SAFETY: the caller's promise.
    span(unsafe { c_bytes(text.cast()) }, &set, false)
}

/// `char *strpbrk(const char *text, const char *members)`: the first member in `text`, or null.
///
/// # Safety
///
/// Both are strings.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn strpbrk(text: *const c_char, members: *const c_char) -> *mut c_char {
    // SAFETY: handed on to the caller.
    let offset = unsafe { strcspn(text, members) };
    // SAFETY: inside the string, or its NUL.
    if unsafe { byte_at(text.cast(), offset) } == 0 {
        return ptr::null_mut();
    }
    text.wrapping_add(offset).cast_mut()
}

/// `char *strtok_r(char *text, const char *separators, char **rest)`: the next word, or null.
///
/// # Safety
///
/// `separators` is a string, `rest` is writable; `text` is a string, or null after a first call
/// with the same `rest`.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn strtok_r(
    text: *mut c_char,
    separators: *const c_char,
    rest: *mut *mut c_char,
) -> *mut c_char {
    let text = if text.is_null() {
        // SAFETY: after a first call `rest` holds a string, or null.
        unsafe { rest.read() }
    } else {
        text
    };
    if text.is_null() {
        return ptr::null_mut();
    }
    // SAFETY: both are strings.
    let word = text.wrapping_add(unsafe { strspn(text, separators) });
    // SAFETY: both are strings.
    let len = unsafe { strcspn(word, separators) };
    if len == 0 {
        // SAFETY: the caller's promise.
        unsafe { rest.write(ptr::null_mut()) };
        return ptr::null_mut();
    }
    let end = word.wrapping_add(len);
    // SAFETY: a separator, or the NUL.
    let next = if unsafe { byte_at(end.cast(), 0) } == 0 {
        ptr::null_mut()
    } else {
        // SAFETY: a separator inside the string, which may be changed.
        unsafe { set_byte_at(end.cast(), 0, 0) };
        end.wrapping_add(1)
    };
    // SAFETY: the caller's promise.
    unsafe { rest.write(next) };
    word
}

/// `char *strsep(char **text, const char *separators)`: what comes before the next separator, which
/// may be nothing; null at the end.
///
/// # Safety
///
/// `separators` is a string; `text` holds one or null, and is writable.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn strsep(text: *mut *mut c_char, separators: *const c_char) -> *mut c_char {
    // SAFETY: the caller's promise.
    let word = unsafe { text.read() };
    if word.is_null() {
        return word;
    }
    // SAFETY: both are strings.
    let end = word.wrapping_add(unsafe { strcspn(word, separators) });
    // SAFETY: a separator, or the NUL.
    let next = if unsafe { byte_at(end.cast(), 0) } == 0 {
        ptr::null_mut()
    } else {
        // SAFETY: a separator inside the string, which may be changed.
        unsafe { set_byte_at(end.cast(), 0, 0) };
        end.wrapping_add(1)
    };
    // SAFETY: the caller's promise.
    unsafe { text.write(next) };
    word
}

/// A copy of `len` bytes and a NUL in memory of `malloc`, or null with `errno` ENOMEM.
///
/// # Safety
///
/// `len` bytes at `text` are readable.
unsafe fn duplicate(text: *const c_char, len: usize) -> *mut c_char {
    let copied: *mut c_char = malloc(len + 1).cast();
    if !copied.is_null() {
        // SAFETY: allocated just now with room for the NUL.
        unsafe { place(copied, text, len) };
    }
    copied
}

/// `char *strdup(const char *text)`
///
/// # Safety
///
/// `text` is a string.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn strdup(text: *const c_char) -> *mut c_char {
    // SAFETY: the caller's promise.
    let len = unsafe { strlen(text) };
    // SAFETY: as many bytes were read.
    unsafe { duplicate(text, len) }
}

/// `char *strndup(const char *text, size_t limit)`
///
/// # Safety
///
/// `text` is a string or `limit` readable bytes.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn strndup(text: *const c_char, limit: usize) -> *mut c_char {
    // SAFETY: the caller's promise.
    let len = unsafe { strnlen(text, limit) };
    // SAFETY: as many bytes were read.
    unsafe { duplicate(text, len) }
}

/// Bytes of a string up to `limit`, for functions of other headers.
///
/// # Safety
///
/// `text` is a string or `limit` readable bytes, which nothing changes while the result lives.
pub unsafe fn bytes_within<'a>(text: *const c_char, limit: usize) -> &'a [u8] {
    // SAFETY: the caller's promise.
    let len = unsafe { strnlen(text, limit) };
    // SAFETY: as many bytes were read.
    unsafe { bytes(text.cast(), len) }
}
