//! `wctype.h`: classes of wide characters, which are those of Unicode in every locale there is.

use core::ffi::{CStr, c_char, c_int, c_ulong, c_void};

use unicode_properties::{GeneralCategory, UnicodeGeneralCategory};

use crate::number::scan::is_space;

/// `WEOF`
const WEOF: u32 = u32::MAX;

/// The character, if it is one.
const fn character(wide: u32) -> Option<char> {
    char::from_u32(wide)
}

/// The byte of ASCII that it is.
fn ascii(wide: u32) -> Option<u8> {
    u8::try_from(wide).ok().filter(u8::is_ascii)
}

fn is_alphabetic(wide: u32) -> bool {
    match ascii(wide) {
        Some(byte) => byte.is_ascii_alphabetic(),
        // Digits of other scripts are letters to C.
        None => character(wide).is_some_and(|wide| {
            wide.is_alphabetic() || wide.general_category() == GeneralCategory::DecimalNumber
        }),
    }
}

fn is_digit(wide: u32) -> bool {
    ascii(wide).is_some_and(|byte| byte.is_ascii_digit())
}

const fn is_control(wide: u32) -> bool {
    matches!(wide, 0..0x20 | 0x7F..0xA0 | 0x2028..0x202A | 0xFFF9..0xFFFC)
}

/// Without the spaces that do not break lines. Source: musl, `iswspace`.
fn is_white(wide: u32) -> bool {
    match ascii(wide) {
        Some(byte) => is_space(byte),
        None => matches!(
            wide,
            0x85 | 0x2000..=0x2006 | 0x2008..=0x200A | 0x2028 | 0x2029 | 0x205F | 0x3000
        ),
    }
}

/// Also what is not assigned yet. Source: musl, `iswprint`.
const fn is_printable(wide: u32) -> bool {
    !is_control(wide)
        && !matches!(wide, 0xD800..0xE000)
        && wide <= 0x10_FFFF
        && wide & 0xFFFE != 0xFFFE
}

fn is_graphic(wide: u32) -> bool {
    is_printable(wide) && !is_white(wide)
}

/// All that is seen and is no letter: symbols, marks, fractions too; not what means nothing.
fn is_punctuation(wide: u32) -> bool {
    let means_nothing = |wide: char| {
        use GeneralCategory::{PrivateUse, Surrogate, Unassigned};
        matches!(wide.general_category(), PrivateUse | Surrogate | Unassigned)
    };
    is_graphic(wide)
        && !is_alphabetic(wide)
        && !is_digit(wide)
        && !character(wide).is_none_or(means_nothing)
}

/// The one character that another becomes; itself if it becomes none or several.
fn single(wide: u32, mut mapped: impl Iterator<Item = char>) -> u32 {
    match (mapped.next(), mapped.next()) {
        (Some(one), None) => one.into(),
        _ => wide,
    }
}

/// Characters that become several in Unicode's full mapping, and one in C's.
const SHARP_S: u32 = 0xDF;
const CAPITAL_SHARP_S: u32 = 0x1E9E;
const CAPITAL_DOTTED_I: u32 = 0x130;

/// `wint_t towlower(wint_t wide)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub extern "C" fn towlower(wide: u32) -> u32 {
    if wide == CAPITAL_DOTTED_I {
        return u32::from('i');
    }
    character(wide).map_or(wide, |from| single(wide, from.to_lowercase()))
}

/// `wint_t towupper(wint_t wide)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub extern "C" fn towupper(wide: u32) -> u32 {
    if wide == SHARP_S {
        return CAPITAL_SHARP_S;
    }
    character(wide).map_or(wide, |from| single(wide, from.to_uppercase()))
}

/// `wint_t towlower_l(wint_t wide, locale_t locale)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub extern "C" fn towlower_l(wide: u32, _locale: *mut c_void) -> u32 {
    towlower(wide)
}

/// `wint_t towupper_l(wint_t wide, locale_t locale)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub extern "C" fn towupper_l(wide: u32, _locale: *mut c_void) -> u32 {
    towupper(wide)
}

macro_rules! classes {
    ($($number:literal $text:literal $name:ident $name_l:ident: $holds:expr;)*) => {
        $(
            #[doc = concat!("`int ", stringify!($name), "(wint_t wide)`")]
            #[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
            pub extern "C" fn $name(wide: u32) -> c_int {
                let holds: fn(u32) -> bool = $holds;
                c_int::from(wide != WEOF && holds(wide))
            }

            #[doc = concat!("`int ", stringify!($name_l), "(wint_t wide, locale_t locale)`")]
            #[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
            pub extern "C" fn $name_l(wide: u32, _locale: *mut c_void) -> c_int {
                $name(wide)
            }
        )*

        /// The number of a class, for C's `wctype_t`; 0 if there is no such class.
        fn class_number(class: &[u8]) -> c_ulong {
            match class {
                $($text => $number,)*
                _ => 0,
            }
        }

        /// `int iswctype(wint_t wide, wctype_t class)`
        #[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
        pub extern "C" fn iswctype(wide: u32, class: c_ulong) -> c_int {
            match class {
                $($number => $name(wide),)*
                _ => 0,
            }
        }
    };
}

classes! {
    1 b"alnum" iswalnum iswalnum_l: |wide| is_alphabetic(wide) || is_digit(wide);
    2 b"alpha" iswalpha iswalpha_l: is_alphabetic;
    3 b"blank" iswblank iswblank_l: |wide| matches!(wide, 0x20 | 0x09);
    4 b"cntrl" iswcntrl iswcntrl_l: is_control;
    5 b"digit" iswdigit iswdigit_l: is_digit;
    6 b"graph" iswgraph iswgraph_l: is_graphic;
    7 b"lower" iswlower iswlower_l: |wide| towupper(wide) != wide;
    8 b"print" iswprint iswprint_l: is_printable;
    9 b"punct" iswpunct iswpunct_l: is_punctuation;
    10 b"space" iswspace iswspace_l: is_white;
    11 b"upper" iswupper iswupper_l: |wide| towlower(wide) != wide;
    12 b"xdigit" iswxdigit iswxdigit_l: |wide| ascii(wide).is_some_and(|byte| byte.is_ascii_hexdigit());
}

/// `int iswctype_l(wint_t wide, wctype_t class, locale_t locale)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub extern "C" fn iswctype_l(wide: u32, class: c_ulong, _locale: *mut c_void) -> c_int {
    iswctype(wide, class)
}

/// `wctype_t wctype(const char *class)`
///
/// # Safety
///
/// `class` is a string.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn wctype(class: *const c_char) -> c_ulong {
    // SAFETY: the caller's promise.
    class_number(unsafe { CStr::from_ptr(class) }.to_bytes())
}

/// `wctype_t wctype_l(const char *class, locale_t locale)`
///
/// # Safety
///
/// `class` is a string.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn wctype_l(class: *const c_char, _locale: *mut c_void) -> c_ulong {
    // SAFETY: handed on to the caller.
    unsafe { wctype(class) }
}

/// `wctrans_t wctrans(const char *mapping)`: `tolower` or `toupper`; null for others.
///
/// # Safety
///
/// `mapping` is a string.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn wctrans(mapping: *const c_char) -> usize {
    // SAFETY: the caller's promise.
    match unsafe { CStr::from_ptr(mapping) }.to_bytes() {
        b"toupper" => TO_UPPER,
        b"tolower" => TO_LOWER,
        _ => 0,
    }
}

const TO_UPPER: usize = 1;
const TO_LOWER: usize = 2;

/// `wctrans_t wctrans_l(const char *mapping, locale_t locale)`
///
/// # Safety
///
/// `mapping` is a string.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn wctrans_l(mapping: *const c_char, _locale: *mut c_void) -> usize {
    // SAFETY: handed on to the caller.
    unsafe { wctrans(mapping) }
}

/// `wint_t towctrans(wint_t wide, wctrans_t mapping)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub extern "C" fn towctrans(wide: u32, mapping: usize) -> u32 {
    match mapping {
        TO_UPPER => towupper(wide),
        TO_LOWER => towlower(wide),
        _ => wide,
    }
}

/// `wint_t towctrans_l(wint_t wide, wctrans_t mapping, locale_t locale)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub extern "C" fn towctrans_l(wide: u32, mapping: usize, _locale: *mut c_void) -> u32 {
    towctrans(wide, mapping)
}
