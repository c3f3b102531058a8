//! `err.h`: messages to standard error, behind the program's name.
//!
//! Every function takes what C gives it: a format or null, and arguments that are what it says.
#![expect(
    clippy::missing_safety_doc,
    reason = "the module says it once for all its functions"
)]

use core::ffi::{c_char, c_int};

use crate::header::stdio::file::{flockfile, funlockfile, stderr, with};
use crate::header::stdio::printf::vfprintf;
use crate::header::stdlib::exit;
use crate::header::{errno, string};
use crate::start::program_name;
use crate::string::c_bytes;
use crate::varargs::VaList;

/// Writes a message: the program's name, the text, and what an error means.
unsafe fn message(format: *const c_char, arguments: *mut VaList, error: Option<c_int>) {
    let file = stderr.get();
    // SAFETY: it is open.
    unsafe { flockfile(file) };
    let put = |parts: [&[u8]; 2]| {
        // SAFETY: as above.
        unsafe {
            with(file, |stream| {
                for part in parts {
                    stream.write(part);
                }
            });
        }
    };
    // SAFETY: a string of the program's.
    put([unsafe { c_bytes(program_name().cast()) }, b": "]);
    if !format.is_null() {
        // SAFETY: the caller's promise.
        unsafe { vfprintf(file, format, arguments) };
        if error.is_some() {
            put([b": ", b""]);
        }
    }
    let meaning = error.map_or(b"".as_slice(), |number| string::message(number).to_bytes());
    put([meaning, b"\n"]);
    // SAFETY: locked above.
    unsafe { funlockfile(file) };
}

/// `void vwarn(const char *format, va_list arguments)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn vwarn(format: *const c_char, arguments: *mut VaList) {
    // SAFETY: the caller's promise.
    unsafe { message(format, arguments, Some(errno::get())) };
}

/// `void vwarnx(const char *format, va_list arguments)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn vwarnx(format: *const c_char, arguments: *mut VaList) {
    // SAFETY: the caller's promise.
    unsafe { message(format, arguments, None) };
}

/// `_Noreturn void verr(int status, const char *format, va_list arguments)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn verr(status: c_int, format: *const c_char, arguments: *mut VaList) -> ! {
    // SAFETY: the caller's promise.
    unsafe { vwarn(format, arguments) };
    exit(status)
}

/// `_Noreturn void verrx(int status, const char *format, va_list arguments)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn verrx(status: c_int, format: *const c_char, arguments: *mut VaList) -> ! {
    // SAFETY: the caller's promise.
    unsafe { vwarnx(format, arguments) };
    exit(status)
}

/// `void warn(const char *format, ...)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn warn(format: *const c_char, mut arguments: ...) {
    // SAFETY: the caller's promise.
    unsafe { vwarn(format, VaList::of(&mut arguments)) };
}

/// `void warnx(const char *format, ...)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn warnx(format: *const c_char, mut arguments: ...) {
    // SAFETY: the caller's promise.
    unsafe { vwarnx(format, VaList::of(&mut arguments)) };
}

/// `_Noreturn void err(int status, const char *format, ...)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn err(status: c_int, format: *const c_char, mut arguments: ...) -> ! {
    // SAFETY: the caller's promise.
    unsafe { verr(status, format, VaList::of(&mut arguments)) }
}

/// `_Noreturn void errx(int status, const char *format, ...)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn errx(status: c_int, format: *const c_char, mut arguments: ...) -> ! {
    // SAFETY: the caller's promise.
    unsafe { verrx(status, format, VaList::of(&mut arguments)) }
}
