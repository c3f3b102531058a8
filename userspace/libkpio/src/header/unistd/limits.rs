//! `unistd.h`: what the system can do, and how much of it.

use core::ffi::{c_int, c_long};

use kpio_abi::errors::Errno;
use kpio_abi::memory::PAGE_SIZE;
use kpio_abi::syscalls::{PATH_MAX, SYS_SYSTEM_INFO};
use kpio_abi::types::SystemInfo;

use crate::header::errno;
use crate::header::signal::set::{SIGNAL_MAX, SIGRTMIN};
use crate::syscall;
use crate::thread::block::KEYS_MAX;

/// POSIX.1-2008.
const VERSION: c_long = 200_809;
/// No limit that is known, or not supported: -1 without `errno`.
const NONE: c_long = -1;

// Names that are asked for. Source: musl, include/unistd.h.
const SC_ARG_MAX: c_int = 0;
const SC_CHILD_MAX: c_int = 1;
const SC_CLK_TCK: c_int = 2;
const SC_NGROUPS_MAX: c_int = 3;
const SC_OPEN_MAX: c_int = 4;
const SC_JOB_CONTROL: c_int = 7;
const SC_SAVED_IDS: c_int = 8;
const SC_REALTIME_SIGNALS: c_int = 9;
const SC_FSYNC: c_int = 15;
const SC_MAPPED_FILES: c_int = 16;
const SC_MEMORY_PROTECTION: c_int = 19;
const SC_SEMAPHORES: c_int = 21;
const SC_SHARED_MEMORY_OBJECTS: c_int = 22;
const SC_VERSION: c_int = 29;
const SC_PAGESIZE: c_int = 30;
const SC_RTSIG_MAX: c_int = 31;
const SC_SEM_VALUE_MAX: c_int = 33;
const SC_LINE_MAX: c_int = 43;
const SC_IOV_MAX: c_int = 60;
const SC_THREADS: c_int = 67;
const SC_THREAD_SAFE_FUNCTIONS: c_int = 68;
const SC_GETGR_R_SIZE_MAX: c_int = 69;
const SC_GETPW_R_SIZE_MAX: c_int = 70;
const SC_LOGIN_NAME_MAX: c_int = 71;
const SC_TTY_NAME_MAX: c_int = 72;
const SC_THREAD_DESTRUCTOR_ITERATIONS: c_int = 73;
const SC_THREAD_KEYS_MAX: c_int = 74;
const SC_THREAD_STACK_MIN: c_int = 75;
const SC_THREAD_ATTR_STACKADDR: c_int = 77;
const SC_THREAD_ATTR_STACKSIZE: c_int = 78;
const SC_THREAD_PROCESS_SHARED: c_int = 82;
const SC_NPROCESSORS_CONF: c_int = 83;
const SC_NPROCESSORS_ONLN: c_int = 84;
const SC_PHYS_PAGES: c_int = 85;
const SC_AVPHYS_PAGES: c_int = 86;
const SC_BARRIERS: c_int = 133;
const SC_CLOCK_SELECTION: c_int = 137;
const SC_MONOTONIC_CLOCK: c_int = 149;
const SC_READER_WRITER_LOCKS: c_int = 153;
const SC_SPIN_LOCKS: c_int = 154;
const SC_TIMEOUTS: c_int = 164;
const SC_SYMLOOP_MAX: c_int = 173;
const SC_HOST_NAME_MAX: c_int = 180;
/// The greatest name there is.
const SC_LAST: c_int = 250;

/// `long sysconf(int name)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub extern "C" fn sysconf(name: c_int) -> c_long {
    match name {
        SC_ARG_MAX => 131_072,
        SC_CLK_TCK => 100,
        SC_NGROUPS_MAX => 32,
        SC_OPEN_MAX => 1024,
        SC_SAVED_IDS | SC_JOB_CONTROL => 1,
        SC_VERSION
        | SC_REALTIME_SIGNALS
        | SC_FSYNC
        | SC_MAPPED_FILES
        | SC_MEMORY_PROTECTION
        | SC_SEMAPHORES
        | SC_SHARED_MEMORY_OBJECTS
        | SC_THREADS
        | SC_THREAD_SAFE_FUNCTIONS
        | SC_THREAD_ATTR_STACKADDR
        | SC_THREAD_ATTR_STACKSIZE
        | SC_THREAD_PROCESS_SHARED
        | SC_BARRIERS
        | SC_CLOCK_SELECTION
        | SC_MONOTONIC_CLOCK
        | SC_READER_WRITER_LOCKS
        | SC_SPIN_LOCKS
        | SC_TIMEOUTS => VERSION,
        SC_PAGESIZE => long(PAGE_SIZE),
        SC_RTSIG_MAX => c_long::from(SIGNAL_MAX - SIGRTMIN + 1),
        SC_SEM_VALUE_MAX => c_long::from(i32::MAX),
        SC_LINE_MAX => long(PATH_MAX),
        SC_IOV_MAX => 1024,
        SC_GETGR_R_SIZE_MAX | SC_GETPW_R_SIZE_MAX => NONE,
        SC_LOGIN_NAME_MAX => 256,
        SC_TTY_NAME_MAX => 32,
        SC_THREAD_DESTRUCTOR_ITERATIONS => 4,
        SC_THREAD_KEYS_MAX => long(KEYS_MAX),
        SC_THREAD_STACK_MIN => 2048,
        // The kernel runs on one.
        SC_NPROCESSORS_CONF | SC_NPROCESSORS_ONLN => 1,
        SC_PHYS_PAGES => system().map_or(NONE, |system| wide(system.total_frames)),
        SC_AVPHYS_PAGES => system().map_or(NONE, |system| wide(system.free_frames)),
        SC_SYMLOOP_MAX => 40,
        SC_HOST_NAME_MAX => 255,
        SC_CHILD_MAX | 0..=SC_LAST => NONE,
        _ => {
            errno::set(Errno::EINVAL.into());
            NONE
        }
    }
}

/// SYSTEM_INFO.
fn system() -> Option<SystemInfo> {
    let mut info = SystemInfo::default();
    let arguments = [
        (&raw mut info) as usize,
        size_of::<SystemInfo>(),
        0,
        0,
        0,
        0,
    ];
    // SAFETY: SYSTEM_INFO writes one struct.
    unsafe { syscall::call(SYS_SYSTEM_INFO, arguments) }.ok()?;
    Some(info)
}

fn long(number: usize) -> c_long {
    c_long::try_from(number).unwrap_or(c_long::MAX)
}

fn wide(number: u64) -> c_long {
    c_long::try_from(number).unwrap_or(c_long::MAX)
}

/// `int getpagesize(void)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub extern "C" fn getpagesize() -> c_int {
    c_int::try_from(PAGE_SIZE).unwrap_or(c_int::MAX)
}

/// `int getdtablesize(void)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub extern "C" fn getdtablesize() -> c_int {
    1024
}
