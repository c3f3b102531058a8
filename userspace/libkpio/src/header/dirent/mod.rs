//! `dirent.h`

pub mod stream;

use core::ffi::{c_int, c_void};

use kpio_abi::syscalls::SYS_GETDENTS;

use crate::header::errno;
use crate::syscall;

/// Most bytes that one call gives, so that their number is an `int`.
const MAX_BYTES: usize = c_int::MAX as usize;

/// `int getdents(int fd, struct dirent *entries, size_t len)`
///
/// # Safety
///
/// `len` bytes at `entries` are writable.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn getdents(fd: c_int, entries: *mut c_void, len: usize) -> c_int {
    let len = len.min(MAX_BYTES);
    // SAFETY: GETDENTS writes to the buffer only, which the caller owns.
    let read = unsafe {
        syscall::call(
            SYS_GETDENTS,
            [syscall::int(fd), entries as usize, len, 0, 0, 0],
        )
    };
    #[expect(clippy::cast_possible_truncation, reason = "at most `MAX_BYTES`")]
    errno::result(read.map(|len| len as c_int))
}
