//! `semaphore.h`: unnamed semaphores.

use core::ffi::c_int;
use core::sync::atomic::{AtomicU32, Ordering};

use kpio_abi::errors::Errno;
use kpio_abi::flags::CLOCK_REALTIME;
use kpio_abi::types::Timespec;

use crate::header::errno;
use crate::syscall::ErrorNumber;
use crate::thread::futex::{self, Deadline, Scope};

/// `SEM_VALUE_MAX`
const VALUE_MAX: u32 = i32::MAX.cast_unsigned();

/// `sem_t`, in musl's size.
#[repr(C)]
pub struct Semaphore {
    value: AtomicU32,
    nr_waiting: AtomicU32,
    shared: c_int,
    rest: [u32; 5],
}

const _: () = assert!(size_of::<Semaphore>() == 32);

impl Semaphore {
    fn futex_scope(&self) -> Scope {
        if self.shared == 0 {
            Scope::Private
        } else {
            Scope::Shared
        }
    }

    fn try_take(&self) -> bool {
        let less = |value: u32| value.checked_sub(1);
        self.value
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, less)
            .is_ok()
    }

    fn take(&self, deadline: Option<&Deadline>) -> Result<(), ErrorNumber> {
        if self.try_take() {
            return Ok(());
        }
        self.nr_waiting.fetch_add(1, Ordering::SeqCst);
        let result = loop {
            if self.try_take() {
                break Ok(());
            }
            match futex::wait(&self.value, 0, deadline, self.futex_scope()) {
                Err(error) if error != Errno::EAGAIN.into() => break Err(error),
                _ => {}
            }
        };
        self.nr_waiting.fetch_sub(1, Ordering::SeqCst);
        result
    }

    fn give(&self) -> Result<(), Errno> {
        let scope = self.futex_scope();
        let more = |value: u32| (value < VALUE_MAX).then(|| value + 1);
        self.value
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, more)
            .map_err(|_| Errno::EOVERFLOW)?;
        // Who took it just now may free it: musl looks at its count here, too.
        if self.nr_waiting.load(Ordering::SeqCst) > 0 {
            futex::wake(&self.value, 1, scope);
        }
        Ok(())
    }
}

fn status(result: Result<(), ErrorNumber>) -> c_int {
    errno::status(result.map(|()| 0))
}

/// `int sem_init(sem_t *semaphore, int shared, unsigned value)`
///
/// # Safety
///
/// `semaphore` is writable.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn sem_init(semaphore: *mut Semaphore, shared: c_int, value: u32) -> c_int {
    if value > VALUE_MAX {
        return status(Err(Errno::EINVAL.into()));
    }
    let new = Semaphore {
        value: AtomicU32::new(value),
        nr_waiting: AtomicU32::new(0),
        shared,
        rest: [0; 5],
    };
    // SAFETY: the caller's promise.
    unsafe { semaphore.write(new) };
    0
}

/// `int sem_destroy(sem_t *semaphore)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub extern "C" fn sem_destroy(_semaphore: *mut Semaphore) -> c_int {
    0
}

/// `int sem_wait(sem_t *semaphore)`
///
/// # Safety
///
/// `semaphore` is initialised.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn sem_wait(semaphore: *const Semaphore) -> c_int {
    // SAFETY: the caller's promise.
    status(unsafe { &*semaphore }.take(None))
}

/// `int sem_trywait(sem_t *semaphore)`
///
/// # Safety
///
/// `semaphore` is initialised.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn sem_trywait(semaphore: *const Semaphore) -> c_int {
    // SAFETY: the caller's promise.
    if unsafe { &*semaphore }.try_take() {
        0
    } else {
        status(Err(Errno::EAGAIN.into()))
    }
}

/// `int sem_timedwait(sem_t *semaphore, const struct timespec *deadline)`
///
/// # Safety
///
/// `semaphore` is initialised, `deadline` readable.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn sem_timedwait(
    semaphore: *const Semaphore,
    deadline: *const Timespec,
) -> c_int {
    let deadline = Deadline {
        clock: CLOCK_REALTIME,
        // SAFETY: the caller's promise.
        time: unsafe { deadline.read() },
    };
    // SAFETY: the caller's promise.
    status(unsafe { &*semaphore }.take(Some(&deadline)))
}

/// `int sem_post(sem_t *semaphore)`
///
/// # Safety
///
/// `semaphore` is initialised.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn sem_post(semaphore: *const Semaphore) -> c_int {
    // SAFETY: the caller's promise.
    status(unsafe { &*semaphore }.give().map_err(ErrorNumber::from))
}

/// `int sem_getvalue(sem_t *semaphore, int *value)`
///
/// # Safety
///
/// `semaphore` is initialised, `value` writable.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn sem_getvalue(semaphore: *const Semaphore, value: *mut c_int) -> c_int {
    // SAFETY: the caller's promise.
    let now = unsafe { &*semaphore }.value.load(Ordering::Relaxed);
    // SAFETY: the caller's promise.
    unsafe { value.write(now.cast_signed()) };
    0
}
