//! `stdio.h`: reading and writing bytes, and lines of them.
//!
//! Every function takes what C gives it: strings, memory of the length that is said, and files that are
//! open; those called `_unlocked` need a file that no other thread uses.

#![expect(
    clippy::missing_safety_doc,
    reason = "the module says it once for all its functions"
)]

use core::ffi::{c_char, c_int, c_void};
use core::ptr;

use kpio_abi::errors::Errno;

use super::file::{File, stderr, stdin, stdout, with, with_unlocked};
use super::stream::{EOF, Orientation, Stream};
use crate::header::stdlib::memory::realloc;
use crate::header::{errno, string};
use crate::io::FixedText;
use crate::string::c_bytes;

/// The byte C means.
const fn byte(value: c_int) -> u8 {
    value.to_le_bytes()[0]
}

/// What is returned of a byte that was read, or of none.
fn byte_or_eof(byte: Option<u8>) -> c_int {
    byte.map_or(EOF, c_int::from)
}

/// Makes a stream one of bytes, unless it is decided.
fn of_bytes(stream: &mut Stream) -> &mut Stream {
    if stream.orientation == Orientation::Unknown {
        stream.orientation = Orientation::Bytes;
    }
    stream
}

fn put(stream: &mut Stream, value: c_int) -> c_int {
    let byte = byte(value);
    if of_bytes(stream).write(&[byte]) == 1 {
        byte.into()
    } else {
        EOF
    }
}

/// `int fgetc(FILE *file)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn fgetc(file: *mut File) -> c_int {
    // SAFETY: the caller's promise.
    byte_or_eof(unsafe { with(file, |stream| of_bytes(stream).get()) })
}

/// `int getc(FILE *file)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn getc(file: *mut File) -> c_int {
    // SAFETY: the caller's promise.
    unsafe { fgetc(file) }
}

/// `int getchar(void)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub extern "C" fn getchar() -> c_int {
    // SAFETY: it is open.
    unsafe { fgetc(stdin.get()) }
}

/// `int getc_unlocked(FILE *file)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn getc_unlocked(file: *mut File) -> c_int {
    // SAFETY: the caller's promise.
    byte_or_eof(unsafe { with_unlocked(file, |stream| of_bytes(stream).get()) })
}

/// `int fgetc_unlocked(FILE *file)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn fgetc_unlocked(file: *mut File) -> c_int {
    // SAFETY: the caller's promise.
    unsafe { getc_unlocked(file) }
}

/// `int getchar_unlocked(void)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub extern "C" fn getchar_unlocked() -> c_int {
    // SAFETY: it is open.
    unsafe { getc_unlocked(stdin.get()) }
}

/// `int fputc(int byte, FILE *file)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn fputc(value: c_int, file: *mut File) -> c_int {
    // SAFETY: the caller's promise.
    unsafe { with(file, |stream| put(stream, value)) }
}

/// `int putc(int byte, FILE *file)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn putc(value: c_int, file: *mut File) -> c_int {
    // SAFETY: the caller's promise.
    unsafe { fputc(value, file) }
}

/// `int putchar(int byte)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub extern "C" fn putchar(value: c_int) -> c_int {
    // SAFETY: it is open.
    unsafe { fputc(value, stdout.get()) }
}

/// `int putc_unlocked(int byte, FILE *file)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn putc_unlocked(value: c_int, file: *mut File) -> c_int {
    // SAFETY: the caller's promise.
    unsafe { with_unlocked(file, |stream| put(stream, value)) }
}

/// `int fputc_unlocked(int byte, FILE *file)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn fputc_unlocked(value: c_int, file: *mut File) -> c_int {
    // SAFETY: the caller's promise.
    unsafe { putc_unlocked(value, file) }
}

/// `int putchar_unlocked(int byte)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub extern "C" fn putchar_unlocked(value: c_int) -> c_int {
    // SAFETY: it is open.
    unsafe { putc_unlocked(value, stdout.get()) }
}

/// `int ungetc(int byte, FILE *file)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn ungetc(value: c_int, file: *mut File) -> c_int {
    if value == EOF {
        return EOF;
    }
    let byte = byte(value);
    // SAFETY: the caller's promise.
    let is_back = unsafe { with(file, |stream| of_bytes(stream).push_back(byte)) };
    if is_back { byte.into() } else { EOF }
}

/// How many whole elements so many bytes are.
const fn elements(bytes: usize, size: usize, count: usize, wanted: usize) -> usize {
    if bytes == wanted { count } else { bytes / size }
}

/// Reads elements.
///
/// # Safety
///
/// `place` has room for them.
unsafe fn read(stream: &mut Stream, place: *mut c_void, size: usize, count: usize) -> usize {
    let wanted = size.saturating_mul(count);
    if wanted == 0 {
        return 0;
    }
    // SAFETY: the caller's promise; what is read over is never looked at before.
    let place = unsafe { core::slice::from_raw_parts_mut(place.cast::<u8>(), wanted) };
    elements(of_bytes(stream).read(place), size, count, wanted)
}

/// Writes elements.
///
/// # Safety
///
/// They are at `place`.
unsafe fn write(stream: &mut Stream, place: *const c_void, size: usize, count: usize) -> usize {
    let wanted = size.saturating_mul(count);
    if wanted == 0 {
        return 0;
    }
    // SAFETY: the caller's promise.
    let bytes = unsafe { core::slice::from_raw_parts(place.cast::<u8>(), wanted) };
    elements(of_bytes(stream).write(bytes), size, count, wanted)
}

/// `size_t fread(void *place, size_t size, size_t count, FILE *file)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn fread(
    place: *mut c_void,
    size: usize,
    count: usize,
    file: *mut File,
) -> usize {
    let action = |stream: &mut Stream| {
        // SAFETY: the caller's promise.
        unsafe { read(stream, place, size, count) }
    };
    // SAFETY: the caller's promise.
    unsafe { with(file, action) }
}

/// `size_t fread_unlocked(void *place, size_t size, size_t count, FILE *file)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn fread_unlocked(
    place: *mut c_void,
    size: usize,
    count: usize,
    file: *mut File,
) -> usize {
    let action = |stream: &mut Stream| {
        // SAFETY: the caller's promise.
        unsafe { read(stream, place, size, count) }
    };
    // SAFETY: the caller's promise.
    unsafe { with_unlocked(file, action) }
}

/// `size_t fwrite(const void *place, size_t size, size_t count, FILE *file)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn fwrite(
    place: *const c_void,
    size: usize,
    count: usize,
    file: *mut File,
) -> usize {
    let action = |stream: &mut Stream| {
        // SAFETY: the caller's promise.
        unsafe { write(stream, place, size, count) }
    };
    // SAFETY: the caller's promise.
    unsafe { with(file, action) }
}

/// `size_t fwrite_unlocked(const void *place, size_t size, size_t count, FILE *file)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn fwrite_unlocked(
    place: *const c_void,
    size: usize,
    count: usize,
    file: *mut File,
) -> usize {
    let action = |stream: &mut Stream| {
        // SAFETY: the caller's promise.
        unsafe { write(stream, place, size, count) }
    };
    // SAFETY: the caller's promise.
    unsafe { with_unlocked(file, action) }
}

fn put_all(stream: &mut Stream, text: &[u8]) -> c_int {
    if of_bytes(stream).write(text) == text.len() {
        0
    } else {
        EOF
    }
}

/// `int fputs(const char *text, FILE *file)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn fputs(text: *const c_char, file: *mut File) -> c_int {
    // SAFETY: the caller's promise.
    let text = unsafe { c_bytes(text.cast()) };
    // SAFETY: the caller's promise.
    unsafe { with(file, |stream| put_all(stream, text)) }
}

/// `int fputs_unlocked(const char *text, FILE *file)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn fputs_unlocked(text: *const c_char, file: *mut File) -> c_int {
    // SAFETY: the caller's promise.
    let text = unsafe { c_bytes(text.cast()) };
    // SAFETY: the caller's promise.
    unsafe { with_unlocked(file, |stream| put_all(stream, text)) }
}

/// `int puts(const char *line)`: the line and a newline, to standard output.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn puts(line: *const c_char) -> c_int {
    // SAFETY: the caller's promise.
    let line = unsafe { c_bytes(line.cast()) };
    // SAFETY: it is open.
    unsafe {
        with(stdout.get(), |stream| {
            if put_all(stream, line) == EOF {
                return EOF;
            }
            put_all(stream, b"\n")
        })
    }
}

/// `void perror(const char *prefix)`: what `errno` means, to standard error, after `prefix` and a
/// colon if there is one. `errno` and the orientation of the file stay.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn perror(prefix: *const c_char) {
    let number = errno::get();
    let mut line = FixedText::<512>::new();
    if !prefix.is_null() {
        // SAFETY: the caller's promise.
        let prefix = unsafe { c_bytes(prefix.cast()) };
        if !prefix.is_empty() {
            line.push(prefix);
            line.push(b": ");
        }
    }
    line.push(string::message(number).to_bytes());
    line.push(b"\n");
    // SAFETY: it is open.
    unsafe { with(stderr.get(), |stream| stream.write(line.as_bytes())) };
}

/// Reads up to a delimiter and with it, and gives the pieces to `take`, which returns whether it has
/// room; returns whether the delimiter was met.
fn read_until(
    stream: &mut Stream,
    delimiter: u8,
    limit: usize,
    mut take: impl FnMut(&[u8]) -> bool,
) -> bool {
    let mut left = limit;
    while left > 0 {
        let available = stream.available();
        let available = available.get(..left).unwrap_or(available);
        if available.is_empty() {
            return false;
        }
        let found = available.iter().position(|byte| *byte == delimiter);
        let length = found.map_or(available.len(), |at| at + 1);
        if !take(available.get(..length).unwrap_or_default()) {
            return false;
        }
        stream.consume(length);
        left -= length;
        if found.is_some() {
            return true;
        }
    }
    false
}

/// Reads a line into a place of `room` bytes.
///
/// # Safety
///
/// `place` has so many.
unsafe fn get_line(place: *mut c_char, room: c_int, stream: &mut Stream) -> *mut c_char {
    let Some(limit) = usize::try_from(room)
        .ok()
        .and_then(|room| room.checked_sub(1))
    else {
        return ptr::null_mut();
    };
    let was_failed = core::mem::take(&mut of_bytes(stream).is_failed);
    let mut length = 0;
    read_until(stream, b'\n', limit, |piece| {
        let target = place.cast::<u8>().wrapping_add(length);
        // SAFETY: the pieces are no longer than the limit, together.
        unsafe { ptr::copy_nonoverlapping(piece.as_ptr(), target, piece.len()) };
        length += piece.len();
        true
    });
    let fails_now = stream.is_failed;
    stream.is_failed |= was_failed;
    if limit > 0 && (length == 0 || fails_now) {
        return ptr::null_mut();
    }
    // SAFETY: there is room for one more than the limit.
    unsafe { place.wrapping_add(length).write(0) };
    place
}

/// `char *fgets(char *place, int room, FILE *file)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn fgets(place: *mut c_char, room: c_int, file: *mut File) -> *mut c_char {
    let action = |stream: &mut Stream| {
        // SAFETY: the caller's promise.
        unsafe { get_line(place, room, stream) }
    };
    // SAFETY: the caller's promise.
    unsafe { with(file, action) }
}

/// `char *fgets_unlocked(char *place, int room, FILE *file)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn fgets_unlocked(
    place: *mut c_char,
    room: c_int,
    file: *mut File,
) -> *mut c_char {
    let action = |stream: &mut Stream| {
        // SAFETY: the caller's promise.
        unsafe { get_line(place, room, stream) }
    };
    // SAFETY: the caller's promise.
    unsafe { with_unlocked(file, action) }
}

/// `ssize_t getdelim(char **line, size_t *room, int delimiter, FILE *file)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn getdelim(
    line: *mut *mut c_char,
    room: *mut usize,
    delimiter: c_int,
    file: *mut File,
) -> isize {
    if line.is_null() || room.is_null() {
        // SAFETY: the caller's promise.
        unsafe { with(file, |stream| stream.is_failed = true) };
        return errno::result::<c_int>(Err(Errno::EINVAL.into())) as isize;
    }
    // SAFETY: the caller's promise.
    let mut place = unsafe { line.read() };
    let mut capacity = if place.is_null() {
        0
    } else {
        // SAFETY: the caller's promise.
        unsafe { room.read() }
    };
    let mut length = 0_usize;
    let mut is_full = false;
    let read_line = |stream: &mut Stream| {
        let is_met = read_until(of_bytes(stream), byte(delimiter), usize::MAX, |piece| {
            let needed = length + piece.len() + 1;
            if needed > capacity {
                let wanted = needed.max(capacity.saturating_mul(2)).max(64);
                // SAFETY: `place` is null or from `malloc`, as the caller promises.
                let grown = unsafe { realloc(place.cast(), wanted) };
                if grown.is_null() {
                    is_full = true;
                    return false;
                }
                place = grown.cast();
                capacity = wanted;
            }
            let target = place.cast::<u8>().wrapping_add(length);
            // SAFETY: there is room for so much.
            unsafe { ptr::copy_nonoverlapping(piece.as_ptr(), target, piece.len()) };
            length += piece.len();
            true
        });
        stream.is_failed |= is_full;
        is_met
    };
    // SAFETY: the caller's promise.
    let is_met = unsafe { with(file, read_line) };
    // SAFETY: the caller's promise.
    unsafe { line.write(place) };
    // SAFETY: the caller's promise.
    unsafe { room.write(capacity) };
    if is_full || length == 0 && !is_met {
        return -1;
    }
    // SAFETY: there is room for one more.
    unsafe { place.wrapping_add(length).write(0) };
    length.cast_signed()
}

/// `ssize_t getline(char **line, size_t *room, FILE *file)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn getline(
    line: *mut *mut c_char,
    room: *mut usize,
    file: *mut File,
) -> isize {
    // SAFETY: the caller's promise.
    unsafe { getdelim(line, room, c_int::from(b'\n'), file) }
}
