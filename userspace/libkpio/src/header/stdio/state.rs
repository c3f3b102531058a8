//! `stdio.h`: where a file is, how it is buffered, and what happened to it. And `stdio_ext.h`.
//!
//! Every function takes what C gives it: files that are open, and memory of the length that is said.

#![expect(
    clippy::missing_safety_doc,
    reason = "the module says it once for all its functions"
)]

use core::ffi::{c_char, c_int, c_long};

use kpio_abi::errors::Errno;
use kpio_abi::flags::SEEK_SET;

use super::file::{File, with, with_unlocked};
use super::stream::{BUFFER_BYTES, Buffering, PUSH_BACK_BYTES, Stream};
use crate::header::errno;

/// `setvbuf`'s kinds. Source: musl, stdio.h.
const FULLY_BUFFERED: c_int = 0;
const LINE_BUFFERED: c_int = 1;
const UNBUFFERED: c_int = 2;

/// `BUFSIZ`
const BUFSIZ: usize = 1024;

/// `int fseeko(FILE *file, off_t offset, int whence)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn fseeko(file: *mut File, offset: i64, whence: c_int) -> c_int {
    // SAFETY: the caller's promise.
    errno::status(unsafe { with(file, |stream| stream.seek(offset, whence)) }.map(|()| 0))
}

/// `int fseek(FILE *file, long offset, int whence)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn fseek(file: *mut File, offset: c_long, whence: c_int) -> c_int {
    // SAFETY: the caller's promise.
    unsafe { fseeko(file, offset, whence) }
}

/// `off_t ftello(FILE *file)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn ftello(file: *mut File) -> i64 {
    // SAFETY: the caller's promise.
    errno::result(unsafe { with(file, Stream::tell) })
}

/// `long ftell(FILE *file)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn ftell(file: *mut File) -> c_long {
    // SAFETY: the caller's promise.
    unsafe { ftello(file) }
}

/// `void rewind(FILE *file)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn rewind(file: *mut File) {
    // SAFETY: the caller's promise.
    unsafe {
        with(file, |stream| {
            // POSIX gives no way to return it but errno.
            if let Err(error) = stream.seek(0, SEEK_SET.cast_signed()) {
                errno::set(error);
            }
            stream.is_failed = false;
        });
    }
}

/// `int fgetpos(FILE *file, fpos_t *position)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn fgetpos(file: *mut File, position: *mut i64) -> c_int {
    // SAFETY: the caller's promise.
    let found = unsafe { ftello(file) };
    if found < 0 {
        return -1;
    }
    // SAFETY: the caller's promise.
    unsafe { position.write(found) };
    0
}

/// `int fsetpos(FILE *file, const fpos_t *position)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn fsetpos(file: *mut File, position: *const i64) -> c_int {
    // SAFETY: the caller's promise.
    let wanted = unsafe { position.read() };
    // SAFETY: the caller's promise.
    unsafe { fseeko(file, wanted, SEEK_SET.cast_signed()) }
}

/// `int feof(FILE *file)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn feof(file: *mut File) -> c_int {
    // SAFETY: the caller's promise.
    c_int::from(unsafe { with(file, |stream| stream.is_at_end) })
}

/// `int feof_unlocked(FILE *file)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn feof_unlocked(file: *mut File) -> c_int {
    // SAFETY: the caller's promise.
    c_int::from(unsafe { with_unlocked(file, |stream| stream.is_at_end) })
}

/// `int ferror(FILE *file)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn ferror(file: *mut File) -> c_int {
    // SAFETY: the caller's promise.
    c_int::from(unsafe { with(file, |stream| stream.is_failed) })
}

/// `int ferror_unlocked(FILE *file)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn ferror_unlocked(file: *mut File) -> c_int {
    // SAFETY: the caller's promise.
    c_int::from(unsafe { with_unlocked(file, |stream| stream.is_failed) })
}

const fn clear(stream: &mut Stream) {
    stream.is_at_end = false;
    stream.is_failed = false;
}

/// `void clearerr(FILE *file)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn clearerr(file: *mut File) {
    // SAFETY: the caller's promise.
    unsafe { with(file, clear) };
}

/// `void clearerr_unlocked(FILE *file)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn clearerr_unlocked(file: *mut File) {
    // SAFETY: the caller's promise.
    unsafe { with_unlocked(file, clear) };
}

/// `int setvbuf(FILE *file, char *buffer, int kind, size_t len)`
///
/// A buffer of the caller's is used if it has room for what may be pushed back besides; without one
/// the file keeps that which it has.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn setvbuf(
    file: *mut File,
    buffer: *mut c_char,
    kind: c_int,
    len: usize,
) -> c_int {
    let buffering = match kind {
        FULLY_BUFFERED => Buffering::Full,
        LINE_BUFFERED => Buffering::Line,
        UNBUFFERED => Buffering::None,
        _ => {
            errno::set(Errno::EINVAL.into());
            return -1;
        }
    };
    // SAFETY: the caller's promise.
    unsafe {
        with(file, |stream| {
            stream.set_buffering(buffering);
            let is_used = stream.pending_bytes() > 0 || stream.unread_bytes() > 0;
            let is_large = len > PUSH_BACK_BYTES;
            if buffering != Buffering::None && !buffer.is_null() && is_large && !is_used {
                stream.set_buffer(buffer.cast(), len - PUSH_BACK_BYTES);
            }
        });
    }
    0
}

/// `void setbuf(FILE *file, char *buffer)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn setbuf(file: *mut File, buffer: *mut c_char) {
    // SAFETY: the caller's promise.
    unsafe { setbuffer(file, buffer, BUFSIZ) };
}

/// `void setbuffer(FILE *file, char *buffer, size_t len)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn setbuffer(file: *mut File, buffer: *mut c_char, len: usize) {
    let kind = if buffer.is_null() {
        UNBUFFERED
    } else {
        FULLY_BUFFERED
    };
    // SAFETY: the caller's promise.
    unsafe { setvbuf(file, buffer, kind, len) };
}

/// `void setlinebuf(FILE *file)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn setlinebuf(file: *mut File) {
    // SAFETY: the caller's promise.
    unsafe { setvbuf(file, core::ptr::null_mut(), LINE_BUFFERED, 0) };
}

const _: () = assert!(BUFFER_BYTES >= BUFSIZ);

/// `size_t __fbufsize(FILE *file)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn __fbufsize(file: *mut File) -> usize {
    // SAFETY: the caller's promise.
    unsafe { with(file, |stream| stream.capacity()) }
}

/// `int __freading(FILE *file)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn __freading(file: *mut File) -> c_int {
    // SAFETY: the caller's promise.
    c_int::from(unsafe { with(file, |stream| stream.is_reading()) })
}

/// `int __fwriting(FILE *file)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn __fwriting(file: *mut File) -> c_int {
    // SAFETY: the caller's promise.
    c_int::from(unsafe { with(file, |stream| stream.is_writing()) })
}

/// `int __freadable(FILE *file)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn __freadable(file: *mut File) -> c_int {
    // SAFETY: the caller's promise.
    c_int::from(unsafe { with(file, |stream| stream.access.can_read) })
}

/// `int __fwritable(FILE *file)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn __fwritable(file: *mut File) -> c_int {
    // SAFETY: the caller's promise.
    c_int::from(unsafe { with(file, |stream| stream.access.can_write) })
}

/// `int __flbf(FILE *file)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn __flbf(file: *mut File) -> c_int {
    // SAFETY: the caller's promise.
    c_int::from(unsafe { with(file, |stream| stream.buffering() == Buffering::Line) })
}

/// `size_t __fpending(FILE *file)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn __fpending(file: *mut File) -> usize {
    // SAFETY: the caller's promise.
    unsafe { with(file, |stream| stream.pending_bytes()) }
}

/// `void __fpurge(FILE *file)`: forgets what waits in the buffer.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn __fpurge(file: *mut File) {
    // SAFETY: the caller's promise.
    unsafe { with(file, Stream::forget) };
}
