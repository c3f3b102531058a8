//! `stdio.h`: names of files.

use core::ffi::{c_char, c_int};

use kpio_abi::errors::Errno;
use kpio_abi::flags::AT_REMOVEDIR;
use kpio_abi::syscalls::{SYS_RENAMEAT2, SYS_UNLINKAT};

use crate::header::errno;
use crate::header::unistd::names::AT_CWD;
use crate::syscall;

/// `int rename(const char *from, const char *to)`
///
/// # Safety
///
/// Both are strings.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn rename(from: *const c_char, to: *const c_char) -> c_int {
    // SAFETY: RENAMEAT2 only reads the paths.
    errno::status(unsafe {
        syscall::call(
            SYS_RENAMEAT2,
            [AT_CWD, from as usize, AT_CWD, to as usize, 0, 0],
        )
    })
}

/// `int renameat(int from_dirfd, const char *from, int to_dirfd, const char *to)`
///
/// # Safety
///
/// Both are strings.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn renameat(
    from_dirfd: c_int,
    from: *const c_char,
    to_dirfd: c_int,
    to: *const c_char,
) -> c_int {
    // SAFETY: RENAMEAT2 only reads the paths.
    errno::status(unsafe {
        syscall::call(
            SYS_RENAMEAT2,
            [
                syscall::int(from_dirfd),
                from as usize,
                syscall::int(to_dirfd),
                to as usize,
                0,
                0,
            ],
        )
    })
}

/// `int renameat2(int from_dirfd, const char *from, int to_dirfd, const char *to, unsigned flags)`
///
/// # Safety
///
/// Both are strings.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn renameat2(
    from_dirfd: c_int,
    from: *const c_char,
    to_dirfd: c_int,
    to: *const c_char,
    flags: u32,
) -> c_int {
    // SAFETY: RENAMEAT2 only reads the paths.
    errno::status(unsafe {
        syscall::call(
            SYS_RENAMEAT2,
            [
                syscall::int(from_dirfd),
                from as usize,
                syscall::int(to_dirfd),
                to as usize,
                flags as usize,
                0,
            ],
        )
    })
}

/// `int remove(const char *path)`: a file, or an empty directory.
///
/// # Safety
///
/// `path` is a string.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn remove(path: *const c_char) -> c_int {
    // SAFETY: UNLINKAT only reads the path.
    let removed = unsafe { syscall::call(SYS_UNLINKAT, [AT_CWD, path as usize, 0, 0, 0, 0]) };
    match removed {
        Err(error) if error == Errno::EISDIR.into() => {
            let flags = AT_REMOVEDIR as usize;
            // SAFETY: as above.
            errno::status(unsafe {
                syscall::call(SYS_UNLINKAT, [AT_CWD, path as usize, flags, 0, 0, 0])
            })
        }
        outcome => errno::status(outcome),
    }
}
