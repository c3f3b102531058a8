//! Functions on memory of known length.

use core::ffi::{c_int, c_void};
use core::ptr;

use crate::string::{bytes, copy, fill, scan, search};

/// The byte that C's `int` argument means.
#[expect(
    clippy::cast_possible_truncation,
    reason = "C converts to unsigned char"
)]
pub(super) const fn byte(value: c_int) -> u8 {
    value as u8
}

/// `void *memcpy(void *target, const void *source, size_t len)`
///
/// # Safety
///
/// `len` bytes of `source` are readable and of `target` writable.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn memcpy(
    target: *mut c_void,
    source: *const c_void,
    len: usize,
) -> *mut c_void {
    // SAFETY: handed on to the caller.
    unsafe { copy::copy(target.cast(), source.cast(), len) };
    target
}

/// `void *mempcpy(void *target, const void *source, size_t len)`: `memcpy` that returns the end.
///
/// # Safety
///
/// As for [`memcpy`].
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn mempcpy(
    target: *mut c_void,
    source: *const c_void,
    len: usize,
) -> *mut c_void {
    // SAFETY: handed on to the caller.
    unsafe { copy::copy(target.cast(), source.cast(), len) };
    target.wrapping_byte_add(len)
}

/// `void *memmove(void *target, const void *source, size_t len)`: the regions may overlap.
///
/// # Safety
///
/// As for [`memcpy`].
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn memmove(
    target: *mut c_void,
    source: *const c_void,
    len: usize,
) -> *mut c_void {
    // SAFETY: handed on to the caller.
    unsafe { copy::copy(target.cast(), source.cast(), len) };
    target
}

/// `void *memset(void *target, int byte, size_t len)`
///
/// # Safety
///
/// `len` bytes at `target` are writable.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn memset(target: *mut c_void, value: c_int, len: usize) -> *mut c_void {
    // SAFETY: handed on to the caller.
    unsafe { fill::fill(target.cast(), byte(value), len) };
    target
}

/// `int memcmp(const void *left, const void *right, size_t len)`
///
/// # Safety
///
/// `len` bytes of both are readable.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn memcmp(left: *const c_void, right: *const c_void, len: usize) -> c_int {
    // SAFETY: the caller's promise.
    let left = unsafe { bytes(left.cast(), len) };
    // SAFETY: the caller's promise.
    let right = unsafe { bytes(right.cast(), len) };
    search::compare(left, right)
}

/// `void *memchr(const void *memory, int byte, size_t len)`: the first one, or null.
///
/// # Safety
///
/// `len` bytes at `memory`, or those up to the one found, are readable.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn memchr(memory: *const c_void, value: c_int, len: usize) -> *mut c_void {
    // SAFETY: handed on to the caller.
    match unsafe { scan::find_either(memory.cast(), len, byte(value), byte(value)) } {
        Some(offset) => memory.wrapping_byte_add(offset).cast_mut(),
        None => ptr::null_mut(),
    }
}

/// `void *memrchr(const void *memory, int byte, size_t len)`: the last one, or null.
///
/// # Safety
///
/// `len` bytes at `memory` are readable.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn memrchr(memory: *const c_void, value: c_int, len: usize) -> *mut c_void {
    // SAFETY: the caller's promise.
    let region = unsafe { bytes(memory.cast(), len) };
    match region.iter().rposition(|found| *found == byte(value)) {
        Some(offset) => memory.wrapping_byte_add(offset).cast_mut(),
        None => ptr::null_mut(),
    }
}

/// `void *memmem(const void *memory, size_t len, const void *wanted, size_t wanted_len)`
///
/// # Safety
///
/// As many bytes of both are readable.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn memmem(
    memory: *const c_void,
    len: usize,
    wanted: *const c_void,
    wanted_len: usize,
) -> *mut c_void {
    // SAFETY: the caller's promise.
    let region = unsafe { bytes(memory.cast(), len) };
    // SAFETY: the caller's promise.
    let wanted = unsafe { bytes(wanted.cast(), wanted_len) };
    match search::find(region, wanted) {
        Some(offset) => memory.wrapping_byte_add(offset).cast_mut(),
        None => ptr::null_mut(),
    }
}
