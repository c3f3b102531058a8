//! Floating-point numbers from text: `strtod` and its family, `atof`.

use core::ffi::c_char;

use kpio_abi::errors::Errno;

use super::number::Text;
use crate::header::errno;
use crate::number::float::{Float, Format};
use crate::number::scan::{self, Characters, Real};

/// Reads white space and a number; how much of the text belongs to it includes the space. `errno` is
/// ERANGE for one that does not fit the format, and EINVAL if there is none, as in musl.
pub(crate) fn parse<C: Characters>(text: &mut C, format: Format) -> Real {
    let space = scan::skip_space(text);
    let mut found = scan::real(text, format);
    if found.valid_bytes == 0 {
        errno::set(Errno::EINVAL.into());
    } else {
        found.valid_bytes += space;
    }
    if found.is_out_of_range {
        errno::set(Errno::ERANGE.into());
    }
    found
}

/// What all functions of the family do.
///
/// # Safety
///
/// `text` is a string, `end` is null or writable.
unsafe fn convert(text: *const c_char, end: *mut *mut c_char, format: Format) -> Float {
    // SAFETY: the caller's promise.
    let found = parse(&mut unsafe { Text::new(text) }, format);
    if !end.is_null() {
        // SAFETY: the caller's promise.
        unsafe { end.write(text.wrapping_add(found.valid_bytes).cast_mut()) };
    }
    found.float
}

/// `double strtod(const char *text, char **end)`
///
/// # Safety
///
/// `text` is a string, `end` is null or writable.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn strtod(text: *const c_char, end: *mut *mut c_char) -> f64 {
    // SAFETY: handed on to the caller.
    unsafe { convert(text, end, Format::DOUBLE) }.to_double()
}

/// `float strtof(const char *text, char **end)`
///
/// # Safety
///
/// As for [`strtod`].
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn strtof(text: *const c_char, end: *mut *mut c_char) -> f32 {
    // SAFETY: handed on to the caller.
    unsafe { convert(text, end, Format::SINGLE) }.to_single()
}

/// `double atof(const char *text)`
///
/// # Safety
///
/// `text` is a string.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn atof(text: *const c_char) -> f64 {
    // SAFETY: handed on to the caller.
    unsafe { strtod(text, core::ptr::null_mut()) }
}

/// What [`strtold`] returns, to memory.
///
/// # Safety
///
/// As for [`strtod`]; `result` is writable.
#[cfg(target_vendor = "kpio")]
unsafe extern "C" fn strtold_to(text: *const c_char, end: *mut *mut c_char, result: *mut [u8; 10]) {
    // SAFETY: handed on to the caller.
    let float = unsafe { convert(text, end, Format::EXTENDED) };
    // SAFETY: the caller's promise.
    unsafe { result.write(float.to_extended()) };
}

/// `long double strtold(const char *text, char **end)`: it returns in `st(0)`, for which Rust has no
/// type.
///
/// # Safety
///
/// As for [`strtod`].
#[cfg(target_vendor = "kpio")]
#[unsafe(no_mangle)]
#[unsafe(naked)]
pub unsafe extern "C" fn strtold(text: *const c_char, end: *mut *mut c_char) {
    core::arch::naked_asm!(
        // Room for the number, and the stack aligned as a call wants it.
        "sub rsp, 24",
        "mov rdx, rsp",
        "call {convert}",
        "fld tbyte ptr [rsp]",
        "add rsp, 24",
        "ret",
        convert = sym strtold_to,
    );
}
