//! `stdio.h`: the scanf family.
//!
//! Every function takes what C gives it: files that are open, strings, formats, and arguments that are
//! what the format says.
#![expect(
    clippy::missing_safety_doc,
    reason = "the module says it once for all its functions"
)]

use core::ffi::{c_char, c_int};

use super::file::{File, stdin, with};
use super::scan::{Input, read};
use super::stream::{EOF, Orientation, Stream};
use crate::header::stdlib::number::Text;
use crate::number::scan::Characters;
use crate::string::c_bytes;
use crate::varargs::VaList;

/// What a function returns.
pub(crate) fn outcome(read: Option<usize>) -> c_int {
    read.map_or(EOF, |count| c_int::try_from(count).unwrap_or(c_int::MAX))
}

/// The bytes of a stream.
struct StreamInput<'a> {
    stream: &'a mut Stream,
    was_failed: bool,
}

impl Characters for StreamInput<'_> {
    fn peek(&mut self) -> Option<u8> {
        self.stream.peek()
    }

    fn advance(&mut self) {
        self.stream.consume(1);
    }
}

impl Input for StreamInput<'_> {
    fn is_failed(&self) -> bool {
        self.stream.is_failed && !self.was_failed
    }
}

impl Input for Text {
    fn is_failed(&self) -> bool {
        false
    }
}

/// Reads from a stream; its orientation is the caller's.
///
/// # Safety
///
/// `file` is open; the arguments are what the format says.
pub(crate) unsafe fn read_from_file(
    file: *mut File,
    format: &[u8],
    arguments: *mut VaList,
    orientation: Orientation,
) -> c_int {
    let read_from = |stream: &mut Stream| {
        if stream.orientation == Orientation::Unknown {
            stream.orientation = orientation;
        }
        let was_failed = stream.is_failed;
        let mut input = StreamInput { stream, was_failed };
        // SAFETY: the caller's promise.
        outcome(unsafe { read(&mut input, format, arguments) })
    };
    // SAFETY: the caller's promise.
    unsafe { with(file, read_from) }
}

/// `int vfscanf(FILE *file, const char *format, va_list arguments)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn vfscanf(
    file: *mut File,
    format: *const c_char,
    arguments: *mut VaList,
) -> c_int {
    // SAFETY: the caller's promise.
    let format = unsafe { c_bytes(format.cast()) };
    // SAFETY: the caller's promise.
    unsafe { read_from_file(file, format, arguments, Orientation::Bytes) }
}

/// `int vscanf(const char *format, va_list arguments)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn vscanf(format: *const c_char, arguments: *mut VaList) -> c_int {
    // SAFETY: the caller's promise.
    unsafe { vfscanf(stdin.get(), format, arguments) }
}

/// `int vsscanf(const char *text, const char *format, va_list arguments)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn vsscanf(
    text: *const c_char,
    format: *const c_char,
    arguments: *mut VaList,
) -> c_int {
    // SAFETY: the caller's promise.
    let format = unsafe { c_bytes(format.cast()) };
    // SAFETY: the caller's promise.
    let mut input = unsafe { Text::new(text) };
    // SAFETY: the caller's promise.
    outcome(unsafe { read(&mut input, format, arguments) })
}

/// `int scanf(const char *format, ...)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn scanf(format: *const c_char, mut arguments: ...) -> c_int {
    // SAFETY: the caller's promise.
    unsafe { vfscanf(stdin.get(), format, VaList::of(&mut arguments)) }
}

/// `int fscanf(FILE *file, const char *format, ...)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn fscanf(
    file: *mut File,
    format: *const c_char,
    mut arguments: ...
) -> c_int {
    // SAFETY: the caller's promise.
    unsafe { vfscanf(file, format, VaList::of(&mut arguments)) }
}

/// `int sscanf(const char *text, const char *format, ...)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn sscanf(
    text: *const c_char,
    format: *const c_char,
    mut arguments: ...
) -> c_int {
    // SAFETY: the caller's promise.
    unsafe { vsscanf(text, format, VaList::of(&mut arguments)) }
}
