//! `stdio.h`: files that are memory.
//!
//! Every function takes what C gives it: memory of the length that is said, and places for results that
//! live as long as the file.
#![expect(
    clippy::missing_safety_doc,
    reason = "the module says it once for all its functions"
)]

use core::ffi::{c_char, c_int, c_void};
use core::ptr;

use kpio_abi::errors::Errno;
use kpio_abi::flags::{SEEK_CUR, SEEK_END, SEEK_SET};

use super::file::{self, File};
use super::opening::mode_access;
use super::stream::{Access, Device, Functions};
use crate::header::errno;
use crate::header::stdlib::memory::{calloc, free, malloc, realloc};

/// What a function of a device returns with an error.
fn failed(error: Errno) -> c_int {
    errno::result(Err(error.into()))
}

/// A position, moved; none outside of `0..=limit`, or for an unknown `whence`.
fn moved(offset: i64, whence: c_int, position: usize, end: usize, limit: usize) -> Option<usize> {
    let base = match whence.cast_unsigned() {
        SEEK_SET => 0,
        SEEK_CUR => position,
        SEEK_END => end,
        _ => return None,
    };
    let target = i64::try_from(base).ok()?.checked_add(offset)?;
    usize::try_from(target)
        .ok()
        .filter(|target| *target <= limit)
}

/// The memory behind a file of `fmemopen`.
struct Fixed {
    start: *mut u8,
    room: usize,
    /// How much of it is content.
    length: usize,
    position: usize,
    access: Access,
    /// Whether `start` goes with the file.
    is_own: bool,
}

unsafe extern "C" fn read_fixed(cookie: *mut c_void, place: *mut u8, len: usize) -> isize {
    // SAFETY: the cookie is that of `fmemopen`, and the file's lock is held.
    let memory = unsafe { &mut *cookie.cast::<Fixed>() };
    let count = len.min(memory.length.saturating_sub(memory.position));
    let from = memory.start.wrapping_add(memory.position);
    // SAFETY: so much is content, and `place` has room for it.
    unsafe { ptr::copy_nonoverlapping(from, place, count) };
    memory.position += count;
    count.cast_signed()
}

unsafe extern "C" fn write_fixed(cookie: *mut c_void, bytes: *const u8, len: usize) -> isize {
    // SAFETY: the cookie is that of `fmemopen`, and the file's lock is held.
    let memory = unsafe { &mut *cookie.cast::<Fixed>() };
    if memory.access.appends {
        memory.position = memory.length;
    }
    let count = len.min(memory.room - memory.position);
    if count == 0 {
        return failed(Errno::ENOSPC) as isize;
    }
    let to = memory.start.wrapping_add(memory.position);
    // SAFETY: there is so much room.
    unsafe { ptr::copy_nonoverlapping(bytes, to, count) };
    memory.position += count;
    if memory.position > memory.length {
        memory.length = memory.position;
        // The content of a file that is only written ends like a string, where there is room.
        if memory.length < memory.room {
            // SAFETY: that byte is there.
            unsafe { memory.start.wrapping_add(memory.length).write(0) };
        } else if memory.access.can_read {
            // A file that is read too may be full of content.
        } else if let Some(last) = memory.room.checked_sub(1) {
            // SAFETY: that byte is there.
            unsafe { memory.start.wrapping_add(last).write(0) };
        }
    }
    count.cast_signed()
}

unsafe extern "C" fn seek_fixed(cookie: *mut c_void, offset: *mut i64, whence: c_int) -> c_int {
    // SAFETY: the cookie is that of `fmemopen`, and the file's lock is held.
    let memory = unsafe { &mut *cookie.cast::<Fixed>() };
    // SAFETY: the stream passes its own variable.
    let wanted = unsafe { offset.read() };
    let Some(target) = moved(wanted, whence, memory.position, memory.length, memory.room) else {
        return failed(Errno::EINVAL);
    };
    memory.position = target;
    let reached = i64::try_from(target).unwrap_or(i64::MAX);
    // SAFETY: as above.
    unsafe { offset.write(reached) };
    0
}

unsafe extern "C" fn close_fixed(cookie: *mut c_void) -> c_int {
    // SAFETY: the cookie is that of `fmemopen`, and the file is not used any more.
    let memory = unsafe { cookie.cast::<Fixed>().read() };
    if memory.is_own {
        // SAFETY: `fmemopen` has allocated it.
        unsafe { free(memory.start.cast()) };
    }
    // SAFETY: as above.
    unsafe { free(cookie) };
    0
}

/// `FILE *fmemopen(void *memory, size_t len, const char *mode)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn fmemopen(
    memory: *mut c_void,
    len: usize,
    mode: *const c_char,
) -> *mut File {
    // SAFETY: the caller's promise.
    let Some(access) = (unsafe { mode_access(mode) }) else {
        return ptr::null_mut();
    };
    if len > isize::MAX.cast_unsigned() {
        errno::set(Errno::ENOMEM.into());
        return ptr::null_mut();
    }
    // SAFETY: the caller's promise.
    let kind = unsafe { mode.cast::<u8>().read() };
    let is_own = memory.is_null();
    let start = if is_own {
        calloc(len.max(1), 1)
    } else {
        memory
    }
    .cast::<u8>();
    let cookie = malloc(size_of::<Fixed>());
    if start.is_null() || cookie.is_null() {
        // SAFETY: null, or allocated above and known to nobody.
        unsafe { free(cookie) };
        return ptr::null_mut();
    }
    if kind == b'w' && access.can_read && len > 0 {
        // SAFETY: there is at least one byte.
        unsafe { start.write(0) };
    }
    let length = match kind {
        b'r' => len,
        // SAFETY: so many bytes are there.
        b'a' => unsafe { crate::string::scan::length_within(start, len) },
        _ => 0,
    };
    let content = Fixed {
        start,
        room: len,
        length,
        position: if kind == b'a' { length } else { 0 },
        access,
        is_own,
    };
    // SAFETY: allocated above, aligned for any type.
    unsafe { cookie.cast::<Fixed>().write(content) };
    let functions = Functions {
        read: Some(read_fixed),
        write: Some(write_fixed),
        seek: Some(seek_fixed),
        close: Some(close_fixed),
    };
    let opened = file::open(Device::Functions(functions, cookie), access);
    if opened.is_null() {
        // SAFETY: nobody uses it.
        unsafe { close_fixed(cookie) };
    }
    opened
}

/// The memory behind a file of `open_memstream`.
struct Growing {
    /// Where the caller wants to find start and length.
    start_place: *mut *mut u8,
    length_place: *mut usize,
    start: *mut u8,
    room: usize,
    length: usize,
    position: usize,
}

unsafe extern "C" fn write_growing(cookie: *mut c_void, bytes: *const u8, len: usize) -> isize {
    // SAFETY: the cookie is that of `open_memstream`, and the file's lock is held.
    let memory = unsafe { &mut *cookie.cast::<Growing>() };
    let end = memory.position + len;
    if end >= memory.room {
        let room = (end + 1).max(memory.room * 2);
        // SAFETY: it came from there.
        let grown = unsafe { realloc(memory.start.cast(), room) }.cast::<u8>();
        if grown.is_null() {
            return -1;
        }
        let fresh = grown.wrapping_add(memory.room);
        // SAFETY: so much is new. What is skipped by moving beyond the end reads as zeros.
        unsafe { fresh.write_bytes(0, room - memory.room) };
        (memory.start, memory.room) = (grown, room);
    }
    let to = memory.start.wrapping_add(memory.position);
    // SAFETY: there is room.
    unsafe { ptr::copy_nonoverlapping(bytes, to, len) };
    memory.position = end;
    memory.length = memory.length.max(end);
    // SAFETY: the caller of `open_memstream` keeps them.
    unsafe { memory.start_place.write(memory.start) };
    // SAFETY: as above.
    unsafe { memory.length_place.write(memory.position) };
    len.cast_signed()
}

unsafe extern "C" fn seek_growing(cookie: *mut c_void, offset: *mut i64, whence: c_int) -> c_int {
    // SAFETY: the cookie is that of `open_memstream`, and the file's lock is held.
    let memory = unsafe { &mut *cookie.cast::<Growing>() };
    // SAFETY: the stream passes its own variable.
    let wanted = unsafe { offset.read() };
    let limit = isize::MAX.cast_unsigned();
    let Some(target) = moved(wanted, whence, memory.position, memory.length, limit) else {
        return failed(Errno::EINVAL);
    };
    memory.position = target;
    let reached = i64::try_from(target).unwrap_or(i64::MAX);
    // SAFETY: as above.
    unsafe { offset.write(reached) };
    0
}

unsafe extern "C" fn close_growing(cookie: *mut c_void) -> c_int {
    // SAFETY: allocated by `open_memstream`; the memory itself is its caller's.
    unsafe { free(cookie) };
    0
}

/// `FILE *open_memstream(char **start, size_t *len)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn open_memstream(start: *mut *mut c_char, len: *mut usize) -> *mut File {
    let cookie = malloc(size_of::<Growing>());
    let first = malloc(1).cast::<u8>();
    if cookie.is_null() || first.is_null() {
        // SAFETY: null, or allocated above and known to nobody.
        unsafe { free(cookie) };
        // SAFETY: as above.
        unsafe { free(first.cast()) };
        return ptr::null_mut();
    }
    let content = Growing {
        start_place: start.cast(),
        length_place: len,
        start: first,
        room: 1,
        length: 0,
        position: 0,
    };
    // SAFETY: allocated above, aligned for any type.
    unsafe { cookie.cast::<Growing>().write(content) };
    let functions = Functions {
        read: None,
        write: Some(write_growing),
        seek: Some(seek_growing),
        close: Some(close_growing),
    };
    let access = Access {
        can_read: false,
        can_write: true,
        appends: false,
    };
    let opened = file::open(Device::Functions(functions, cookie), access);
    if opened.is_null() {
        // SAFETY: known to nobody.
        unsafe { free(cookie) };
        // SAFETY: as above.
        unsafe { free(first.cast()) };
        return opened;
    }
    // SAFETY: one byte was allocated.
    unsafe { first.write(0) };
    // SAFETY: the caller's promise.
    unsafe { start.write(first.cast()) };
    // SAFETY: the caller's promise.
    unsafe { len.write(0) };
    opened
}
