//! `signal.h`: sending signals.

use core::ffi::{c_int, c_void};

use kpio_abi::errors::Errno;
use kpio_abi::syscalls::{SYS_KILL, SYS_SIGQUEUE, SYS_TGKILL};

use crate::header::errno;
use crate::header::unistd::{getpid, gettid};
use crate::syscall::{self, ErrorNumber};
use crate::thread::Thread;

/// `int kill(pid_t pid, int signal)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub extern "C" fn kill(pid: c_int, signal: c_int) -> c_int {
    let arguments = [syscall::int(pid), syscall::int(signal), 0, 0, 0, 0];
    // SAFETY: KILL touches no memory of the caller's.
    errno::status(unsafe { syscall::call(SYS_KILL, arguments) })
}

/// `int killpg(pid_t pgid, int signal)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub extern "C" fn killpg(group: c_int, signal: c_int) -> c_int {
    if group < 0 {
        return errno::result(Err(Errno::EINVAL.into()));
    }
    kill(-group, signal)
}

/// TGKILL.
fn send(pid: c_int, tid: c_int, signal: c_int) -> Result<usize, ErrorNumber> {
    let arguments = [
        syscall::int(pid),
        syscall::int(tid),
        syscall::int(signal),
        0,
        0,
        0,
    ];
    // SAFETY: TGKILL touches no memory of the caller's.
    unsafe { syscall::call(SYS_TGKILL, arguments) }
}

/// `int tgkill(pid_t pid, pid_t tid, int signal)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub extern "C" fn tgkill(pid: c_int, tid: c_int, signal: c_int) -> c_int {
    errno::status(send(pid, tid, signal))
}

/// `int raise(int signal)`: to the calling thread.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub extern "C" fn raise(signal: c_int) -> c_int {
    tgkill(getpid(), gettid(), signal)
}

/// `int pthread_kill(pthread_t thread, int signal)`: returns the error; a thread that has ended but was
/// not joined gets none.
///
/// # Safety
///
/// `thread` was not joined, and was not detached before it ended.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn pthread_kill(thread: *mut c_void, signal: c_int) -> c_int {
    // SAFETY: the caller's promise.
    let thread = unsafe { Thread::from_raw(thread) };
    match send(getpid(), thread.id(), signal) {
        // POSIX has no error for it, as its number is still the thread's.
        Err(error) if error == Errno::ESRCH.into() => 0,
        Err(error) => error.raw(),
        Ok(_) => 0,
    }
}

/// `int sigqueue(pid_t pid, int signal, const union sigval value)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub extern "C" fn sigqueue(pid: c_int, signal: c_int, value: usize) -> c_int {
    let arguments = [syscall::int(pid), syscall::int(signal), value, 0, 0, 0];
    // SAFETY: SIGQUEUE touches no memory of the caller's.
    errno::status(unsafe { syscall::call(SYS_SIGQUEUE, arguments) })
}
