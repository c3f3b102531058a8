//! `sys/uio.h`

use core::ffi::c_int;

use kpio_abi::errors::Errno;
use kpio_abi::syscalls::{SYS_PREADV, SYS_PWRITEV, SYS_READV, SYS_WRITEV};
use kpio_abi::types::IoVec;

use crate::header::errno;
use crate::syscall;

/// `ssize_t readv(int fd, const struct iovec *pieces, int count)`
///
/// # Safety
///
/// `pieces` points at `count` structs, each naming writable memory.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn readv(fd: c_int, pieces: *const IoVec, count: c_int) -> isize {
    let Ok(count) = usize::try_from(count) else {
        return errno::result(Err(Errno::EINVAL.into()));
    };
    // SAFETY: READV writes to the pieces only, which the caller owns.
    let read = unsafe {
        syscall::call(
            SYS_READV,
            [syscall::int(fd), pieces as usize, count, 0, 0, 0],
        )
    };
    errno::result(read.map(usize::cast_signed))
}

/// `ssize_t writev(int fd, const struct iovec *pieces, int count)`
///
/// # Safety
///
/// `pieces` points at `count` structs, each naming readable memory.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn writev(fd: c_int, pieces: *const IoVec, count: c_int) -> isize {
    let Ok(count) = usize::try_from(count) else {
        return errno::result(Err(Errno::EINVAL.into()));
    };
    // SAFETY: WRITEV only reads.
    let written = unsafe {
        syscall::call(
            SYS_WRITEV,
            [syscall::int(fd), pieces as usize, count, 0, 0, 0],
        )
    };
    errno::result(written.map(usize::cast_signed))
}

/// `ssize_t preadv(int fd, const struct iovec *pieces, int count, off_t offset)`
///
/// # Safety
///
/// `pieces` points at `count` structs, each naming writable memory.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn preadv(
    fd: c_int,
    pieces: *const IoVec,
    count: c_int,
    offset: isize,
) -> isize {
    let Ok(count) = usize::try_from(count) else {
        return errno::result(Err(Errno::EINVAL.into()));
    };
    let place = offset.cast_unsigned();
    // SAFETY: PREADV writes to the pieces only, which the caller owns.
    let read = unsafe {
        syscall::call(
            SYS_PREADV,
            [syscall::int(fd), pieces as usize, count, place, 0, 0],
        )
    };
    errno::result(read.map(usize::cast_signed))
}

/// `ssize_t pwritev(int fd, const struct iovec *pieces, int count, off_t offset)`
///
/// # Safety
///
/// `pieces` points at `count` structs, each naming readable memory.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn pwritev(
    fd: c_int,
    pieces: *const IoVec,
    count: c_int,
    offset: isize,
) -> isize {
    let Ok(count) = usize::try_from(count) else {
        return errno::result(Err(Errno::EINVAL.into()));
    };
    let place = offset.cast_unsigned();
    // SAFETY: PWRITEV only reads.
    let written = unsafe {
        syscall::call(
            SYS_PWRITEV,
            [syscall::int(fd), pieces as usize, count, place, 0, 0],
        )
    };
    errno::result(written.map(usize::cast_signed))
}
