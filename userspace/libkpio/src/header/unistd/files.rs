//! `unistd.h`: content of files.

use core::ffi::{c_int, c_void};

use kpio_abi::syscalls::{
    SYS_FDATASYNC, SYS_FSYNC, SYS_FTRUNCATE, SYS_PREAD, SYS_PWRITE, SYS_SYNC,
};

use crate::header::errno;
use crate::syscall;

/// `ssize_t pread(int fd, void *buffer, size_t len, off_t offset)`
///
/// # Safety
///
/// `len` bytes at `buffer` are writable.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn pread(fd: c_int, buffer: *mut c_void, len: usize, offset: isize) -> isize {
    let place = offset.cast_unsigned();
    // SAFETY: PREAD writes to the buffer only, which the caller owns.
    let read = unsafe {
        syscall::call(
            SYS_PREAD,
            [syscall::int(fd), buffer as usize, len, place, 0, 0],
        )
    };
    errno::result(read.map(usize::cast_signed))
}

/// `ssize_t pwrite(int fd, const void *buffer, size_t len, off_t offset)`
///
/// # Safety
///
/// `len` bytes at `buffer` are readable.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn pwrite(
    fd: c_int,
    buffer: *const c_void,
    len: usize,
    offset: isize,
) -> isize {
    let place = offset.cast_unsigned();
    // SAFETY: PWRITE only reads.
    let written = unsafe {
        syscall::call(
            SYS_PWRITE,
            [syscall::int(fd), buffer as usize, len, place, 0, 0],
        )
    };
    errno::result(written.map(usize::cast_signed))
}

/// `int fsync(int fd)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub extern "C" fn fsync(fd: c_int) -> c_int {
    // SAFETY: FSYNC touches no memory.
    errno::status(unsafe { syscall::call(SYS_FSYNC, [syscall::int(fd), 0, 0, 0, 0, 0]) })
}

/// `int fdatasync(int fd)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub extern "C" fn fdatasync(fd: c_int) -> c_int {
    // SAFETY: FDATASYNC touches no memory.
    errno::status(unsafe { syscall::call(SYS_FDATASYNC, [syscall::int(fd), 0, 0, 0, 0, 0]) })
}

/// `void sync(void)`: POSIX has no way to say that it failed.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub extern "C" fn sync() {
    // SAFETY: SYNC touches no memory.
    unsafe { syscall::raw(SYS_SYNC, [0; 6]) };
}

/// `int ftruncate(int fd, off_t length)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub extern "C" fn ftruncate(fd: c_int, length: isize) -> c_int {
    let length = length.cast_unsigned();
    // SAFETY: FTRUNCATE touches no memory.
    errno::status(unsafe { syscall::call(SYS_FTRUNCATE, [syscall::int(fd), length, 0, 0, 0, 0]) })
}
