//! Integers from text: `strtol` and its family, `atoi` and its family; and `abs` and its family.

use core::ffi::{c_char, c_int, c_long, c_longlong, c_ulong, c_ulonglong};

use kpio_abi::errors::Errno;

use crate::header::errno;
use crate::string::byte_at;

/// What a text held.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Parsed {
    /// The digits' value, cut at `u64::MAX`.
    magnitude: u64,
    is_negative: bool,
    /// The value did not fit into 64 bits.
    is_too_large: bool,
    /// How many bytes belong to the number, leading white space included; 0: there is no number.
    used_bytes: usize,
}

/// Whether C's `isspace` holds in the "C" locale.
const fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t'..=b'\r')
}

/// The value of a digit in bases up to 36.
fn digit(byte: u8) -> Option<u32> {
    char::from(byte).to_digit(36)
}

/// Reads white space, a sign, a prefix and digits of `base`; 0 finds the base from the prefix.
///
/// `byte` gives the bytes of the text in order; it is not asked beyond the first byte that ends the
/// number.
fn parse(byte: impl Fn(usize) -> u8, base: u32) -> Parsed {
    let mut next = 0;
    while is_space(byte(next)) {
        next += 1;
    }
    let is_negative = byte(next) == b'-';
    if is_negative || byte(next) == b'+' {
        next += 1;
    }
    // "0x" counts as a prefix only before a hexadecimal digit; otherwise the number is that "0".
    let has_hex_prefix = matches!(base, 0 | 16)
        && byte(next) == b'0'
        && matches!(byte(next + 1), b'x' | b'X')
        && digit(byte(next + 2)).is_some_and(|digit| digit < 16);
    let base = match base {
        0 if has_hex_prefix => 16,
        0 if byte(next) == b'0' => 8,
        0 => 10,
        base => base,
    };
    if has_hex_prefix {
        next += 2;
    }
    let first_digit = next;
    let mut magnitude = 0_u64;
    let mut is_too_large = false;
    while let Some(digit) = digit(byte(next)).filter(|digit| *digit < base) {
        let grown = magnitude
            .checked_mul(u64::from(base))
            .and_then(|value| value.checked_add(u64::from(digit)));
        match grown {
            Some(value) => magnitude = value,
            None => is_too_large = true,
        }
        next += 1;
    }
    if next == first_digit {
        return Parsed {
            magnitude: 0,
            is_negative: false,
            is_too_large: false,
            used_bytes: 0,
        };
    }
    let magnitude = if is_too_large { u64::MAX } else { magnitude };
    Parsed {
        magnitude,
        is_negative,
        is_too_large,
        used_bytes: next,
    }
}

/// The value as `strtoll` gives it, and whether it fits.
fn signed(parsed: Parsed) -> (i64, bool) {
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
fn unsigned(parsed: Parsed) -> (u64, bool) {
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
    convert: fn(Parsed) -> (T, bool),
) -> T {
    let mut used_bytes = 0;
    let mut value = T::default();
    match u32::try_from(base) {
        Ok(base @ (0 | 2..=36)) => {
            // SAFETY: `parse` does not ask beyond the byte that ends the number, at the latest the
            // NUL.
            let parsed = parse(|index| unsafe { byte_at(text.cast(), index) }, base);
            used_bytes = parsed.used_bytes;
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
    // SAFETY: as in `convert`.
    let parsed = parse(|index| unsafe { byte_at(text.cast(), index) }, 10);
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

    /// glibc leaves `end` alone with an invalid base; musl, as this library, sets it to the text.
    fn is_same<T: PartialEq + Copy>(ours: Outcome<T>, theirs: Outcome<T>) -> bool {
        if theirs.1 == libc::EINVAL {
            return ours.1 == theirs.1 && ours.0 == theirs.0 && ours.2 == 0;
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
