//! Integers from text: `strtol` and its family, `atoi` and its family; and `abs` and its family.

use core::ffi::{c_char, c_int, c_long, c_longlong, c_ulong, c_ulonglong};

use kpio_abi::errors::Errno;

use crate::header::errno;
use crate::number::scan::{self, Characters, Integer};
use crate::string::byte_at;

/// The bytes of a string, which is not measured first.
pub(crate) struct Text {
    next: *const u8,
}

impl Text {
    /// # Safety
    ///
    /// `text` is a string.
    pub(crate) const unsafe fn new(text: *const c_char) -> Self {
        Self { next: text.cast() }
    }
}

impl Characters for Text {
    fn peek(&mut self) -> Option<u8> {
        // SAFETY: a string, and nothing before this byte was its NUL.
        Some(unsafe { byte_at(self.next, 0) }).filter(|byte| *byte != 0)
    }

    fn advance(&mut self) {
        self.next = self.next.wrapping_add(1);
    }
}

/// Reads white space and an integer, with `errno` EINVAL if there is none, as in musl; how much of the text belongs to it includes the space.
pub(crate) fn parse<C: Characters>(text: &mut C, base: u32) -> Integer {
    let space = scan::skip_space(text);
    let mut found = scan::integer(text, base);
    if found.valid_bytes == 0 {
        errno::set(Errno::EINVAL.into());
    } else {
        found.valid_bytes += space;
    }
    found
}

/// The value as `strtoll` gives it, and whether it fits.
pub(crate) fn signed(parsed: Integer) -> (i64, bool) {
    let limit = i64::MIN.unsigned_abs() - u64::from(!parsed.is_negative);
    if parsed.is_too_large || parsed.magnitude > limit {
        return (
            if parsed.is_negative {
                i64::MIN
            } else {
                i64::MAX
            },
            false,
        );
    }
    let value = parsed.magnitude.cast_signed();
    (
        if parsed.is_negative {
            value.wrapping_neg()
        } else {
            value
        },
        true,
    )
}

/// The value as `strtoull` gives it, and whether it fits: a minus sign negates modulo 2^64.
pub(crate) fn unsigned(parsed: Integer) -> (u64, bool) {
    if parsed.is_too_large {
        return (u64::MAX, false);
    }
    (
        if parsed.is_negative {
            parsed.magnitude.wrapping_neg()
        } else {
            parsed.magnitude
        },
        true,
    )
}

/// What all functions of the family do around `convert`.
///
/// # Safety
///
/// `text` is a string, `end` is null or writable.
unsafe fn convert<T: Default>(
    text: *const c_char,
    end: *mut *mut c_char,
    base: c_int,
    convert: fn(Integer) -> (T, bool),
) -> T {
    let mut used_bytes = 0;
    let mut value = T::default();
    match u32::try_from(base) {
        Ok(base @ (0 | 2..=36)) => {
            // SAFETY: the caller's promise.
            let parsed = parse(&mut unsafe { Text::new(text) }, base);
            used_bytes = parsed.valid_bytes;
            let fits;
            (value, fits) = convert(parsed);
            if !fits {
                errno::set(Errno::ERANGE.into());
            }
        }
        _ => errno::set(Errno::EINVAL.into()),
    }
    if !end.is_null() {
        // SAFETY: the caller's promise.
        unsafe { end.write(text.wrapping_add(used_bytes).cast_mut()) };
    }
    value
}

/// `long strtol(const char *text, char **end, int base)`
///
/// # Safety
///
/// `text` is a string, `end` is null or writable.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn strtol(text: *const c_char, end: *mut *mut c_char, base: c_int) -> c_long {
    // SAFETY: handed on to the caller.
    unsafe { convert(text, end, base, signed) }
}

/// `long long strtoll(const char *text, char **end, int base)`
///
/// # Safety
///
/// As for [`strtol`].
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn strtoll(
    text: *const c_char,
    end: *mut *mut c_char,
    base: c_int,
) -> c_longlong {
    // SAFETY: handed on to the caller.
    unsafe { convert(text, end, base, signed) }
}

/// `unsigned long strtoul(const char *text, char **end, int base)`
///
/// # Safety
///
/// As for [`strtol`].
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn strtoul(
    text: *const c_char,
    end: *mut *mut c_char,
    base: c_int,
) -> c_ulong {
    // SAFETY: handed on to the caller.
    unsafe { convert(text, end, base, unsigned) }
}

/// `unsigned long long strtoull(const char *text, char **end, int base)`
///
/// # Safety
///
/// As for [`strtol`].
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn strtoull(
    text: *const c_char,
    end: *mut *mut c_char,
    base: c_int,
) -> c_ulonglong {
    // SAFETY: handed on to the caller.
    unsafe { convert(text, end, base, unsigned) }
}

/// The number at the start of a text, wrapped to 64 bits; `errno` stays as it was.
///
/// # Safety
///
/// `text` is a string.
unsafe fn plain(text: *const c_char) -> i64 {
    // SAFETY: the caller's promise.
    let parsed = parse(&mut unsafe { Text::new(text) }, 10);
    signed(parsed).0
}

/// `int atoi(const char *text)`
///
/// # Safety
///
/// `text` is a string.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn atoi(text: *const c_char) -> c_int {
    // SAFETY: handed on to the caller.
    let value = unsafe { plain(text) };
    #[expect(
        clippy::cast_possible_truncation,
        reason = "C leaves open what happens to a value that does not fit"
    )]
    return value as c_int;
}

/// `long atol(const char *text)`
///
/// # Safety
///
/// `text` is a string.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn atol(text: *const c_char) -> c_long {
    // SAFETY: handed on to the caller.
    unsafe { plain(text) }
}

/// `long long atoll(const char *text)`
///
/// # Safety
///
/// `text` is a string.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn atoll(text: *const c_char) -> c_longlong {
    // SAFETY: handed on to the caller.
    unsafe { plain(text) }
}

/// `int abs(int value)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub extern "C" fn abs(value: c_int) -> c_int {
    value.wrapping_abs()
}

/// `long labs(long value)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub extern "C" fn labs(value: c_long) -> c_long {
    value.wrapping_abs()
}

/// `long long llabs(long long value)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub extern "C" fn llabs(value: c_longlong) -> c_longlong {
    value.wrapping_abs()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::ffi::CString;
    use std::string::String;

    /// A text that looks like a number more often than not.
    fn number_like() -> impl Strategy<Value = String> {
        let space = prop_oneof![4 => Just(""), 1 => Just(" \t\n\x0B\x0C\r"), 1 => Just(" ")];
        let sign = prop_oneof![3 => Just(""), 1 => Just("-"), 1 => Just("+"), 1 => Just("+-")];
        let prefix = prop_oneof![
            3 => Just(""),
            1 => Just("0x"),
            1 => Just("0X"),
            1 => Just("0"),
            1 => Just("0xg"),
        ];
        let digits = prop_oneof![
            4 => "[0-9]{0,22}",
            2 => "[0-9a-zA-Z]{0,14}",
            1 => Just(String::from("9223372036854775807")),
            1 => Just(String::from("9223372036854775808")),
            1 => Just(String::from("18446744073709551615")),
            1 => Just(String::from("18446744073709551616")),
            1 => Just(String::from("7fffffffffffffff")),
        ];
        let rest = prop_oneof![3 => Just(String::new()), 1 => "[ -~]{0,4}"];
        (space, sign, prefix, digits, rest).prop_map(|(space, sign, prefix, digits, rest)| {
            [space, sign, prefix, &digits, &rest].concat()
        })
    }

    fn base() -> impl Strategy<Value = c_int> {
        let usual = prop::sample::select(&[0, 10, 16, 8, 2]);
        prop_oneof![3 => usual, 1 => -1..40]
    }

    /// Value, `errno` and how much was read.
    type Outcome<T> = (T, c_int, usize);

    macro_rules! outcome {
        ($function:expr, $location:expr, $text:expr, $base:expr) => {{
            // SAFETY: the location is this thread's errno.
            unsafe { $location().write(0) };
            let mut end = $text.as_ptr().cast_mut();
            // SAFETY: `text` is a string and `end` is writable.
            let value = unsafe { $function($text.as_ptr(), &raw mut end, $base) };
            // SAFETY: the location is this thread's errno.
            let error = unsafe { $location().read() };
            (value, error, end as usize - $text.as_ptr() as usize)
        }};
    }

    proptest! {
        #![proptest_config(ProptestConfig {
            cases: 4000,
            failure_persistence: None,
            ..ProptestConfig::default()
        })]

        #[test]
        fn signed_numbers_are_read_as_the_host_reads_them(text in number_like(), base in base()) {
            let text = CString::new(text).expect("no NUL");
            let ours: Outcome<i64> = outcome!(strtol, errno::__errno_location, text, base);
            let theirs: Outcome<i64> = outcome!(libc::strtol, libc::__errno_location, text, base);
            prop_assert!(is_same(ours, theirs), "{:?} {}: {:?} {:?}", text, base, ours, theirs);
        }

        #[test]
        fn unsigned_numbers_are_read_as_the_host_reads_them(text in number_like(), base in base()) {
            let text = CString::new(text).expect("no NUL");
            let ours: Outcome<u64> = outcome!(strtoull, errno::__errno_location, text, base);
            let theirs: Outcome<u64> = outcome!(libc::strtoull, libc::__errno_location, text, base);
            prop_assert!(is_same(ours, theirs), "{:?} {}: {:?} {:?}", text, base, ours, theirs);
        }
    }

    /// glibc leaves `end` alone with an invalid base; musl, as this library, sets it to the text, and
    /// says EINVAL to a text without a number too.
    fn is_same<T: PartialEq + Copy>(ours: Outcome<T>, theirs: Outcome<T>) -> bool {
        if theirs.1 == libc::EINVAL {
            return ours.1 == theirs.1 && ours.0 == theirs.0 && ours.2 == 0;
        }
        if ours.2 == 0 {
            return (ours.0, libc::EINVAL, 0) == ours && (ours.0, 0, 0) == theirs;
        }
        ours == theirs
    }

    #[test]
    fn a_lone_prefix_is_a_zero() {
        for text in [c"0x", c"0xg", c"0X "] {
            let outcome: Outcome<i64> = outcome!(strtol, errno::__errno_location, text, 16);
            assert_eq!(outcome, (0, 0, 1), "{text:?}");
        }
    }

    #[test]
    fn plain_functions_read_decimal_numbers() {
        let values = [c" -42abc", c"+7", c"0x10"].map(|text| {
            // SAFETY: a string.
            unsafe { atol(text.as_ptr()) }
        });
        assert_eq!(values, [-42, 7, 0]);
        // SAFETY: a string.
        assert_eq!(unsafe { atoi(c"-2147483648".as_ptr()) }, i32::MIN);
    }

    #[test]
    fn least_values_have_no_opposite() {
        assert_eq!(abs(i32::MIN), i32::MIN);
        assert_eq!(labs(-5), 5);
        assert_eq!(llabs(i64::MIN), i64::MIN);
    }
}
