//! `pthread.h`: barriers.

use core::ffi::c_int;
use core::sync::atomic::{AtomicU32, Ordering};

use kpio_abi::errors::Errno;

use super::{PRIVATE, SHARED, scope, set_choice};
use crate::thread::futex;

/// `PTHREAD_BARRIER_SERIAL_THREAD`
const SERIAL_THREAD: c_int = -1;

/// `pthread_barrier_t`, in musl's size.
#[repr(C)]
pub struct Barrier {
    /// How many threads meet.
    count: u32,
    shared: c_int,
    nr_arrived: AtomicU32,
    /// How often they have met.
    round: AtomicU32,
    /// Threads that have arrived and not left yet.
    nr_inside: AtomicU32,
    rest: [u32; 3],
}

const _: () = assert!(size_of::<Barrier>() == 32);

/// `int pthread_barrier_init(pthread_barrier_t *barrier, const pthread_barrierattr_t *attributes,
/// unsigned count)`
///
/// # Safety
///
/// `barrier` is writable, `attributes` null or initialised.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn pthread_barrier_init(
    barrier: *mut Barrier,
    attributes: *const c_int,
    count: u32,
) -> c_int {
    if count == 0 || count > i32::MAX.cast_unsigned() {
        return Errno::EINVAL as c_int;
    }
    let shared = if attributes.is_null() {
        PRIVATE
    } else {
        // SAFETY: the caller's promise.
        unsafe { attributes.read() }
    };
    let new = Barrier {
        count,
        shared,
        nr_arrived: AtomicU32::new(0),
        round: AtomicU32::new(0),
        nr_inside: AtomicU32::new(0),
        rest: [0; 3],
    };
    // SAFETY: the caller's promise.
    unsafe { barrier.write(new) };
    0
}

/// `int pthread_barrier_destroy(pthread_barrier_t *barrier)`: waits for those that are leaving.
///
/// # Safety
///
/// `barrier` is initialised, and nobody arrives any more.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn pthread_barrier_destroy(barrier: *const Barrier) -> c_int {
    // SAFETY: the caller's promise.
    let barrier = unsafe { &*barrier };
    while barrier.nr_inside.load(Ordering::Acquire) != 0 {
        crate::header::sched::sched_yield();
    }
    0
}

/// `int pthread_barrier_wait(pthread_barrier_t *barrier)`
///
/// # Safety
///
/// `barrier` is initialised.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn pthread_barrier_wait(barrier: *const Barrier) -> c_int {
    // SAFETY: the caller's promise.
    let barrier = unsafe { &*barrier };
    let scope = scope(barrier.shared);
    barrier.nr_inside.fetch_add(1, Ordering::AcqRel);
    // Before arriving: nobody can complete the round without this thread.
    let round = barrier.round.load(Ordering::Acquire);
    let is_last = barrier.nr_arrived.fetch_add(1, Ordering::AcqRel) + 1 == barrier.count;
    if is_last {
        // Those of the next round count anew, and they come only after the round has ended.
        barrier.nr_arrived.store(0, Ordering::Relaxed);
        barrier.round.fetch_add(1, Ordering::AcqRel);
        futex::wake_all(&barrier.round, scope);
    } else {
        while barrier.round.load(Ordering::Acquire) == round {
            // An error means: look again.
            let _ = futex::wait(&barrier.round, round, None, scope);
        }
    }
    barrier.nr_inside.fetch_sub(1, Ordering::AcqRel);
    if is_last { SERIAL_THREAD } else { 0 }
}

/// `int pthread_barrierattr_init(pthread_barrierattr_t *attributes)`
///
/// # Safety
///
/// `attributes` is writable.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn pthread_barrierattr_init(attributes: *mut c_int) -> c_int {
    // SAFETY: the caller's promise.
    unsafe { attributes.write(PRIVATE) };
    0
}

/// `int pthread_barrierattr_destroy(pthread_barrierattr_t *attributes)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub extern "C" fn pthread_barrierattr_destroy(_attributes: *mut c_int) -> c_int {
    0
}

/// `int pthread_barrierattr_setpshared(pthread_barrierattr_t *attributes, int shared)`
///
/// # Safety
///
/// `attributes` is initialised.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn pthread_barrierattr_setpshared(
    attributes: *mut c_int,
    shared: c_int,
) -> c_int {
    // SAFETY: handed on to the caller.
    unsafe { set_choice(attributes, shared) }
}

/// `int pthread_barrierattr_getpshared(const pthread_barrierattr_t *attributes, int *shared)`
///
/// # Safety
///
/// `attributes` is initialised, `shared` writable.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn pthread_barrierattr_getpshared(
    attributes: *const c_int,
    shared: *mut c_int,
) -> c_int {
    // SAFETY: the caller's promise.
    let attributes = unsafe { attributes.read() };
    // SAFETY: the caller's promise.
    unsafe { shared.write(attributes) };
    0
}

const _: () = assert!(PRIVATE == 0 && SHARED == 1);
