//! `poll.h`

use core::ffi::{c_int, c_void};
use core::ptr;

use kpio_abi::syscalls::SYS_POLL;
use kpio_abi::types::{PollFd, Timespec};

use crate::header::errno;
use crate::syscall::{self, ErrorNumber};

const MS_PER_S: c_int = 1000;
const NS_PER_MS: i64 = 1_000_000;

/// A span given in milliseconds; a negative one has no end.
pub(crate) fn milliseconds(span: c_int) -> Option<Timespec> {
    (span >= 0).then(|| Timespec {
        tv_sec: i64::from(span / MS_PER_S),
        tv_nsec: i64::from(span % MS_PER_S) * NS_PER_MS,
    })
}

/// The address of a struct, or 0.
pub(crate) fn address_of(span: Option<&Timespec>) -> usize {
    span.map_or(0, |span| ptr::from_ref(span) as usize)
}

/// POLL; how many descriptors have something.
///
/// # Safety
///
/// `fds` points at `count` structs, `timeout` and `mask` at what the call says or at nothing.
pub(crate) unsafe fn call(
    fds: *mut PollFd,
    count: usize,
    timeout: usize,
    mask: *const c_void,
) -> Result<c_int, ErrorNumber> {
    let arguments = [fds as usize, count, timeout, mask as usize, 0, 0];
    // SAFETY: POLL writes to the structs only, which the caller owns.
    let ready = unsafe { syscall::call(SYS_POLL, arguments) }?;
    // As many as there are structs: at most 1024.
    Ok(c_int::try_from(ready).unwrap_or(c_int::MAX))
}

/// `int poll(struct pollfd *fds, nfds_t count, int timeout)`
///
/// # Safety
///
/// `fds` points at `count` structs.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn poll(fds: *mut PollFd, count: usize, timeout: c_int) -> c_int {
    let span = milliseconds(timeout);
    // SAFETY: handed on to the caller.
    errno::result(unsafe { call(fds, count, address_of(span.as_ref()), ptr::null()) })
}

/// `int ppoll(struct pollfd *fds, nfds_t count, const struct timespec *timeout, const sigset_t
/// *mask)`
///
/// # Safety
///
/// `fds` points at `count` structs; `timeout` and `mask` are readable or null.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn ppoll(
    fds: *mut PollFd,
    count: usize,
    timeout: *const Timespec,
    mask: *const c_void,
) -> c_int {
    // SAFETY: handed on to the caller.
    errno::result(unsafe { call(fds, count, timeout as usize, mask) })
}
