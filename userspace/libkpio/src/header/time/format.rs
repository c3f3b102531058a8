//! `strftime`. Source: POSIX, `strftime`; musl for widths and signs.

use core::ffi::{CStr, c_char, c_int, c_void};

use super::broken_down::Tm;
use crate::calendar::date::is_leap;
use crate::header::langinfo::{DAYS, DAYS_SHORT, HALVES, MONTHS, MONTHS_SHORT, TIMES};
use crate::io::FixedText;
use crate::string::c_bytes;

/// What a conversion writes; longer names than this there are none of.
type Piece = FixedText<128>;

/// A format in the names of the only language.
fn time_format(index: usize) -> &'static [u8] {
    TIMES.get(index).map_or(b"", |text| text.to_bytes())
}

const DATE_AND_TIME: usize = 40;
const DATE: usize = 41;
const TIME: usize = 42;
const TIME_WITH_HALVES: usize = 43;

/// A name from the table, or musl's `-` for a number that has none.
fn name(start: usize, count: c_int, number: c_int) -> &'static [u8] {
    usize::try_from(number)
        .ok()
        .filter(|_| number < count)
        .map_or(b"-", |number| time_format(start + number))
}

/// Year and week of ISO 8601: weeks begin on Monday, and the first has the year's first Thursday.
fn iso_week(tm: &Tm) -> (i64, c_int) {
    let year = i64::from(tm.year) + 1900;
    let since_monday = (tm.weekday + 6).rem_euclid(7);
    // The Thursday of this week decides.
    let thursday = tm.year_day - since_monday + 3;
    let length = |year: i64| if is_leap(year) { 366 } else { 365 };
    if thursday < 0 {
        return (year - 1, (thursday + length(year - 1)) / 7 + 1);
    }
    if thursday >= length(year) {
        return (year + 1, (thursday - length(year)) / 7 + 1);
    }
    (year, thursday / 7 + 1)
}

/// A number with at least so many digits, filled up in front.
fn number(piece: &mut Piece, value: i64, width: usize, fill: u8) {
    use core::fmt::Write;

    let mut digits = FixedText::<24>::new();
    // Twenty digits and a sign fit; `FixedText` never fails.
    let _ = write!(digits, "{}", value.unsigned_abs());
    if value < 0 {
        piece.push(b"-");
    }
    let sign = usize::from(value < 0);
    for _ in digits.as_bytes().len() + sign..width {
        piece.push(&[fill]);
    }
    piece.push(digits.as_bytes());
}

/// Writes what a conversion stands for; false if there is no such conversion. `fill` is what a flag
/// has asked for in place of the usual.
fn convert(piece: &mut Piece, conversion: u8, tm: &Tm, flag: Option<u8>) -> bool {
    let mut put = |value: c_int, width: usize, usual: u8| {
        number(
            piece,
            value.into(),
            if flag == Some(b'-') { 0 } else { width },
            match flag {
                Some(b'_') => b' ',
                Some(b'0') => b'0',
                _ => usual,
            },
        );
    };
    let year = i64::from(tm.year) + 1900;
    match conversion {
        b'd' => put(tm.day, 2, b'0'),
        b'e' => put(tm.day, 2, b' '),
        b'H' => put(tm.hour, 2, b'0'),
        b'I' => put((tm.hour + 11).rem_euclid(12) + 1, 2, b'0'),
        b'j' => put(tm.year_day + 1, 3, b'0'),
        b'm' => put(tm.month + 1, 2, b'0'),
        b'M' => put(tm.minute, 2, b'0'),
        b'S' => put(tm.second, 2, b'0'),
        b'u' => put(if tm.weekday == 0 { 7 } else { tm.weekday }, 1, b'0'),
        b'w' => put(tm.weekday, 1, b'0'),
        b'U' => put((tm.year_day + 7 - tm.weekday) / 7, 2, b'0'),
        b'W' => put(
            (tm.year_day + 7 - (tm.weekday + 6).rem_euclid(7)) / 7,
            2,
            b'0',
        ),
        b'V' => put(iso_week(tm).1, 2, b'0'),
        b'y' => put(c_int::try_from(year % 100).unwrap_or(0).abs(), 2, b'0'),
        b'g' => number(piece, iso_week(tm).0 % 100, 2, b'0'),
        b'C' => number(piece, year / 100, 2, b'0'),
        b'Y' | b'G' => {
            let year = if conversion == b'Y' {
                year
            } else {
                iso_week(tm).0
            };
            if year > 9999 {
                piece.push(b"+");
            }
            number(piece, year, 4, b'0');
        }
        b's' => number(piece, tm.as_utc() - tm.east_s, 1, b'0'),
        b'a' => piece.push(name(DAYS_SHORT, 7, tm.weekday)),
        b'A' => piece.push(name(DAYS, 7, tm.weekday)),
        b'b' | b'h' => piece.push(name(MONTHS_SHORT, 12, tm.month)),
        b'B' => piece.push(name(MONTHS, 12, tm.month)),
        b'p' => piece.push(name(HALVES, 2, c_int::from(tm.hour >= 12))),
        b'n' => piece.push(b"\n"),
        b't' => piece.push(b"\t"),
        b'%' => piece.push(b"%"),
        b'z' if tm.is_daylight < 0 => {}
        b'z' => {
            let minutes = tm.east_s.unsigned_abs() / 60;
            let shown = i64::try_from(minutes / 60 * 100 + minutes % 60).unwrap_or(0);
            piece.push(if tm.east_s < 0 { b"-" } else { b"+" });
            number(piece, shown, 4, b'0');
        }
        b'Z' if tm.is_daylight < 0 || tm.zone.is_null() => {}
        // SAFETY: the caller of `strftime` has a string there.
        b'Z' => piece.push(unsafe { c_bytes(tm.zone.cast()) }),
        b'c' => return convert_all(piece, time_format(DATE_AND_TIME), tm),
        b'x' => return convert_all(piece, time_format(DATE), tm),
        b'X' => return convert_all(piece, time_format(TIME), tm),
        b'r' => return convert_all(piece, time_format(TIME_WITH_HALVES), tm),
        b'D' => return convert_all(piece, b"%m/%d/%y", tm),
        b'F' => return convert_all(piece, b"%Y-%m-%d", tm),
        b'R' => return convert_all(piece, b"%H:%M", tm),
        b'T' => return convert_all(piece, b"%H:%M:%S", tm),
        _ => return false,
    }
    true
}

/// Writes a format of single conversions.
fn convert_all(piece: &mut Piece, format: &[u8], tm: &Tm) -> bool {
    let mut bytes = format.iter();
    while let Some(byte) = bytes.next() {
        if *byte != b'%' {
            piece.push(&[*byte]);
        } else if !bytes
            .next()
            .is_some_and(|conversion| convert(piece, *conversion, tm, None))
        {
            return false;
        }
    }
    true
}

/// A piece with the width that was asked for: zeros in front, behind the sign.
fn widened(piece: &Piece, width: usize, has_plus: bool, conversion: u8, tm: &Tm) -> Piece {
    let mut text = piece.as_bytes();
    if matches!(text.first(), Some(b'+' | b'-')) {
        text = text.get(1..).unwrap_or_default();
    }
    // Zeros that it has are counted as those that are added.
    while let [b'0', b'0'..=b'9', ..] = text {
        text = text.get(1..).unwrap_or_default();
    }
    let mut width = width.max(text.len());
    let digits = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let mut wide = Piece::new();
    let usual = if conversion == b'C' { 3 } else { 5 };
    if tm.year < -1900 {
        wide.push(b"-");
        width -= 1;
    } else if has_plus && digits + (width - text.len()) >= usual {
        wide.push(b"+");
        width -= 1;
    }
    for _ in text.len()..width {
        wide.push(b"0");
    }
    wide.push(text);
    wide
}

/// Writes a format; returns the length, or none if it does not fit or means nothing.
fn format_to(place: &mut [u8], format: &[u8], tm: &Tm) -> Option<usize> {
    let mut length = 0;
    let mut rest = format;
    let mut put = |text: &[u8]| {
        let target = place.get_mut(length..length + text.len())?;
        target.copy_from_slice(text);
        length += text.len();
        Some(())
    };
    while let Some((first, after)) = rest.split_first() {
        rest = after;
        if *first != b'%' {
            put(&[*first])?;
            continue;
        }
        let mut flag = None;
        if let Some(found @ (b'-' | b'_' | b'0')) = rest.first() {
            flag = Some(*found);
            rest = rest.get(1..)?;
        }
        let has_plus = rest.first() == Some(&b'+');
        rest = rest.get(usize::from(has_plus)..)?;
        let mut width = 0_usize;
        while let Some(digit @ b'0'..=b'9') = rest.first() {
            width = (width * 10 + usize::from(digit - b'0')).min(100);
            rest = rest.get(1..)?;
        }
        let conversion = match rest.first()? {
            b'E' | b'O' => {
                rest = rest.get(1..)?;
                *rest.first()?
            }
            conversion => *conversion,
        };
        rest = rest.get(1..)?;
        let mut piece = Piece::new();
        if !convert(&mut piece, conversion, tm, flag) {
            return None;
        }
        let is_year = matches!(conversion, b'C' | b'F' | b'G' | b'Y');
        if is_year && (width > 0 || has_plus) {
            let least = if width > 0 {
                width
            } else {
                match conversion {
                    b'C' => 2,
                    b'F' => 10,
                    _ => 4,
                }
            };
            piece = widened(&piece, least, has_plus, conversion, tm);
        }
        put(piece.as_bytes())?;
    }
    Some(length)
}

/// `size_t strftime(char *place, size_t room, const char *format, const struct tm *tm)`
///
/// # Safety
///
/// `place` has so much room, `format` is a string, `tm` is readable.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn strftime(
    place: *mut c_char,
    room: usize,
    format: *const c_char,
    tm: *const Tm,
) -> usize {
    let Some(most) = room.checked_sub(1) else {
        return 0;
    };
    // SAFETY: the caller's promise.
    let format = unsafe { CStr::from_ptr(format) }.to_bytes();
    // SAFETY: the caller's promise.
    let tm = unsafe { &*tm };
    // SAFETY: the caller's promise.
    let target = unsafe { core::slice::from_raw_parts_mut(place.cast::<u8>(), room) };
    let length = format_to(target.get_mut(..most).unwrap_or_default(), format, tm);
    if let Some(end) = target.get_mut(length.unwrap_or(most)) {
        *end = 0;
    }
    length.unwrap_or(0)
}

/// `size_t strftime_l(char *place, size_t room, const char *format, const struct tm *tm, locale_t
/// locale)`
///
/// # Safety
///
/// As for [`strftime`].
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn strftime_l(
    place: *mut c_char,
    room: usize,
    format: *const c_char,
    tm: *const Tm,
    _locale: *mut c_void,
) -> usize {
    // SAFETY: handed on to the caller.
    unsafe { strftime(place, room, format, tm) }
}
