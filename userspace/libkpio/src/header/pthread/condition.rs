//! `pthread.h`: condition variables.
//!
//! A counter counts the signals. Who waits reads it before it gives the mutex back, and sleeps while it
//! is still that: a signal after the mutex was given back changes it, so none is lost. A thread that
//! sleeps through 2³² signals would miss them.

use core::ffi::c_int;
use core::sync::atomic::{AtomicU32, Ordering};

use kpio_abi::errors::Errno;
use kpio_abi::flags::{CLOCK_MONOTONIC, CLOCK_REALTIME};
use kpio_abi::types::Timespec;

use super::mutex::Mutex;
use super::{PRIVATE, SHARED, returned, scope};
use crate::syscall::ErrorNumber;
use crate::thread::futex::{self, Deadline};

/// In the attributes: other processes use it too. The rest is the clock.
const SHARED_BIT: u32 = 1 << 31;

/// `pthread_cond_t`, in musl's size.
#[repr(C)]
pub struct Condition {
    counter: AtomicU32,
    /// Threads between the reading of the counter and their waking up.
    nr_waiting: AtomicU32,
    /// As in the attributes.
    kind: u32,
    rest: [u32; 9],
}

const _: () = assert!(size_of::<Condition>() == 48);

impl Condition {
    fn futex_scope(&self) -> futex::Scope {
        scope((self.kind & SHARED_BIT != 0).into())
    }

    fn signal(&self, count: u32) {
        if self.nr_waiting.load(Ordering::SeqCst) == 0 {
            return;
        }
        self.counter.fetch_add(1, Ordering::SeqCst);
        futex::wake(&self.counter, count, self.futex_scope());
    }

    fn wait(&self, mutex: &Mutex, deadline: Option<&Deadline>) -> Result<(), ErrorNumber> {
        if deadline.is_some_and(|deadline| !(0..1_000_000_000).contains(&deadline.time.tv_nsec)) {
            return Err(Errno::EINVAL.into());
        }
        self.nr_waiting.fetch_add(1, Ordering::SeqCst);
        let seen = self.counter.load(Ordering::SeqCst);
        if let Err(error) = mutex.unlock() {
            self.nr_waiting.fetch_sub(1, Ordering::SeqCst);
            return Err(error);
        }
        let mut result = Ok(());
        while self.counter.load(Ordering::SeqCst) == seen {
            match futex::wait(&self.counter, seen, deadline, self.futex_scope()) {
                // POSIX allows to wake up without a signal, but not for a handler: go on waiting.
                Err(error) if error == Errno::EINTR.into() => {}
                Err(error) if error == Errno::ETIMEDOUT.into() => {
                    result = Err(error);
                    break;
                }
                _ => break,
            }
        }
        self.nr_waiting.fetch_sub(1, Ordering::SeqCst);
        mutex.lock_after_waiting();
        result
    }
}

/// `int pthread_cond_init(pthread_cond_t *condition, const pthread_condattr_t *attributes)`
///
/// # Safety
///
/// `condition` is writable, `attributes` null or initialised.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn pthread_cond_init(
    condition: *mut Condition,
    attributes: *const u32,
) -> c_int {
    let kind = if attributes.is_null() {
        CLOCK_REALTIME
    } else {
        // SAFETY: the caller's promise.
        unsafe { attributes.read() }
    };
    let new = Condition {
        counter: AtomicU32::new(0),
        nr_waiting: AtomicU32::new(0),
        kind,
        rest: [0; 9],
    };
    // SAFETY: the caller's promise.
    unsafe { condition.write(new) };
    0
}

/// `int pthread_cond_destroy(pthread_cond_t *condition)`: waits for those it has woken.
///
/// # Safety
///
/// `condition` is initialised, and nobody waits for it any more.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn pthread_cond_destroy(condition: *const Condition) -> c_int {
    // SAFETY: the caller's promise.
    let condition = unsafe { &*condition };
    // They have been woken and leave without waiting for anything but the processor.
    while condition.nr_waiting.load(Ordering::SeqCst) != 0 {
        condition.signal(i32::MAX.cast_unsigned());
        crate::header::sched::sched_yield();
    }
    0
}

/// `int pthread_cond_wait(pthread_cond_t *condition, pthread_mutex_t *mutex)`
///
/// # Safety
///
/// Both are initialised; the calling thread has taken the mutex.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn pthread_cond_wait(
    condition: *const Condition,
    mutex: *const Mutex,
) -> c_int {
    // SAFETY: the caller's promise.
    let condition = unsafe { &*condition };
    // SAFETY: the caller's promise.
    let mutex = unsafe { &*mutex };
    returned(condition.wait(mutex, None))
}

/// `int pthread_cond_timedwait(pthread_cond_t *condition, pthread_mutex_t *mutex, const struct timespec
/// *deadline)`
///
/// # Safety
///
/// As for [`pthread_cond_wait`]; `deadline` is readable.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn pthread_cond_timedwait(
    condition: *const Condition,
    mutex: *const Mutex,
    deadline: *const Timespec,
) -> c_int {
    // SAFETY: the caller's promise.
    let condition = unsafe { &*condition };
    // SAFETY: the caller's promise.
    let mutex = unsafe { &*mutex };
    let deadline = Deadline {
        clock: condition.kind & !SHARED_BIT,
        // SAFETY: the caller's promise.
        time: unsafe { deadline.read() },
    };
    returned(condition.wait(mutex, Some(&deadline)))
}

/// `int pthread_cond_signal(pthread_cond_t *condition)`
///
/// # Safety
///
/// `condition` is initialised.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn pthread_cond_signal(condition: *const Condition) -> c_int {
    // SAFETY: the caller's promise.
    unsafe { &*condition }.signal(1);
    0
}

/// `int pthread_cond_broadcast(pthread_cond_t *condition)`
///
/// # Safety
///
/// `condition` is initialised.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn pthread_cond_broadcast(condition: *const Condition) -> c_int {
    // SAFETY: the caller's promise.
    unsafe { &*condition }.signal(i32::MAX.cast_unsigned());
    0
}

/// `int pthread_condattr_init(pthread_condattr_t *attributes)`
///
/// # Safety
///
/// `attributes` is writable.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn pthread_condattr_init(attributes: *mut u32) -> c_int {
    // SAFETY: the caller's promise.
    unsafe { attributes.write(CLOCK_REALTIME) };
    0
}

/// `int pthread_condattr_destroy(pthread_condattr_t *attributes)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub extern "C" fn pthread_condattr_destroy(_attributes: *mut u32) -> c_int {
    0
}

/// `int pthread_condattr_setclock(pthread_condattr_t *attributes, clockid_t clock)`
///
/// # Safety
///
/// `attributes` is initialised.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn pthread_condattr_setclock(attributes: *mut u32, clock: c_int) -> c_int {
    let clock = clock.cast_unsigned();
    if clock != CLOCK_REALTIME && clock != CLOCK_MONOTONIC {
        return Errno::EINVAL as c_int;
    }
    // SAFETY: the caller's promise.
    let attributes = unsafe { &mut *attributes };
    *attributes = *attributes & SHARED_BIT | clock;
    0
}

/// `int pthread_condattr_getclock(const pthread_condattr_t *attributes, clockid_t *clock)`
///
/// # Safety
///
/// `attributes` is initialised, `clock` writable.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn pthread_condattr_getclock(
    attributes: *const u32,
    clock: *mut u32,
) -> c_int {
    // SAFETY: the caller's promise.
    let attributes = unsafe { attributes.read() };
    // SAFETY: the caller's promise.
    unsafe { clock.write(attributes & !SHARED_BIT) };
    0
}

/// `int pthread_condattr_setpshared(pthread_condattr_t *attributes, int shared)`
///
/// # Safety
///
/// `attributes` is initialised.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn pthread_condattr_setpshared(attributes: *mut u32, shared: c_int) -> c_int {
    // SAFETY: the caller's promise.
    let attributes = unsafe { &mut *attributes };
    match shared {
        PRIVATE => *attributes &= !SHARED_BIT,
        SHARED => *attributes |= SHARED_BIT,
        _ => return Errno::EINVAL as c_int,
    }
    0
}

/// `int pthread_condattr_getpshared(const pthread_condattr_t *attributes, int *shared)`
///
/// # Safety
///
/// `attributes` is initialised, `shared` writable.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn pthread_condattr_getpshared(
    attributes: *const u32,
    shared: *mut c_int,
) -> c_int {
    // SAFETY: the caller's promise.
    let attributes = unsafe { attributes.read() };
    // SAFETY: the caller's promise.
    unsafe { shared.write(c_int::from(attributes & SHARED_BIT != 0)) };
    0
}
