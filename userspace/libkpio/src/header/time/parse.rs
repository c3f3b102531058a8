//! `strptime`. Source: POSIX, `strptime`.

use core::ffi::{CStr, c_char, c_int};
use core::ptr;

use super::broken_down::Tm;
use crate::header::langinfo::{DAYS, DAYS_SHORT, HALVES, MONTHS, MONTHS_SHORT, TIMES};
use crate::number::scan::is_space;

/// What is left of the text, and what is known of the century.
struct Reader<'a> {
    rest: &'a [u8],
    /// Hundreds of years, from %C.
    century: Option<c_int>,
    /// The year within its century, from %y.
    short_year: Option<c_int>,
}

impl Reader<'_> {
    fn skip_space(&mut self) {
        let end = self.rest.iter().position(|byte| !is_space(*byte));
        self.rest = self
            .rest
            .get(end.unwrap_or(self.rest.len())..)
            .unwrap_or_default();
    }

    /// Up to so many digits, whose number is within a range.
    fn number(&mut self, digits: usize, least: c_int, most: c_int) -> Option<c_int> {
        let mut value: c_int = 0;
        let mut count = 0;
        while count < digits
            && let Some(digit @ b'0'..=b'9') = self.rest.first()
        {
            value = value * 10 + c_int::from(digit - b'0');
            self.rest = self.rest.get(1..)?;
            count += 1;
        }
        (count > 0 && (least..=most).contains(&value)).then_some(value)
    }

    /// One of some names, upper or lower case; returns which.
    fn name(&mut self, start: usize, count: usize) -> Option<usize> {
        let names = TIMES.get(start..start + count)?;
        let found = names.iter().position(|name| {
            let name = name.to_bytes();
            self.rest
                .get(..name.len())
                .is_some_and(|text| text.eq_ignore_ascii_case(name))
        })?;
        let length = names.get(found)?.to_bytes().len();
        self.rest = self.rest.get(length..)?;
        Some(found)
    }

    fn long_or_short(&mut self, long: usize, short: usize, count: usize) -> Option<c_int> {
        let found = self.name(long, count).or_else(|| self.name(short, count))?;
        c_int::try_from(found).ok()
    }

    fn all(&mut self, format: &[u8], tm: &mut Tm) -> Option<()> {
        let mut format = format;
        while let Some((first, after)) = format.split_first() {
            format = after;
            if is_space(*first) {
                self.skip_space();
                continue;
            }
            if *first != b'%' {
                self.rest = self.rest.strip_prefix(&[*first])?;
                continue;
            }
            if format.first() == Some(&b'+') {
                format = format.get(1..)?;
            }
            let mut width = None;
            while let Some(digit @ b'0'..=b'9') = format.first() {
                width = Some(width.unwrap_or(0) * 10 + usize::from(digit - b'0'));
                format = format.get(1..)?;
            }
            if matches!(format.first(), Some(b'E' | b'O')) {
                format = format.get(1..)?;
            }
            let (conversion, after) = format.split_first()?;
            format = after;
            self.convert(*conversion, width, tm)?;
        }
        Some(())
    }

    fn convert(&mut self, conversion: u8, width: Option<usize>, tm: &mut Tm) -> Option<()> {
        match conversion {
            b'%' => self.rest = self.rest.strip_prefix(b"%")?,
            b'n' | b't' => self.skip_space(),
            b'a' | b'A' => tm.weekday = self.long_or_short(DAYS, DAYS_SHORT, 7)?,
            b'b' | b'B' | b'h' => tm.month = self.long_or_short(MONTHS, MONTHS_SHORT, 12)?,
            b'p' => {
                let is_afternoon = self.name(HALVES, 2)? == 1;
                tm.hour = tm.hour % 12 + if is_afternoon { 12 } else { 0 };
            }
            b'C' => self.century = Some(self.number(width.unwrap_or(2), 0, 99)?),
            b'd' | b'e' => tm.day = self.number(2, 1, 31)?,
            b'H' => tm.hour = self.number(2, 0, 23)?,
            b'I' => tm.hour = self.number(2, 1, 12)?,
            b'j' => tm.year_day = self.number(3, 1, 366)? - 1,
            b'm' => tm.month = self.number(2, 1, 12)? - 1,
            b'M' => tm.minute = self.number(2, 0, 59)?,
            b'S' => tm.second = self.number(2, 0, 61)?,
            // What they say follows from the date.
            b'U' | b'W' | b'V' => {
                self.number(2, 0, 53)?;
            }
            b'u' => tm.weekday = self.number(1, 1, 7)? % 7,
            b'w' => tm.weekday = self.number(1, 0, 6)?,
            b'y' => self.short_year = Some(self.number(2, 0, 99)?),
            b'Y' => {
                let is_negative = self.rest.first() == Some(&b'-');
                if matches!(self.rest.first(), Some(b'+' | b'-')) {
                    self.rest = self.rest.get(1..)?;
                }
                let year = self.number(width.unwrap_or(4), 0, 99_999_999)?;
                tm.year = if is_negative { -year } else { year } - 1900;
                (self.century, self.short_year) = (None, None);
            }
            b's' => {
                let is_negative = self.rest.first() == Some(&b'-');
                self.rest = self.rest.get(usize::from(is_negative)..)?;
                let end = self.rest.iter().position(|byte| !byte.is_ascii_digit());
                let (digits, rest) = self.rest.split_at(end.unwrap_or(self.rest.len()));
                if digits.is_empty() {
                    return None;
                }
                let value = digits.iter().fold(0_i64, |value, digit| {
                    value
                        .saturating_mul(10)
                        .saturating_add(i64::from(digit - b'0'))
                });
                let moment = if is_negative { -value } else { value };
                self.rest = rest;
                // SAFETY: both are on this stack or the caller's.
                unsafe { super::broken_down::localtime_r(&raw const moment, &raw mut *tm) };
            }
            b'z' => tm.east_s = self.offset()?,
            b'Z' => {
                let end = self
                    .rest
                    .iter()
                    .position(|byte| !byte.is_ascii_alphabetic());
                self.rest = self.rest.get(end.unwrap_or(self.rest.len())..)?;
            }
            b'c' => self.all(b"%a %b %e %T %Y", tm)?,
            b'x' | b'D' => self.all(b"%m/%d/%y", tm)?,
            b'X' | b'T' => self.all(b"%H:%M:%S", tm)?,
            b'F' => self.all(b"%Y-%m-%d", tm)?,
            b'R' => self.all(b"%H:%M", tm)?,
            b'r' => self.all(b"%I:%M:%S %p", tm)?,
            _ => return None,
        }
        Some(())
    }

    /// `+hhmm`, `-hhmm`, with a colon or without minutes too.
    fn offset(&mut self) -> Option<i64> {
        let is_negative = match self.rest.first()? {
            b'+' => false,
            b'-' => true,
            _ => return None,
        };
        self.rest = self.rest.get(1..)?;
        let hours = self.number(2, 0, 99)?;
        self.rest = self.rest.strip_prefix(b":").unwrap_or(self.rest);
        let minutes = self.number(2, 0, 59).unwrap_or(0);
        let east_s = i64::from(hours * 3600 + minutes * 60);
        Some(if is_negative { -east_s } else { east_s })
    }
}

/// `char *strptime(const char *text, const char *format, struct tm *tm)`: returns what is left of the
/// text, or null if it is not of this form.
///
/// # Safety
///
/// Both are strings; `tm` is the caller's.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn strptime(
    text: *const c_char,
    format: *const c_char,
    tm: *mut Tm,
) -> *mut c_char {
    // SAFETY: the caller's promise.
    let bytes = unsafe { CStr::from_ptr(text) }.to_bytes();
    // SAFETY: the caller's promise.
    let format = unsafe { CStr::from_ptr(format) }.to_bytes();
    // SAFETY: the caller's promise.
    let tm = unsafe { &mut *tm };
    let mut reader = Reader {
        rest: bytes,
        century: None,
        short_year: None,
    };
    if reader.all(format, tm).is_none() {
        return ptr::null_mut();
    }
    match (reader.century, reader.short_year) {
        (Some(century), short) => tm.year = century * 100 + short.unwrap_or(0) - 1900,
        // Source: POSIX, `strptime`, %y.
        (None, Some(short)) => tm.year = if short < 69 { short + 100 } else { short },
        (None, None) => {}
    }
    text.wrapping_add(bytes.len() - reader.rest.len())
        .cast_mut()
}
