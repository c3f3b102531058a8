//! `signal.h`: which signals a thread blocks, and waiting for them.

use core::ffi::c_int;
use core::ptr;

use kpio_abi::flags::SIG_SETMASK;
use kpio_abi::syscalls::{SYS_SIGPENDING, SYS_SIGPROCMASK, SYS_SIGSUSPEND, SYS_SIGTIMEDWAIT};
use kpio_abi::types::{SignalInfo, Timespec};

use super::set::SignalSet;
use crate::header::errno;
use crate::syscall::{self, ErrorNumber};

/// SIGPROCMASK; what was blocked until now.
fn change(how: c_int, set: Option<u64>) -> Result<u64, ErrorNumber> {
    let mut old = 0_u64;
    let set = set.as_ref().map_or(0, |set| ptr::from_ref(set) as usize);
    let arguments = [syscall::int(how), set, (&raw mut old) as usize, 0, 0, 0];
    // SAFETY: the kernel reads one word and writes the other.
    unsafe { syscall::call(SYS_SIGPROCMASK, arguments) }.map(|_| old)
}

/// Blocks every signal.
pub(crate) fn block_all() {
    // It cannot fail with arguments of our own.
    let _ = change(SIG_SETMASK.cast_signed(), Some(u64::MAX));
}

/// Lets a signal through.
#[cfg(target_vendor = "kpio")]
pub(crate) fn unblock(signal: u32) {
    let bit = 1_u64 << (signal - 1);
    // As above.
    let _ = change(kpio_abi::flags::SIG_UNBLOCK.cast_signed(), Some(bit));
}

/// `int pthread_sigmask(int how, const sigset_t *set, sigset_t *old)`: returns the error.
///
/// # Safety
///
/// `set` is null or holds a set, `old` is null or writable.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn pthread_sigmask(
    how: c_int,
    set: *const SignalSet,
    old: *mut SignalSet,
) -> c_int {
    // SAFETY: the caller's promise.
    let set = (!set.is_null()).then(|| unsafe { &*set }.word());
    match change(how, set) {
        Ok(before) => {
            if !old.is_null() {
                // SAFETY: the caller's promise.
                unsafe { old.write(SignalSet::of_word(before)) };
            }
            0
        }
        Err(error) => error.raw(),
    }
}

/// `int sigprocmask(int how, const sigset_t *set, sigset_t *old)`
///
/// # Safety
///
/// As for [`pthread_sigmask`].
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn sigprocmask(
    how: c_int,
    set: *const SignalSet,
    old: *mut SignalSet,
) -> c_int {
    // SAFETY: handed on to the caller.
    errno::of_returned(unsafe { pthread_sigmask(how, set, old) })
}

/// `int sigpending(sigset_t *set)`
///
/// # Safety
///
/// `set` is writable.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn sigpending(set: *mut SignalSet) -> c_int {
    let mut word = 0_u64;
    // SAFETY: the kernel writes one word.
    let asked = unsafe { syscall::call(SYS_SIGPENDING, [(&raw mut word) as usize, 0, 0, 0, 0, 0]) };
    if asked.is_ok() {
        // SAFETY: the caller's promise.
        unsafe { set.write(SignalSet::of_word(word)) };
    }
    errno::status(asked)
}

/// `int sigsuspend(const sigset_t *set)`
///
/// # Safety
///
/// `set` holds a set.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn sigsuspend(set: *const SignalSet) -> c_int {
    // SAFETY: the caller's promise.
    let word = unsafe { &*set }.word();
    let arguments = [(&raw const word) as usize, 0, 0, 0, 0, 0];
    // SAFETY: SIGSUSPEND reads one word.
    errno::status(unsafe { syscall::call(SYS_SIGSUSPEND, arguments) })
}

/// `int pause(void)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub extern "C" fn pause() -> c_int {
    let blocked = change(0, None).unwrap_or(0);
    let arguments = [(&raw const blocked) as usize, 0, 0, 0, 0, 0];
    // SAFETY: SIGSUSPEND reads one word.
    errno::status(unsafe { syscall::call(SYS_SIGSUSPEND, arguments) })
}

/// `int sigtimedwait(const sigset_t *set, siginfo_t *info, const struct timespec *timeout)`
///
/// # Safety
///
/// `set` holds a set, `info` is null or writable, `timeout` null or readable.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn sigtimedwait(
    set: *const SignalSet,
    info: *mut SignalInfo,
    timeout: *const Timespec,
) -> c_int {
    // SAFETY: handed on to the caller.
    errno::result(unsafe { take(set, info, timeout) })
}

/// SIGTIMEDWAIT.
///
/// # Safety
///
/// As for [`sigtimedwait`].
unsafe fn take(
    set: *const SignalSet,
    info: *mut SignalInfo,
    timeout: *const Timespec,
) -> Result<c_int, ErrorNumber> {
    // SAFETY: the caller's promise.
    let word = unsafe { &*set }.word();
    let arguments = [
        (&raw const word) as usize,
        info as usize,
        timeout as usize,
        0,
        0,
        0,
    ];
    // SAFETY: handed on to the caller.
    let signal = unsafe { syscall::call(SYS_SIGTIMEDWAIT, arguments) }?;
    Ok(c_int::try_from(signal).unwrap_or(c_int::MAX))
}

/// `int sigwaitinfo(const sigset_t *set, siginfo_t *info)`
///
/// # Safety
///
/// As for [`sigtimedwait`].
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn sigwaitinfo(set: *const SignalSet, info: *mut SignalInfo) -> c_int {
    // SAFETY: handed on to the caller.
    unsafe { sigtimedwait(set, info, ptr::null()) }
}

/// `int sigwait(const sigset_t *set, int *signal)`: returns the error; a handler does not end it.
///
/// # Safety
///
/// `set` holds a set, `signal` is writable.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn sigwait(set: *const SignalSet, signal: *mut c_int) -> c_int {
    loop {
        // SAFETY: handed on to the caller.
        match unsafe { take(set, ptr::null_mut(), ptr::null()) } {
            Ok(taken) => {
                // SAFETY: the caller's promise.
                unsafe { signal.write(taken) };
                return 0;
            }
            Err(error) if error == kpio_abi::errors::Errno::EINTR.into() => {}
            Err(error) => return error.raw(),
        }
    }
}
