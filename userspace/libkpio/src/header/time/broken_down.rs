//! Moments and `struct tm`: `gmtime`, `localtime`, `mktime` and their kin.

use core::cell::UnsafeCell;
use core::ffi::{c_char, c_int, c_long};
use core::ptr;

use kpio_abi::errors::Errno;

use super::format::strftime;
use super::zone;
use crate::calendar::DAY_S;
use crate::calendar::date::{self, Date};
use crate::header::errno;

/// `struct tm`. Source: musl, time.h.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct Tm {
    /// Seconds, 0 to 60.
    pub second: c_int,
    /// Minutes.
    pub minute: c_int,
    /// Hours.
    pub hour: c_int,
    /// Day of the month, from 1.
    pub day: c_int,
    /// Month, from 0.
    pub month: c_int,
    /// Year less 1900.
    pub year: c_int,
    /// Day of the week, 0 for Sunday.
    pub weekday: c_int,
    /// Day of the year, from 0.
    pub year_day: c_int,
    /// Positive: daylight saving time; negative: not known.
    pub is_daylight: c_int,
    /// Seconds east of UTC.
    pub east_s: c_long,
    /// Name of the kind of time.
    pub zone: *const c_char,
}

impl Tm {
    /// A moment, in the kind of time that is so far east of UTC; none if the year is no `int`.
    pub(super) fn of(moment_s: i64, east_s: i64) -> Option<Self> {
        let local_s = moment_s.checked_add(east_s)?;
        let days = local_s.div_euclid(DAY_S);
        let of_day = local_s.rem_euclid(DAY_S);
        let date = date::date(days);
        let int = |value: i64| c_int::try_from(value).ok();
        Some(Self {
            second: int(of_day % 60)?,
            minute: int(of_day / 60 % 60)?,
            hour: int(of_day / 3600)?,
            day: int(date.day)?,
            month: int(date.month - 1)?,
            year: int(date.year - 1900)?,
            weekday: int(date::weekday(days))?,
            year_day: int(date::day_of_year(date))?,
            is_daylight: 0,
            east_s,
            zone: c"UTC".as_ptr(),
        })
    }

    /// The moment it would be in UTC; months, days and the rest may be out of their ranges.
    pub(super) fn as_utc(&self) -> i64 {
        let month = i64::from(self.month);
        let first = Date {
            year: i64::from(self.year) + 1900 + month.div_euclid(12),
            month: month.rem_euclid(12) + 1,
            day: 1,
        };
        (date::days(first) + i64::from(self.day) - 1) * DAY_S
            + i64::from(self.hour) * 3600
            + i64::from(self.minute) * 60
            + i64::from(self.second)
    }

    /// A moment in the process's zone.
    fn local(moment_s: i64) -> Option<Self> {
        let (east_s, is_daylight, _, name) = zone::local(moment_s, false);
        let mut tm = Self::of(moment_s, east_s)?;
        tm.is_daylight = is_daylight.into();
        tm.zone = name;
        Some(tm)
    }
}

/// The `struct tm` or the text that functions without a place for the result have.
struct Own<T>(UnsafeCell<T>);

// SAFETY: POSIX says of these functions that they are not for several threads at a time.
unsafe impl<T> Sync for Own<T> {}

const NOTHING: Tm = Tm {
    second: 0,
    minute: 0,
    hour: 0,
    day: 0,
    month: 0,
    year: 0,
    weekday: 0,
    year_day: 0,
    is_daylight: 0,
    east_s: 0,
    zone: ptr::null(),
};

static OWN_TM: Own<Tm> = Own(UnsafeCell::new(NOTHING));

/// Writes what was found; null with EOVERFLOW if nothing was.
unsafe fn written(found: Option<Tm>, place: *mut Tm) -> *mut Tm {
    let Some(tm) = found else {
        errno::set(Errno::EOVERFLOW.into());
        return ptr::null_mut();
    };
    // SAFETY: the caller's promise.
    unsafe { place.write(tm) };
    place
}

/// `struct tm *gmtime_r(const time_t *moment, struct tm *place)`
///
/// # Safety
///
/// `moment` is readable, `place` writable.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn gmtime_r(moment: *const i64, place: *mut Tm) -> *mut Tm {
    // SAFETY: the caller's promise.
    let moment_s = unsafe { moment.read() };
    // SAFETY: the caller's promise.
    unsafe { written(Tm::of(moment_s, 0), place) }
}

/// `struct tm *gmtime(const time_t *moment)`
///
/// # Safety
///
/// `moment` is readable.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn gmtime(moment: *const i64) -> *mut Tm {
    // SAFETY: handed on to the caller.
    unsafe { gmtime_r(moment, OWN_TM.0.get()) }
}

/// `struct tm *localtime_r(const time_t *moment, struct tm *place)`
///
/// # Safety
///
/// As for [`gmtime_r`].
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn localtime_r(moment: *const i64, place: *mut Tm) -> *mut Tm {
    // SAFETY: the caller's promise.
    let moment_s = unsafe { moment.read() };
    // SAFETY: the caller's promise.
    unsafe { written(Tm::local(moment_s), place) }
}

/// `struct tm *localtime(const time_t *moment)`
///
/// # Safety
///
/// As for [`gmtime`].
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn localtime(moment: *const i64) -> *mut Tm {
    // SAFETY: handed on to the caller.
    unsafe { localtime_r(moment, OWN_TM.0.get()) }
}

/// Brings fields into their ranges; returns the moment, or -1 with EOVERFLOW.
unsafe fn normalised(place: *mut Tm, moment_s: i64, found: Option<Tm>) -> i64 {
    // SAFETY: the caller's promise.
    if unsafe { written(found, place) }.is_null() {
        -1
    } else {
        moment_s
    }
}

/// `time_t timegm(struct tm *tm)`
///
/// # Safety
///
/// `tm` is the caller's.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn timegm(tm: *mut Tm) -> i64 {
    // SAFETY: the caller's promise.
    let moment_s = unsafe { tm.read() }.as_utc();
    // SAFETY: the caller's promise.
    unsafe { normalised(tm, moment_s, Tm::of(moment_s, 0)) }
}

/// `time_t mktime(struct tm *tm)`: a time that does not exist, or twice, is taken as musl does: by the
/// kind of time that `tm_isdst` says, if that is another than holds.
///
/// # Safety
///
/// `tm` is the caller's.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn mktime(tm: *mut Tm) -> i64 {
    // SAFETY: the caller's promise.
    let given = unsafe { tm.read() };
    let as_utc = given.as_utc();
    let (east_s, is_daylight, other_east_s, _) = zone::local(as_utc, true);
    let is_other = given.is_daylight >= 0 && (given.is_daylight != 0) != is_daylight;
    let moment_s = as_utc - if is_other { other_east_s } else { east_s };
    // SAFETY: the caller's promise.
    unsafe { normalised(tm, moment_s, Tm::local(moment_s)) }
}

/// `double difftime(time_t later, time_t earlier)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
#[expect(clippy::cast_precision_loss, reason = "C wants a double")]
pub extern "C" fn difftime(later: i64, earlier: i64) -> f64 {
    later.wrapping_sub(earlier) as f64
}

/// Bytes of the text of `asctime`; years of more than four digits need more than POSIX's 26.
const TEXT_BYTES: usize = 26;

static OWN_TEXT: Own<[c_char; TEXT_BYTES]> = Own(UnsafeCell::new([0; TEXT_BYTES]));

/// `char *asctime_r(const struct tm *tm, char *place)`: null with EOVERFLOW if it does not fit.
///
/// # Safety
///
/// `tm` is readable, `place` has room for 26 bytes.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn asctime_r(tm: *const Tm, place: *mut c_char) -> *mut c_char {
    // SAFETY: the caller's promise.
    let mut shown = unsafe { tm.read() };
    let mut text = [0_i8; 64];
    let year = i64::from(shown.year) + 1900;
    // The format's year has four digits; asctime's has as many as it needs.
    shown.year = shown.year.clamp(-1900 + 1000, 9999 - 1900);
    let format = c"%a %b %e %H:%M:%S ";
    // SAFETY: there is so much room.
    let length = unsafe { strftime(text.as_mut_ptr(), 40, format.as_ptr(), &raw const shown) };
    let rest = text.as_mut_ptr().wrapping_add(length);
    // SAFETY: there is so much room, and the argument is what the format says.
    let more = unsafe { crate::header::stdio::printf::snprintf(rest, 24, c"%ld\n".as_ptr(), year) };
    let total = length + usize::try_from(more).unwrap_or(TEXT_BYTES);
    if total >= TEXT_BYTES {
        errno::set(Errno::EOVERFLOW.into());
        return ptr::null_mut();
    }
    // SAFETY: the caller's promise.
    unsafe { ptr::copy_nonoverlapping(text.as_ptr(), place, total + 1) };
    place
}

/// `char *asctime(const struct tm *tm)`
///
/// # Safety
///
/// `tm` is readable.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn asctime(tm: *const Tm) -> *mut c_char {
    // SAFETY: handed on to the caller.
    unsafe { asctime_r(tm, OWN_TEXT.0.get().cast()) }
}

/// `char *ctime_r(const time_t *moment, char *place)`
///
/// # Safety
///
/// `moment` is readable, `place` has room for 26 bytes.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn ctime_r(moment: *const i64, place: *mut c_char) -> *mut c_char {
    let mut tm = NOTHING;
    // SAFETY: the caller's promise.
    if unsafe { localtime_r(moment, &raw mut tm) }.is_null() {
        return ptr::null_mut();
    }
    // SAFETY: the caller's promise.
    unsafe { asctime_r(&raw const tm, place) }
}

/// `char *ctime(const time_t *moment)`
///
/// # Safety
///
/// `moment` is readable.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn ctime(moment: *const i64) -> *mut c_char {
    // SAFETY: handed on to the caller.
    unsafe { ctime_r(moment, OWN_TEXT.0.get().cast()) }
}
