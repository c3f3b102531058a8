//! `assert.h`

use core::ffi::{CStr, c_char, c_int};

use crate::io::FixedText;
use crate::{io, start};

/// `_Noreturn void __assert_fail(const char *condition, const char *file, int line, const char
/// *function)`: what the macro calls when the condition does not hold.
///
/// # Safety
///
/// The texts are strings.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn __assert_fail(
    condition: *const c_char,
    file: *const c_char,
    line: c_int,
    function: *const c_char,
) -> ! {
    use core::fmt::Write;

    // SAFETY: the caller's promise.
    let [condition, file, function] = [condition, file, function].map(|text| {
        // SAFETY: the caller's promise.
        unsafe { CStr::from_ptr(text) }.to_bytes()
    });
    let mut text = FixedText::<1024>::new();
    text.push(b"Assertion failed: ");
    text.push(condition);
    text.push(b" (");
    text.push(file);
    text.push(b": ");
    text.push(function);
    // A text that does not fit is cut; `FixedText` never fails.
    let _ = writeln!(text, ": {line})");
    io::write_best_effort(io::STDERR, text.as_bytes());
    start::abort()
}
