//! `sys/stat.h`

use core::ffi::c_int;

use kpio_abi::syscalls::SYS_FSTAT;
use kpio_abi::types::Stat;

use crate::header::errno;
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
