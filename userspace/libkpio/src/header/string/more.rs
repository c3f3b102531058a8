//! `string.h` and `strings.h`: what few programs call.
//!
//! Every function takes what C gives it: strings, and memory of the length that is said.
#![expect(
    clippy::missing_safety_doc,
    reason = "the module says it once for all its functions"
)]

use core::cmp::Ordering;
use core::ffi::{c_char, c_int, c_void};
use core::ptr;
use core::sync::atomic::{AtomicPtr, Ordering as Memory};

use super::text::{strchr, strcmp, strlcpy, strrchr, strtok_r};
use crate::header::strings::{strcasecmp, strncasecmp};
use crate::string::{byte_at, bytes, c_bytes, fill};

/// `char *strtok(char *text, const char *separators)`: what is left is kept for all threads together.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn strtok(text: *mut c_char, separators: *const c_char) -> *mut c_char {
    static REST: AtomicPtr<c_char> = AtomicPtr::new(ptr::null_mut());
    let mut rest = REST.load(Memory::Relaxed);
    if text.is_null() && rest.is_null() {
        return ptr::null_mut();
    }
    // SAFETY: the caller's promise.
    let token = unsafe { strtok_r(text, separators, &raw mut rest) };
    REST.store(rest, Memory::Relaxed);
    token
}

/// `char *strcasestr(const char *text, const char *wanted)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn strcasestr(text: *const c_char, wanted: *const c_char) -> *mut c_char {
    // SAFETY: the caller's promise.
    let bytes = unsafe { c_bytes(text.cast()) };
    // SAFETY: the caller's promise.
    let wanted = unsafe { c_bytes(wanted.cast()) };
    let found = (0..=bytes.len()).find(|start| {
        bytes
            .get(*start..start + wanted.len())
            .is_some_and(|part| part.eq_ignore_ascii_case(wanted))
    });
    found.map_or(ptr::null_mut(), |start| text.wrapping_add(start).cast_mut())
}

/// `size_t strxfrm(char *target, const char *source, size_t room)`: a copy, in every locale there is.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn strxfrm(target: *mut c_char, source: *const c_char, room: usize) -> usize {
    // SAFETY: the caller's promise.
    unsafe { strlcpy(target, source, room) }
}

/// `size_t strxfrm_l(char *target, const char *source, size_t room, locale_t locale)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn strxfrm_l(
    target: *mut c_char,
    source: *const c_char,
    room: usize,
    _locale: *mut c_void,
) -> usize {
    // SAFETY: the caller's promise.
    unsafe { strlcpy(target, source, room) }
}

/// `int strcoll_l(const char *left, const char *right, locale_t locale)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn strcoll_l(
    left: *const c_char,
    right: *const c_char,
    _locale: *mut c_void,
) -> c_int {
    // SAFETY: the caller's promise.
    unsafe { strcmp(left, right) }
}

/// `char *strerror_l(int number, locale_t locale)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub extern "C" fn strerror_l(number: c_int, _locale: *mut c_void) -> *mut c_char {
    super::message::strerror(number)
}

/// `int strcasecmp_l(const char *left, const char *right, locale_t locale)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn strcasecmp_l(
    left: *const c_char,
    right: *const c_char,
    _locale: *mut c_void,
) -> c_int {
    // SAFETY: the caller's promise.
    unsafe { strcasecmp(left, right) }
}

/// `int strncasecmp_l(const char *left, const char *right, size_t limit, locale_t locale)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn strncasecmp_l(
    left: *const c_char,
    right: *const c_char,
    limit: usize,
    _locale: *mut c_void,
) -> c_int {
    // SAFETY: the caller's promise.
    unsafe { strncasecmp(left, right, limit) }
}

/// `char *index(const char *text, int byte)`: an older name of `strchr`.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn index(text: *const c_char, byte: c_int) -> *mut c_char {
    // SAFETY: the caller's promise.
    unsafe { strchr(text, byte) }
}

/// `char *rindex(const char *text, int byte)`: an older name of `strrchr`.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn rindex(text: *const c_char, byte: c_int) -> *mut c_char {
    // SAFETY: the caller's promise.
    unsafe { strrchr(text, byte) }
}

/// `void *memccpy(void *target, const void *source, int byte, size_t len)`: copies up to and with a
/// byte; returns what follows the copy, or null without that byte.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn memccpy(
    target: *mut c_void,
    source: *const c_void,
    byte: c_int,
    len: usize,
) -> *mut c_void {
    let [byte, ..] = byte.to_le_bytes();
    let target = target.cast::<u8>();
    for index in 0..len {
        // SAFETY: the caller's promise; nothing before it was the byte.
        let copied = unsafe { byte_at(source.cast(), index) };
        // SAFETY: the caller's promise.
        unsafe { target.wrapping_add(index).write(copied) };
        if copied == byte {
            return target.wrapping_add(index + 1).cast();
        }
    }
    ptr::null_mut()
}

/// `void explicit_bzero(void *target, size_t len)`: also if nobody reads it any more.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn explicit_bzero(target: *mut c_void, len: usize) {
    // SAFETY: the caller's promise.
    unsafe { fill::fill(target.cast(), 0, len) };
    // The compiler must think that somebody looks.
    core::hint::black_box(target);
}

/// `void swab(const void *source, void *target, ssize_t len)`: pairs of bytes, exchanged.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn swab(source: *const c_void, target: *mut c_void, len: isize) {
    let len = usize::try_from(len).unwrap_or(0) & !1;
    // SAFETY: the caller's promise.
    let source = unsafe { bytes(source.cast(), len) };
    for (index, byte) in source.iter().enumerate() {
        // SAFETY: the caller's promise; the other of the pair is within it too.
        unsafe { target.cast::<u8>().wrapping_add(index ^ 1).write(*byte) };
    }
}

/// Where a run of digits that `at` is in begins.
fn digits_start(text: &[u8], at: usize) -> usize {
    let before = text.get(..at).unwrap_or_default();
    before.len()
        - before
            .iter()
            .rev()
            .take_while(|byte| byte.is_ascii_digit())
            .count()
}

/// `int strverscmp(const char *left, const char *right)`: runs of digits by their number; those that
/// begin with 0 as fractions.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn strverscmp(left: *const c_char, right: *const c_char) -> c_int {
    // SAFETY: the caller's promise.
    let left = unsafe { c_bytes(left.cast()) };
    // SAFETY: the caller's promise.
    let right = unsafe { c_bytes(right.cast()) };
    let equal = left
        .iter()
        .zip(right)
        .take_while(|(one, other)| one == other)
        .count();
    let digit = |text: &[u8], at: usize| text.get(at).is_some_and(u8::is_ascii_digit);
    let start = digits_start(left, equal);
    let common = left.get(start..equal).unwrap_or_default();
    let starts_with_zero = |text: &[u8]| text.get(start) == Some(&b'0');
    let is_fraction = starts_with_zero(left) && starts_with_zero(right)
        || common.is_empty()
            && (starts_with_zero(left) && digit(right, start)
                || starts_with_zero(right) && digit(left, start));
    let plain = || {
        let byte = |text: &[u8]| text.get(equal).copied().unwrap_or(0);
        c_int::from(byte(left)) - c_int::from(byte(right))
    };
    if is_fraction {
        // More zeros in front are less.
        let is_all_zeros = common.iter().all(|byte| *byte == b'0');
        if is_all_zeros && !common.is_empty() && digit(left, equal) != digit(right, equal) {
            return if digit(left, equal) { -1 } else { 1 };
        }
        return plain();
    }
    if common.is_empty() && !(digit(left, equal) && digit(right, equal)) {
        return plain();
    }
    let length = |text: &[u8]| {
        text.get(equal..)
            .unwrap_or_default()
            .iter()
            .take_while(|byte| byte.is_ascii_digit())
            .count()
    };
    match length(left).cmp(&length(right)) {
        Ordering::Less => -1,
        Ordering::Greater => 1,
        Ordering::Equal => plain(),
    }
}
