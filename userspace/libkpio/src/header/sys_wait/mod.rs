//! `sys/wait.h`

use core::ffi::c_int;

use kpio_abi::syscalls::SYS_WAIT;

use crate::header::errno;
use crate::syscall;

/// `pid_t waitpid(pid_t pid, int *status, int options)`
///
/// # Safety
///
/// `status` is null or writable.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn waitpid(pid: c_int, status: *mut c_int, options: c_int) -> c_int {
    let arguments = [
        syscall::int(pid),
        status as usize,
        options.cast_unsigned() as usize,
        0,
        0,
        0,
    ];
    // SAFETY: WAIT writes one number, where the caller allows it.
    let waited = unsafe { syscall::call(SYS_WAIT, arguments) };
    #[expect(
        clippy::cast_possible_truncation,
        reason = "the kernel numbers processes as positive i32"
    )]
    errno::result(waited.map(|pid| pid as c_int))
}

/// `pid_t wait(int *status)`: waits for any child.
///
/// # Safety
///
/// `status` is null or writable.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn wait(status: *mut c_int) -> c_int {
    // SAFETY: handed on to the caller.
    unsafe { waitpid(-1, status, 0) }
}
