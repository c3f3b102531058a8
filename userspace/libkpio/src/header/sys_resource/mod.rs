//! `sys/resource.h`

use core::ffi::{c_int, c_uint};

use kpio_abi::flags::PRIO_PROCESS;
use kpio_abi::syscalls::{SYS_GETPRIORITY, SYS_GETRUSAGE, SYS_SETPRIORITY};
use kpio_abi::types::ResourceUsage;

use crate::header::errno;
use crate::header::fcntl::descriptor;
use crate::syscall;

/// What GETPRIORITY takes a nice value from.
const NICE_BASE: c_int = 20;
/// The least and the greatest nice value.
const MIN_NICE: c_int = -NICE_BASE;
const MAX_NICE: c_int = NICE_BASE - 1;

/// `int getpriority(int which, id_t who)`: -1 may be a nice value; `errno` is left alone then.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub extern "C" fn getpriority(which: c_int, who: c_uint) -> c_int {
    let arguments = [which.cast_unsigned() as usize, who as usize, 0, 0, 0, 0];
    // SAFETY: GETPRIORITY touches no memory.
    let told = unsafe { syscall::call(SYS_GETPRIORITY, arguments) };
    errno::result(told.map(|told| NICE_BASE - descriptor(told)))
}

/// `int setpriority(int which, id_t who, int nice)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub extern "C" fn setpriority(which: c_int, who: c_uint, nice: c_int) -> c_int {
    let which = which.cast_unsigned() as usize;
    let arguments = [which, who as usize, syscall::int(nice), 0, 0, 0];
    // SAFETY: SETPRIORITY touches no memory.
    errno::status(unsafe { syscall::call(SYS_SETPRIORITY, arguments) })
}

/// `int getrusage(int who, struct rusage *usage)`
///
/// # Safety
///
/// `usage` is writable.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn getrusage(who: c_int, usage: *mut ResourceUsage) -> c_int {
    let arguments = [syscall::int(who), usage as usize, 0, 0, 0, 0];
    // SAFETY: GETRUSAGE writes one struct, which the caller owns.
    errno::status(unsafe { syscall::call(SYS_GETRUSAGE, arguments) })
}

/// `int nice(int more)`: the new nice value; -1 may be one, and `errno` is left alone then.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub extern "C" fn nice(more: c_int) -> c_int {
    let which = PRIO_PROCESS.cast_signed();
    let before = getpriority(which, 0);
    let wanted = before.saturating_add(more).clamp(MIN_NICE, MAX_NICE);
    if setpriority(which, 0, wanted) == 0 {
        wanted
    } else {
        -1
    }
}
