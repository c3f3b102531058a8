//! Calendar and time zones.
//!
//! | module | noun |
//! |---|---|
//! | [`date`] | days and dates of the Gregorian calendar |
//! | [`zone`] | what a TZ string says |
//! | [`file`] | what a file of the time zone database says |

pub mod date;
pub mod file;
pub mod zone;

/// Seconds of a day.
pub const DAY_S: i64 = 86_400;

/// What a zone says of a moment.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Offset<'a> {
    /// Seconds east of UTC.
    pub east_s: i64,
    /// Whether it is daylight saving time.
    pub is_daylight: bool,
    /// The name of this kind of time.
    pub name: &'a [u8],
    /// Seconds east of UTC in the other kind of time.
    pub other_east_s: i64,
}
