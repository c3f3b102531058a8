//! `stdio.h`, the part without streams: what writes whole lines to the standard descriptors.
//!
//! `FILE` and the printf family are not here yet.

pub mod names;

use core::ffi::{c_char, c_int};

use crate::header::{errno, string};
use crate::io;
use crate::string::c_bytes;

/// What the functions of this header return with an error.
const EOF: c_int = -1;

/// `int puts(const char *line)`: the line and a newline, to standard output.
///
/// # Safety
///
/// `line` is a string.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn puts(line: *const c_char) -> c_int {
    // SAFETY: the caller's promise.
    let bytes = unsafe { c_bytes(line.cast()) };
    let written = io::write_all(io::STDOUT, bytes).and_then(|()| io::write_all(io::STDOUT, b"\n"));
    match written {
        Ok(()) => 0,
        Err(error) => {
            errno::set(error);
            EOF
        }
    }
}

/// `int putchar(int byte)`: one byte, to standard output.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub extern "C" fn putchar(byte: c_int) -> c_int {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "C converts to unsigned char"
    )]
    let byte = byte as u8;
    match io::write_all(io::STDOUT, &[byte]) {
        Ok(()) => c_int::from(byte),
        Err(error) => {
            errno::set(error);
            EOF
        }
    }
}

/// `void perror(const char *prefix)`: what `errno` means, to standard error, after `prefix` and a
/// colon if there is one.
///
/// # Safety
///
/// `prefix` is null or a string.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn perror(prefix: *const c_char) {
    let number = errno::get();
    if !prefix.is_null() {
        // SAFETY: the caller's promise.
        let prefix = unsafe { c_bytes(prefix.cast()) };
        if !prefix.is_empty() {
            io::write_best_effort(io::STDERR, prefix);
            io::write_best_effort(io::STDERR, b": ");
        }
    }
    io::write_best_effort(io::STDERR, string::message(number).to_bytes());
    io::write_best_effort(io::STDERR, b"\n");
}
