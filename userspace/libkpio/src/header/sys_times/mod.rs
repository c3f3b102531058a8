//! `sys/times.h`

use core::ffi::c_long;

use kpio_abi::flags::{CLOCK_MONOTONIC, RUSAGE_CHILDREN, RUSAGE_SELF};
use kpio_abi::types::{ResourceUsage, Timespec, Timeval};

use crate::header::sys_resource::getrusage;
use crate::header::time::clock_gettime;

/// `sysconf(_SC_CLK_TCK)`, as musl has it.
const TICKS_PER_S: c_long = 100;
const US_PER_TICK: c_long = 1_000_000 / TICKS_PER_S;
const NS_PER_TICK: c_long = 1_000_000_000 / TICKS_PER_S;

/// `struct tms`
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub struct Tms {
    tms_utime: c_long,
    tms_stime: c_long,
    tms_cutime: c_long,
    tms_cstime: c_long,
}

const fn ticks(time: Timeval) -> c_long {
    time.tv_sec * TICKS_PER_S + time.tv_usec / US_PER_TICK
}

/// `clock_t times(struct tms *times)`: ticks since the machine's start.
///
/// # Safety
///
/// `times` is null or writable.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn times(times: *mut Tms) -> c_long {
    let (mut own, mut children) = (ResourceUsage::default(), ResourceUsage::default());
    let mut now = Timespec::default();
    // SAFETY: the struct is on this stack.
    let is_told = unsafe { getrusage(RUSAGE_SELF, &raw mut own) } == 0
        // SAFETY: as above.
        && unsafe { getrusage(RUSAGE_CHILDREN, &raw mut children) } == 0
        // SAFETY: as above.
        && unsafe { clock_gettime(CLOCK_MONOTONIC.cast_signed(), &raw mut now) } == 0;
    if !is_told {
        return -1;
    }
    if !times.is_null() {
        let told = Tms {
            tms_utime: ticks(own.ru_utime),
            tms_stime: ticks(own.ru_stime),
            tms_cutime: ticks(children.ru_utime),
            tms_cstime: ticks(children.ru_stime),
        };
        // SAFETY: the caller allows it.
        unsafe { times.write(told) };
    }
    now.tv_sec * TICKS_PER_S + now.tv_nsec / NS_PER_TICK
}
