//! `wchar.h`: numbers from wide text.
//!
//! Every function takes what C gives it: a string, and a place for its rest or null.
#![expect(
    clippy::missing_safety_doc,
    reason = "the module says it once for all its functions"
)]

use core::ffi::{c_int, c_long, c_longlong, c_ulong, c_ulonglong};

use kpio_abi::errors::Errno;

use super::array::at;
use crate::header::errno;
use crate::header::stdlib::number::{parse, signed, unsigned};
use crate::header::stdlib::real;
use crate::header::wctype::iswspace;
use crate::number::float::{Float, Format};
use crate::number::scan::{Characters, Integer};

/// A wide string as the bytes a number is made of: what is no ASCII is some byte that is not.
struct WideText {
    next: *const u32,
}

impl Characters for WideText {
    fn peek(&mut self) -> Option<u8> {
        // SAFETY: a string, and nothing before this was its end.
        let wide = unsafe { at(self.next, 0) };
        let byte = u8::try_from(wide).ok().filter(u8::is_ascii).unwrap_or(0xFF);
        Some(byte).filter(|byte| *byte != 0)
    }

    fn advance(&mut self) {
        self.next = self.next.wrapping_add(1);
    }
}

/// Skips what is white space to wide characters; returns the text behind it.
unsafe fn behind_space(text: *const u32) -> *const u32 {
    let mut next = text;
    // SAFETY: the end is no white space.
    while iswspace(unsafe { at(next, 0) }) != 0 {
        next = next.wrapping_add(1);
    }
    next
}

/// Says where the number ended.
unsafe fn set_end(text: *const u32, start: *const u32, valid: usize, end: *mut *mut u32) {
    if !end.is_null() {
        let rest = if valid == 0 {
            text
        } else {
            start.wrapping_add(valid)
        };
        // SAFETY: the caller's promise.
        unsafe { end.write(rest.cast_mut()) };
    }
}

unsafe fn integer<T: Default>(
    text: *const u32,
    end: *mut *mut u32,
    base: c_int,
    convert: fn(Integer) -> (T, bool),
) -> T {
    let Ok(base @ (0 | 2..=36)) = u32::try_from(base) else {
        errno::set(Errno::EINVAL.into());
        // SAFETY: the caller's promise.
        unsafe { set_end(text, text, 0, end) };
        return T::default();
    };
    // SAFETY: the caller's promise.
    let start = unsafe { behind_space(text) };
    let found = parse(&mut WideText { next: start }, base);
    // SAFETY: the caller's promise.
    unsafe { set_end(text, start, found.valid_bytes, end) };
    let (value, fits) = convert(found);
    if !fits {
        errno::set(Errno::ERANGE.into());
    }
    value
}

unsafe fn float(text: *const u32, end: *mut *mut u32, format: Format) -> Float {
    // SAFETY: the caller's promise.
    let start = unsafe { behind_space(text) };
    let found = real::parse(&mut WideText { next: start }, format);
    // SAFETY: the caller's promise.
    unsafe { set_end(text, start, found.valid_bytes, end) };
    found.float
}

/// `long wcstol(const wchar_t *text, wchar_t **end, int base)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn wcstol(text: *const u32, end: *mut *mut u32, base: c_int) -> c_long {
    // SAFETY: the caller's promise.
    unsafe { integer(text, end, base, signed) }
}

/// `long long wcstoll(const wchar_t *text, wchar_t **end, int base)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn wcstoll(text: *const u32, end: *mut *mut u32, base: c_int) -> c_longlong {
    // SAFETY: the caller's promise.
    unsafe { integer(text, end, base, signed) }
}

/// `unsigned long wcstoul(const wchar_t *text, wchar_t **end, int base)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn wcstoul(text: *const u32, end: *mut *mut u32, base: c_int) -> c_ulong {
    // SAFETY: the caller's promise.
    unsafe { integer(text, end, base, unsigned) }
}

/// `unsigned long long wcstoull(const wchar_t *text, wchar_t **end, int base)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn wcstoull(
    text: *const u32,
    end: *mut *mut u32,
    base: c_int,
) -> c_ulonglong {
    // SAFETY: the caller's promise.
    unsafe { integer(text, end, base, unsigned) }
}

/// `intmax_t wcstoimax(const wchar_t *text, wchar_t **end, int base)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn wcstoimax(text: *const u32, end: *mut *mut u32, base: c_int) -> c_long {
    // SAFETY: the caller's promise.
    unsafe { wcstol(text, end, base) }
}

/// `uintmax_t wcstoumax(const wchar_t *text, wchar_t **end, int base)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn wcstoumax(text: *const u32, end: *mut *mut u32, base: c_int) -> c_ulong {
    // SAFETY: the caller's promise.
    unsafe { wcstoul(text, end, base) }
}

/// `double wcstod(const wchar_t *text, wchar_t **end)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn wcstod(text: *const u32, end: *mut *mut u32) -> f64 {
    // SAFETY: the caller's promise.
    unsafe { float(text, end, Format::DOUBLE) }.to_double()
}

/// `float wcstof(const wchar_t *text, wchar_t **end)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn wcstof(text: *const u32, end: *mut *mut u32) -> f32 {
    // SAFETY: the caller's promise.
    unsafe { float(text, end, Format::SINGLE) }.to_single()
}

#[cfg(target_vendor = "kpio")]
unsafe extern "C" fn wcstold_to(text: *const u32, end: *mut *mut u32, result: *mut [u8; 10]) {
    // SAFETY: the caller's promise.
    let float = unsafe { float(text, end, Format::EXTENDED) };
    // SAFETY: the caller's promise.
    unsafe { result.write(float.to_extended()) };
}

/// `long double wcstold(const wchar_t *text, wchar_t **end)`: as `strtold`.
#[cfg(target_vendor = "kpio")]
#[unsafe(no_mangle)]
#[unsafe(naked)]
pub unsafe extern "C" fn wcstold(text: *const u32, end: *mut *mut u32) {
    core::arch::naked_asm!(
        "sub rsp, 24",
        "mov rdx, rsp",
        "call {convert}",
        "fld tbyte ptr [rsp]",
        "add rsp, 24",
        "ret",
        convert = sym wcstold_to,
    );
}
