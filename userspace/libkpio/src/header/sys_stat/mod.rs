//! `sys/stat.h`

use core::ffi::{c_char, c_int};
use core::ptr;

use kpio_abi::flags::{AT_EMPTY_PATH, AT_SYMLINK_NOFOLLOW, S_IFIFO};
use kpio_abi::syscalls::{
    SYS_FCHMOD, SYS_FCHMODAT, SYS_FSTAT, SYS_FSTATAT, SYS_MKDIRAT, SYS_MKNODAT, SYS_UMASK,
    SYS_UTIMENSAT,
};
use kpio_abi::types::{Stat, Timespec};

use crate::header::errno;
use crate::header::unistd::names::{AT_CWD, flag_bits};
use crate::syscall;

/// `int fstat(int fd, struct stat *stat)`: the kernel's struct is musl's.
///
/// # Safety
///
/// `stat` is writable.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn fstat(fd: c_int, stat: *mut Stat) -> c_int {
    // SAFETY: FSTAT writes one struct, which the caller owns.
    errno::status(unsafe {
        syscall::call(SYS_FSTAT, [syscall::int(fd), stat as usize, 0, 0, 0, 0])
    })
}

/// `int stat(const char *path, struct stat *stat)`
///
/// # Safety
///
/// `path` is a string, and `stat` writable.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn stat(path: *const c_char, stat: *mut Stat) -> c_int {
    // SAFETY: FSTATAT writes one struct, which the caller owns.
    errno::status(unsafe {
        syscall::call(SYS_FSTATAT, [AT_CWD, path as usize, stat as usize, 0, 0, 0])
    })
}

/// `int lstat(const char *path, struct stat *stat)`
///
/// # Safety
///
/// `path` is a string, and `stat` writable.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn lstat(path: *const c_char, stat: *mut Stat) -> c_int {
    // SAFETY: FSTATAT writes one struct, which the caller owns.
    errno::status(unsafe {
        syscall::call(
            SYS_FSTATAT,
            [
                AT_CWD,
                path as usize,
                stat as usize,
                AT_SYMLINK_NOFOLLOW as usize,
                0,
                0,
            ],
        )
    })
}

/// `int fstatat(int dirfd, const char *path, struct stat *stat, int flags)`
///
/// # Safety
///
/// `path` is a string, and `stat` writable.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn fstatat(
    dirfd: c_int,
    path: *const c_char,
    stat: *mut Stat,
    flags: c_int,
) -> c_int {
    // SAFETY: FSTATAT writes one struct, which the caller owns.
    errno::status(unsafe {
        syscall::call(
            SYS_FSTATAT,
            [
                syscall::int(dirfd),
                path as usize,
                stat as usize,
                flag_bits(flags),
                0,
                0,
            ],
        )
    })
}

/// `int mkdir(const char *path, mode_t mode)`
///
/// # Safety
///
/// `path` is a string.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn mkdir(path: *const c_char, mode: u32) -> c_int {
    // SAFETY: MKDIRAT only reads the path.
    errno::status(unsafe {
        syscall::call(SYS_MKDIRAT, [AT_CWD, path as usize, mode as usize, 0, 0, 0])
    })
}

/// `int mkdirat(int dirfd, const char *path, mode_t mode)`
///
/// # Safety
///
/// `path` is a string.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn mkdirat(dirfd: c_int, path: *const c_char, mode: u32) -> c_int {
    // SAFETY: MKDIRAT only reads the path.
    errno::status(unsafe {
        syscall::call(
            SYS_MKDIRAT,
            [syscall::int(dirfd), path as usize, mode as usize, 0, 0, 0],
        )
    })
}

/// `int mknod(const char *path, mode_t mode, dev_t device)`
///
/// # Safety
///
/// `path` is a string.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn mknod(path: *const c_char, mode: u32, device: usize) -> c_int {
    // SAFETY: MKNODAT only reads the path.
    errno::status(unsafe {
        syscall::call(
            SYS_MKNODAT,
            [AT_CWD, path as usize, mode as usize, device, 0, 0],
        )
    })
}

/// `int mknodat(int dirfd, const char *path, mode_t mode, dev_t device)`
///
/// # Safety
///
/// `path` is a string.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn mknodat(
    dirfd: c_int,
    path: *const c_char,
    mode: u32,
    device: usize,
) -> c_int {
    // SAFETY: MKNODAT only reads the path.
    errno::status(unsafe {
        syscall::call(
            SYS_MKNODAT,
            [
                syscall::int(dirfd),
                path as usize,
                mode as usize,
                device,
                0,
                0,
            ],
        )
    })
}

/// `int mkfifo(const char *path, mode_t mode)`
///
/// # Safety
///
/// `path` is a string.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn mkfifo(path: *const c_char, mode: u32) -> c_int {
    // SAFETY: MKNODAT only reads the path.
    errno::status(unsafe {
        syscall::call(
            SYS_MKNODAT,
            [AT_CWD, path as usize, (mode | S_IFIFO) as usize, 0, 0, 0],
        )
    })
}

/// `int mkfifoat(int dirfd, const char *path, mode_t mode)`
///
/// # Safety
///
/// `path` is a string.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn mkfifoat(dirfd: c_int, path: *const c_char, mode: u32) -> c_int {
    // SAFETY: MKNODAT only reads the path.
    errno::status(unsafe {
        syscall::call(
            SYS_MKNODAT,
            [
                syscall::int(dirfd),
                path as usize,
                (mode | S_IFIFO) as usize,
                0,
                0,
                0,
            ],
        )
    })
}

/// `int chmod(const char *path, mode_t mode)`
///
/// # Safety
///
/// `path` is a string.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn chmod(path: *const c_char, mode: u32) -> c_int {
    // SAFETY: FCHMODAT only reads the path.
    errno::status(unsafe {
        syscall::call(
            SYS_FCHMODAT,
            [AT_CWD, path as usize, mode as usize, 0, 0, 0],
        )
    })
}

/// `int fchmod(int fd, mode_t mode)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub extern "C" fn fchmod(fd: c_int, mode: u32) -> c_int {
    // SAFETY: FCHMOD touches no memory.
    errno::status(unsafe {
        syscall::call(SYS_FCHMOD, [syscall::int(fd), mode as usize, 0, 0, 0, 0])
    })
}

/// `int fchmodat(int dirfd, const char *path, mode_t mode, int flags)`
///
/// # Safety
///
/// `path` is a string.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn fchmodat(
    dirfd: c_int,
    path: *const c_char,
    mode: u32,
    flags: c_int,
) -> c_int {
    // SAFETY: FCHMODAT only reads the path.
    errno::status(unsafe {
        syscall::call(
            SYS_FCHMODAT,
            [
                syscall::int(dirfd),
                path as usize,
                mode as usize,
                flag_bits(flags),
                0,
                0,
            ],
        )
    })
}

/// `mode_t umask(mode_t mask)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub extern "C" fn umask(mask: u32) -> u32 {
    // SAFETY: UMASK touches no memory.
    let before = unsafe { syscall::call(SYS_UMASK, [mask as usize, 0, 0, 0, 0, 0]) };
    before.map_or(0, |before| u32::try_from(before).unwrap_or(0))
}

/// `int utimensat(int dirfd, const char *path, const struct timespec times[2], int flags)`
///
/// A null path means `dirfd` itself, as on Linux.
///
/// # Safety
///
/// `path` is null or a string, `times` null or two structs.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn utimensat(
    dirfd: c_int,
    path: *const c_char,
    times: *const Timespec,
    flags: c_int,
) -> c_int {
    let (path, flags) = if path.is_null() {
        (c"".as_ptr(), flag_bits(flags) | AT_EMPTY_PATH as usize)
    } else {
        (path, flag_bits(flags))
    };
    // SAFETY: UTIMENSAT only reads.
    errno::status(unsafe {
        syscall::call(
            SYS_UTIMENSAT,
            [
                syscall::int(dirfd),
                path as usize,
                times as usize,
                flags,
                0,
                0,
            ],
        )
    })
}

/// `int futimens(int fd, const struct timespec times[2])`
///
/// # Safety
///
/// `times` is null or two structs.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn futimens(fd: c_int, times: *const Timespec) -> c_int {
    // SAFETY: handed on to the caller.
    unsafe { utimensat(fd, ptr::null(), times, 0) }
}
