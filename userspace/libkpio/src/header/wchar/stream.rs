//! `wchar.h`: files of wide characters; what is in them are the bytes of the locale.
//!
//! Every function takes what C gives it: strings, memory of the length that is said, and files that are
//! open; those called `_unlocked` need a file that no other thread uses.
#![expect(
    clippy::missing_safety_doc,
    reason = "the module says it once for all its functions"
)]

use core::ffi::c_int;
use core::ptr;

use kpio_abi::errors::Errno;

use super::array::string;
use super::character::{self, Decoder, MAX_BYTES, Step};
use super::multibyte::WEOF;
use crate::header::errno;
use crate::header::stdio::file::{File, stdin, stdout, with, with_unlocked};
use crate::header::stdio::stream::{Orientation, Stream};

/// Makes a stream one of wide characters, unless it is decided.
fn of_wide(stream: &mut Stream) -> &mut Stream {
    if stream.orientation == Orientation::Unknown {
        stream.orientation = Orientation::Wide;
    }
    stream
}

/// The next character. Bytes that are none are EILSEQ, and an error of the stream; so is one that
/// breaks off at the end.
fn get(stream: &mut Stream) -> Option<u32> {
    let stream = of_wide(stream);
    let mut decoder = Decoder::new();
    loop {
        let Some(byte) = stream.peek() else {
            if decoder.is_within() && !stream.is_failed {
                stream.is_failed = true;
                errno::set(Errno::EILSEQ.into());
            }
            return None;
        };
        let was_within = decoder.is_within();
        match decoder.push(byte) {
            Step::Character(wide) => {
                stream.consume(1);
                return Some(wide);
            }
            Step::More => stream.consume(1),
            Step::Wrong => {
                // A byte that begins something else stays to be read.
                if !was_within {
                    stream.consume(1);
                }
                stream.is_failed = true;
                errno::set(Errno::EILSEQ.into());
                return None;
            }
        }
    }
}

/// Writes a character; false, with an error of the stream, if it is none or cannot be written.
fn put(stream: &mut Stream, wide: u32) -> bool {
    let stream = of_wide(stream);
    let mut room = [0; MAX_BYTES];
    let Some(text) = character::encode(wide, &mut room) else {
        stream.is_failed = true;
        errno::set(Errno::EILSEQ.into());
        return false;
    };
    stream.write(text) == text.len()
}

/// `wint_t fgetwc(FILE *file)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn fgetwc(file: *mut File) -> u32 {
    // SAFETY: the caller's promise.
    unsafe { with(file, get) }.unwrap_or(WEOF)
}

/// `wint_t getwc(FILE *file)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn getwc(file: *mut File) -> u32 {
    // SAFETY: the caller's promise.
    unsafe { fgetwc(file) }
}

/// `wint_t getwchar(void)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub extern "C" fn getwchar() -> u32 {
    // SAFETY: it is open.
    unsafe { fgetwc(stdin.get()) }
}

/// `wint_t fgetwc_unlocked(FILE *file)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn fgetwc_unlocked(file: *mut File) -> u32 {
    // SAFETY: the caller's promise.
    unsafe { with_unlocked(file, get) }.unwrap_or(WEOF)
}

/// `wint_t getwc_unlocked(FILE *file)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn getwc_unlocked(file: *mut File) -> u32 {
    // SAFETY: the caller's promise.
    unsafe { fgetwc_unlocked(file) }
}

/// `wint_t getwchar_unlocked(void)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub extern "C" fn getwchar_unlocked() -> u32 {
    // SAFETY: it is open.
    unsafe { fgetwc_unlocked(stdin.get()) }
}

/// `wint_t fputwc(wchar_t wide, FILE *file)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn fputwc(wide: u32, file: *mut File) -> u32 {
    // SAFETY: the caller's promise.
    if unsafe { with(file, |stream| put(stream, wide)) } {
        wide
    } else {
        WEOF
    }
}

/// `wint_t putwc(wchar_t wide, FILE *file)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn putwc(wide: u32, file: *mut File) -> u32 {
    // SAFETY: the caller's promise.
    unsafe { fputwc(wide, file) }
}

/// `wint_t putwchar(wchar_t wide)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub extern "C" fn putwchar(wide: u32) -> u32 {
    // SAFETY: it is open.
    unsafe { fputwc(wide, stdout.get()) }
}

/// `wint_t fputwc_unlocked(wchar_t wide, FILE *file)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn fputwc_unlocked(wide: u32, file: *mut File) -> u32 {
    // SAFETY: the caller's promise.
    if unsafe { with_unlocked(file, |stream| put(stream, wide)) } {
        wide
    } else {
        WEOF
    }
}

/// `wint_t putwc_unlocked(wchar_t wide, FILE *file)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn putwc_unlocked(wide: u32, file: *mut File) -> u32 {
    // SAFETY: the caller's promise.
    unsafe { fputwc_unlocked(wide, file) }
}

/// `wint_t putwchar_unlocked(wchar_t wide)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub extern "C" fn putwchar_unlocked(wide: u32) -> u32 {
    // SAFETY: it is open.
    unsafe { fputwc_unlocked(wide, stdout.get()) }
}

/// `wint_t ungetwc(wint_t wide, FILE *file)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn ungetwc(wide: u32, file: *mut File) -> u32 {
    let mut room = [0; MAX_BYTES];
    let Some(text) = (wide != WEOF)
        .then(|| character::encode(wide, &mut room))
        .flatten()
    else {
        return WEOF;
    };
    let push_back = |stream: &mut Stream| {
        let stream = of_wide(stream);
        text.iter().rev().all(|byte| stream.push_back(*byte))
    };
    // SAFETY: the caller's promise.
    if unsafe { with(file, push_back) } {
        wide
    } else {
        WEOF
    }
}

unsafe fn get_line(place: *mut u32, room: c_int, stream: &mut Stream) -> *mut u32 {
    let Some(limit) = usize::try_from(room)
        .ok()
        .and_then(|room| room.checked_sub(1))
    else {
        return ptr::null_mut();
    };
    let was_failed = core::mem::take(&mut stream.is_failed);
    let mut length = 0;
    while length < limit {
        let Some(wide) = get(stream) else { break };
        // SAFETY: below the limit.
        unsafe { place.wrapping_add(length).write(wide) };
        length += 1;
        if wide == u32::from(b'\n') {
            break;
        }
    }
    let fails_now = stream.is_failed;
    stream.is_failed |= was_failed;
    if limit > 0 && (length == 0 || fails_now) {
        return ptr::null_mut();
    }
    // SAFETY: there is room for one more than the limit.
    unsafe { place.wrapping_add(length).write(0) };
    place
}

/// `wchar_t *fgetws(wchar_t *place, int room, FILE *file)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn fgetws(place: *mut u32, room: c_int, file: *mut File) -> *mut u32 {
    let action = |stream: &mut Stream| {
        // SAFETY: the caller's promise.
        unsafe { get_line(place, room, stream) }
    };
    // SAFETY: the caller's promise.
    unsafe { with(file, action) }
}

/// `wchar_t *fgetws_unlocked(wchar_t *place, int room, FILE *file)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn fgetws_unlocked(
    place: *mut u32,
    room: c_int,
    file: *mut File,
) -> *mut u32 {
    let action = |stream: &mut Stream| {
        // SAFETY: the caller's promise.
        unsafe { get_line(place, room, stream) }
    };
    // SAFETY: the caller's promise.
    unsafe { with_unlocked(file, action) }
}

fn put_all(stream: &mut Stream, text: &[u32]) -> c_int {
    if text.iter().all(|wide| put(stream, *wide)) {
        0
    } else {
        -1
    }
}

/// `int fputws(const wchar_t *text, FILE *file)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn fputws(text: *const u32, file: *mut File) -> c_int {
    // SAFETY: the caller's promise.
    let text = unsafe { string(text) };
    // SAFETY: the caller's promise.
    unsafe { with(file, |stream| put_all(stream, text)) }
}

/// `int fputws_unlocked(const wchar_t *text, FILE *file)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn fputws_unlocked(text: *const u32, file: *mut File) -> c_int {
    // SAFETY: the caller's promise.
    let text = unsafe { string(text) };
    // SAFETY: the caller's promise.
    unsafe { with_unlocked(file, |stream| put_all(stream, text)) }
}

/// `int fwide(FILE *file, int mode)`: positive for wide characters, negative for bytes.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn fwide(file: *mut File, mode: c_int) -> c_int {
    // SAFETY: the caller's promise.
    unsafe {
        with(file, |stream| {
            if stream.orientation == Orientation::Unknown && mode != 0 {
                stream.orientation = if mode > 0 {
                    Orientation::Wide
                } else {
                    Orientation::Bytes
                };
            }
            match stream.orientation {
                Orientation::Unknown => 0,
                Orientation::Bytes => -1,
                Orientation::Wide => 1,
            }
        })
    }
}
