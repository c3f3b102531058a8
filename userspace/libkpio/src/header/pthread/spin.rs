//! `pthread.h`: spin locks.

use core::ffi::c_int;
use core::sync::atomic::{AtomicU32, Ordering};

use kpio_abi::errors::Errno;

/// `int pthread_spin_init(pthread_spinlock_t *lock, int shared)`
///
/// # Safety
///
/// `lock` is writable.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn pthread_spin_init(lock: *mut AtomicU32, _shared: c_int) -> c_int {
    // SAFETY: the caller's promise.
    unsafe { lock.write(AtomicU32::new(0)) };
    0
}

/// `int pthread_spin_destroy(pthread_spinlock_t *lock)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub extern "C" fn pthread_spin_destroy(_lock: *mut AtomicU32) -> c_int {
    0
}

/// `int pthread_spin_trylock(pthread_spinlock_t *lock)`
///
/// # Safety
///
/// `lock` is initialised.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn pthread_spin_trylock(lock: *const AtomicU32) -> c_int {
    // SAFETY: the caller's promise.
    if unsafe { &*lock }.swap(1, Ordering::Acquire) == 0 {
        0
    } else {
        Errno::EBUSY as c_int
    }
}

/// `int pthread_spin_lock(pthread_spinlock_t *lock)`
///
/// # Safety
///
/// `lock` is initialised.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn pthread_spin_lock(lock: *const AtomicU32) -> c_int {
    // SAFETY: handed on to the caller.
    while unsafe { pthread_spin_trylock(lock) } != 0 {
        // Whoever has it may need this processor.
        crate::header::sched::sched_yield();
    }
    0
}

/// `int pthread_spin_unlock(pthread_spinlock_t *lock)`
///
/// # Safety
///
/// `lock` is initialised, and the calling thread has taken it.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn pthread_spin_unlock(lock: *const AtomicU32) -> c_int {
    // SAFETY: the caller's promise.
    unsafe { &*lock }.store(0, Ordering::Release);
    0
}
