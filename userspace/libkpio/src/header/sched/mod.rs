//! `sched.h`

use core::ffi::{c_int, c_void};

use kpio_abi::errors::Errno;
use kpio_abi::syscalls::{SYS_GETPGID, SYS_YIELD};

use crate::header::errno;
use crate::syscall::{self, ErrorNumber};

/// The processors there are: the kernel runs on one.
const PROCESSORS: u64 = 1;
/// Length of the kernel's set of processors on Linux, of which a program's is a multiple.
const WORD_BYTES: usize = size_of::<u64>();

/// `int sched_yield(void)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub extern "C" fn sched_yield() -> c_int {
    // SAFETY: YIELD touches no memory.
    errno::status(unsafe { syscall::call(SYS_YIELD, [0; 6]) })
}

/// `int sched_getcpu(void)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub extern "C" fn sched_getcpu() -> c_int {
    0
}

/// Fails with ESRCH for what is no process, and with EINVAL for a set that is too small.
fn check(pid: c_int, len: usize) -> Result<usize, ErrorNumber> {
    if len < WORD_BYTES || !len.is_multiple_of(WORD_BYTES) {
        return Err(Errno::EINVAL.into());
    }
    // SAFETY: GETPGID touches no memory.
    unsafe { syscall::call(SYS_GETPGID, [syscall::int(pid), 0, 0, 0, 0, 0]) }
}

/// `int sched_getaffinity(pid_t pid, size_t len, cpu_set_t *set)`: processes only, not single threads.
///
/// # Safety
///
/// `len` bytes at `set` are writable.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn sched_getaffinity(pid: c_int, len: usize, set: *mut c_void) -> c_int {
    let checked = check(pid, len);
    if checked.is_ok() {
        // SAFETY: the caller's promise.
        unsafe { set.cast::<u8>().write_bytes(0, len) };
        // SAFETY: the caller's promise; the set has at least a word.
        unsafe { set.cast::<u64>().write_unaligned(PROCESSORS) };
    }
    errno::status(checked)
}

/// `int sched_setaffinity(pid_t pid, size_t len, const cpu_set_t *set)`: EINVAL for a set without a
/// processor that is there.
///
/// # Safety
///
/// `len` bytes at `set` are readable.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn sched_setaffinity(pid: c_int, len: usize, set: *const c_void) -> c_int {
    let checked = check(pid, len).and_then(|_| {
        // SAFETY: the caller's promise; the set has at least a word.
        let wanted = unsafe { set.cast::<u64>().read_unaligned() };
        if wanted & PROCESSORS == 0 {
            return Err(Errno::EINVAL.into());
        }
        Ok(0)
    });
    errno::status(checked)
}
