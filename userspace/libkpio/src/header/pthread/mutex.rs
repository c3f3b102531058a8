//! `pthread.h`: mutexes.

use core::cell::UnsafeCell;
use core::ffi::c_int;
use core::sync::atomic::{AtomicI32, AtomicU32, Ordering};

use kpio_abi::errors::Errno;
use kpio_abi::flags::CLOCK_REALTIME;
use kpio_abi::types::Timespec;

use super::{PRIVATE, SHARED, returned, scope};
use crate::syscall::ErrorNumber;
use crate::thread::Thread;
use crate::thread::futex::{self, Deadline};

/// `PTHREAD_MUTEX_NORMAL`, `_RECURSIVE`, `_ERRORCHECK`
const NORMAL: c_int = 0;
const RECURSIVE: c_int = 1;
const ERRORCHECK: c_int = 2;
/// In a mutex and in its attributes: other processes use it too. The rest is its kind.
const SHARED_BIT: c_int = 128;

const FREE: u32 = 0;
const TAKEN: u32 = 1;
/// Taken, and somebody may sleep.
const CONTENDED: u32 = 2;

/// `pthread_mutex_t`, in musl's size.
#[repr(C)]
pub struct Mutex {
    kind: c_int,
    state: AtomicU32,
    /// Who has taken it, if its kind is not NORMAL.
    owner: AtomicI32,
    /// How often besides the first time, if it is RECURSIVE; the owner's.
    depth: UnsafeCell<u32>,
    rest: [c_int; 6],
}

const _: () = assert!(size_of::<Mutex>() == 40);

impl Mutex {
    fn futex_scope(&self) -> futex::Scope {
        scope(self.kind & SHARED_BIT)
    }

    /// What taking it again means to its owner; None for somebody else.
    fn take_again(&self) -> Option<Result<(), ErrorNumber>> {
        let kind = self.kind & !SHARED_BIT;
        if kind == NORMAL || self.owner.load(Ordering::Relaxed) != Thread::current().id() {
            return None;
        }
        if kind == ERRORCHECK {
            return Some(Err(Errno::EDEADLK.into()));
        }
        // SAFETY: the calling thread is the owner.
        let depth = unsafe { &mut *self.depth.get() };
        Some(match depth.checked_add(1) {
            Some(deeper) => {
                *depth = deeper;
                Ok(())
            }
            None => Err(Errno::EAGAIN.into()),
        })
    }

    fn own(&self) {
        if self.kind & !SHARED_BIT != NORMAL {
            let owner = Thread::current().id();
            self.owner.store(owner, Ordering::Relaxed);
        }
    }

    fn try_take(&self) -> bool {
        let taken = self
            .state
            .compare_exchange(FREE, TAKEN, Ordering::Acquire, Ordering::Relaxed);
        if taken.is_ok() {
            self.own();
        }
        taken.is_ok()
    }

    /// Takes it. EDEADLK, EAGAIN by kind; ETIMEDOUT, EINVAL with a deadline.
    pub(super) fn lock(&self, deadline: Option<&Deadline>) -> Result<(), ErrorNumber> {
        if self.try_take() {
            return Ok(());
        }
        if let Some(again) = self.take_again() {
            return again;
        }
        while self.state.swap(CONTENDED, Ordering::Acquire) != FREE {
            match futex::wait(&self.state, CONTENDED, deadline, self.futex_scope()) {
                Err(error) if error == Errno::ETIMEDOUT.into() || error == Errno::EINVAL.into() => {
                    return Err(error);
                }
                // Changed, woken or interrupted: look again.
                _ => {}
            }
        }
        self.own();
        Ok(())
    }

    /// Takes it as a thread does that others may wait behind, and whoever wakes it up has not.
    pub(super) fn lock_after_waiting(&self) {
        while self.state.swap(CONTENDED, Ordering::Acquire) != FREE {
            // An error means: look again.
            let _ = futex::wait(&self.state, CONTENDED, None, self.futex_scope());
        }
        self.own();
    }

    /// Gives it back. EPERM if its kind knows the owner and it is another.
    pub(super) fn unlock(&self) -> Result<(), ErrorNumber> {
        if self.kind & !SHARED_BIT != NORMAL {
            if self.owner.load(Ordering::Relaxed) != Thread::current().id() {
                return Err(Errno::EPERM.into());
            }
            // SAFETY: the calling thread is the owner.
            let depth = unsafe { &mut *self.depth.get() };
            if *depth > 0 {
                *depth -= 1;
                return Ok(());
            }
            self.owner.store(0, Ordering::Relaxed);
        }
        let scope = self.futex_scope();
        // From here on it may be freed by who takes it: only its address is used.
        if self.state.swap(FREE, Ordering::Release) == CONTENDED {
            futex::wake(&self.state, 1, scope);
        }
        Ok(())
    }
}

/// `int pthread_mutex_init(pthread_mutex_t *mutex, const pthread_mutexattr_t *attributes)`
///
/// # Safety
///
/// `mutex` is writable, `attributes` null or initialised.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn pthread_mutex_init(mutex: *mut Mutex, attributes: *const c_int) -> c_int {
    let kind = if attributes.is_null() {
        NORMAL
    } else {
        // SAFETY: the caller's promise.
        unsafe { attributes.read() }
    };
    let new = Mutex {
        kind,
        state: AtomicU32::new(FREE),
        owner: AtomicI32::new(0),
        depth: UnsafeCell::new(0),
        rest: [0; 6],
    };
    // SAFETY: the caller's promise.
    unsafe { mutex.write(new) };
    0
}

/// `int pthread_mutex_destroy(pthread_mutex_t *mutex)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub extern "C" fn pthread_mutex_destroy(_mutex: *mut Mutex) -> c_int {
    0
}

/// `int pthread_mutex_lock(pthread_mutex_t *mutex)`
///
/// # Safety
///
/// `mutex` is initialised.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn pthread_mutex_lock(mutex: *const Mutex) -> c_int {
    // SAFETY: the caller's promise.
    returned(unsafe { &*mutex }.lock(None))
}

/// `int pthread_mutex_timedlock(pthread_mutex_t *mutex, const struct timespec *deadline)`
///
/// # Safety
///
/// `mutex` is initialised, `deadline` readable.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn pthread_mutex_timedlock(
    mutex: *const Mutex,
    deadline: *const Timespec,
) -> c_int {
    let deadline = Deadline {
        clock: CLOCK_REALTIME,
        // SAFETY: the caller's promise.
        time: unsafe { deadline.read() },
    };
    // SAFETY: the caller's promise.
    returned(unsafe { &*mutex }.lock(Some(&deadline)))
}

/// `int pthread_mutex_trylock(pthread_mutex_t *mutex)`
///
/// # Safety
///
/// `mutex` is initialised.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn pthread_mutex_trylock(mutex: *const Mutex) -> c_int {
    // SAFETY: the caller's promise.
    let mutex = unsafe { &*mutex };
    if mutex.try_take() {
        return 0;
    }
    match mutex.take_again() {
        Some(Ok(())) => 0,
        Some(Err(error)) if error == Errno::EAGAIN.into() => error.raw(),
        _ => Errno::EBUSY as c_int,
    }
}

/// `int pthread_mutex_unlock(pthread_mutex_t *mutex)`
///
/// # Safety
///
/// `mutex` is initialised.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn pthread_mutex_unlock(mutex: *const Mutex) -> c_int {
    // SAFETY: the caller's promise.
    returned(unsafe { &*mutex }.unlock())
}

/// `int pthread_mutexattr_init(pthread_mutexattr_t *attributes)`
///
/// # Safety
///
/// `attributes` is writable.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn pthread_mutexattr_init(attributes: *mut c_int) -> c_int {
    // SAFETY: the caller's promise.
    unsafe { attributes.write(NORMAL) };
    0
}

/// `int pthread_mutexattr_destroy(pthread_mutexattr_t *attributes)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub extern "C" fn pthread_mutexattr_destroy(_attributes: *mut c_int) -> c_int {
    0
}

/// `int pthread_mutexattr_settype(pthread_mutexattr_t *attributes, int kind)`
///
/// # Safety
///
/// `attributes` is initialised.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn pthread_mutexattr_settype(attributes: *mut c_int, kind: c_int) -> c_int {
    if !matches!(kind, NORMAL | RECURSIVE | ERRORCHECK) {
        return Errno::EINVAL as c_int;
    }
    // SAFETY: the caller's promise.
    let attributes = unsafe { &mut *attributes };
    *attributes = *attributes & SHARED_BIT | kind;
    0
}

/// `int pthread_mutexattr_gettype(const pthread_mutexattr_t *attributes, int *kind)`
///
/// # Safety
///
/// `attributes` is initialised, `kind` writable.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn pthread_mutexattr_gettype(
    attributes: *const c_int,
    kind: *mut c_int,
) -> c_int {
    // SAFETY: the caller's promise.
    let attributes = unsafe { attributes.read() };
    // SAFETY: the caller's promise.
    unsafe { kind.write(attributes & !SHARED_BIT) };
    0
}

/// `int pthread_mutexattr_setpshared(pthread_mutexattr_t *attributes, int shared)`
///
/// # Safety
///
/// `attributes` is initialised.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn pthread_mutexattr_setpshared(
    attributes: *mut c_int,
    shared: c_int,
) -> c_int {
    // SAFETY: the caller's promise.
    let attributes = unsafe { &mut *attributes };
    match shared {
        PRIVATE => *attributes &= !SHARED_BIT,
        SHARED => *attributes |= SHARED_BIT,
        _ => return Errno::EINVAL as c_int,
    }
    0
}

/// `int pthread_mutexattr_getpshared(const pthread_mutexattr_t *attributes, int *shared)`
///
/// # Safety
///
/// `attributes` is initialised, `shared` writable.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn pthread_mutexattr_getpshared(
    attributes: *const c_int,
    shared: *mut c_int,
) -> c_int {
    // SAFETY: the caller's promise.
    let attributes = unsafe { attributes.read() };
    // SAFETY: the caller's promise.
    unsafe { shared.write(c_int::from(attributes & SHARED_BIT != 0)) };
    0
}
