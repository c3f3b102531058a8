//! Looking for a byte in memory whose end is not known beforehand: `strlen`, `strchr`, and `memchr`
//! with a length that may exceed the object (which C allows when the byte is there).

use core::arch::x86_64::{__m128i, _mm_cmpeq_epi8, _mm_movemask_epi8, _mm_or_si128, _mm_set1_epi8};

const BLOCK_BYTES: usize = size_of::<__m128i>();

/// The offset of the first byte equal to `one` or `other`, among the first `limit_bytes` at
/// `start`.
///
/// # Safety
///
/// The bytes from `start` up to the one found, or `limit_bytes` of them, are readable.
#[target_feature(enable = "sse2")]
pub unsafe fn find_either(
    start: *const u8,
    limit_bytes: usize,
    one: u8,
    other: u8,
) -> Option<usize> {
    if limit_bytes == 0 {
        return None;
    }
    let wanted_one = _mm_set1_epi8(one.cast_signed());
    let wanted_other = _mm_set1_epi8(other.cast_signed());
    let skipped_bytes = start as usize % BLOCK_BYTES;
    let mut block = start.wrapping_sub(skipped_bytes).cast::<__m128i>();
    let mut ignored = !0_u32 << skipped_bytes;
    // Where `block` starts, counted from `start`; wraps below zero for the first one.
    let mut block_offset = 0_usize.wrapping_sub(skipped_bytes);
    loop {
        // SAFETY: the block is aligned and holds at least one byte that the caller vouches for. An
        // aligned block never crosses a page, so the others are readable by the machine;
        // their values are masked out or lie behind the find.
        let bytes = unsafe { block.read() };
        let equal = _mm_or_si128(
            _mm_cmpeq_epi8(bytes, wanted_one),
            _mm_cmpeq_epi8(bytes, wanted_other),
        );
        let found = _mm_movemask_epi8(equal).cast_unsigned() & ignored;
        if found != 0 {
            let offset = block_offset.wrapping_add(found.trailing_zeros() as usize);
            return (offset < limit_bytes).then_some(offset);
        }
        ignored = !0;
        block_offset = block_offset.wrapping_add(BLOCK_BYTES);
        if block_offset >= limit_bytes {
            return None;
        }
        block = block.wrapping_add(1);
    }
}

/// The length of a NUL-terminated string.
///
/// # Safety
///
/// `start` points at a NUL-terminated string.
pub unsafe fn length(start: *const u8) -> usize {
    // SAFETY: the caller's promise; the scan ends at the NUL.
    unsafe { find_either(start, usize::MAX, 0, 0) }.unwrap_or(usize::MAX)
}

/// The length of a string that ends at its NUL or after `limit_bytes`.
///
/// # Safety
///
/// The bytes up to there are readable.
pub unsafe fn length_within(start: *const u8, limit_bytes: usize) -> usize {
    // SAFETY: the caller's promise.
    unsafe { find_either(start, limit_bytes, 0, 0) }.unwrap_or(limit_bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_at_every_alignment_and_respects_the_limit() {
        for start in 0..17 {
            for position in 0..70_usize {
                let mut memory = [b'x'; 128];
                memory[start + position] = b'!';
                let string = memory.as_ptr().wrapping_add(start);
                for limit_bytes in [0, 1, position, position + 1, position + 2, 100] {
                    // SAFETY: start + limit is at most 117 of 128 bytes.
                    let found = unsafe { find_either(string, limit_bytes, b'!', b'!') };
                    let expected = (position < limit_bytes).then_some(position);
                    assert_eq!(
                        found, expected,
                        "start {start} position {position} limit {limit_bytes}"
                    );
                }
                // SAFETY: the byte is there.
                let found = unsafe { find_either(string, usize::MAX, b'!', b'?') };
                assert_eq!(found, Some(position));
            }
        }
    }

    #[test]
    fn bytes_before_the_start_are_not_found() {
        let memory = *b"!!!!!!!!x!!!!!!!";
        let string = memory.as_ptr().wrapping_add(8);
        // SAFETY: one byte is there.
        assert_eq!(unsafe { find_either(string, 1, b'!', b'!') }, None);
    }
}
