//! The bytes that are exchanged: they follow from a seed, and so does where each message ends.
//!
//! `ci/gates/m2.py` makes the same ones, so the digest is known without this program.

use alloc::vec::Vec;

/// The length of the longest message.
pub const MAX_BYTES: usize = 4096;
/// Bytes that messages are cut from.
const BASE_BYTES: usize = 64 << 10;

/// Numbers that follow one from another. Source: Knuth, "The Art of Computer Programming" vol. 2,
/// "Theoretical Tests", MMIX's linear congruential generator.
#[derive(Debug)]
pub struct Numbers(u64);

impl Numbers {
    /// The numbers of a seed.
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next one; its upper bits are the better ones.
    pub const fn next(&mut self) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        self.0
    }

    /// The next one's upper bits, below `limit`.
    pub const fn below(&mut self, limit: u64) -> u64 {
        (self.next() >> 33) % limit
    }
}

/// Messages of together so many bytes.
#[derive(Debug)]
pub struct Messages {
    base: Vec<u8>,
    numbers: Numbers,
    index: u64,
    left: u64,
}

impl Messages {
    /// The messages of a seed, `len_bytes` bytes in all.
    pub fn new(seed: u64, len_bytes: u64) -> Self {
        let mut numbers = Numbers::new(seed);
        let words = core::iter::repeat_with(|| numbers.next().to_le_bytes());
        Self {
            base: words.take(BASE_BYTES / 8).flatten().collect(),
            numbers,
            index: 0,
            left: len_bytes,
        }
    }

    /// Puts the next message at the beginning of `buffer`; its length, `None` after the last one.
    pub fn next(&mut self, buffer: &mut [u8; MAX_BYTES]) -> Option<usize> {
        if self.left == 0 {
            return None;
        }
        let longest = self.left.min(MAX_BYTES as u64);
        let len = longest.min(1 + self.numbers.below(MAX_BYTES as u64));
        let start = self.numbers.below((BASE_BYTES - MAX_BYTES) as u64);
        self.left -= len;
        let (start, len) = (usize::try_from(start).ok()?, usize::try_from(len).ok()?);
        let message = buffer.get_mut(..len)?;
        message.copy_from_slice(self.base.get(start..start + len)?);
        if let Some(first) = message.first_chunk_mut() {
            *first = self.index.to_le_bytes();
        }
        self.index += 1;
        Some(len)
    }
}
