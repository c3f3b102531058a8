//! `wchar.h`: strings and arrays of wide characters.
//!
//! Every function takes what C gives it: strings that end with a null character, arrays of the length
//! that is said, and places with room for the result.
#![expect(
    clippy::missing_safety_doc,
    reason = "the module says it once for all its functions"
)]

use core::ffi::{c_int, c_void};
use core::ptr;

use super::array::{at, found, slice, string};
use crate::header::stdlib::memory::malloc;
use crate::header::wctype::towlower;

/// `size_t wcslen(const wchar_t *text)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn wcslen(text: *const u32) -> usize {
    // SAFETY: the caller's promise.
    unsafe { string(text) }.len()
}

/// `size_t wcsnlen(const wchar_t *text, size_t limit)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn wcsnlen(text: *const u32, limit: usize) -> usize {
    let mut length = 0;
    // SAFETY: below the limit, and nothing before it was the end.
    while length < limit && unsafe { at(text, length) } != 0 {
        length += 1;
    }
    length
}

/// `wchar_t *wmemchr(const wchar_t *array, wchar_t wanted, size_t len)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn wmemchr(array: *const u32, wanted: u32, len: usize) -> *mut u32 {
    // SAFETY: the caller's promise.
    let members = unsafe { slice(array, len) };
    found(array, members.iter().position(|member| *member == wanted))
}

/// How two characters compare, as musl returns it.
const fn difference(one: u32, other: u32) -> c_int {
    let (one, other) = (one.cast_signed(), other.cast_signed());
    if one < other {
        -1
    } else {
        (one > other) as c_int
    }
}

/// `int wmemcmp(const wchar_t *left, const wchar_t *right, size_t len)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn wmemcmp(left: *const u32, right: *const u32, len: usize) -> c_int {
    // SAFETY: the caller's promise.
    let left = unsafe { slice(left, len) };
    // SAFETY: the caller's promise.
    let right = unsafe { slice(right, len) };
    left.iter()
        .zip(right)
        .map(|(one, other)| difference(*one, *other))
        .find(|difference| *difference != 0)
        .unwrap_or(0)
}

/// `wchar_t *wmemcpy(wchar_t *target, const wchar_t *source, size_t len)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn wmemcpy(target: *mut u32, source: *const u32, len: usize) -> *mut u32 {
    // SAFETY: the caller's promise.
    unsafe { ptr::copy_nonoverlapping(source, target, len) };
    target
}

/// `wchar_t *wmemmove(wchar_t *target, const wchar_t *source, size_t len)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn wmemmove(target: *mut u32, source: *const u32, len: usize) -> *mut u32 {
    // SAFETY: the caller's promise.
    unsafe { ptr::copy(source, target, len) };
    target
}

/// `wchar_t *wmemset(wchar_t *target, wchar_t wide, size_t len)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn wmemset(target: *mut u32, wide: u32, len: usize) -> *mut u32 {
    for index in 0..len {
        // SAFETY: the caller's promise.
        unsafe { target.wrapping_add(index).write(wide) };
    }
    target
}

/// Compares strings up to a limit.
unsafe fn compare(
    left: *const u32,
    right: *const u32,
    limit: usize,
    map: impl Fn(u32) -> u32,
) -> c_int {
    for index in 0..limit {
        // SAFETY: nothing before it was the end.
        let one = map(unsafe { at(left, index) });
        // SAFETY: as above, for all earlier ones were equal.
        let other = map(unsafe { at(right, index) });
        if one != other || one == 0 {
            return difference(one, other);
        }
    }
    0
}

/// `int wcscmp(const wchar_t *left, const wchar_t *right)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn wcscmp(left: *const u32, right: *const u32) -> c_int {
    // SAFETY: the caller's promise.
    unsafe { compare(left, right, usize::MAX, |wide| wide) }
}

/// `int wcsncmp(const wchar_t *left, const wchar_t *right, size_t limit)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn wcsncmp(left: *const u32, right: *const u32, limit: usize) -> c_int {
    // SAFETY: the caller's promise.
    unsafe { compare(left, right, limit, |wide| wide) }
}

/// `int wcscasecmp(const wchar_t *left, const wchar_t *right)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn wcscasecmp(left: *const u32, right: *const u32) -> c_int {
    // SAFETY: the caller's promise.
    unsafe { compare(left, right, usize::MAX, |wide| towlower(wide)) }
}

/// `int wcsncasecmp(const wchar_t *left, const wchar_t *right, size_t limit)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn wcsncasecmp(left: *const u32, right: *const u32, limit: usize) -> c_int {
    // SAFETY: the caller's promise.
    unsafe { compare(left, right, limit, |wide| towlower(wide)) }
}

/// `int wcscasecmp_l(const wchar_t *left, const wchar_t *right, locale_t locale)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn wcscasecmp_l(
    left: *const u32,
    right: *const u32,
    _locale: *mut c_void,
) -> c_int {
    // SAFETY: the caller's promise.
    unsafe { wcscasecmp(left, right) }
}

/// `int wcsncasecmp_l(const wchar_t *left, const wchar_t *right, size_t limit, locale_t locale)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn wcsncasecmp_l(
    left: *const u32,
    right: *const u32,
    limit: usize,
    _locale: *mut c_void,
) -> c_int {
    // SAFETY: the caller's promise.
    unsafe { wcsncasecmp(left, right, limit) }
}

/// `int wcscoll(const wchar_t *left, const wchar_t *right)`: `wcscmp`, in every locale there is.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn wcscoll(left: *const u32, right: *const u32) -> c_int {
    // SAFETY: the caller's promise.
    unsafe { wcscmp(left, right) }
}

/// `int wcscoll_l(const wchar_t *left, const wchar_t *right, locale_t locale)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn wcscoll_l(
    left: *const u32,
    right: *const u32,
    _locale: *mut c_void,
) -> c_int {
    // SAFETY: the caller's promise.
    unsafe { wcscmp(left, right) }
}

/// `size_t wcsxfrm(wchar_t *target, const wchar_t *source, size_t room)`: a copy, as long as it fits.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn wcsxfrm(target: *mut u32, source: *const u32, room: usize) -> usize {
    // SAFETY: the caller's promise.
    let length = unsafe { wcslen(source) };
    if length < room {
        // SAFETY: there is room for it.
        unsafe { wmemcpy(target, source, length + 1) };
    } else if room > 0 {
        // SAFETY: there is so much room.
        unsafe { wmemcpy(target, source, room - 1) };
        // SAFETY: as above.
        unsafe { target.wrapping_add(room - 1).write(0) };
    }
    length
}

/// `size_t wcsxfrm_l(wchar_t *target, const wchar_t *source, size_t room, locale_t locale)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn wcsxfrm_l(
    target: *mut u32,
    source: *const u32,
    room: usize,
    _locale: *mut c_void,
) -> usize {
    // SAFETY: the caller's promise.
    unsafe { wcsxfrm(target, source, room) }
}

/// `wchar_t *wcpcpy(wchar_t *target, const wchar_t *source)`: returns where the end is.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn wcpcpy(target: *mut u32, source: *const u32) -> *mut u32 {
    // SAFETY: the caller's promise.
    let length = unsafe { wcslen(source) };
    // SAFETY: the caller's promise.
    unsafe { wmemcpy(target, source, length + 1) };
    target.wrapping_add(length)
}

/// `wchar_t *wcscpy(wchar_t *target, const wchar_t *source)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn wcscpy(target: *mut u32, source: *const u32) -> *mut u32 {
    // SAFETY: the caller's promise.
    unsafe { wcpcpy(target, source) };
    target
}

/// `wchar_t *wcpncpy(wchar_t *target, const wchar_t *source, size_t len)`: filled up with zeros; returns
/// where they begin.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn wcpncpy(target: *mut u32, source: *const u32, len: usize) -> *mut u32 {
    // SAFETY: the caller's promise.
    let length = unsafe { wcsnlen(source, len) };
    // SAFETY: the caller's promise.
    unsafe { wmemcpy(target, source, length) };
    let end = target.wrapping_add(length);
    // SAFETY: the caller's promise.
    unsafe { wmemset(end, 0, len - length) }
}

/// `wchar_t *wcsncpy(wchar_t *target, const wchar_t *source, size_t len)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn wcsncpy(target: *mut u32, source: *const u32, len: usize) -> *mut u32 {
    // SAFETY: the caller's promise.
    unsafe { wcpncpy(target, source, len) };
    target
}

/// `wchar_t *wcscat(wchar_t *target, const wchar_t *source)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn wcscat(target: *mut u32, source: *const u32) -> *mut u32 {
    // SAFETY: the caller's promise.
    let length = unsafe { wcslen(target) };
    // SAFETY: the caller's promise.
    unsafe { wcpcpy(target.wrapping_add(length), source) };
    target
}

/// `wchar_t *wcsncat(wchar_t *target, const wchar_t *source, size_t limit)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn wcsncat(target: *mut u32, source: *const u32, limit: usize) -> *mut u32 {
    // SAFETY: the caller's promise.
    let end = target.wrapping_add(unsafe { wcslen(target) });
    // SAFETY: the caller's promise.
    let length = unsafe { wcsnlen(source, limit) };
    // SAFETY: the caller's promise.
    unsafe { wmemcpy(end, source, length) };
    // SAFETY: the caller's promise: there is room for the end too.
    unsafe { end.wrapping_add(length).write(0) };
    target
}

/// `wchar_t *wcschr(const wchar_t *text, wchar_t wanted)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn wcschr(text: *const u32, wanted: u32) -> *mut u32 {
    // SAFETY: the caller's promise.
    let length = unsafe { wcslen(text) };
    // SAFETY: with its end it is so long.
    unsafe { wmemchr(text, wanted, length + 1) }
}

/// `wchar_t *wcsrchr(const wchar_t *text, wchar_t wanted)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn wcsrchr(text: *const u32, wanted: u32) -> *mut u32 {
    // SAFETY: the caller's promise.
    let length = unsafe { wcslen(text) };
    // SAFETY: with its end it is so long.
    let members = unsafe { slice(text, length + 1) };
    found(text, members.iter().rposition(|member| *member == wanted))
}

/// `size_t wcsspn(const wchar_t *text, const wchar_t *members)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn wcsspn(text: *const u32, members: *const u32) -> usize {
    // SAFETY: the caller's promise.
    let text = unsafe { string(text) };
    // SAFETY: the caller's promise.
    let members = unsafe { string(members) };
    text.iter()
        .take_while(|wide| members.contains(wide))
        .count()
}

/// `size_t wcscspn(const wchar_t *text, const wchar_t *members)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn wcscspn(text: *const u32, members: *const u32) -> usize {
    // SAFETY: the caller's promise.
    let text = unsafe { string(text) };
    // SAFETY: the caller's promise.
    let members = unsafe { string(members) };
    text.iter()
        .take_while(|wide| !members.contains(wide))
        .count()
}

/// `wchar_t *wcspbrk(const wchar_t *text, const wchar_t *members)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn wcspbrk(text: *const u32, members: *const u32) -> *mut u32 {
    // SAFETY: the caller's promise.
    let place = text.wrapping_add(unsafe { wcscspn(text, members) });
    // SAFETY: within the text, or its end.
    found(place, (unsafe { at(place, 0) } != 0).then_some(0))
}

/// `wchar_t *wcsstr(const wchar_t *text, const wchar_t *wanted)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn wcsstr(text: *const u32, wanted: *const u32) -> *mut u32 {
    // SAFETY: the caller's promise.
    let members = unsafe { string(text) };
    // SAFETY: the caller's promise.
    let wanted = unsafe { string(wanted) };
    if wanted.is_empty() {
        return text.cast_mut();
    }
    found(
        text,
        members
            .windows(wanted.len())
            .position(|part| part == wanted),
    )
}

/// `wchar_t *wcswcs(const wchar_t *text, const wchar_t *wanted)`: an older name of `wcsstr`.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn wcswcs(text: *const u32, wanted: *const u32) -> *mut u32 {
    // SAFETY: the caller's promise.
    unsafe { wcsstr(text, wanted) }
}

/// `wchar_t *wcstok(wchar_t *text, const wchar_t *separators, wchar_t **rest)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn wcstok(
    text: *mut u32,
    separators: *const u32,
    rest: *mut *mut u32,
) -> *mut u32 {
    let start = if text.is_null() {
        // SAFETY: the caller's promise.
        unsafe { rest.read() }
    } else {
        text
    };
    if start.is_null() {
        return start;
    }
    // SAFETY: the caller's promise.
    let start = start.wrapping_add(unsafe { wcsspn(start, separators) });
    // SAFETY: within the text, or its end.
    let is_end = unsafe { at(start, 0) } == 0;
    let mut next = ptr::null_mut();
    if !is_end {
        // SAFETY: the caller's promise.
        let end = start.wrapping_add(unsafe { wcscspn(start, separators) });
        // SAFETY: within the text, or its end.
        if unsafe { at(end, 0) } != 0 {
            // SAFETY: as above; the text is the caller's to change.
            unsafe { end.write(0) };
            next = end.wrapping_add(1);
        }
    }
    // SAFETY: the caller's promise.
    unsafe { rest.write(next) };
    if is_end { ptr::null_mut() } else { start }
}

/// `wchar_t *wcsdup(const wchar_t *text)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn wcsdup(text: *const u32) -> *mut u32 {
    // SAFETY: the caller's promise.
    let length = unsafe { wcslen(text) } + 1;
    let copy = malloc(length * size_of::<u32>()).cast::<u32>();
    if copy.is_null() {
        return copy;
    }
    // SAFETY: so much was allocated.
    unsafe { wmemcpy(copy, text, length) }
}
