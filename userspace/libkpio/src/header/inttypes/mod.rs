//! `inttypes.h`: the functions of the longest integers, which are `long`.

use core::ffi::{c_char, c_int, c_long, c_ulong};

use super::stdlib::division::{LongQuotient, ldiv};
use super::stdlib::number::{labs, strtol, strtoul};

/// `intmax_t imaxabs(intmax_t value)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub extern "C" fn imaxabs(value: c_long) -> c_long {
    labs(value)
}

/// `imaxdiv_t imaxdiv(intmax_t dividend, intmax_t divisor)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub extern "C" fn imaxdiv(dividend: c_long, divisor: c_long) -> LongQuotient {
    ldiv(dividend, divisor)
}

/// `intmax_t strtoimax(const char *text, char **end, int base)`
///
/// # Safety
///
/// As for [`strtol`].
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn strtoimax(
    text: *const c_char,
    end: *mut *mut c_char,
    base: c_int,
) -> c_long {
    // SAFETY: handed on to the caller.
    unsafe { strtol(text, end, base) }
}

/// `uintmax_t strtoumax(const char *text, char **end, int base)`
///
/// # Safety
///
/// As for [`strtol`].
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn strtoumax(
    text: *const c_char,
    end: *mut *mut c_char,
    base: c_int,
) -> c_ulong {
    // SAFETY: handed on to the caller.
    unsafe { strtoul(text, end, base) }
}
