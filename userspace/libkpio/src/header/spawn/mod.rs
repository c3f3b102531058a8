//! `spawn.h`

use core::ffi::{c_char, c_int, c_void};

use kpio_abi::errors::Errno;
use kpio_abi::syscalls::SYS_SPAWN;

use crate::syscall;

/// `int posix_spawn(pid_t *pid, const char *path, const posix_spawn_file_actions_t *file_actions,
/// const posix_spawnattr_t *attributes, char *const argv[], char *const envp[])`
///
/// Returns the error, as POSIX says, not through `errno`. File actions and attributes are not
/// served yet: ENOSYS unless both are null.
///
/// # Safety
///
/// `path` is a string, `argv` and `envp` are arrays of strings that end with a null, `pid` is null
/// or writable.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn posix_spawn(
    pid: *mut c_int,
    path: *const c_char,
    file_actions: *const c_void,
    attributes: *const c_void,
    argv: *const *mut c_char,
    envp: *const *mut c_char,
) -> c_int {
    if !file_actions.is_null() || !attributes.is_null() {
        return Errno::ENOSYS as c_int;
    }
    // SAFETY: SPAWN only reads; a bad address is EFAULT.
    match unsafe {
        syscall::call(
            SYS_SPAWN,
            [path as usize, argv as usize, envp as usize, 0, 0, 0],
        )
    } {
        Ok(child) => {
            if !pid.is_null() {
                #[expect(
                    clippy::cast_possible_truncation,
                    reason = "the kernel numbers processes as positive i32"
                )]
                let child = child as c_int;
                // SAFETY: the caller allows it.
                unsafe { pid.write(child) };
            }
            0
        }
        Err(error) => error.raw(),
    }
}
