//! Algorithms on strings of known length.

/// A set of byte values.
pub struct ByteSet([u64; 4]);

impl ByteSet {
    /// The set of the bytes in `members`.
    pub fn new(members: &[u8]) -> Self {
        let mut words = [0; 4];
        for member in members {
            words[usize::from(*member) / 64] |= 1_u64 << (member % 64);
        }
        Self(words)
    }

    /// Whether `byte` is in the set.
    pub fn contains(&self, byte: u8) -> bool {
        self.0[usize::from(byte) / 64] & (1_u64 << (byte % 64)) != 0
    }
}

/// How many bytes of `text`, from its start, are (`wanted`) or are not in `set`.
pub fn span(text: &[u8], set: &ByteSet, wanted: bool) -> usize {
    text.iter()
        .position(|byte| set.contains(*byte) != wanted)
        .unwrap_or(text.len())
}

/// Compares as C does: the difference of the first bytes that differ, as unsigned values.
///
/// Words are compared as numbers: comparing slices would be a call of `memcmp`, which is this.
pub fn compare(left: &[u8], right: &[u8]) -> i32 {
    let words = left.as_chunks().0.iter().zip(right.as_chunks().0);
    let equal_words = words
        .take_while(|(left, right)| u64::from_ne_bytes(**left) == u64::from_ne_bytes(**right))
        .count();
    let rest = equal_words * size_of::<u64>();
    let left = left.get(rest..).unwrap_or_default();
    let right = right.get(rest..).unwrap_or_default();
    for (left, right) in left.iter().zip(right) {
        if left != right {
            return i32::from(*left) - i32::from(*right);
        }
    }
    0
}

/// Compares two strings without regard to the case of ASCII letters, as C does.
pub fn compare_ignoring_case(left: &[u8], right: &[u8]) -> i32 {
    // Each goes on with its NUL.
    let bytes = |text: &[u8], index: usize| {
        text.get(index)
            .map_or(0, |byte| i32::from(byte.to_ascii_lowercase()))
    };
    (0..left.len().max(right.len()))
        .map(|index| bytes(left, index) - bytes(right, index))
        .find(|difference| *difference != 0)
        .unwrap_or(0)
}

/// Where `needle` starts in `haystack`; linear time (the `memchr` crate's two-way search).
pub fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    memchr::memmem::find(haystack, needle)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn compare_sees_bytes_as_unsigned() {
        assert!(compare(b"\x80", b"\x7F") > 0);
        assert_eq!(compare(b"12345678abc", b"12345678abc"), 0);
        assert_eq!(compare(b"12345678a", b"12345678c"), -2);
        assert_eq!(compare(b"a2345678", b"b2345678"), -1);
    }

    #[test]
    fn span_counts_members_and_others() {
        let set = ByteSet::new(b"ab\xFF");
        assert_eq!(span(b"abba\xFFc", &set, true), 5);
        assert_eq!(span(b"xyzb", &set, false), 3);
        assert_eq!(span(b"", &set, true), 0);
    }
}
