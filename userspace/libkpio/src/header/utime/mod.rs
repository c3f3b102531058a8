//! `utime.h`

use core::ffi::{c_char, c_int};
use core::ptr;

use kpio_abi::types::Timespec;

use crate::header::sys_stat::utimensat;

/// `struct utimbuf`
#[repr(C)]
pub struct Times {
    access_s: i64,
    modification_s: i64,
}

/// `AT_FDCWD`
const HERE: c_int = -100;

/// `int utime(const char *path, const struct utimbuf *times)`: null means now.
///
/// # Safety
///
/// `path` is a string, `times` null or readable.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn utime(path: *const c_char, times: *const Times) -> c_int {
    // SAFETY: the caller's promise.
    let Some(times) = (unsafe { times.as_ref() }) else {
        // SAFETY: the caller's promise.
        return unsafe { utimensat(HERE, path, ptr::null(), 0) };
    };
    let both = [times.access_s, times.modification_s].map(|tv_sec| Timespec { tv_sec, tv_nsec: 0 });
    // SAFETY: the caller's promise; the times are on this stack.
    unsafe { utimensat(HERE, path, both.as_ptr(), 0) }
}
