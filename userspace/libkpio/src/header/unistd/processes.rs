//! `unistd.h`: processes, their groups and sessions.

use core::ffi::{c_char, c_int};

use kpio_abi::syscalls::{SYS_EXEC, SYS_FORK, SYS_GETPGID, SYS_GETSID, SYS_SETPGID, SYS_SETSID};

use crate::alloc::HEAP;
use crate::header::errno;
use crate::header::fcntl::descriptor;
use crate::header::stdlib::environment::environ;
use crate::syscall;
use crate::thread::life;

/// A call that names processes by numbers: its result, or -1 with `errno`.
fn by_numbers(number: usize, first: c_int, second: c_int) -> c_int {
    let arguments = [syscall::int(first), syscall::int(second), 0, 0, 0, 0];
    // SAFETY: the calls of this module that pass only numbers touch no memory.
    errno::result(unsafe { syscall::call(number, arguments) }.map(descriptor))
}

/// `pid_t fork(void)`
///
/// The heap's lock is held meanwhile, so that the child, which has only this thread, does not find it
/// taken by one that it lacks.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub extern "C" fn fork() -> c_int {
    let heap = HEAP.lock();
    let child = by_numbers(SYS_FORK, 0, 0);
    if child == 0 {
        life::forget_others();
    }
    drop(heap);
    child
}

/// `int execve(const char *path, char *const argv[], char *const envp[])`
///
/// # Safety
///
/// `path` is a string, `argv` and `envp` are arrays of strings that end with a null.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn execve(
    path: *const c_char,
    argv: *const *mut c_char,
    envp: *const *mut c_char,
) -> c_int {
    let arguments = [path as usize, argv as usize, envp as usize, 0, 0, 0];
    // SAFETY: EXEC only reads; a bad address is EFAULT. If it succeeds nobody is left to rely on
    // anything.
    errno::status(unsafe { syscall::call(SYS_EXEC, arguments) })
}

/// `int execv(const char *path, char *const argv[])`
///
/// # Safety
///
/// As for [`execve`]; the environment is not changed meanwhile.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn execv(path: *const c_char, argv: *const *mut c_char) -> c_int {
    // SAFETY: handed on to the caller.
    let environment = unsafe { environ };
    // SAFETY: handed on to the caller.
    unsafe { execve(path, argv, environment) }
}

/// `int setpgid(pid_t pid, pid_t pgid)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub extern "C" fn setpgid(pid: c_int, pgid: c_int) -> c_int {
    by_numbers(SYS_SETPGID, pid, pgid)
}

/// `pid_t getpgid(pid_t pid)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub extern "C" fn getpgid(pid: c_int) -> c_int {
    by_numbers(SYS_GETPGID, pid, 0)
}

/// `pid_t getpgrp(void)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub extern "C" fn getpgrp() -> c_int {
    getpgid(0)
}

/// `pid_t setsid(void)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub extern "C" fn setsid() -> c_int {
    by_numbers(SYS_SETSID, 0, 0)
}

/// `pid_t getsid(pid_t pid)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub extern "C" fn getsid(pid: c_int) -> c_int {
    by_numbers(SYS_GETSID, pid, 0)
}
