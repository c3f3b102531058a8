//! `pthread.h`: threads and what they wait with. Cancellation and robust or priority-inheriting mutexes
//! are not here.
//!
//! The objects are plain memory of musl's sizes; all zero is what C's initialisers make.

pub mod attributes;
pub mod barrier;
pub mod condition;
pub mod key;
pub mod mutex;
pub mod once;
pub mod rwlock;
pub mod spin;
pub mod thread;

use core::ffi::c_int;

use kpio_abi::errors::Errno;

use crate::syscall::ErrorNumber;
use crate::thread::futex::Scope;

/// `PTHREAD_PROCESS_PRIVATE`, `PTHREAD_PROCESS_SHARED`
const PRIVATE: c_int = 0;
const SHARED: c_int = 1;

/// What these functions return: 0 or the error.
fn returned(result: Result<(), ErrorNumber>) -> c_int {
    result.map_or_else(ErrorNumber::raw, |()| 0)
}

/// Sets a two-valued attribute; EINVAL for other values.
///
/// # Safety
///
/// `place` is writable.
unsafe fn set_choice(place: *mut c_int, value: c_int) -> c_int {
    if value != 0 && value != 1 {
        return Errno::EINVAL as c_int;
    }
    // SAFETY: the caller's promise.
    unsafe { place.write(value) };
    0
}

/// Who may sleep on an object with this attribute.
const fn scope(shared: c_int) -> Scope {
    if shared == PRIVATE {
        Scope::Private
    } else {
        Scope::Shared
    }
}
