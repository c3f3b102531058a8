//! `strings.h`

use core::ffi::{c_char, c_int, c_long, c_longlong, c_void};

use crate::header::string::{self, bytes_within};
use crate::string::search::compare_ignoring_case;
use crate::string::{c_bytes, copy, fill};

/// `int bcmp(const void *left, const void *right, size_t len)`: 0 if equal. Compilers call it in
/// place of a `memcmp` whose sign is not looked at.
///
/// # Safety
///
/// `len` bytes of both are readable.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn bcmp(left: *const c_void, right: *const c_void, len: usize) -> c_int {
    // SAFETY: handed on to the caller.
    unsafe { string::memcmp(left, right, len) }
}

/// `void bcopy(const void *source, void *target, size_t len)`: `memmove`.
///
/// # Safety
///
/// `len` bytes of `source` are readable and of `target` writable.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn bcopy(source: *const c_void, target: *mut c_void, len: usize) {
    // SAFETY: handed on to the caller.
    unsafe { copy::copy(target.cast(), source.cast(), len) }
}

/// `void bzero(void *target, size_t len)`
///
/// # Safety
///
/// `len` bytes at `target` are writable.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn bzero(target: *mut c_void, len: usize) {
    // SAFETY: handed on to the caller.
    unsafe { fill::fill(target.cast(), 0, len) }
}

/// `int strcasecmp(const char *left, const char *right)`
///
/// # Safety
///
/// Both are strings.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn strcasecmp(left: *const c_char, right: *const c_char) -> c_int {
    // SAFETY: the caller's promise.
    let left = unsafe { c_bytes(left.cast()) };
    // SAFETY: the caller's promise.
    let right = unsafe { c_bytes(right.cast()) };
    compare_ignoring_case(left, right)
}

/// `int strncasecmp(const char *left, const char *right, size_t limit)`
///
/// # Safety
///
/// Both are strings or `limit` readable bytes.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn strncasecmp(
    left: *const c_char,
    right: *const c_char,
    limit: usize,
) -> c_int {
    // SAFETY: the caller's promise.
    let left = unsafe { bytes_within(left, limit) };
    // SAFETY: the caller's promise.
    let right = unsafe { bytes_within(right, limit) };
    compare_ignoring_case(left, right)
}

/// `int ffs(int value)`: number of the lowest set bit, from 1; 0 if there is none.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub extern "C" fn ffs(value: c_int) -> c_int {
    ffsll(c_longlong::from(value))
}

/// `int ffsl(long value)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub extern "C" fn ffsl(value: c_long) -> c_int {
    ffsll(value)
}

/// `int ffsll(long long value)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub extern "C" fn ffsll(value: c_longlong) -> c_int {
    if value == 0 {
        0
    } else {
        value.trailing_zeros().cast_signed() + 1
    }
}
