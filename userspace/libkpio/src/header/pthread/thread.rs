//! `pthread.h`: threads.

use core::ffi::{c_char, c_int, c_void};
use core::ptr;

use kpio_abi::errors::Errno;
use kpio_abi::flags::CLOCK_REALTIME;
use kpio_abi::types::Timespec;

use super::attributes::Attributes;
use super::returned;
use crate::string::c_bytes;
use crate::thread::block::{Body, NAME_BYTES, Stack};
use crate::thread::futex::Deadline;
use crate::thread::{Thread, ThreadBlock, life};

/// `int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*body)(void *),
/// void *argument)`
///
/// # Safety
///
/// `thread` is writable, `attributes` null or initialised; `body` may be called with `argument` in
/// another thread.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn pthread_create(
    thread: *mut *mut c_void,
    attributes: *const Attributes,
    body: Body,
    argument: *mut c_void,
) -> c_int {
    let attributes = if attributes.is_null() {
        Attributes::DEFAULT
    } else {
        // SAFETY: the caller's promise.
        unsafe { attributes.read() }
    };
    let block = match attributes.own_stack() {
        Some((start, len_bytes)) => ThreadBlock::allocate().map(|mut block| {
            block.set_stack(Stack {
                start,
                len_bytes,
                guard_bytes: 0,
            });
            block
        }),
        None => {
            let (stack_bytes, guard_bytes) = attributes.rounded();
            ThreadBlock::with_stack(stack_bytes, guard_bytes)
        }
    };
    // POSIX has one error for whatever there is too little of.
    let Ok(mut block) = block else {
        return Errno::EAGAIN as c_int;
    };
    block.set_body(body, argument);
    // SAFETY: the caller's promise. It is written first, so that the thread finds it there.
    unsafe { thread.write(block.thread().as_raw()) };
    returned(life::start(block, attributes.is_detached()).map(|_| ()))
}

/// `_Noreturn void pthread_exit(void *result)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub extern "C" fn pthread_exit(result: *mut c_void) -> ! {
    life::end(result)
}

/// `pthread_t pthread_self(void)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub extern "C" fn pthread_self() -> *mut c_void {
    Thread::current().as_raw()
}

/// `int pthread_equal(pthread_t a, pthread_t b)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub extern "C" fn pthread_equal(a: *mut c_void, b: *mut c_void) -> c_int {
    c_int::from(ptr::eq(a, b))
}

/// Joins, and stores the result.
///
/// # Safety
///
/// As for [`pthread_join`].
unsafe fn join(
    thread: *mut c_void,
    result: *mut *mut c_void,
    deadline: Option<&Deadline>,
) -> c_int {
    // SAFETY: the caller's promise.
    let thread = unsafe { Thread::from_raw(thread) };
    // SAFETY: the caller's promise.
    returned(unsafe { life::join(thread, deadline) }.map(|ended| {
        if !result.is_null() {
            // SAFETY: the caller's promise.
            unsafe { result.write(ended) };
        }
    }))
}

/// `int pthread_join(pthread_t thread, void **result)`
///
/// # Safety
///
/// `thread` was neither joined nor detached; `result` is null or writable.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn pthread_join(thread: *mut c_void, result: *mut *mut c_void) -> c_int {
    // SAFETY: handed on to the caller.
    unsafe { join(thread, result, None) }
}

/// `int pthread_timedjoin_np(pthread_t thread, void **result, const struct timespec *deadline)`
///
/// # Safety
///
/// As for [`pthread_join`]; `deadline` is null or readable.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn pthread_timedjoin_np(
    thread: *mut c_void,
    result: *mut *mut c_void,
    deadline: *const Timespec,
) -> c_int {
    let deadline = (!deadline.is_null()).then(|| Deadline {
        clock: CLOCK_REALTIME,
        // SAFETY: the caller's promise.
        time: unsafe { deadline.read() },
    });
    // SAFETY: handed on to the caller.
    unsafe { join(thread, result, deadline.as_ref()) }
}

/// `int pthread_tryjoin_np(pthread_t thread, void **result)`: EBUSY while it runs.
///
/// # Safety
///
/// As for [`pthread_join`].
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn pthread_tryjoin_np(
    thread: *mut c_void,
    result: *mut *mut c_void,
) -> c_int {
    // SAFETY: the caller's promise.
    if !life::has_ended(unsafe { Thread::from_raw(thread) }) {
        return Errno::EBUSY as c_int;
    }
    // SAFETY: handed on to the caller.
    unsafe { join(thread, result, None) }
}

/// `int pthread_detach(pthread_t thread)`
///
/// # Safety
///
/// `thread` was neither joined nor detached.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn pthread_detach(thread: *mut c_void) -> c_int {
    // SAFETY: the caller's promise.
    let thread = unsafe { Thread::from_raw(thread) };
    // SAFETY: the caller's promise.
    returned(unsafe { life::detach(thread) })
}

/// `int pthread_setname_np(pthread_t thread, const char *name)`: ERANGE for a name of more than 15
/// bytes.
///
/// # Safety
///
/// `thread` is there, `name` is a string; nobody else names the thread meanwhile.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn pthread_setname_np(thread: *mut c_void, name: *const c_char) -> c_int {
    // SAFETY: the caller's promise.
    let name = unsafe { c_bytes(name.cast()) };
    let mut bytes = [0; NAME_BYTES];
    let Some(place) = bytes.get_mut(..name.len()) else {
        return Errno::ERANGE as c_int;
    };
    if name.len() == NAME_BYTES {
        return Errno::ERANGE as c_int;
    }
    place.copy_from_slice(name);
    // SAFETY: the caller's promise.
    let thread = unsafe { Thread::from_raw(thread) };
    // SAFETY: the caller's promise.
    unsafe { thread.name().write(bytes) };
    0
}

/// `int pthread_getname_np(pthread_t thread, char *name, size_t room)`: ERANGE for less room than 16
/// bytes.
///
/// # Safety
///
/// `thread` is there, `room` bytes at `name` are writable; nobody names the thread meanwhile.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn pthread_getname_np(
    thread: *mut c_void,
    name: *mut c_char,
    room: usize,
) -> c_int {
    if room < NAME_BYTES {
        return Errno::ERANGE as c_int;
    }
    // SAFETY: the caller's promise.
    let thread = unsafe { Thread::from_raw(thread) };
    // SAFETY: the caller's promise.
    let bytes = unsafe { thread.name().read() };
    // SAFETY: the caller's promise.
    unsafe { name.cast::<[u8; NAME_BYTES]>().write(bytes) };
    0
}

/// `pid_t __kpio_thread_id(pthread_t thread)`: the kernel's number of a thread.
///
/// # Safety
///
/// `thread` is there.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn __kpio_thread_id(thread: *mut c_void) -> c_int {
    // SAFETY: the caller's promise.
    unsafe { Thread::from_raw(thread) }.id()
}
