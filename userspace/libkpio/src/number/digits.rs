//! The exact decimal digits of a number, cut and rounded where the caller says.
//!
//! The integer part is divided by 10^19 again and again, the fraction multiplied: each step gives 19
//! digits, and nothing is lost, so rounding sees the whole rest.

/// 10^19, the greatest power of ten in 64 bits.
const STEP: u64 = 10_000_000_000_000_000_000;
const STEP_DIGITS: usize = 19;

/// Where digits are cut.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Cut {
    /// So many after the point.
    AfterPoint(usize),
    /// So many from the first that is not 0.
    Significant(usize),
}

/// The digits of a number: `0.d1d2d3... * 10^point`. Digits that are missing are 0.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Digits<'a> {
    /// In ASCII; the first is not 0. Empty if the number, as cut, is 0.
    pub text: &'a [u8],
    /// How many digits are before the point, or minus the zeros after it before the first digit.
    pub point: i32,
}

/// Memory for the digits of numbers within a range of exponents.
pub struct Room<const LIMBS: usize, const DIGITS: usize> {
    limbs: [u64; LIMBS],
    digits: [u8; DIGITS],
}

/// For numbers whose exponent is within [`SMALL_EXPONENTS`]: all of `double`.
pub type SmallRoom = Room<20, 1240>;
/// For every `long double`.
pub type LargeRoom = Room<262, 11_648>;
/// Exponents a [`SmallRoom`] is enough for.
pub const SMALL_EXPONENTS: core::ops::RangeInclusive<i32> = -1140..=1100;

impl<const LIMBS: usize, const DIGITS: usize> Room<LIMBS, DIGITS> {
    /// Room that holds nothing yet.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            limbs: [0; LIMBS],
            digits: [0; DIGITS],
        }
    }

    /// The digits of `mantissa * 2^exponent`, rounded to the nearest, to an even digit from the middle.
    pub fn expand(&mut self, mantissa: u64, exponent: i32, cut: Cut) -> Digits<'_> {
        let mut writer = Writer {
            digits: &mut self.digits,
            count: 0,
            point: 0,
        };
        if mantissa == 0 {
            return Digits {
                text: &[],
                point: 0,
            };
        }
        let shift = exponent.unsigned_abs();
        let mut is_rest = false;
        if exponent >= 0 {
            let length = (shift / u64::BITS) as usize + 2;
            let limbs = self.limbs.get_mut(..length).unwrap_or_default();
            shift_left(limbs, mantissa, shift);
            whole(limbs, &mut writer);
        } else {
            let integer = mantissa.checked_shr(shift).unwrap_or(0);
            if integer != 0 {
                writer.number(integer);
            }
            let length = shift.div_ceil(u64::BITS) as usize;
            let fraction = if shift < u64::BITS {
                mantissa & ((1 << shift) - 1)
            } else {
                mantissa
            };
            // The point is above the highest limb.
            let unused = (u64::BITS - shift % u64::BITS) % u64::BITS;
            let limbs = self.limbs.get_mut(..length).unwrap_or_default();
            shift_left(limbs, fraction, unused);
            is_rest = fractional(limbs, cut, &mut writer);
        }
        writer.cut(cut, is_rest)
    }
}

impl<const LIMBS: usize, const DIGITS: usize> Default for Room<LIMBS, DIGITS> {
    fn default() -> Self {
        Self::new()
    }
}

/// Sets `limbs` to `value << shift`.
fn shift_left(limbs: &mut [u64], value: u64, shift: u32) {
    let (skipped, bits) = ((shift / u64::BITS) as usize, shift % u64::BITS);
    let [low, high] = halves(u128::from(value) << bits);
    for (index, limb) in limbs.iter_mut().enumerate() {
        *limb = match index.checked_sub(skipped) {
            Some(0) => low,
            Some(1) => high,
            _ => 0,
        };
    }
}

/// The low and the high half.
#[expect(clippy::cast_possible_truncation, reason = "halves are what is wanted")]
const fn halves(wide: u128) -> [u64; 2] {
    [wide as u64, (wide >> 64) as u64]
}

/// Writes the digits of a large natural number, which is used up.
fn whole(limbs: &mut [u64], writer: &mut Writer<'_>) {
    let mut length = limbs.len();
    // 4,933 digits are the most.
    let mut steps = [0_u64; 264];
    let mut count = 0;
    while limbs.get(length.wrapping_sub(1)) == Some(&0) {
        length -= 1;
    }
    while length > 0 {
        let mut remainder = 0_u64;
        for limb in limbs.iter_mut().take(length).rev() {
            let wide = u128::from(remainder) << 64 | u128::from(*limb);
            [*limb, _] = halves(wide / u128::from(STEP));
            [remainder, _] = halves(wide % u128::from(STEP));
        }
        if let Some(step) = steps.get_mut(count) {
            *step = remainder;
            count += 1;
        }
        while limbs.get(length.wrapping_sub(1)) == Some(&0) {
            length -= 1;
        }
    }
    for (index, step) in steps.iter().take(count).rev().enumerate() {
        if index == 0 {
            writer.number(*step);
        } else {
            writer.step(*step);
            writer.point += i32::try_from(STEP_DIGITS).unwrap_or(0);
        }
    }
}

/// Writes the digits of a fraction until the cut can be rounded; returns whether a rest is left.
fn fractional(limbs: &mut [u64], cut: Cut, writer: &mut Writer<'_>) -> bool {
    let mut lowest = 0;
    loop {
        while limbs.get(lowest) == Some(&0) {
            lowest += 1;
        }
        if lowest == limbs.len() {
            return false;
        }
        if writer.is_enough(cut) {
            return true;
        }
        let mut carry = 0_u64;
        for limb in limbs.iter_mut().skip(lowest) {
            let wide = u128::from(*limb) * u128::from(STEP) + u128::from(carry);
            [*limb, carry] = halves(wide);
        }
        writer.step(carry);
    }
}

/// Digits as they are found.
struct Writer<'a> {
    digits: &'a mut [u8],
    count: usize,
    point: i32,
}

impl<'a> Writer<'a> {
    /// A number before the point, without leading zeros.
    fn number(&mut self, value: u64) {
        let start = self.count;
        let mut text = [0; 20];
        let text = decimal(value, &mut text);
        self.point += i32::try_from(text.len()).unwrap_or(0);
        if let Some(place) = self.digits.get_mut(start..start + text.len()) {
            place.copy_from_slice(text);
            self.count += text.len();
        }
    }

    /// Nineteen digits after those there are. Zeros before the first digit that counts move the point.
    fn step(&mut self, value: u64) {
        let mut text = [b'0'; 20];
        let length = decimal(value, &mut text).len();
        let zeros = STEP_DIGITS - length;
        if self.count == 0 {
            // Only a fraction begins with zeros.
            self.point -= i32::try_from(if value == 0 { STEP_DIGITS } else { zeros }).unwrap_or(0);
            if value == 0 {
                return;
            }
        }
        let skipped = if self.count == 0 { zeros } else { 0 };
        let wanted = text.get(1 + skipped..).unwrap_or_default();
        if let Some(place) = self
            .digits
            .get_mut(self.count..self.count + STEP_DIGITS - skipped)
        {
            place.copy_from_slice(wanted);
            self.count += wanted.len();
        }
    }

    /// How many digits stay, which may be less than none.
    fn kept(&self, cut: Cut) -> isize {
        match cut {
            Cut::Significant(count) => count.cast_signed(),
            Cut::AfterPoint(count) => {
                let point = isize::try_from(self.point).unwrap_or(0);
                count.cast_signed().saturating_add(point)
            }
        }
    }

    /// Whether a digit is there behind the cut, or none of those that come can round up.
    fn is_enough(&self, cut: Cut) -> bool {
        if self.count == 0 {
            // All zeros so far: what comes is less than one in the last of them.
            return self.kept(cut) < 0;
        }
        self.count.cast_signed() > self.kept(cut)
    }

    /// Cuts and rounds.
    fn cut(self, cut: Cut, is_rest: bool) -> Digits<'a> {
        let nothing = Digits {
            text: &[],
            point: 0,
        };
        let Ok(kept) = usize::try_from(self.kept(cut)) else {
            return nothing;
        };
        let Self {
            digits,
            count,
            mut point,
        } = self;
        if kept >= count {
            return Digits {
                text: digits.get(..count).unwrap_or_default(),
                point,
            };
        }
        let first_cut = digits.get(kept).copied().unwrap_or(b'0');
        let is_more = is_rest
            || digits
                .get(kept + 1..count)
                .is_some_and(|rest| rest.iter().any(|digit| *digit != b'0'));
        let is_odd = kept
            .checked_sub(1)
            .and_then(|last| digits.get(last))
            .is_some_and(|digit| digit % 2 == 1);
        let mut length = kept;
        if first_cut > b'5' || first_cut == b'5' && (is_more || is_odd) {
            while length > 0 && digits.get(length - 1) == Some(&b'9') {
                length -= 1;
            }
            if length == 0 {
                if let Some(first) = digits.first_mut() {
                    *first = b'1';
                }
                length = 1;
                point += 1;
            } else if let Some(last) = digits.get_mut(length - 1) {
                *last += 1;
            }
        }
        if length == 0 {
            return nothing;
        }
        Digits {
            text: digits.get(..length).unwrap_or_default(),
            point,
        }
    }
}

/// The decimal digits of a number, at the end of `room`.
pub fn decimal(mut value: u64, room: &mut [u8; 20]) -> &[u8] {
    let mut start = room.len();
    for (index, place) in room.iter_mut().enumerate().rev() {
        *place = b'0' + u8::try_from(value % 10).unwrap_or(0);
        value /= 10;
        start = index;
        if value == 0 {
            break;
        }
    }
    room.get(start..).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::format;
    use std::string::{String, ToString};

    proptest! {
        #![proptest_config(ProptestConfig { cases: 3000, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn significant_digits_are_those_of_the_exact_formatting_of_rust(
            bits in any::<u64>(), count in 1_usize..40,
        ) {
            let value = f64::from_bits(bits & !(1 << 63));
            prop_assume!(value.is_finite() && value != 0.0);
            let crate::number::float::Magnitude::Finite { mantissa, exponent } =
                crate::number::float::Float::from_double(value).magnitude else { unreachable!() };
            let mut room = SmallRoom::new();
            let digits = room.expand(mantissa, exponent, Cut::Significant(count));
            let theirs = format!("{:.*e}", count - 1, value);
            let (theirs, power) = theirs.split_once('e').expect("an exponent");
            let theirs = theirs.replace('.', "");
            let mut ours = std::str::from_utf8(digits.text).expect("ASCII").to_string();
            while ours.len() < count { ours.push('0'); }
            prop_assert_eq!(ours, theirs);
            prop_assert_eq!(digits.point - 1, power.parse::<i32>().expect("a number"));
        }

        #[test]
        fn digits_after_the_point_are_those_of_the_exact_formatting_of_rust(
            mantissa in 1_u64..1 << 53, exponent in -80_i32..12, count in 0_usize..30,
        ) {
            #[expect(clippy::cast_precision_loss, reason = "53 bits")]
            let value = mantissa as f64 * 2_f64.powi(exponent);
            let theirs = format!("{value:.count$}").replace('.', "");
            let mut room = SmallRoom::new();
            let digits = room.expand(mantissa, exponent, Cut::AfterPoint(count));
            let ours = fixed_text(digits, count);
            prop_assert_eq!(ours, theirs);
        }
    }

    /// Digits before and after the point, without the point.
    fn fixed_text(digits: Digits<'_>, precision: usize) -> String {
        let point = isize::try_from(digits.point).expect("small");
        let mut text = String::new();
        for place in 0..(point.max(1) + precision.cast_signed()) {
            let index = if point >= 1 {
                place
            } else {
                place - (1 - point)
            };
            let digit = usize::try_from(index)
                .ok()
                .and_then(|at| digits.text.get(at));
            text.push(char::from(*digit.unwrap_or(&b'0')));
        }
        text
    }

    #[test]
    fn greatest_long_double_has_4933_digits() {
        let mut room = LargeRoom::new();
        let digits = room.expand(u64::MAX, 16320, Cut::AfterPoint(0));
        assert_eq!((digits.text.len(), digits.point), (4933, 4933));
        assert!(
            digits
                .text
                .starts_with(b"11897314953572317650212638530309702051690633222946")
        );
    }
}
