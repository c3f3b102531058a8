//! `sys/sendfile.h`

use core::ffi::c_int;

use kpio_abi::errors::Errno;
use kpio_abi::flags::SEEK_CUR;

use crate::header::errno;
use crate::header::unistd::files::pread;
use crate::header::unistd::{lseek, write};

/// Bytes that are passed on at once.
const CHUNK_BYTES: usize = 16 << 10;

/// `ssize_t sendfile(int out, int in, off_t *offset, size_t len)`
///
/// Passes bytes of a file on through memory of the library. As many as could be written; fewer than
/// `len` at the end of the file. EINVAL for what has no positions.
///
/// # Safety
///
/// `offset` is null or readable and writable.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn sendfile(
    out: c_int,
    from: c_int,
    offset: *mut isize,
    len: usize,
) -> isize {
    let whence = SEEK_CUR.cast_signed();
    let start = if offset.is_null() {
        lseek(from, 0, whence)
    } else {
        // SAFETY: the caller's promise.
        unsafe { offset.read() }
    };
    if start < 0 {
        if errno::get() == Errno::ESPIPE as c_int || !offset.is_null() {
            errno::set(Errno::EINVAL.into());
        }
        return -1;
    }
    let (sent, is_failed) = pass(out, from, start, len);
    let end = start.saturating_add_unsigned(sent);
    if offset.is_null() {
        lseek(from, end, kpio_abi::flags::SEEK_SET.cast_signed());
    } else {
        // SAFETY: the caller's promise.
        unsafe { offset.write(end) };
    }
    if sent == 0 && is_failed {
        return -1;
    }
    sent.cast_signed()
}

/// Passes bytes on from `start`; how many, and whether an error, now in `errno`, ended it.
fn pass(out: c_int, from: c_int, start: isize, len: usize) -> (usize, bool) {
    let len = len.min(isize::MAX.cast_unsigned());
    let mut chunk = [0_u8; CHUNK_BYTES];
    let mut sent = 0;
    while sent < len {
        let wanted = (len - sent).min(CHUNK_BYTES);
        let place = start.saturating_add_unsigned(sent);
        // SAFETY: the buffer has the room.
        let read = unsafe { pread(from, chunk.as_mut_ptr().cast(), wanted, place) };
        let Ok(read) = usize::try_from(read) else {
            return (sent, true);
        };
        if read == 0 {
            break;
        }
        // SAFETY: so many bytes are there.
        let written = unsafe { write(out, chunk.as_ptr().cast(), read) };
        let Ok(written) = usize::try_from(written) else {
            return (sent, true);
        };
        sent += written;
        if written < read {
            break;
        }
    }
    (sent, false)
}
