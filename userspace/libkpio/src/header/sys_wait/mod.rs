//! `sys/wait.h`

use core::ffi::c_int;

use kpio_abi::syscalls::{SYS_WAIT, SYS_WAIT4};
use kpio_abi::types::ResourceUsage;

use crate::header::errno;
use crate::header::fcntl::descriptor;
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

/// `pid_t wait4(pid_t pid, int *status, int options, struct rusage *usage)`
///
/// # Safety
///
/// `status` and `usage` are null or writable.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn wait4(
    pid: c_int,
    status: *mut c_int,
    options: c_int,
    usage: *mut ResourceUsage,
) -> c_int {
    let options = options.cast_unsigned() as usize;
    let (status, usage) = (status as usize, usage as usize);
    let arguments = [syscall::int(pid), status, options, usage, 0, 0];
    // SAFETY: WAIT4 writes a number and a struct, where the caller allows it.
    let waited = unsafe { syscall::call(SYS_WAIT4, arguments) };
    errno::result(waited.map(descriptor))
}

/// `pid_t wait3(int *status, int options, struct rusage *usage)`
///
/// # Safety
///
/// As for [`wait4`].
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn wait3(
    status: *mut c_int,
    options: c_int,
    usage: *mut ResourceUsage,
) -> c_int {
    // SAFETY: handed on to the caller.
    unsafe { wait4(-1, status, options, usage) }
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
