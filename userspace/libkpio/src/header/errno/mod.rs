//! `errno.h`

use core::ffi::c_int;

use crate::syscall::ErrorNumber;
use crate::thread;

/// `int *__errno_location(void)`: the calling thread's `errno`, which the header's macro
/// dereferences.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub extern "C" fn __errno_location() -> *mut c_int {
    thread::Thread::current().errno()
}

/// Sets the calling thread's `errno`.
pub fn set(error: ErrorNumber) {
    // SAFETY: the location is the calling thread's own and lives as long as the thread.
    unsafe { __errno_location().write(error.raw()) };
}

/// The calling thread's `errno`.
pub fn get() -> c_int {
    // SAFETY: as above.
    unsafe { __errno_location().read() }
}

/// The calling thread's `errno` as an error, after a function that has set it.
pub fn last() -> ErrorNumber {
    ErrorNumber::from_raw(get())
}

/// What C functions return: the value, or -1 with `errno` set.
pub fn result<T: From<i8>>(result: Result<T, ErrorNumber>) -> T {
    result.unwrap_or_else(|error| {
        set(error);
        T::from(-1)
    })
}

/// As [`result`], for a call whose success is just that: 0.
pub fn status(call: Result<usize, ErrorNumber>) -> c_int {
    result(call.map(|_| 0))
}

/// For a function that sets `errno` beside one that returns the error.
pub fn of_returned(error: c_int) -> c_int {
    if error == 0 {
        return 0;
    }
    // SAFETY: the location is the calling thread's own.
    unsafe { __errno_location().write(error) };
    -1
}
