//! Wide characters and their bytes, in the two character sets there are: UTF-8, and that of the "C"
//! locale, whose bytes above 127 are wide characters of their own, as in musl.

use crate::header::locale;

/// The most bytes of a character.
pub const MAX_BYTES: usize = 4;

/// The wide character of the byte 0 + 128 in the "C" locale is `HIGH_BYTES + 128`. Source: musl,
/// CODEUNIT.
const HIGH_BYTES: u32 = 0xDF00;

/// The wide character that a single byte is.
#[must_use]
pub fn of_byte(byte: u8) -> Option<u32> {
    match byte {
        0..0x80 => Some(byte.into()),
        _ if locale::is_utf8() => None,
        _ => Some(HIGH_BYTES + u32::from(byte)),
    }
}

/// The byte that a wide character is by itself.
#[must_use]
pub fn to_byte(wide: u32) -> Option<u8> {
    match wide {
        0..0x80 => u8::try_from(wide).ok(),
        0xDF80..=0xDFFF if !locale::is_utf8() => u8::try_from(wide - HIGH_BYTES).ok(),
        _ => None,
    }
}

/// The bytes of a wide character; none if it is no character.
pub fn encode(wide: u32, room: &mut [u8; MAX_BYTES]) -> Option<&[u8]> {
    if let Some(byte) = to_byte(wide) {
        room[0] = byte;
        return room.get(..1);
    }
    if !locale::is_utf8() {
        return None;
    }
    char::from_u32(wide).map(|character| character.encode_utf8(room).as_bytes())
}

/// How many bytes the first `limit` characters of a string have, or all if it has less.
///
/// # Safety
///
/// `start` is a string, or has so many characters.
pub unsafe fn length_of(start: *const u8, limit: usize) -> usize {
    let mut length = 0;
    let mut characters = 0;
    loop {
        // SAFETY: nothing before it was the NUL, and a character that has begun is complete.
        let byte = unsafe { start.wrapping_add(length).read() };
        let begins = byte & 0xC0 != 0x80 || !locale::is_utf8();
        if byte == 0 || begins && characters == limit {
            return length;
        }
        characters += usize::from(begins);
        length += 1;
    }
}

/// What a byte has added to a character.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Step {
    /// The character is complete.
    Character(u32),
    /// More bytes belong to it.
    More,
    /// The bytes are no character.
    Wrong,
}

/// A character of which some bytes were read. It is what C keeps in the first word of an `mbstate_t`:
/// 0 between characters.
///
/// In the word: the bits found so far, above them how many bytes are missing, and how many there are
/// in all.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Decoder {
    state: u32,
}

const BITS: u32 = 0x00FF_FFFF;
const MISSING_SHIFT: u32 = 24;
const LENGTH_SHIFT: u32 = 28;

impl Decoder {
    /// Between characters.
    #[must_use]
    pub const fn new() -> Self {
        Self { state: 0 }
    }

    /// What was kept in a word.
    #[must_use]
    pub const fn from_word(state: u32) -> Self {
        Self { state }
    }

    /// The word to keep.
    #[must_use]
    pub const fn to_word(self) -> u32 {
        self.state
    }

    /// Whether a character has begun and is not complete.
    #[must_use]
    pub const fn is_within(self) -> bool {
        self.state != 0
    }

    /// Takes a byte. After [`Step::Wrong`] it is between characters again.
    ///
    /// Wrong as soon as no character can begin so: overlong forms, surrogates and what is above
    /// U+10FFFF. Source: The Unicode Standard, "Well-Formed UTF-8 Byte Sequences".
    pub fn push(&mut self, byte: u8) -> Step {
        if self.state == 0 {
            return self.begin(byte);
        }
        let missing = self.state >> MISSING_SHIFT & 0xF;
        let length = self.state >> LENGTH_SHIFT;
        let bits = (self.state & BITS) << 6 | u32::from(byte & 0x3F);
        self.state = 0;
        if byte & 0xC0 != 0x80 {
            return Step::Wrong;
        }
        let is_second = missing + 1 == length;
        let is_wrong = is_second
            && match length {
                3 => !(0x20..0x360).contains(&bits) && !(0x380..0x400).contains(&bits),
                4 => !(0x10..0x110).contains(&bits),
                _ => false,
            };
        if is_wrong {
            return Step::Wrong;
        }
        if missing == 1 {
            return Step::Character(bits);
        }
        self.state = length << LENGTH_SHIFT | (missing - 1) << MISSING_SHIFT | bits;
        Step::More
    }

    fn begin(&mut self, byte: u8) -> Step {
        if let Some(wide) = of_byte(byte) {
            return Step::Character(wide);
        }
        let (length, bits) = match byte {
            0xC2..=0xDF => (2, byte & 0x1F),
            0xE0..=0xEF => (3, byte & 0x0F),
            0xF0..=0xF4 => (4, byte & 0x07),
            _ => return Step::Wrong,
        };
        self.state = length << LENGTH_SHIFT | (length - 1) << MISSING_SHIFT | u32::from(bits);
        Step::More
    }
}
