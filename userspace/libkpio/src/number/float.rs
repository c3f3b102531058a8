//! Numbers taken apart. Source: Intel SDM vol. 1, "Floating-Point Formats".

/// A format with binary mantissa and exponent.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Format {
    /// Bits of the mantissa, the leading one included.
    pub mantissa_bits: u32,
    /// Exponent of the mantissa's last bit in the least numbers.
    pub min_exponent: i32,
    /// Exponent of the mantissa's last bit in the greatest numbers.
    pub max_exponent: i32,
}

impl Format {
    /// `float`
    pub const SINGLE: Self = Self {
        mantissa_bits: 24,
        min_exponent: -149,
        max_exponent: 104,
    };
    /// `double`
    pub const DOUBLE: Self = Self {
        mantissa_bits: 53,
        min_exponent: -1074,
        max_exponent: 971,
    };
    /// `long double`
    pub const EXTENDED: Self = Self {
        mantissa_bits: 64,
        min_exponent: -16445,
        max_exponent: 16320,
    };
}

/// What a number is besides its sign.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Magnitude {
    /// `mantissa * 2^exponent`; the mantissa is 0 for zero.
    Finite {
        /// The bits.
        mantissa: u64,
        /// What the last bit counts.
        exponent: i32,
    },
    /// Infinity.
    Infinite,
    /// Not a number.
    NotANumber,
}

/// A number of any of the formats.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Float {
    /// Whether its sign is minus; zeros and NaNs have one too.
    pub is_negative: bool,
    /// The rest.
    pub magnitude: Magnitude,
}

const EXTENDED_BIAS: i32 = 16383 + 63;
const EXTENDED_SPECIAL: i32 = 0x7FFF;

impl Float {
    /// Takes a `double` apart.
    #[must_use]
    pub fn from_double(value: f64) -> Self {
        let bits = value.to_bits();
        let fraction = bits & ((1 << 52) - 1);
        let biased = i32::try_from(bits >> 52 & 0x7FF).unwrap_or(0);
        let magnitude = match (biased, fraction) {
            (0x7FF, 0) => Magnitude::Infinite,
            (0x7FF, _) => Magnitude::NotANumber,
            (0, _) => Magnitude::Finite {
                mantissa: fraction,
                exponent: Format::DOUBLE.min_exponent,
            },
            _ => Magnitude::Finite {
                mantissa: fraction | 1 << 52,
                exponent: biased - 1075,
            },
        };
        Self {
            is_negative: bits >> 63 != 0,
            magnitude,
        }
    }

    /// Takes a `long double` apart, given as it lies in memory. What the x87 does not take for a
    /// number (a leading bit that is missing) is none.
    #[must_use]
    pub fn from_extended(bytes: [u8; 10]) -> Self {
        let [m0, m1, m2, m3, m4, m5, m6, m7, e0, e1] = bytes;
        let mantissa = u64::from_le_bytes([m0, m1, m2, m3, m4, m5, m6, m7]);
        let top = u16::from_le_bytes([e0, e1]);
        let biased = i32::from(top & 0x7FFF);
        let magnitude = match biased {
            EXTENDED_SPECIAL if mantissa == 1 << 63 => Magnitude::Infinite,
            0 => Magnitude::Finite {
                mantissa,
                exponent: 1 - EXTENDED_BIAS,
            },
            _ if biased == EXTENDED_SPECIAL || mantissa >> 63 == 0 => Magnitude::NotANumber,
            _ => Magnitude::Finite {
                mantissa,
                exponent: biased - EXTENDED_BIAS,
            },
        };
        Self {
            is_negative: top >> 15 != 0,
            magnitude,
        }
    }

    /// The `long double` as it lies in memory. A finite number must be one of
    /// [`Format::EXTENDED`].
    #[must_use]
    pub fn to_extended(self) -> [u8; 10] {
        let (mantissa, biased) = match self.magnitude {
            Magnitude::Infinite => (1 << 63, EXTENDED_SPECIAL),
            Magnitude::NotANumber => (3 << 62, EXTENDED_SPECIAL),
            Magnitude::Finite { mantissa: 0, .. } => (0, 0),
            Magnitude::Finite { mantissa, exponent } => {
                let room = mantissa.leading_zeros().cast_signed();
                let shift = room.min(exponent - Format::EXTENDED.min_exponent).max(0);
                let mantissa = mantissa << shift;
                let is_normal = mantissa >> 63 != 0;
                let biased = exponent - shift + EXTENDED_BIAS;
                (mantissa, if is_normal { biased } else { 0 })
            }
        };
        let [m0, m1, m2, m3, m4, m5, m6, m7] = mantissa.to_le_bytes();
        let [e0, e1, ..] = biased.to_le_bytes();
        let sign = u8::from(self.is_negative) << 7;
        [m0, m1, m2, m3, m4, m5, m6, m7, e0, e1 | sign]
    }

    /// The `double`. A finite number must be one of [`Format::DOUBLE`].
    #[must_use]
    pub fn to_double(self) -> f64 {
        let bits = match self.magnitude {
            Magnitude::Infinite => 0x7FF << 52,
            Magnitude::NotANumber => 0xFFF << 51,
            Magnitude::Finite { mantissa, exponent } => {
                encode(mantissa, exponent, Format::DOUBLE, 52)
            }
        };
        f64::from_bits(bits | u64::from(self.is_negative) << 63)
    }

    /// The `float`. A finite number must be one of [`Format::SINGLE`].
    #[must_use]
    pub fn to_single(self) -> f32 {
        let bits = match self.magnitude {
            Magnitude::Infinite => 0xFF << 23,
            Magnitude::NotANumber => 0x1FF << 22,
            Magnitude::Finite { mantissa, exponent } => {
                encode(mantissa, exponent, Format::SINGLE, 23)
            }
        };
        let bits = u32::try_from(bits).unwrap_or(0);
        f32::from_bits(bits | u32::from(self.is_negative) << 31)
    }
}

/// The bits of a finite number in a format whose leading bit is not stored.
fn encode(mantissa: u64, exponent: i32, format: Format, fraction_bits: u32) -> u64 {
    if mantissa == 0 {
        return 0;
    }
    let length = u64::BITS - mantissa.leading_zeros();
    let room = format.mantissa_bits.saturating_sub(length).cast_signed();
    let shift = room.min(exponent - format.min_exponent).max(0);
    let mantissa = mantissa << shift;
    let above_least = u64::try_from(exponent - shift - format.min_exponent).unwrap_or(0);
    // The leading bit of a normal number adds the 1 that its exponent field is greater by.
    (above_least << fraction_bits) + mantissa
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn doubles_survive_taking_apart(bits: u64) {
            let value = f64::from_bits(bits);
            let again = Float::from_double(value).to_double();
            prop_assert!(again.to_bits() == bits || value.is_nan() && again.is_nan());
        }

        #[test]
        fn extended_numbers_survive_taking_apart(mantissa: u64, top: u16) {
            let mut bytes = [0; 10];
            let is_special = top & 0x7FFF == 0x7FFF;
            let mantissa = match top & 0x7FFF {
                0 => mantissa >> 1,
                0x7FFF => 1 << 63,
                _ => mantissa | 1 << 63,
            };
            bytes[..8].copy_from_slice(&mantissa.to_le_bytes());
            bytes[8..].copy_from_slice(&top.to_le_bytes());
            let float = Float::from_extended(bytes);
            prop_assert_eq!(float.magnitude == Magnitude::Infinite, is_special);
            prop_assert_eq!(float.to_extended(), bytes);
        }
    }
}
