//! Memory and string primitives under `string.h`, machine-tuned where that pays; the C names are in
//! [`crate::header::string`].

pub mod copy;
pub mod fill;
pub mod scan;
pub mod search;

/// The bytes at `start`, without asking for a valid pointer when there are none.
///
/// # Safety
///
/// If `len_bytes` is not 0, `start` points at that many initialised bytes which nothing changes
/// while the result lives.
pub unsafe fn bytes<'a>(start: *const u8, len_bytes: usize) -> &'a [u8] {
    if len_bytes == 0 {
        return &[];
    }
    // SAFETY: the caller vouches for the region; no object is larger than isize::MAX.
    unsafe { core::slice::from_raw_parts(start, len_bytes) }
}

/// The bytes of a NUL-terminated string, without the NUL.
///
/// # Safety
///
/// `start` points at a NUL-terminated string which nothing changes while the result lives.
pub unsafe fn c_bytes<'a>(start: *const u8) -> &'a [u8] {
    // SAFETY: the caller vouches for the terminating NUL.
    let len_bytes = unsafe { scan::length(start) };
    // SAFETY: `length` has read as many bytes.
    unsafe { bytes(start, len_bytes) }
}

/// The byte at `start + index`.
///
/// # Safety
///
/// That byte is readable.
#[inline]
pub unsafe fn byte_at(start: *const u8, index: usize) -> u8 {
    // SAFETY: the caller vouches for it.
    unsafe { start.wrapping_add(index).read() }
}

/// Writes the byte at `start + index`.
///
/// # Safety
///
/// That byte is writable and nobody holds a reference to it.
#[inline]
pub unsafe fn set_byte_at(start: *mut u8, index: usize, byte: u8) {
    // SAFETY: the caller vouches for it.
    unsafe { start.wrapping_add(index).write(byte) }
}
