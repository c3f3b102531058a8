//! `sys/syscall.h`: the calls that programs make past their C library.
//!
//! The numbers are Linux's for x86-64, because that is what programs pass. Those served have the same
//! arguments in KPIO; everything else is ENOSYS, and callers have a way without it.

use core::ffi::{c_int, c_long};

use kpio_abi::errors::Errno;
use kpio_abi::syscalls::{
    SYS_CLOCK_GET, SYS_EPOLL_CREATE1, SYS_FUTEX, SYS_GET_RANDOM, SYS_GETPID, SYS_GETTID,
    SYS_TGKILL, SYS_YIELD,
};

use crate::header::errno;
use crate::syscall;

/// Linux's number and KPIO's. Source: Linux, arch/x86/entry/syscalls/syscall_64.tbl.
const SERVED: &[(c_long, usize)] = &[
    (24, SYS_YIELD),
    (39, SYS_GETPID),
    (186, SYS_GETTID),
    (202, SYS_FUTEX),
    (228, SYS_CLOCK_GET),
    (234, SYS_TGKILL),
    (291, SYS_EPOLL_CREATE1),
    (318, SYS_GET_RANDOM),
];

/// `long syscall(long number, ...)`
///
/// Six arguments are read whether they were passed or not; a call looks at those it has.
///
/// # Safety
///
/// As for the call.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn syscall(
    number: c_long,
    a: usize,
    b: usize,
    c: usize,
    d: usize,
    e: usize,
    f: usize,
) -> c_long {
    let Some((_, call)) = SERVED.iter().find(|(linux, _)| *linux == number) else {
        return errno::result::<c_int>(Err(Errno::ENOSYS.into())).into();
    };
    // SAFETY: handed on to the caller.
    let result = unsafe { syscall::call(*call, [a, b, c, d, e, f]) };
    errno::result(result.map(|value| value.cast_signed() as c_long))
}
