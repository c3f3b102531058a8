//! `sys/epoll.h`

use core::ffi::{c_int, c_void};
use core::ptr;

use kpio_abi::errors::Errno;
use kpio_abi::syscalls::{SYS_EPOLL_CREATE1, SYS_EPOLL_CTL, SYS_EPOLL_PWAIT};
use kpio_abi::types::{EpollEvent, Timespec};

use crate::header::errno;
use crate::header::fcntl::descriptor;
use crate::header::poll::{address_of, milliseconds};
use crate::syscall;

/// `int epoll_create(int size)`: the size is only judged.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub extern "C" fn epoll_create(size: c_int) -> c_int {
    if size <= 0 {
        return errno::result(Err(Errno::EINVAL.into()));
    }
    epoll_create1(0)
}

/// `int epoll_create1(int flags)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub extern "C" fn epoll_create1(flags: c_int) -> c_int {
    let arguments = [flags.cast_unsigned() as usize, 0, 0, 0, 0, 0];
    // SAFETY: EPOLL_CREATE1 touches no memory.
    errno::result(unsafe { syscall::call(SYS_EPOLL_CREATE1, arguments) }.map(descriptor))
}

/// `int epoll_ctl(int epfd, int operation, int fd, struct epoll_event *event)`
///
/// # Safety
///
/// `event` is readable, unless `operation` is EPOLL_CTL_DEL.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn epoll_ctl(
    epfd: c_int,
    operation: c_int,
    fd: c_int,
    event: *mut EpollEvent,
) -> c_int {
    let operation = operation.cast_unsigned() as usize;
    let (epfd, fd) = (syscall::int(epfd), syscall::int(fd));
    let arguments = [epfd, operation, fd, event as usize, 0, 0];
    // SAFETY: EPOLL_CTL reads the event only, which the caller owns.
    errno::status(unsafe { syscall::call(SYS_EPOLL_CTL, arguments) })
}

/// EPOLL_PWAIT with the address of a timeout, or 0.
///
/// # Safety
///
/// `events` has room for `count` events, `timeout` and `mask` are what the call says or nothing.
unsafe fn wait(
    epfd: c_int,
    events: *mut EpollEvent,
    count: c_int,
    timeout: usize,
    mask: *const c_void,
) -> c_int {
    // A negative count is too large for the call.
    let count = syscall::int(count);
    let arguments = [
        syscall::int(epfd),
        events as usize,
        count,
        timeout,
        mask as usize,
        0,
    ];
    // SAFETY: EPOLL_PWAIT writes to the events only, which the caller owns.
    let told = unsafe { syscall::call(SYS_EPOLL_PWAIT, arguments) };
    // As many as there is room for: an `int`.
    errno::result(told.map(|told| c_int::try_from(told).unwrap_or(c_int::MAX)))
}

/// `int epoll_wait(int epfd, struct epoll_event *events, int count, int timeout)`
///
/// # Safety
///
/// `events` has room for `count` events.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn epoll_wait(
    epfd: c_int,
    events: *mut EpollEvent,
    count: c_int,
    timeout: c_int,
) -> c_int {
    // SAFETY: handed on to the caller.
    unsafe { epoll_pwait(epfd, events, count, timeout, ptr::null()) }
}

/// `int epoll_pwait(int epfd, struct epoll_event *events, int count, int timeout, const sigset_t
/// *mask)`
///
/// # Safety
///
/// `events` has room for `count` events; `mask` is readable or null.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn epoll_pwait(
    epfd: c_int,
    events: *mut EpollEvent,
    count: c_int,
    timeout: c_int,
    mask: *const c_void,
) -> c_int {
    let span = milliseconds(timeout);
    // SAFETY: handed on to the caller.
    unsafe { wait(epfd, events, count, address_of(span.as_ref()), mask) }
}

/// `int epoll_pwait2(int epfd, struct epoll_event *events, int count, const struct timespec
/// *timeout, const sigset_t *mask)`
///
/// # Safety
///
/// `events` has room for `count` events; `timeout` and `mask` are readable or null.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn epoll_pwait2(
    epfd: c_int,
    events: *mut EpollEvent,
    count: c_int,
    timeout: *const Timespec,
    mask: *const c_void,
) -> c_int {
    // SAFETY: handed on to the caller.
    unsafe { wait(epfd, events, count, timeout as usize, mask) }
}
