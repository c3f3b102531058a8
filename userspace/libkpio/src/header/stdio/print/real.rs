//! Floating-point numbers as `%e`, `%f`, `%g` and `%a` write them.

use super::spec::Flags;
use crate::number::digits::{Cut, Digits, LargeRoom, Room, SMALL_EXPONENTS, SmallRoom, decimal};
use crate::number::float::{Float, Magnitude};

/// A piece of a number's text.
#[derive(Clone, Copy, Debug)]
pub enum Part<'a> {
    /// Characters.
    Text(&'a [u8]),
    /// So many zeros.
    Zeros(usize),
}

impl Part<'_> {
    /// How many characters it has.
    #[must_use]
    pub const fn length(&self) -> usize {
        match self {
            Self::Text(text) => text.len(),
            Self::Zeros(count) => *count,
        }
    }
}

/// What precision a conversion has without one.
const DEFAULT_PRECISION: usize = 6;
/// Digits after the point of `%a`: those of a mantissa with one bit before the point.
const HEX_DIGITS: usize = 16;

/// Whether it is written in digits, so that zeros may fill it up.
#[must_use]
pub const fn is_finite(float: &Float) -> bool {
    matches!(float.magnitude, Magnitude::Finite { .. })
}

/// Gives the parts of a number, its sign and `0x` left out, to `use_parts`.
pub fn write(
    float: &Float,
    conversion: u8,
    flags: Flags,
    precision: Option<usize>,
    use_parts: &mut dyn FnMut(&[Part<'_>]),
) {
    let is_upper = conversion.is_ascii_uppercase();
    let (mantissa, exponent) = match float.magnitude {
        Magnitude::Finite { mantissa, exponent } => (mantissa, exponent),
        Magnitude::Infinite => {
            return use_parts(&[Part::Text(if is_upper { b"INF" } else { b"inf" })]);
        }
        Magnitude::NotANumber => {
            return use_parts(&[Part::Text(if is_upper { b"NAN" } else { b"nan" })]);
        }
    };
    if matches!(conversion, b'a' | b'A') {
        return hexadecimal(mantissa, exponent, is_upper, flags, precision, use_parts);
    }
    let style = Style {
        conversion,
        flags,
        precision: precision.unwrap_or(DEFAULT_PRECISION),
    };
    if SMALL_EXPONENTS.contains(&exponent) {
        style.expand(&mut SmallRoom::new(), mantissa, exponent, use_parts);
    } else {
        large(style, mantissa, exponent, use_parts);
    }
}

/// In a function by itself, so that only these numbers need so much stack.
#[inline(never)]
fn large(style: Style, mantissa: u64, exponent: i32, use_parts: &mut dyn FnMut(&[Part<'_>])) {
    style.expand(&mut LargeRoom::new(), mantissa, exponent, use_parts);
}

/// How a number is written in decimal.
#[derive(Clone, Copy)]
struct Style {
    conversion: u8,
    flags: Flags,
    precision: usize,
}

impl Style {
    fn expand<const LIMBS: usize, const DIGITS: usize>(
        self,
        room: &mut Room<LIMBS, DIGITS>,
        mantissa: u64,
        exponent: i32,
        use_parts: &mut dyn FnMut(&[Part<'_>]),
    ) {
        match self.conversion {
            b'f' | b'F' => {
                let digits = room.expand(mantissa, exponent, Cut::AfterPoint(self.precision));
                self.fixed(digits, self.precision, use_parts);
            }
            b'e' | b'E' => {
                let cut = Cut::Significant(self.precision.saturating_add(1));
                let digits = room.expand(mantissa, exponent, cut);
                self.scientific(digits, self.precision, use_parts);
            }
            _ => {
                let significant = self.precision.max(1);
                let digits = room.expand(mantissa, exponent, Cut::Significant(significant));
                self.general(digits, significant, use_parts);
            }
        }
    }

    /// `%g`: the shorter style, without zeros at the end unless `#` wants them.
    fn general(
        self,
        digits: Digits<'_>,
        significant: usize,
        use_parts: &mut dyn FnMut(&[Part<'_>]),
    ) {
        let used = digits
            .text
            .iter()
            .rposition(|digit| *digit != b'0')
            .map_or(0, |last| last + 1);
        let digits = Digits {
            text: digits.text.get(..used).unwrap_or_default(),
            point: digits.point,
        };
        let power = power(digits);
        let wanted = if self.flags.is_alternative {
            significant
        } else {
            used.max(1)
        };
        let above = usize::try_from(power).ok();
        if power >= -4 && above.is_none_or(|above| above < significant) {
            let precision = wanted.cast_signed() - 1 - power as isize;
            self.fixed(digits, precision.max(0).cast_unsigned(), use_parts);
        } else {
            self.scientific(digits, wanted - 1, use_parts);
        }
    }

    fn point(self, precision: usize) -> Part<'static> {
        let has_point = precision > 0 || self.flags.is_alternative;
        Part::Text(if has_point { b"." } else { b"" })
    }

    fn fixed(self, digits: Digits<'_>, precision: usize, use_parts: &mut dyn FnMut(&[Part<'_>])) {
        let text = digits.text;
        let before = usize::try_from(digits.point).unwrap_or(0);
        let (whole, fraction) = text.split_at(before.min(text.len()));
        let zeros = usize::try_from(-digits.point).unwrap_or(0).min(precision);
        let shown = fraction.get(..precision - zeros).unwrap_or(fraction);
        use_parts(&[
            Part::Text(if whole.is_empty() { b"0" } else { whole }),
            Part::Zeros(if whole.is_empty() {
                0
            } else {
                before - whole.len()
            }),
            self.point(precision),
            Part::Zeros(zeros),
            Part::Text(shown),
            Part::Zeros(precision - zeros - shown.len()),
        ]);
    }

    fn scientific(
        self,
        digits: Digits<'_>,
        precision: usize,
        use_parts: &mut dyn FnMut(&[Part<'_>]),
    ) {
        let (first, rest) = digits.text.split_at(digits.text.len().min(1));
        let shown = rest.get(..precision).unwrap_or(rest);
        let letter = if self.conversion.is_ascii_uppercase() {
            b'E'
        } else {
            b'e'
        };
        let power = power(digits);
        let mut room = [0; 20];
        let number = decimal(power.unsigned_abs().into(), &mut room);
        use_parts(&[
            Part::Text(if first.is_empty() { b"0" } else { first }),
            self.point(precision),
            Part::Text(shown),
            Part::Zeros(precision - shown.len()),
            Part::Text(&[letter, if power < 0 { b'-' } else { b'+' }]),
            Part::Zeros(2_usize.saturating_sub(number.len())),
            Part::Text(number),
        ]);
    }
}

/// The power of ten of the first digit.
const fn power(digits: Digits<'_>) -> i32 {
    if digits.text.is_empty() {
        0
    } else {
        digits.point - 1
    }
}

/// `%a`: one binary digit before the point, as musl writes it for every type.
fn hexadecimal(
    mantissa: u64,
    exponent: i32,
    is_upper: bool,
    flags: Flags,
    precision: Option<usize>,
    use_parts: &mut dyn FnMut(&[Part<'_>]),
) {
    let room = mantissa.leading_zeros().min(63);
    // One bit before the point, 64 behind it.
    let mut value = u128::from(mantissa << room) << 1;
    let power = if mantissa == 0 {
        0
    } else {
        exponent + 63 - room.cast_signed()
    };
    if let Some(count) = precision.filter(|count| *count < HEX_DIGITS) {
        let dropped = 4 * (HEX_DIGITS - count);
        let kept = value >> dropped;
        let cut = value - (kept << dropped);
        let half = 1_u128 << (dropped - 1);
        let rounds_up = cut > half || cut == half && kept % 2 == 1;
        value = (kept + u128::from(rounds_up)) << dropped;
    }
    let letters: &[u8; 16] = if is_upper {
        b"0123456789ABCDEF"
    } else {
        b"0123456789abcdef"
    };
    let digit = |index: usize| {
        let nibble = usize::try_from(value >> (64 - 4 * index) & 0xF).unwrap_or(0);
        letters.get(nibble).copied().unwrap_or(b'0')
    };
    let text: [u8; 1 + HEX_DIGITS] = core::array::from_fn(digit);
    let (first, fraction) = text.split_at(1);
    let used = fraction
        .iter()
        .rposition(|digit| *digit != b'0')
        .map_or(0, |last| last + 1);
    let wanted = precision.unwrap_or(used);
    let shown = fraction.get(..used.min(wanted)).unwrap_or_default();
    let mut room = [0; 20];
    let number = decimal(power.unsigned_abs().into(), &mut room);
    let has_point = wanted > 0 || flags.is_alternative;
    use_parts(&[
        Part::Text(first),
        Part::Text(if has_point { b"." } else { b"" }),
        Part::Text(shown),
        Part::Zeros(wanted - shown.len()),
        Part::Text(&[
            if is_upper { b'P' } else { b'p' },
            if power < 0 { b'-' } else { b'+' },
        ]),
        Part::Text(number),
    ]);
}
