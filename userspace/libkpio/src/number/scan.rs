//! A number at the front of a text, as `strtod`, `strtol` and `scanf` read it.
//!
//! The text is only ever looked at one byte ahead, so that a stream can be the text.

use super::decimal::{self, Decimal, Nearest, Rest};
use super::float::{Float, Format, Magnitude};

/// A text, from its front on.
pub trait Characters {
    /// The next byte; none at the end. A character that is not ASCII may be any byte above 127.
    fn peek(&mut self) -> Option<u8>;
    /// Takes the byte that [`Self::peek`] gave.
    fn advance(&mut self);
}

/// The bytes of a slice.
impl Characters for &[u8] {
    fn peek(&mut self) -> Option<u8> {
        self.first().copied()
    }

    fn advance(&mut self) {
        *self = self.get(1..).unwrap_or_default();
    }
}

/// Whether C's `isspace` holds in the "C" locale.
#[must_use]
pub const fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t'..=b'\r')
}

/// Skips white space; returns how much.
pub fn skip_space<C: Characters>(text: &mut C) -> usize {
    let mut count = 0;
    while text.peek().is_some_and(is_space) {
        text.advance();
        count += 1;
    }
    count
}

/// A text that counts what is taken.
struct Counted<'a, C> {
    text: &'a mut C,
    taken: usize,
}

impl<C: Characters> Counted<'_, C> {
    fn peek(&mut self) -> Option<u8> {
        self.text.peek()
    }

    fn advance(&mut self) {
        self.text.advance();
        self.taken += 1;
    }

    /// Takes a byte if `wanted` holds for it.
    fn take_if(&mut self, wanted: impl Fn(u8) -> bool) -> Option<u8> {
        let byte = self.peek().filter(|byte| wanted(*byte))?;
        self.advance();
        Some(byte)
    }

    /// Takes a sign; whether it was a minus.
    fn sign(&mut self) -> bool {
        self.take_if(|byte| matches!(byte, b'+' | b'-')) == Some(b'-')
    }

    /// Takes what follows of a word, upper or lower case; returns how many bytes.
    fn word(&mut self, word: &[u8]) -> usize {
        word.iter()
            .take_while(|wanted| {
                self.take_if(|byte| byte.to_ascii_lowercase() == **wanted)
                    .is_some()
            })
            .count()
    }
}

/// An integer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Integer {
    /// The digits' value, cut at `u64::MAX`.
    pub magnitude: u64,
    /// Whether there was a minus sign.
    pub is_negative: bool,
    /// The value did not fit into 64 bits.
    pub is_too_large: bool,
    /// How many bytes belong to the number; 0: there is none.
    pub valid_bytes: usize,
    /// How many were taken; more than belong to it if it breaks off, as `0x` does.
    pub taken_bytes: usize,
}

/// Reads a sign, a prefix and digits of `base`; 0 finds the base from the prefix.
pub fn integer<C: Characters>(text: &mut C, base: u32) -> Integer {
    let mut text = Counted { text, taken: 0 };
    let mut found = Integer {
        magnitude: 0,
        is_negative: text.sign(),
        is_too_large: false,
        valid_bytes: 0,
        taken_bytes: 0,
    };
    let mut base = base;
    if matches!(base, 0 | 16) && text.take_if(|byte| byte == b'0').is_some() {
        found.valid_bytes = text.taken;
        if text.take_if(|byte| matches!(byte, b'x' | b'X')).is_some() {
            base = 16;
        } else if base == 0 {
            base = 8;
        }
    } else if base == 0 {
        base = 10;
    }
    while let Some(digit) = text
        .peek()
        .and_then(|byte| char::from(byte).to_digit(36))
        .filter(|digit| *digit < base)
    {
        text.advance();
        found.valid_bytes = text.taken;
        let grown = found
            .magnitude
            .checked_mul(u64::from(base))
            .and_then(|value| value.checked_add(u64::from(digit)));
        found.is_too_large |= grown.is_none();
        found.magnitude = grown.unwrap_or(found.magnitude);
    }
    if found.is_too_large {
        found.magnitude = u64::MAX;
    }
    found.is_negative &= found.valid_bytes != 0;
    found.taken_bytes = text.taken;
    found
}

/// A floating-point number.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Real {
    /// The nearest number of the format.
    pub float: Float,
    /// It is too large for the format, or too small to be exact.
    pub is_out_of_range: bool,
    /// As in [`Integer`].
    pub valid_bytes: usize,
    /// As in [`Integer`].
    pub taken_bytes: usize,
}

/// Reads a sign and a decimal number, a hexadecimal one, `inf`, `infinity`, `nan` or `nan(...)`.
pub fn real<C: Characters>(text: &mut C, format: Format) -> Real {
    let mut text = Counted { text, taken: 0 };
    let is_negative = text.sign();
    let (nearest, valid_bytes) = match text.peek().map(|byte| byte.to_ascii_lowercase()) {
        Some(b'i') => infinity(&mut text),
        Some(b'n') => not_a_number(&mut text),
        Some(b'0') => {
            text.advance();
            if text.take_if(|byte| matches!(byte, b'x' | b'X')).is_some() {
                hexadecimal(&mut text, format)
            } else {
                let zero = text.taken;
                decimal_number(&mut text, format, zero)
            }
        }
        _ => decimal_number(&mut text, format, 0),
    };
    Real {
        float: Float {
            is_negative: is_negative && valid_bytes != 0,
            magnitude: nearest.magnitude,
        },
        is_out_of_range: nearest.is_out_of_range,
        valid_bytes,
        taken_bytes: text.taken,
    }
}

const fn exactly(magnitude: Magnitude) -> Nearest {
    Nearest {
        magnitude,
        is_out_of_range: false,
    }
}

const ZERO: Nearest = exactly(Magnitude::Finite {
    mantissa: 0,
    exponent: 0,
});

fn infinity<C: Characters>(text: &mut Counted<'_, C>) -> (Nearest, usize) {
    let start = text.taken;
    let valid = match text.word(b"infinity") {
        8 => start + 8,
        3.. => start + 3,
        _ => return (ZERO, 0),
    };
    (exactly(Magnitude::Infinite), valid)
}

fn not_a_number<C: Characters>(text: &mut Counted<'_, C>) -> (Nearest, usize) {
    if text.word(b"nan") < 3 {
        return (ZERO, 0);
    }
    let mut valid = text.taken;
    if text.take_if(|byte| byte == b'(').is_some() {
        while text
            .take_if(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
            .is_some()
        {}
        if text.take_if(|byte| byte == b')').is_some() {
            valid = text.taken;
        }
    }
    (exactly(Magnitude::NotANumber), valid)
}

/// Takes an exponent, if it is complete; otherwise what is there of it is taken for nothing.
fn exponent<C: Characters>(text: &mut Counted<'_, C>, letters: [u8; 2], valid: &mut usize) -> i64 {
    if text.take_if(|byte| letters.contains(&byte)).is_none() {
        return 0;
    }
    let is_negative = text.sign();
    let mut value = 0_i64;
    while let Some(digit) = text.take_if(|byte| byte.is_ascii_digit()) {
        value = value
            .saturating_mul(10)
            .saturating_add(i64::from(digit - b'0'));
        *valid = text.taken;
    }
    if is_negative { -value } else { value }
}

/// `valid` is how many bytes are a number already: with a leading zero.
fn decimal_number<C: Characters>(
    text: &mut Counted<'_, C>,
    format: Format,
    valid: usize,
) -> (Nearest, usize) {
    if format == Format::EXTENDED {
        decimal_digits::<C, { decimal::EXTENDED_DIGITS }>(text, format, valid)
    } else {
        decimal_digits::<C, { decimal::DOUBLE_DIGITS }>(text, format, valid)
    }
}

fn decimal_digits<C: Characters, const ROOM: usize>(
    text: &mut Counted<'_, C>,
    format: Format,
    mut valid: usize,
) -> (Nearest, usize) {
    let mut digits = [0_u8; ROOM];
    let mut count = 0;
    let mut scale = 0_i64;
    let mut is_more = false;
    let mut is_fraction = false;
    loop {
        if !is_fraction && text.take_if(|byte| byte == b'.').is_some() {
            is_fraction = true;
            if valid != 0 {
                valid = text.taken;
            }
        }
        let Some(digit) = text.take_if(|byte| byte.is_ascii_digit()) else {
            break;
        };
        valid = text.taken;
        let is_kept = count > 0 || digit != b'0';
        match digits.get_mut(count) {
            Some(place) if is_kept => {
                *place = digit;
                count += 1;
                scale -= i64::from(is_fraction);
            }
            Some(_) => scale -= i64::from(is_fraction),
            None => {
                is_more |= digit != b'0';
                scale += i64::from(!is_fraction);
            }
        }
    }
    if valid == 0 {
        return (ZERO, 0);
    }
    let power = exponent(text, *b"eE", &mut valid);
    let decimal = Decimal {
        digits: digits.get(..count).unwrap_or_default(),
        exponent: scale.saturating_add(power),
        is_more,
    };
    (decimal::nearest(decimal, format), valid)
}

/// What follows `0x`, which has been taken.
fn hexadecimal<C: Characters>(text: &mut Counted<'_, C>, format: Format) -> (Nearest, usize) {
    let only_zero = text.taken - 1;
    let mut valid = 0;
    let mut mantissa = 0_u128;
    let mut scale = 0_i64;
    let mut is_more = false;
    let mut is_fraction = false;
    loop {
        if !is_fraction && text.take_if(|byte| byte == b'.').is_some() {
            is_fraction = true;
            if valid != 0 {
                valid = text.taken;
            }
        }
        let Some(digit) = text.peek().and_then(|byte| char::from(byte).to_digit(16)) else {
            break;
        };
        text.advance();
        valid = text.taken;
        if mantissa >> 124 == 0 {
            mantissa = mantissa << 4 | u128::from(digit);
            scale -= 4 * i64::from(is_fraction);
        } else {
            is_more |= digit != 0;
            scale += 4 * i64::from(!is_fraction);
        }
    }
    if valid == 0 {
        return (ZERO, only_zero);
    }
    let power = exponent(text, *b"pP", &mut valid);
    if mantissa == 0 {
        return (ZERO, valid);
    }
    let room = mantissa.leading_zeros();
    let mantissa = mantissa << room;
    let exponent = scale
        .saturating_add(power)
        .saturating_add(64 - i64::from(room));
    // Far beyond every format, and far from overflowing.
    let exponent = i32::try_from(exponent.clamp(-100_000, 100_000)).unwrap_or(0);
    let [low, high] = [mantissa & u128::from(u64::MAX), mantissa >> 64]
        .map(|half| u64::try_from(half).unwrap_or(0));
    let rest = match (low, is_more) {
        (0, false) => Rest::Nothing,
        (0x8000_0000_0000_0000, false) => Rest::Half,
        (0x8000_0000_0000_0000.., _) => Rest::AboveHalf,
        _ => Rest::BelowHalf,
    };
    (decimal::round(high, exponent, rest, format), valid)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::ffi::CString;
    use std::format;
    use std::string::String;

    unsafe extern "C" {
        // The host's, returned through memory: Rust has no type for what it returns.
        fn strtof(text: *const libc::c_char, end: *mut *mut libc::c_char) -> f32;
        fn sscanf(text: *const libc::c_char, format: *const libc::c_char, ...) -> i32;
    }

    fn number_like() -> impl Strategy<Value = String> {
        let sign = prop_oneof![3 => Just(""), 1 => Just("-"), 1 => Just("+")];
        let digits = prop_oneof![
            3 => "[0-9]{0,20}\\.?[0-9]{0,25}",
            1 => "[0-9]{0,5}\\.?[0-9]{0,900}",
            1 => "0x[0-9a-fA-F]{0,20}\\.?[0-9a-f]{0,20}",
            1 => "0X\\.?[0-9a-f]{0,45}",
            1 => "(inf|INFINITY|infin|nan|NaN\\(a_1\\)|nan\\(|in|na|e5|\\.|0x|0x\\.)",
            1 => "9007199254740993(0{0,30}1?|\\.0{0,800}1?)",
        ];
        let exponent = prop_oneof![
            3 => Just(String::new()),
            3 => "[eE][-+]?[0-9]{1,2}",
            2 => "[eE]-?[23][0-9][0-9]",
            1 => "[eE]-?49[0-9][0-9]",
            2 => "[pP]-?[0-9]{1,4}",
            1 => "[pP]-?1[06][0-9]{2,3}",
            1 => "[eEpP][-+]?",
            1 => "[eEpP]-?99999999999999999999",
        ];
        let rest = prop_oneof![3 => Just(""), 1 => Just("x"), 1 => Just(".5")];
        (sign, digits, exponent, rest)
            .prop_map(|(sign, digits, exponent, rest)| format!("{sign}{digits}{exponent}{rest}"))
    }

    fn ours(text: &str, format: Format) -> Real {
        real(&mut text.as_bytes(), format)
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 8000, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn doubles_are_read_as_the_host_reads_them(text in number_like()) {
            let ours = ours(&text, Format::DOUBLE);
            let c_text = CString::new(text.as_str()).expect("no NUL");
            let mut end = core::ptr::null_mut();
            // SAFETY: it touches no memory.
            let place = unsafe { libc::__errno_location() };
            // SAFETY: the location is this thread's errno.
            unsafe { place.write(0) };
            // SAFETY: a string, and a place for its end.
            let theirs = unsafe { libc::strtod(c_text.as_ptr(), &raw mut end) };
            // SAFETY: as above.
            let error = unsafe { place.read() };
            prop_assert_eq!(ours.valid_bytes, end as usize - c_text.as_ptr() as usize, "{}", text);
            if theirs.is_nan() {
                prop_assert_eq!(ours.float.magnitude, Magnitude::NotANumber);
            } else {
                prop_assert_eq!(ours.float.to_double().to_bits(), theirs.to_bits(), "{}", text);
                // Against glibc, tininess before rounding: where a number rounds up to the least
                // normal one, the two may differ.
                if theirs.abs() != f64::MIN_POSITIVE {
                    prop_assert_eq!(ours.is_out_of_range, error == libc::ERANGE, "{}", text);
                }
            }
        }

        #[test]
        fn floats_are_read_as_the_host_reads_them(text in number_like()) {
            let ours = ours(&text, Format::SINGLE);
            let c_text = CString::new(text.as_str()).expect("no NUL");
            let mut end = core::ptr::null_mut();
            // SAFETY: a string, and a place for its end.
            let theirs = unsafe { strtof(c_text.as_ptr(), &raw mut end) };
            if !theirs.is_nan() {
                prop_assert_eq!(ours.float.to_single().to_bits(), theirs.to_bits(), "{}", text);
            }
        }

        #[test]
        fn long_doubles_are_read_as_the_host_reads_them(text in number_like()) {
            let ours = ours(&text, Format::EXTENDED);
            prop_assume!(ours.valid_bytes != 0);
            // scanf refuses a number that breaks off.
            let c_text = CString::new(&text[..ours.valid_bytes]).expect("no NUL");
            let mut theirs = [0_u8; 16];
            // SAFETY: a string, a format, and a place for a long double.
            let count = unsafe { sscanf(c_text.as_ptr(), c"%Lf".as_ptr(), &raw mut theirs) };
            prop_assert_eq!(count, 1);
            if ours.float.magnitude != Magnitude::NotANumber {
                prop_assert_eq!(&ours.float.to_extended()[..], &theirs[..10], "{}", text);
            }
        }
    }

    #[test]
    fn a_number_that_breaks_off_takes_more_than_belongs_to_it() {
        for (text, valid, taken) in [
            ("1e+x", 1, 3),
            ("0x", 1, 2),
            ("nan(1", 3, 5),
            ("infin", 3, 5),
        ] {
            let found = ours(text, Format::DOUBLE);
            assert_eq!(
                (found.valid_bytes, found.taken_bytes),
                (valid, taken),
                "{text}"
            );
        }
    }
}
