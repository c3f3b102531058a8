//! `wchar.h`: columns of a terminal.

use core::ffi::c_int;

use unicode_width::UnicodeWidthChar;

use super::array::at;
use crate::header::wctype::iswprint;

/// `int wcwidth(wchar_t wide)`: -1 for what is not printed.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub extern "C" fn wcwidth(wide: u32) -> c_int {
    if wide == 0 {
        return 0;
    }
    if iswprint(wide) == 0 {
        return -1;
    }
    let width = char::from_u32(wide).and_then(UnicodeWidthChar::width);
    width.map_or(1, |width| c_int::try_from(width).unwrap_or(1))
}

/// `int wcswidth(const wchar_t *text, size_t limit)`: -1 if something of it is not printed.
///
/// # Safety
///
/// `text` is a string, or has so many characters.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn wcswidth(text: *const u32, limit: usize) -> c_int {
    let mut sum: c_int = 0;
    for index in 0..limit {
        // SAFETY: nothing before it was the end.
        let wide = unsafe { at(text, index) };
        if wide == 0 {
            break;
        }
        let width = wcwidth(wide);
        if width < 0 {
            return -1;
        }
        sum = sum.saturating_add(width);
    }
    sum
}
