//! Why a message is not taken.

use core::fmt;

use kpio_abi::messages::{
    REFUSED_BAD_FIELD, REFUSED_OUT_OF_ORDER, REFUSED_OVERSIZED, REFUSED_TRUNCATED,
    REFUSED_UNKNOWN_KIND, REFUSED_UNKNOWN_VERSION, REFUSED_WRONG_LENGTH,
};

/// Why a message is not taken: the first of these, in this order, that holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// It is longer than any message may be.
    Oversized,
    /// It is shorter than a header.
    Truncated,
    /// It is of another version.
    UnknownVersion,
    /// Its sequence number is not the next one.
    OutOfOrder,
    /// There is no such kind on this way.
    UnknownKind,
    /// It has not the length of its kind.
    WrongLength,
    /// A field has a value that it cannot have, or refers to bytes outside of its part.
    BadField,
}

impl Refusal {
    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Oversized => "Oversized",
            Self::Truncated => "Truncated",
            Self::UnknownVersion => "UnknownVersion",
            Self::OutOfOrder => "OutOfOrder",
            Self::UnknownKind => "UnknownKind",
            Self::WrongLength => "WrongLength",
            Self::BadField => "BadField",
        }
    }

    /// The reason that `RequestRefused` gives: REFUSED_*.
    #[must_use]
    pub const fn reason(self) -> u32 {
        match self {
            Self::Oversized => REFUSED_OVERSIZED,
            Self::Truncated => REFUSED_TRUNCATED,
            Self::UnknownVersion => REFUSED_UNKNOWN_VERSION,
            Self::OutOfOrder => REFUSED_OUT_OF_ORDER,
            Self::UnknownKind => REFUSED_UNKNOWN_KIND,
            Self::WrongLength => REFUSED_WRONG_LENGTH,
            Self::BadField => REFUSED_BAD_FIELD,
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

impl core::error::Error for Refusal {}
