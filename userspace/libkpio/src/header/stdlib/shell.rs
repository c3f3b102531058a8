//! Commands of the shell: `system`, and what `popen` starts.

use core::ffi::{c_char, c_int};
use core::ptr;

use kpio_abi::errors::Errno;
use kpio_abi::flags::{SIG_BLOCK, SIG_SETMASK, SIGCHLD, SIGINT, SIGQUIT};

use super::environment::environ;
use crate::header::errno;
use crate::header::signal::mask::sigprocmask;
use crate::header::signal::set::SignalSet;
use crate::header::signal::{Action, sigaction};
use crate::header::sys_wait::waitpid;
use crate::header::unistd::_exit;
use crate::header::unistd::names::access;
use crate::header::unistd::processes::{execve, fork};

const SHELL: &core::ffi::CStr = c"/bin/sh";
/// `X_OK`
const MAY_EXECUTE: c_int = 1;
/// What a child ends with that could not start. Source: POSIX, `system`.
const NOT_STARTED: c_int = 127;
/// `SIG_IGN`
const IGNORE: usize = 1;

/// Starts a shell with a command; returns its number, or -1 with `errno`. `prepare` is what the child
/// does before: calls of the kernel only.
///
/// # Safety
///
/// `command` is a string; nobody changes the environment meanwhile.
pub unsafe fn start(command: *const c_char, prepare: impl FnOnce()) -> c_int {
    let child = fork();
    if child != 0 {
        return child;
    }
    prepare();
    let arguments = [
        c"sh".as_ptr().cast_mut(),
        c"-c".as_ptr().cast_mut(),
        command.cast_mut(),
        ptr::null_mut(),
    ];
    // SAFETY: the caller's promise.
    let environment = unsafe { environ };
    // SAFETY: strings, and lists of them that end with a null.
    unsafe { execve(SHELL.as_ptr(), arguments.as_ptr(), environment) };
    _exit(NOT_STARTED)
}

/// Waits for a child; returns its status, or -1 with `errno`.
pub fn wait(child: c_int) -> c_int {
    let mut status = -1;
    loop {
        // SAFETY: the status is on this stack.
        if unsafe { waitpid(child, &raw mut status, 0) } >= 0 {
            return status;
        }
        if errno::last() != Errno::EINTR.into() {
            return -1;
        }
    }
}

/// `int system(const char *command)`: the status of `sh -c command`; for null, whether there is a
/// shell.
///
/// # Safety
///
/// `command` is null or a string; nobody changes the environment meanwhile.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn system(command: *const c_char) -> c_int {
    if command.is_null() {
        // SAFETY: a string.
        return c_int::from(unsafe { access(SHELL.as_ptr(), MAY_EXECUTE) } == 0);
    }
    // While the command runs, signals from the keyboard are for it alone.
    let interrupts = [SIGINT, SIGQUIT].map(u32::cast_signed);
    let ignore = Action::plain(IGNORE);
    let mut before = [Action::plain(0); 2];
    for (signal, old) in interrupts.into_iter().zip(&mut before) {
        // SAFETY: both actions are on this stack.
        unsafe { sigaction(signal, &raw const ignore, &raw mut *old) };
    }
    let children = SignalSet::of_word(1 << (SIGCHLD - 1));
    let mut mask = SignalSet::EMPTY;
    // SAFETY: both sets are on this stack.
    unsafe { sigprocmask(SIG_BLOCK.cast_signed(), &raw const children, &raw mut mask) };
    let restore = || {
        for (signal, old) in interrupts.into_iter().zip(&before) {
            // SAFETY: the actions that were there before.
            unsafe { sigaction(signal, &raw const *old, ptr::null_mut()) };
        }
        // SAFETY: the mask that was there before.
        unsafe { sigprocmask(SIG_SETMASK.cast_signed(), &raw const mask, ptr::null_mut()) };
    };
    // SAFETY: handed on to the caller.
    let child = unsafe { start(command, restore) };
    let status = if child < 0 { -1 } else { wait(child) };
    let error = errno::last();
    restore();
    if status < 0 {
        errno::set(error);
    }
    status
}
