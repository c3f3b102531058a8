//! `pthread.h`: attributes of threads.

use core::ffi::{c_int, c_void};

use kpio_abi::errors::Errno;
use kpio_abi::memory::{PAGE_SIZE, USER_STACK_SIZE, USER_STACK_TOP};

use super::set_choice;
use crate::thread::block::Stack;
use crate::thread::{Thread, life};

/// Length of a stack if nothing is said. musl has 128 KiB, which programs made for glibc overrun; a page
/// that is never touched costs nothing here.
const STACK_BYTES: usize = 1 << 20;
/// Length of a guard if nothing is said. Source: musl, `DEFAULT_GUARD_SIZE`.
const GUARD_BYTES: usize = 8192;
/// `PTHREAD_STACK_MIN`
const STACK_MIN_BYTES: usize = 2048;
/// The longest stack or guard, so that sums of them are numbers.
const MAX_BYTES: usize = isize::MAX.cast_unsigned() / 4;

/// `pthread_attr_t`, in musl's size.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attributes {
    stack_bytes: usize,
    guard_bytes: usize,
    /// The end of the program's own stack; 0 for none.
    stack_end: usize,
    detached: c_int,
    explicit_scheduling: c_int,
    policy: c_int,
    priority: c_int,
    rest: [usize; 2],
}

const _: () = assert!(size_of::<Attributes>() == 56);

impl Attributes {
    /// If nothing is said.
    pub const DEFAULT: Self = Self {
        stack_bytes: STACK_BYTES,
        guard_bytes: GUARD_BYTES,
        stack_end: 0,
        detached: 0,
        explicit_scheduling: 0,
        policy: 0,
        priority: 0,
        rest: [0; 2],
    };

    /// Start and length of the stack the program has made itself.
    #[must_use]
    pub const fn own_stack(&self) -> Option<(usize, usize)> {
        if self.stack_end == 0 {
            return None;
        }
        Some((self.stack_end - self.stack_bytes, self.stack_bytes))
    }

    /// Lengths of stack and guard in whole pages.
    #[must_use]
    pub const fn rounded(&self) -> (usize, usize) {
        (
            self.stack_bytes.next_multiple_of(PAGE_SIZE),
            self.guard_bytes.next_multiple_of(PAGE_SIZE),
        )
    }

    /// Whether nobody will join the thread.
    #[must_use]
    pub const fn is_detached(&self) -> bool {
        self.detached != 0
    }
}

/// `int pthread_attr_init(pthread_attr_t *attributes)`
///
/// # Safety
///
/// `attributes` is writable.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn pthread_attr_init(attributes: *mut Attributes) -> c_int {
    // SAFETY: the caller's promise.
    unsafe { attributes.write(Attributes::DEFAULT) };
    0
}

/// `int pthread_attr_destroy(pthread_attr_t *attributes)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub extern "C" fn pthread_attr_destroy(_attributes: *mut Attributes) -> c_int {
    0
}

/// Sets a length within bounds.
///
/// # Safety
///
/// `place` is writable.
unsafe fn set_length(place: *mut usize, len_bytes: usize, least_bytes: usize) -> c_int {
    if !(least_bytes..=MAX_BYTES).contains(&len_bytes) {
        return Errno::EINVAL as c_int;
    }
    // SAFETY: the caller's promise.
    unsafe { place.write(len_bytes) };
    0
}

/// `int pthread_attr_setstacksize(pthread_attr_t *attributes, size_t len)`
///
/// # Safety
///
/// `attributes` is initialised.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn pthread_attr_setstacksize(
    attributes: *mut Attributes,
    len_bytes: usize,
) -> c_int {
    // SAFETY: the caller's promise.
    let attributes = unsafe { &mut *attributes };
    // SAFETY: the field is writable.
    let error = unsafe { set_length(&raw mut attributes.stack_bytes, len_bytes, STACK_MIN_BYTES) };
    if error == 0 {
        attributes.stack_end = 0;
    }
    error
}

/// `int pthread_attr_getstacksize(const pthread_attr_t *attributes, size_t *len)`
///
/// # Safety
///
/// `attributes` is initialised, `len` writable.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn pthread_attr_getstacksize(
    attributes: *const Attributes,
    len_bytes: *mut usize,
) -> c_int {
    // SAFETY: the caller's promise.
    let told = unsafe { &*attributes }.stack_bytes;
    // SAFETY: the caller's promise.
    unsafe { len_bytes.write(told) };
    0
}

/// `int pthread_attr_setguardsize(pthread_attr_t *attributes, size_t len)`
///
/// # Safety
///
/// `attributes` is initialised.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn pthread_attr_setguardsize(
    attributes: *mut Attributes,
    len_bytes: usize,
) -> c_int {
    // SAFETY: the caller's promise.
    let attributes = unsafe { &mut *attributes };
    // SAFETY: the field is writable.
    unsafe { set_length(&raw mut attributes.guard_bytes, len_bytes, 0) }
}

/// `int pthread_attr_getguardsize(const pthread_attr_t *attributes, size_t *len)`
///
/// # Safety
///
/// `attributes` is initialised, `len` writable.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn pthread_attr_getguardsize(
    attributes: *const Attributes,
    len_bytes: *mut usize,
) -> c_int {
    // SAFETY: the caller's promise.
    let told = unsafe { &*attributes }.guard_bytes;
    // SAFETY: the caller's promise.
    unsafe { len_bytes.write(told) };
    0
}

/// `int pthread_attr_setstack(pthread_attr_t *attributes, void *start, size_t len)`
///
/// # Safety
///
/// `attributes` is initialised; the stack outlives the thread that is made with it.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn pthread_attr_setstack(
    attributes: *mut Attributes,
    start: *mut c_void,
    len_bytes: usize,
) -> c_int {
    if !(STACK_MIN_BYTES..=MAX_BYTES).contains(&len_bytes) {
        return Errno::EINVAL as c_int;
    }
    let Some(end) = (start as usize).checked_add(len_bytes) else {
        return Errno::EINVAL as c_int;
    };
    // SAFETY: the caller's promise.
    let attributes = unsafe { &mut *attributes };
    attributes.stack_bytes = len_bytes;
    attributes.stack_end = end;
    0
}

/// `int pthread_attr_getstack(const pthread_attr_t *attributes, void **start, size_t *len)`
///
/// # Safety
///
/// `attributes` is initialised, `start` and `len` are writable.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn pthread_attr_getstack(
    attributes: *const Attributes,
    start: *mut *mut c_void,
    len_bytes: *mut usize,
) -> c_int {
    // SAFETY: the caller's promise.
    let attributes = unsafe { attributes.read() };
    let Some((own, own_bytes)) = attributes.own_stack() else {
        return Errno::EINVAL as c_int;
    };
    // SAFETY: the caller's promise.
    unsafe { start.write(core::ptr::with_exposed_provenance_mut(own)) };
    // SAFETY: the caller's promise.
    unsafe { len_bytes.write(own_bytes) };
    0
}

/// `int pthread_attr_setdetachstate(pthread_attr_t *attributes, int state)`
///
/// # Safety
///
/// `attributes` is initialised.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn pthread_attr_setdetachstate(
    attributes: *mut Attributes,
    state: c_int,
) -> c_int {
    // SAFETY: the caller's promise.
    let attributes = unsafe { &mut *attributes };
    // SAFETY: the field is writable.
    unsafe { set_choice(&raw mut attributes.detached, state) }
}

/// `int pthread_attr_getdetachstate(const pthread_attr_t *attributes, int *state)`
///
/// # Safety
///
/// `attributes` is initialised, `state` writable.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn pthread_attr_getdetachstate(
    attributes: *const Attributes,
    state: *mut c_int,
) -> c_int {
    // SAFETY: the caller's promise.
    let told = unsafe { &*attributes }.detached;
    // SAFETY: the caller's promise.
    unsafe { state.write(told) };
    0
}

/// `int pthread_getattr_np(pthread_t thread, pthread_attr_t *attributes)`
///
/// # Safety
///
/// `thread` is there, `attributes` writable.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn pthread_getattr_np(
    thread: *mut c_void,
    attributes: *mut Attributes,
) -> c_int {
    // SAFETY: the caller's promise.
    let thread = unsafe { Thread::from_raw(thread) };
    let Stack {
        start,
        len_bytes,
        guard_bytes,
    } = thread.stack();
    let mut found = Attributes {
        guard_bytes,
        stack_bytes: len_bytes,
        stack_end: start + len_bytes,
        detached: c_int::from(life::is_detached(thread)),
        ..Attributes::DEFAULT
    };
    if len_bytes == 0 {
        // The first thread's is the kernel's work.
        found.stack_bytes = USER_STACK_SIZE;
        found.stack_end = USER_STACK_TOP;
    }
    // SAFETY: the caller's promise.
    unsafe { attributes.write(found) };
    0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_own_stack_is_told_again() {
        let mut attributes = Attributes::DEFAULT;
        let (mut start, mut len) = (core::ptr::null_mut(), 0);
        let mut told = |attributes: &Attributes| {
            // SAFETY: everything is here.
            unsafe { pthread_attr_getstack(attributes, &raw mut start, &raw mut len) }
        };
        assert_eq!(told(&attributes), Errno::EINVAL as c_int);
        let own = core::ptr::with_exposed_provenance_mut(0x7000);
        // SAFETY: the attributes are here.
        let set = unsafe { pthread_attr_setstack(&raw mut attributes, own, 0x4000) };
        assert_eq!((set, told(&attributes)), (0, 0));
        assert_eq!((start as usize, len), (0x7000, 0x4000));
    }

    #[test]
    fn lengths_that_are_none_are_refused() {
        let mut attributes = Attributes::DEFAULT;
        for len in [0, STACK_MIN_BYTES - 1, usize::MAX, MAX_BYTES + 1] {
            // SAFETY: the attributes are here.
            let error = unsafe { pthread_attr_setstacksize(&raw mut attributes, len) };
            assert_eq!(error, Errno::EINVAL as c_int, "{len}");
        }
        assert_eq!(attributes, Attributes::DEFAULT);
    }
}
