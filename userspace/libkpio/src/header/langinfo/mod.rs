//! `langinfo.h`: texts of the only language there is.

use core::ffi::{CStr, c_char, c_int, c_void};

use crate::header::locale;

/// Items are numbered within their category, which is the high half. Source: musl, langinfo.h.
const CODESET: c_int = 14;
const NUMERIC: c_int = 1;
const TIME: c_int = 2;
const MESSAGES: c_int = 5;

const NUMBERS: [&CStr; 2] = [c".", c""];
/// Names of days and months, then formats of `strftime`.
pub const TIMES: [&CStr; 50] = [
    c"Sun",
    c"Mon",
    c"Tue",
    c"Wed",
    c"Thu",
    c"Fri",
    c"Sat",
    c"Sunday",
    c"Monday",
    c"Tuesday",
    c"Wednesday",
    c"Thursday",
    c"Friday",
    c"Saturday",
    c"Jan",
    c"Feb",
    c"Mar",
    c"Apr",
    c"May",
    c"Jun",
    c"Jul",
    c"Aug",
    c"Sep",
    c"Oct",
    c"Nov",
    c"Dec",
    c"January",
    c"February",
    c"March",
    c"April",
    c"May",
    c"June",
    c"July",
    c"August",
    c"September",
    c"October",
    c"November",
    c"December",
    c"AM",
    c"PM",
    c"%a %b %e %T %Y",
    c"%m/%d/%y",
    c"%H:%M:%S",
    c"%I:%M:%S %p",
    c"",
    c"",
    c"%m/%d/%y",
    c"0123456789",
    c"%a %b %e %T %Y",
    c"%H:%M:%S",
];
/// Where the parts of [`TIMES`] begin.
pub const DAYS_SHORT: usize = 0;
/// Full names of days.
pub const DAYS: usize = 7;
/// Short names of months.
pub const MONTHS_SHORT: usize = 14;
/// Full names of months.
pub const MONTHS: usize = 26;
/// AM and PM.
pub const HALVES: usize = 38;

const ANSWERS: [&CStr; 4] = [c"^[yY]", c"^[nN]", c"", c""];

/// `char *nl_langinfo(nl_item item)`: an empty text for an unknown item.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub extern "C" fn nl_langinfo(item: c_int) -> *mut c_char {
    let code_set = if locale::is_utf8() {
        c"UTF-8"
    } else {
        c"ASCII"
    };
    let index = usize::try_from(item & 0xFFFF).unwrap_or(0);
    let list: &[&CStr] = match item >> 16 {
        NUMERIC => &NUMBERS,
        TIME => &TIMES,
        MESSAGES => &ANSWERS,
        _ => &[],
    };
    let text = if item == CODESET {
        code_set
    } else {
        list.get(index).copied().unwrap_or(c"")
    };
    text.as_ptr().cast_mut()
}

/// `char *nl_langinfo_l(nl_item item, locale_t locale)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub extern "C" fn nl_langinfo_l(item: c_int, _locale: *mut c_void) -> *mut c_char {
    nl_langinfo(item)
}
