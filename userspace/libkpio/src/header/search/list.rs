//! `search.h`: `lsearch`, `lfind`, `insque`, `remque`.

use core::ffi::c_void;
use core::ptr;

use crate::header::stdlib::sort::Compare;

/// `void *lfind(const void *key, const void *start, size_t *count, size_t size, int (*compare)(const
/// void *, const void *))`: null if no element is the same.
///
/// # Safety
///
/// So many elements of this size are at `start`; `compare` may be called with the key and any.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn lfind(
    key: *const c_void,
    start: *const c_void,
    count: *mut usize,
    size: usize,
    compare: Compare,
) -> *mut c_void {
    // SAFETY: the caller's promise.
    let count = unsafe { count.read() };
    for index in 0..count {
        let element = start.wrapping_byte_add(index * size);
        // SAFETY: the caller's promise.
        if unsafe { compare(key, element) } == 0 {
            return element.cast_mut();
        }
    }
    ptr::null_mut()
}

/// `void *lsearch(const void *key, void *start, size_t *count, size_t size, int (*compare)(const void
/// *, const void *))`: adds the key as the last element if none is the same.
///
/// # Safety
///
/// As for [`lfind`]; there is room for one more.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn lsearch(
    key: *const c_void,
    start: *mut c_void,
    count: *mut usize,
    size: usize,
    compare: Compare,
) -> *mut c_void {
    // SAFETY: handed on to the caller.
    let found = unsafe { lfind(key, start, count, size, compare) };
    if !found.is_null() {
        return found;
    }
    // SAFETY: the caller's promise.
    let end = unsafe { count.read() };
    // SAFETY: the caller's promise.
    unsafe { count.write(end + 1) };
    let place = start.wrapping_byte_add(end * size);
    // SAFETY: the caller's promise.
    unsafe { ptr::copy(key.cast::<u8>(), place.cast::<u8>(), size) };
    place
}

/// What an element of a chain begins with.
#[repr(C)]
pub struct Link {
    next: *mut Link,
    previous: *mut Link,
}

/// `void insque(void *element, void *before)`: puts it behind another, or alone for null.
///
/// # Safety
///
/// Both begin with two pointers; `before` may be null.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn insque(element: *mut Link, before: *mut Link) {
    let next = if before.is_null() {
        ptr::null_mut()
    } else {
        // SAFETY: the caller's promise.
        unsafe { (*before).next }
    };
    let link = Link {
        next,
        previous: before,
    };
    // SAFETY: the caller's promise.
    unsafe { element.write(link) };
    // SAFETY: null, or of the same chain.
    if let Some(before) = unsafe { before.as_mut() } {
        before.next = element;
    }
    // SAFETY: as above.
    if let Some(next) = unsafe { next.as_mut() } {
        next.previous = element;
    }
}

/// `void remque(void *element)`
///
/// # Safety
///
/// `element` is in a chain.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn remque(element: *mut Link) {
    // SAFETY: the caller's promise.
    let Link { next, previous } = unsafe { element.read() };
    // SAFETY: null, or of the same chain.
    if let Some(next) = unsafe { next.as_mut() } {
        next.previous = previous;
    }
    // SAFETY: as above.
    if let Some(previous) = unsafe { previous.as_mut() } {
        previous.next = next;
    }
}
