//! Copying memory: one routine for `memcpy` and `memmove`.

use core::arch::x86_64::__m128i;

/// Up to here two overlapping 16-byte moves do it.
const TWO_BLOCKS_BYTES: usize = 32;

/// Reads a `T` at any address.
///
/// # Safety
///
/// `size_of::<T>()` bytes at `start + offset` are readable, and any bytes are a `T`.
#[inline(always)]
unsafe fn load<T: Copy>(start: *const u8, offset: usize) -> T {
    // SAFETY: the caller vouches for the bytes; alignment is not asked for.
    unsafe { start.wrapping_add(offset).cast::<T>().read_unaligned() }
}

/// Writes a `T` at any address.
///
/// # Safety
///
/// `size_of::<T>()` bytes at `start + offset` are writable.
#[inline(always)]
unsafe fn store<T: Copy>(start: *mut u8, offset: usize, value: T) {
    // SAFETY: the caller vouches for the bytes; alignment is not asked for.
    unsafe {
        start
            .wrapping_add(offset)
            .cast::<T>()
            .write_unaligned(value)
    }
}

/// Copies `len_bytes` bytes with two moves of a `T`, both read before either is written.
///
/// # Safety
///
/// As for [`copy`], and `size_of::<T>() <= len_bytes <= 2 * size_of::<T>()`.
#[inline(always)]
unsafe fn copy_with_two<T: Copy>(target: *mut u8, source: *const u8, len_bytes: usize) {
    let last = len_bytes - size_of::<T>();
    // SAFETY: a `T` fits into the region from its start.
    let first: T = unsafe { load(source, 0) };
    // SAFETY: and so it does up to its end.
    let second: T = unsafe { load(source, last) };
    // SAFETY: the target is as long.
    unsafe { store(target, 0, first) };
    // SAFETY: as above.
    unsafe { store(target, last, second) };
}

/// Copies `len_bytes` bytes from `source` to `target`; the regions may overlap.
///
/// # Safety
///
/// The bytes of `source` are readable and those of `target` writable.
pub unsafe fn copy(target: *mut u8, source: *const u8, len_bytes: usize) {
    match len_bytes {
        0 => {}
        // SAFETY: the caller's promise, and the length is within one and two moves of this type.
        1 => unsafe { copy_with_two::<u8>(target, source, len_bytes) },
        // SAFETY: as above.
        2..=4 => unsafe { copy_with_two::<u16>(target, source, len_bytes) },
        // SAFETY: as above.
        5..=8 => unsafe { copy_with_two::<u32>(target, source, len_bytes) },
        // SAFETY: as above.
        9..=16 => unsafe { copy_with_two::<u64>(target, source, len_bytes) },
        // SAFETY: as above.
        17..=TWO_BLOCKS_BYTES => unsafe { copy_with_two::<__m128i>(target, source, len_bytes) },
        _ => {
            // Forward is safe unless the target starts inside the source.
            if (target as usize).wrapping_sub(source as usize) >= len_bytes {
                // SAFETY: the caller's promise, and the target does not start inside the source.
                unsafe { copy_forward(target, source, len_bytes) }
            } else {
                // SAFETY: the caller's promise.
                unsafe { copy_backward(target, source, len_bytes) }
            }
        }
    }
}

/// Copies from the first byte to the last, in words.
///
/// # Safety
///
/// As for [`copy`]; at least 8 bytes; `target` does not start inside the source.
unsafe fn copy_forward(target: *mut u8, source: *const u8, len_bytes: usize) {
    let tail = len_bytes - size_of::<u64>();
    // SAFETY: 8 bytes or more are there. Read first: the words below may overwrite it where the
    // regions overlap.
    let last: u64 = unsafe { load(source, tail) };
    #[cfg(not(miri))]
    // SAFETY: `rep movsq` moves len_bytes / 8 words, all inside both regions; the direction flag is
    // clear, as the ABI demands. musl copies in the same way.
    unsafe {
        core::arch::asm!(
            "rep movsq",
            inout("rcx") len_bytes / size_of::<u64>() => _,
            inout("rdi") target => _,
            inout("rsi") source => _,
            options(nostack, preserves_flags),
        );
    }
    #[cfg(miri)]
    for word in 0..len_bytes / size_of::<u64>() {
        // SAFETY: inside the source.
        let value: u64 = unsafe { load(source, word * size_of::<u64>()) };
        // SAFETY: inside the target.
        unsafe { store(target, word * size_of::<u64>(), value) };
    }
    // SAFETY: the last 8 bytes of the target.
    unsafe { store(target, tail, last) };
}

/// Copies from the last byte to the first, in blocks of 16 bytes.
///
/// # Safety
///
/// As for [`copy`]; at least 16 bytes.
unsafe fn copy_backward(target: *mut u8, source: *const u8, len_bytes: usize) {
    // SAFETY: 16 bytes or more are there. Read first: the blocks below may overwrite it where the
    // regions overlap.
    let head: __m128i = unsafe { load(source, 0) };
    let mut end = len_bytes;
    while end >= size_of::<__m128i>() {
        end -= size_of::<__m128i>();
        // SAFETY: `end..end + 16` is inside both regions.
        let block: __m128i = unsafe { load(source, end) };
        // SAFETY: as above; what this overwrites of the source lies at or above `end`, already
        // read.
        unsafe { store(target, end, block) };
    }
    // SAFETY: the first 16 bytes of the target.
    unsafe { store(target, 0, head) };
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::vec::Vec;

    /// Every length around the switches of method, every small offset, both directions of overlap.
    #[test]
    fn copies_like_copy_within_for_every_overlap() {
        let pattern: Vec<u8> = (0..=255_u8).cycle().take(700).collect();
        for len_bytes in (0..=140).chain([255, 256, 257, 300]) {
            for from in [0, 1, 7, 8, 15, 16, 33, 64, 200] {
                for to in [0, 1, 3, 8, 15, 17, 32, 65, 199, 201, 399] {
                    let mut expected = pattern.clone();
                    expected.copy_within(from..from + len_bytes, to);
                    let mut actual = pattern.clone();
                    let start = actual.as_mut_ptr();
                    // SAFETY: both regions are inside the 700 bytes.
                    unsafe { copy(start.wrapping_add(to), start.wrapping_add(from), len_bytes) };
                    assert!(actual == expected, "len {len_bytes} from {from} to {to}");
                }
            }
        }
    }
}
