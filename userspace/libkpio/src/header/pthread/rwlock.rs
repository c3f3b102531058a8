//! `pthread.h`: locks that many may read under and one writes under.
//!
//! The state is the number of readers, or [`WRITER`]. Who waits says so in a bit of the same word, and
//! sleeps on it; whoever gives the lock back as the last one clears both and wakes all. Readers come
//! before writers, as in musl.

use core::ffi::c_int;
use core::sync::atomic::{AtomicU32, Ordering};

use kpio_abi::errors::Errno;
use kpio_abi::flags::CLOCK_REALTIME;
use kpio_abi::types::Timespec;

use super::{PRIVATE, returned, scope, set_choice};
use crate::syscall::ErrorNumber;
use crate::thread::futex::{self, Deadline};

const WAITED_FOR: u32 = 1 << 31;
const HOLDERS: u32 = !WAITED_FOR;
const WRITER: u32 = HOLDERS;
const MAX_READERS: u32 = WRITER - 1;

/// `pthread_rwlock_t`, in musl's size.
#[repr(C)]
pub struct RwLock {
    state: AtomicU32,
    shared: c_int,
    rest: [u32; 12],
}

const _: () = assert!(size_of::<RwLock>() == 56);

/// What a thread wants the lock for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Wish {
    Read,
    Write,
}

impl RwLock {
    /// Takes it if that is possible now. EBUSY, EAGAIN.
    fn try_take(&self, wish: Wish) -> Result<(), Errno> {
        let mut seen = self.state.load(Ordering::Relaxed);
        loop {
            let new = match (seen & HOLDERS, wish) {
                (0, Wish::Write) => seen | WRITER,
                (WRITER, _) | (_, Wish::Write) => return Err(Errno::EBUSY),
                (MAX_READERS, Wish::Read) => return Err(Errno::EAGAIN),
                (_, Wish::Read) => seen + 1,
            };
            match self
                .state
                .compare_exchange_weak(seen, new, Ordering::Acquire, Ordering::Relaxed)
            {
                Ok(_) => return Ok(()),
                Err(now) => seen = now,
            }
        }
    }

    fn take(&self, wish: Wish, deadline: Option<&Deadline>) -> Result<(), ErrorNumber> {
        loop {
            match self.try_take(wish) {
                Ok(()) => return Ok(()),
                Err(Errno::EBUSY) => {}
                Err(errno) => return Err(errno.into()),
            }
            let seen = self.state.fetch_or(WAITED_FOR, Ordering::Relaxed) | WAITED_FOR;
            let is_possible = match (seen & HOLDERS, wish) {
                (0, _) => true,
                (WRITER, _) | (_, Wish::Write) => false,
                (_, Wish::Read) => true,
            };
            if is_possible {
                continue;
            }
            match futex::wait(&self.state, seen, deadline, scope(self.shared)) {
                Err(error) if error == Errno::ETIMEDOUT.into() || error == Errno::EINVAL.into() => {
                    return Err(error);
                }
                // Changed, woken or interrupted: look again.
                _ => {}
            }
        }
    }

    fn give_back(&self) {
        let scope = scope(self.shared);
        let mut seen = self.state.load(Ordering::Relaxed);
        loop {
            let is_last = matches!(seen & HOLDERS, 1 | WRITER);
            let new = if is_last { 0 } else { seen - 1 };
            match self
                .state
                .compare_exchange_weak(seen, new, Ordering::Release, Ordering::Relaxed)
            {
                Ok(_) => {
                    if is_last && seen & WAITED_FOR != 0 {
                        futex::wake_all(&self.state, scope);
                    }
                    return;
                }
                Err(now) => seen = now,
            }
        }
    }
}

/// `int pthread_rwlock_init(pthread_rwlock_t *lock, const pthread_rwlockattr_t *attributes)`
///
/// # Safety
///
/// `lock` is writable, `attributes` null or initialised.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn pthread_rwlock_init(lock: *mut RwLock, attributes: *const c_int) -> c_int {
    let shared = if attributes.is_null() {
        PRIVATE
    } else {
        // SAFETY: the caller's promise.
        unsafe { attributes.read() }
    };
    let new = RwLock {
        state: AtomicU32::new(0),
        shared,
        rest: [0; 12],
    };
    // SAFETY: the caller's promise.
    unsafe { lock.write(new) };
    0
}

/// `int pthread_rwlock_destroy(pthread_rwlock_t *lock)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub extern "C" fn pthread_rwlock_destroy(_lock: *mut RwLock) -> c_int {
    0
}

/// `int pthread_rwlock_rdlock(pthread_rwlock_t *lock)`
///
/// # Safety
///
/// `lock` is initialised.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn pthread_rwlock_rdlock(lock: *const RwLock) -> c_int {
    // SAFETY: the caller's promise.
    returned(unsafe { &*lock }.take(Wish::Read, None))
}

/// `int pthread_rwlock_wrlock(pthread_rwlock_t *lock)`
///
/// # Safety
///
/// `lock` is initialised.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn pthread_rwlock_wrlock(lock: *const RwLock) -> c_int {
    // SAFETY: the caller's promise.
    returned(unsafe { &*lock }.take(Wish::Write, None))
}

/// `int pthread_rwlock_tryrdlock(pthread_rwlock_t *lock)`
///
/// # Safety
///
/// `lock` is initialised.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn pthread_rwlock_tryrdlock(lock: *const RwLock) -> c_int {
    // SAFETY: the caller's promise.
    let taken = unsafe { &*lock }.try_take(Wish::Read);
    returned(taken.map_err(ErrorNumber::from))
}

/// `int pthread_rwlock_trywrlock(pthread_rwlock_t *lock)`
///
/// # Safety
///
/// `lock` is initialised.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn pthread_rwlock_trywrlock(lock: *const RwLock) -> c_int {
    // SAFETY: the caller's promise.
    let taken = unsafe { &*lock }.try_take(Wish::Write);
    returned(taken.map_err(ErrorNumber::from))
}

/// A lock and a deadline of C's.
///
/// # Safety
///
/// `lock` is initialised, `deadline` readable.
unsafe fn take_until(lock: *const RwLock, wish: Wish, deadline: *const Timespec) -> c_int {
    let deadline = Deadline {
        clock: CLOCK_REALTIME,
        // SAFETY: the caller's promise.
        time: unsafe { deadline.read() },
    };
    // SAFETY: the caller's promise.
    returned(unsafe { &*lock }.take(wish, Some(&deadline)))
}

/// `int pthread_rwlock_timedrdlock(pthread_rwlock_t *lock, const struct timespec *deadline)`
///
/// # Safety
///
/// `lock` is initialised, `deadline` readable.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn pthread_rwlock_timedrdlock(
    lock: *const RwLock,
    deadline: *const Timespec,
) -> c_int {
    // SAFETY: handed on to the caller.
    unsafe { take_until(lock, Wish::Read, deadline) }
}

/// `int pthread_rwlock_timedwrlock(pthread_rwlock_t *lock, const struct timespec *deadline)`
///
/// # Safety
///
/// `lock` is initialised, `deadline` readable.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn pthread_rwlock_timedwrlock(
    lock: *const RwLock,
    deadline: *const Timespec,
) -> c_int {
    // SAFETY: handed on to the caller.
    unsafe { take_until(lock, Wish::Write, deadline) }
}

/// `int pthread_rwlock_unlock(pthread_rwlock_t *lock)`
///
/// # Safety
///
/// `lock` is initialised, and the calling thread has taken it.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn pthread_rwlock_unlock(lock: *const RwLock) -> c_int {
    // SAFETY: the caller's promise.
    unsafe { &*lock }.give_back();
    0
}

/// `int pthread_rwlockattr_init(pthread_rwlockattr_t *attributes)`
///
/// # Safety
///
/// `attributes` is writable.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn pthread_rwlockattr_init(attributes: *mut [c_int; 2]) -> c_int {
    // SAFETY: the caller's promise.
    unsafe { attributes.write([PRIVATE; 2]) };
    0
}

/// `int pthread_rwlockattr_destroy(pthread_rwlockattr_t *attributes)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub extern "C" fn pthread_rwlockattr_destroy(_attributes: *mut [c_int; 2]) -> c_int {
    0
}

/// `int pthread_rwlockattr_setpshared(pthread_rwlockattr_t *attributes, int shared)`
///
/// # Safety
///
/// `attributes` is initialised.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn pthread_rwlockattr_setpshared(
    attributes: *mut [c_int; 2],
    shared: c_int,
) -> c_int {
    // SAFETY: handed on to the caller.
    unsafe { set_choice(attributes.cast(), shared) }
}

/// `int pthread_rwlockattr_getpshared(const pthread_rwlockattr_t *attributes, int *shared)`
///
/// # Safety
///
/// `attributes` is initialised, `shared` writable.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn pthread_rwlockattr_getpshared(
    attributes: *const [c_int; 2],
    shared: *mut c_int,
) -> c_int {
    // SAFETY: the caller's promise.
    let [attribute, _] = unsafe { attributes.read() };
    // SAFETY: the caller's promise.
    unsafe { shared.write(attribute) };
    0
}
