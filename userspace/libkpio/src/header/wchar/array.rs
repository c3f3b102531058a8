//! Arrays of wide characters, as C passes them.

use core::ptr;

/// The character at a place of an array.
///
/// # Safety
///
/// It is there.
pub unsafe fn at(array: *const u32, index: usize) -> u32 {
    // SAFETY: the caller's promise.
    unsafe { array.wrapping_add(index).read() }
}

/// The characters of an array.
///
/// # Safety
///
/// There are so many, and nothing changes them while the result lives.
pub unsafe fn slice<'a>(array: *const u32, len: usize) -> &'a [u32] {
    if len == 0 {
        return &[];
    }
    // SAFETY: the caller's promise.
    unsafe { core::slice::from_raw_parts(array, len) }
}

/// The characters of a string, without its end.
///
/// # Safety
///
/// It has an end, and nothing changes it while the result lives.
pub unsafe fn string<'a>(text: *const u32) -> &'a [u32] {
    let mut len = 0;
    // SAFETY: nothing before it was the end.
    while unsafe { at(text, len) } != 0 {
        len += 1;
    }
    // SAFETY: so many were read.
    unsafe { slice(text, len) }
}

/// The address of what was found in an array, or null.
#[must_use]
pub fn found(array: *const u32, index: Option<usize>) -> *mut u32 {
    index.map_or(ptr::null_mut(), |index| {
        array.wrapping_add(index).cast_mut()
    })
}
