//! `fcntl.h`

use core::ffi::{c_char, c_int};

use kpio_abi::errors::Errno;
use kpio_abi::syscalls::{SYS_FCNTL, SYS_OPEN, SYS_OPENAT};

use crate::header::errno;
use crate::syscall;

/// `int open(const char *path, int flags, ...)`
///
/// The third argument is read whether it was passed or not (it is in a register either way, System
/// V ABI); the kernel looks at it only when `flags` makes a file.
///
/// # Safety
///
/// `path` is a string.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn open(path: *const c_char, flags: c_int, mode: u32) -> c_int {
    let makes_file =
        flags.cast_unsigned() & (kpio_abi::flags::O_CREAT | kpio_abi::flags::O_TMPFILE) != 0;
    let mode = if makes_file { mode as usize } else { 0 };
    // SAFETY: OPEN only reads the path; a bad address is EFAULT.
    let opened = unsafe {
        syscall::call(
            SYS_OPEN,
            [path as usize, flags.cast_unsigned() as usize, mode, 0, 0, 0],
        )
    };
    errno::result(opened.map(descriptor))
}

/// `int fcntl(int fd, int command, ...)`
///
/// The third argument is read whether it was passed or not, as in [`open`]; the kernel looks at it
/// only when `command` has one.
///
/// # Safety
///
/// `argument` is what the command needs: a number, or the address of a struct.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn fcntl(fd: c_int, command: c_int, argument: usize) -> c_int {
    let command = command.cast_unsigned() as usize;
    // SAFETY: handed on to the caller.
    let result =
        unsafe { syscall::call(SYS_FCNTL, [syscall::int(fd), command, argument, 0, 0, 0]) };
    errno::result(result.map(descriptor))
}

/// `ssize_t splice(int from, off_t *from_offset, int to, off_t *to_offset, size_t len, unsigned flags)`
///
/// ENOSYS: nothing is moved between descriptors without a program's memory. Programs have another way.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub extern "C" fn splice(
    _from: c_int,
    _from_offset: *mut isize,
    _to: c_int,
    _to_offset: *mut isize,
    _len: usize,
    _flags: u32,
) -> isize {
    errno::result::<c_int>(Err(Errno::ENOSYS.into())) as isize
}

/// A descriptor, or another small number, as the kernel returned it.
#[expect(
    clippy::cast_possible_truncation,
    reason = "the kernel gives out descriptors as non-negative i32"
)]
pub(crate) fn descriptor(value: usize) -> c_int {
    value as c_int
}

/// `int openat(int dirfd, const char *path, int flags, ...)`: [`open`] says how the third is read.
///
/// # Safety
///
/// `path` is a string.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn openat(
    dirfd: c_int,
    path: *const c_char,
    flags: c_int,
    mode: u32,
) -> c_int {
    let makes_file =
        flags.cast_unsigned() & (kpio_abi::flags::O_CREAT | kpio_abi::flags::O_TMPFILE) != 0;
    let mode = if makes_file { mode as usize } else { 0 };
    let flags = flags.cast_unsigned() as usize;
    // SAFETY: OPENAT only reads the path; a bad address is EFAULT.
    let opened = unsafe {
        syscall::call(
            SYS_OPENAT,
            [syscall::int(dirfd), path as usize, flags, mode, 0, 0],
        )
    };
    errno::result(opened.map(descriptor))
}

/// `int creat(const char *path, mode_t mode)`
///
/// # Safety
///
/// `path` is a string.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn creat(path: *const c_char, mode: u32) -> c_int {
    use kpio_abi::flags::{O_CREAT, O_TRUNC, O_WRONLY};
    // SAFETY: handed on to the caller.
    unsafe { open(path, (O_CREAT | O_TRUNC | O_WRONLY).cast_signed(), mode) }
}
