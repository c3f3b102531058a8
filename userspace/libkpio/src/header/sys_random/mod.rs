//! `sys/random.h`

use core::ffi::{c_uint, c_void};

use kpio_abi::syscalls::SYS_GET_RANDOM;

use crate::header::errno;
use crate::syscall;

/// `ssize_t getrandom(void *buffer, size_t len, unsigned flags)`
///
/// # Safety
///
/// `len` bytes at `buffer` are writable.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn getrandom(buffer: *mut c_void, len: usize, flags: c_uint) -> isize {
    // SAFETY: GET_RANDOM writes to the buffer only, which the caller owns.
    let written = unsafe {
        syscall::call(
            SYS_GET_RANDOM,
            [buffer as usize, len, flags as usize, 0, 0, 0],
        )
    };
    errno::result(written.map(usize::cast_signed))
}
