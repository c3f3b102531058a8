//! The nearest number of a format to a decimal or a hexadecimal text.

use core::cmp::Ordering;

use super::big::Big;
use super::float::{Float, Format, Magnitude};

/// `digits * 10^exponent`, and something more that is less than one in the last digit if `is_more`.
#[derive(Clone, Copy, Debug)]
pub struct Decimal<'a> {
    /// In ASCII, the first not 0; empty for 0.
    pub digits: &'a [u8],
    /// What the last digit counts.
    pub exponent: i64,
    /// Whether digits other than 0 were left out behind these.
    pub is_more: bool,
}

/// The nearest number.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Nearest {
    /// The number.
    pub magnitude: Magnitude,
    /// Too large, or below the normal numbers and not exact: what `strtod` says ERANGE to.
    pub is_out_of_range: bool,
}

const INFINITE: Nearest = Nearest {
    magnitude: Magnitude::Infinite,
    is_out_of_range: true,
};

fn zero(format: Format, is_out_of_range: bool) -> Nearest {
    Nearest {
        magnitude: Magnitude::Finite {
            mantissa: 0,
            exponent: format.min_exponent,
        },
        is_out_of_range,
    }
}

/// Digits that decide every rounding to [`Format::DOUBLE`] and [`Format::SINGLE`]: those of the
/// number in the middle between two, 767 and one more, and the rest as a fact.
pub const DOUBLE_DIGITS: usize = 800;
/// The same for [`Format::EXTENDED`].
pub const EXTENDED_DIGITS: usize = 11_600;

/// Limbs for numerator and denominator with that many digits.
const DOUBLE_LIMBS: usize = 110;
const EXTENDED_LIMBS: usize = 880;

/// Powers of ten that a `double` holds exactly.
const EXACT_POWERS: [f64; 23] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16,
    1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
];

/// Rounds a decimal number to the nearest of a format, to an even mantissa from the middle.
#[must_use]
pub fn nearest(decimal: Decimal<'_>, format: Format) -> Nearest {
    let count = i64::try_from(decimal.digits.len()).unwrap_or(i64::MAX);
    // Below 10^power, and at least a tenth of it.
    let power = decimal.exponent.saturating_add(count);
    if decimal.digits.is_empty() {
        return zero(format, false);
    }
    let greatest = i64::from(format.max_exponent) * 301 / 1000 + 25;
    let least = i64::from(format.min_exponent) * 302 / 1000 - 5;
    if power > greatest {
        return INFINITE;
    }
    if power < least {
        return zero(format, true);
    }
    if format == Format::DOUBLE
        && let Some(number) = by_one_operation(decimal)
    {
        return Nearest {
            magnitude: Float::from_double(number).magnitude,
            is_out_of_range: false,
        };
    }
    if format == Format::EXTENDED {
        by_large_numbers::<EXTENDED_LIMBS>(decimal, format)
    } else {
        by_large_numbers::<DOUBLE_LIMBS>(decimal, format)
    }
}

/// The quotient or product of two numbers that `double` holds exactly is rounded once.
/// Source: Clinger, "How to read floating point numbers accurately".
fn by_one_operation(decimal: Decimal<'_>) -> Option<f64> {
    if decimal.digits.len() > 15 || decimal.is_more {
        return None;
    }
    let digits = decimal
        .digits
        .iter()
        .fold(0_u64, |value, digit| value * 10 + u64::from(digit - b'0'));
    #[expect(clippy::cast_precision_loss, reason = "15 digits are exact")]
    let digits = digits as f64;
    let power = usize::try_from(decimal.exponent.unsigned_abs()).ok()?;
    let power = EXACT_POWERS.get(power)?;
    Some(if decimal.exponent < 0 {
        digits / power
    } else {
        digits * power
    })
}

fn by_large_numbers<const LIMBS: usize>(decimal: Decimal<'_>, format: Format) -> Nearest {
    let mut numerator = Big::<LIMBS>::new(0);
    numerator.append_digits(decimal.digits);
    let mut denominator = Big::<LIMBS>::new(1);
    let power = u32::try_from(decimal.exponent.unsigned_abs()).unwrap_or(u32::MAX);
    if decimal.exponent < 0 {
        denominator.multiply_by_power_of_ten(power);
    } else {
        numerator.multiply_by_power_of_ten(power);
    }
    // As many bits in both, then the quotient is between 1/2 and 2; `exponent` says what 1 counts.
    let mut exponent = numerator.bits().cast_signed() - denominator.bits().cast_signed();
    if exponent < 0 {
        numerator.shift_left(exponent.unsigned_abs());
    } else {
        denominator.shift_left(exponent.unsigned_abs());
    }
    if numerator.compare(&denominator) == Ordering::Less {
        numerator.shift_left(1);
        exponent -= 1;
    }
    // Sixty-four bits of the quotient, the first of which is 1.
    let mut mantissa = 0_u64;
    for _ in 0..u64::BITS {
        mantissa <<= 1;
        if numerator.compare(&denominator) != Ordering::Less {
            numerator.subtract(&denominator);
            mantissa |= 1;
        }
        numerator.shift_left(1);
    }
    // What is left is twice the remainder: against the denominator it says below, at or above half.
    let rest = if numerator.is_zero() && !decimal.is_more {
        Rest::Nothing
    } else {
        match numerator.compare(&denominator) {
            Ordering::Less => Rest::BelowHalf,
            Ordering::Equal if !decimal.is_more => Rest::Half,
            _ => Rest::AboveHalf,
        }
    };
    round(mantissa, exponent - 63, rest, format)
}

/// What lies behind the last bit of a mantissa.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Rest {
    /// Nothing.
    Nothing,
    /// Less than half of the last bit.
    BelowHalf,
    /// Half of it.
    Half,
    /// More than half.
    AboveHalf,
}

/// Rounds `mantissa * 2^exponent` and a rest to a format. Unless there is no rest, the mantissa's
/// highest bit is set.
#[must_use]
pub fn round(mantissa: u64, exponent: i32, rest: Rest, format: Format) -> Nearest {
    if mantissa == 0 {
        return zero(format, rest != Rest::Nothing);
    }
    let room = mantissa.leading_zeros();
    let (mantissa, exponent) = (mantissa << room, exponent - room.cast_signed());
    let surplus = (u64::BITS - format.mantissa_bits).cast_signed();
    let dropped = surplus.max(format.min_exponent - exponent).cast_unsigned();
    let is_subnormal = exponent + surplus < format.min_exponent;
    // With u128 a shift by 64 and more needs no special case; a shift by 128 leaves nothing.
    let wide = u128::from(mantissa) << 64;
    let kept = wide.checked_shr(64 + dropped).unwrap_or(0);
    let cut = wide - kept.checked_shl(64 + dropped).unwrap_or(0);
    let half = 1_u128.checked_shl(63 + dropped).unwrap_or(u128::MAX);
    let is_exact = cut == 0 && rest == Rest::Nothing;
    let rounds_up = if dropped == 0 {
        rest == Rest::AboveHalf || rest == Rest::Half && kept % 2 == 1
    } else {
        match cut.cmp(&half) {
            Ordering::Less => false,
            Ordering::Greater => true,
            Ordering::Equal => rest != Rest::Nothing || kept % 2 == 1,
        }
    };
    let kept = kept + u128::from(rounds_up);
    let mut exponent = exponent + dropped.cast_signed();
    let mantissa = if kept >> format.mantissa_bits != 0 {
        exponent += 1;
        kept >> 1
    } else {
        kept
    };
    if exponent > format.max_exponent {
        return INFINITE;
    }
    Nearest {
        magnitude: Magnitude::Finite {
            mantissa: u64::try_from(mantissa).unwrap_or(0),
            exponent,
        },
        is_out_of_range: is_subnormal && !is_exact,
    }
}
