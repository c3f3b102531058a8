//! `sys/statfs.h`

use core::ffi::{c_char, c_int};

use kpio_abi::syscalls::{SYS_FSTATFS, SYS_STATFS};
use kpio_abi::types::StatFs;

use crate::header::errno;
use crate::syscall;

/// `int statfs(const char *path, struct statfs *facts)`
///
/// # Safety
///
/// `path` is a string, and `facts` writable.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn statfs(path: *const c_char, facts: *mut StatFs) -> c_int {
    // SAFETY: STATFS writes one struct, which the caller owns.
    errno::status(unsafe { syscall::call(SYS_STATFS, [path as usize, facts as usize, 0, 0, 0, 0]) })
}

/// `int fstatfs(int fd, struct statfs *facts)`
///
/// # Safety
///
/// `facts` is writable.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn fstatfs(fd: c_int, facts: *mut StatFs) -> c_int {
    // SAFETY: FSTATFS writes one struct, which the caller owns.
    errno::status(unsafe {
        syscall::call(SYS_FSTATFS, [syscall::int(fd), facts as usize, 0, 0, 0, 0])
    })
}
