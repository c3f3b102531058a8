//! `wchar.h`: the wprintf family. The format is read as the bytes it stands for, and widths and
//! precisions count characters.
//!
//! Every function takes what C gives it: files that are open, formats, and arguments that are what the
//! format says.
#![expect(
    clippy::missing_safety_doc,
    reason = "the module says it once for all its functions"
)]

use core::ffi::c_int;
use core::ptr;

use kpio_abi::errors::Errno;

use super::multibyte::wcstombs;
use crate::header::errno;
use crate::header::stdio::file::{File, stdout};
use crate::header::stdio::print::{Output, Unit, print};
use crate::header::stdio::printf::{outcome, print_to_file};
use crate::header::stdlib::memory::{free, malloc};
use crate::header::wchar::character::{Decoder, Step};
use crate::string::bytes;
use crate::varargs::VaList;

/// Does something with the bytes of a format; -1, with `errno`, if it has none or there is no memory.
unsafe fn with_format(format: *const u32, action: impl FnOnce(&[u8]) -> c_int) -> c_int {
    // SAFETY: the caller's promise.
    let length = unsafe { wcstombs(ptr::null_mut(), format, 0) };
    if length == usize::MAX {
        return -1;
    }
    let place = malloc(length + 1);
    if place.is_null() {
        return -1;
    }
    // SAFETY: so much was allocated.
    unsafe { wcstombs(place.cast(), format, length + 1) };
    // SAFETY: written just now.
    let result = action(unsafe { bytes(place.cast(), length) });
    // SAFETY: allocated above.
    unsafe { free(place) };
    result
}

/// Wide characters to memory.
struct WideOutput {
    place: *mut u32,
    room: usize,
    decoder: Decoder,
    is_full: bool,
}

impl Output for WideOutput {
    fn put(&mut self, bytes: &[u8]) {
        for byte in bytes {
            if let Step::Character(wide) = self.decoder.push(*byte) {
                if self.room == 0 {
                    self.is_full = true;
                    return;
                }
                // SAFETY: there is room.
                unsafe { self.place.write(wide) };
                self.place = self.place.wrapping_add(1);
                self.room -= 1;
            }
        }
    }

    fn pad(&mut self, byte: u8, count: usize) {
        let chunk = [byte; 64];
        let mut left = count;
        while left > 0 && !self.is_full {
            let part = chunk.get(..left).unwrap_or(&chunk);
            self.put(part);
            left -= part.len();
        }
    }
}

/// `int vfwprintf(FILE *file, const wchar_t *format, va_list arguments)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn vfwprintf(
    file: *mut File,
    format: *const u32,
    arguments: *mut VaList,
) -> c_int {
    let action = |format: &[u8]| {
        // SAFETY: the caller's promise.
        unsafe { print_to_file(file, format, arguments, Unit::Character) }
    };
    // SAFETY: the caller's promise.
    unsafe { with_format(format, action) }
}

/// `int vwprintf(const wchar_t *format, va_list arguments)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn vwprintf(format: *const u32, arguments: *mut VaList) -> c_int {
    // SAFETY: the caller's promise.
    unsafe { vfwprintf(stdout.get(), format, arguments) }
}

/// `int vswprintf(wchar_t *place, size_t room, const wchar_t *format, va_list arguments)`: what does
/// not fit is an error, EOVERFLOW.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn vswprintf(
    place: *mut u32,
    room: usize,
    format: *const u32,
    arguments: *mut VaList,
) -> c_int {
    let action = |format: &[u8]| {
        let mut output = WideOutput {
            place,
            room: room.saturating_sub(1),
            decoder: Decoder::new(),
            is_full: room == 0,
        };
        // SAFETY: the caller's promise.
        let printed = unsafe { print(&mut output, format, arguments, Unit::Character) };
        if room > 0 {
            // SAFETY: one was kept for it.
            unsafe { output.place.write(0) };
        }
        if output.is_full && printed.is_ok() {
            return errno::result(Err(Errno::EOVERFLOW.into()));
        }
        outcome(printed)
    };
    // SAFETY: the caller's promise.
    unsafe { with_format(format, action) }
}

/// `int wprintf(const wchar_t *format, ...)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn wprintf(format: *const u32, mut arguments: ...) -> c_int {
    // SAFETY: the caller's promise.
    unsafe { vwprintf(format, VaList::of(&mut arguments)) }
}

/// `int fwprintf(FILE *file, const wchar_t *format, ...)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn fwprintf(
    file: *mut File,
    format: *const u32,
    mut arguments: ...
) -> c_int {
    // SAFETY: the caller's promise.
    unsafe { vfwprintf(file, format, VaList::of(&mut arguments)) }
}

/// `int swprintf(wchar_t *place, size_t room, const wchar_t *format, ...)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn swprintf(
    place: *mut u32,
    room: usize,
    format: *const u32,
    mut arguments: ...
) -> c_int {
    // SAFETY: the caller's promise.
    unsafe { vswprintf(place, room, format, VaList::of(&mut arguments)) }
}
