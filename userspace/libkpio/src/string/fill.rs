//! Filling memory with one byte.

/// Repeats a byte over a word.
const fn spread(byte: u8) -> u64 {
    u64::from_ne_bytes([byte; size_of::<u64>()])
}

/// Writes the first `size_of::<T>()` bytes and the last ones; they may overlap.
///
/// # Safety
///
/// `size_of::<T>() <= len_bytes`, and as many bytes at `target` are writable.
#[inline(always)]
unsafe fn fill_ends<T: Copy>(target: *mut u8, value: T, len_bytes: usize) {
    // SAFETY: a `T` fits into the region from its start; alignment is not asked for.
    unsafe { target.cast::<T>().write_unaligned(value) };
    let last = target.wrapping_add(len_bytes - size_of::<T>());
    // SAFETY: and so it does up to its end.
    unsafe { last.cast::<T>().write_unaligned(value) };
}

/// Sets `len_bytes` bytes at `target` to `byte`.
///
/// # Safety
///
/// The bytes are writable.
#[expect(
    clippy::cast_possible_truncation,
    reason = "the halves of a word of equal bytes"
)]
pub unsafe fn fill(target: *mut u8, byte: u8, len_bytes: usize) {
    let word = spread(byte);
    match len_bytes {
        0 => {}
        // SAFETY: the caller's promise, and the type is no longer than the region.
        1..=2 => unsafe { fill_ends(target, byte, len_bytes) },
        // SAFETY: as above.
        3..=4 => unsafe { fill_ends(target, word as u16, len_bytes) },
        // SAFETY: as above.
        5..=8 => unsafe { fill_ends(target, word as u32, len_bytes) },
        // SAFETY: as above.
        9..=16 => unsafe { fill_ends(target, word, len_bytes) },
        _ => {
            // SAFETY: as above. The last 8 bytes are those that whole words from the start may
            // miss.
            unsafe { fill_ends(target, word, len_bytes) };
            #[cfg(not(miri))]
            // SAFETY: `rep stosq` writes len_bytes / 8 words, all inside the region; the direction
            // flag is clear, as the ABI demands. musl fills in the same way.
            unsafe {
                core::arch::asm!(
                    "rep stosq",
                    inout("rcx") len_bytes / size_of::<u64>() => _,
                    inout("rdi") target => _,
                    in("rax") word,
                    options(nostack, preserves_flags),
                );
            }
            #[cfg(miri)]
            for index in 0..len_bytes {
                // SAFETY: inside the region.
                unsafe { target.wrapping_add(index).write(byte) };
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fills_exactly_the_region() {
        for len_bytes in 0..=200 {
            for start in 0..9 {
                let mut memory = [0x11_u8; 256];
                // SAFETY: start + len_bytes is at most 208.
                unsafe { fill(memory.as_mut_ptr().wrapping_add(start), 0xA5, len_bytes) };
                for (index, byte) in memory.iter().enumerate() {
                    let inside = (start..start + len_bytes).contains(&index);
                    let expected = if inside { 0xA5 } else { 0x11 };
                    assert_eq!(
                        *byte, expected,
                        "len {len_bytes} start {start} index {index}"
                    );
                }
            }
        }
    }
}
