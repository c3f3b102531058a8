//! `sched.h`

use core::ffi::c_int;

use kpio_abi::syscalls::SYS_YIELD;

use crate::header::errno;
use crate::syscall;

/// `int sched_yield(void)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub extern "C" fn sched_yield() -> c_int {
    // SAFETY: YIELD touches no memory.
    errno::status(unsafe { syscall::call(SYS_YIELD, [0; 6]) })
}
