//! The program's arguments, environment and auxiliary vector.

use core::ffi::{CStr, c_char, c_int};
use core::ptr;
use core::sync::atomic::{AtomicPtr, AtomicUsize, Ordering};

use crate::c;

static START: AtomicPtr<*const c_char> = AtomicPtr::new(ptr::null_mut());
static COUNT: AtomicUsize = AtomicUsize::new(0);

/// Records what `main` was given; [`crate::main!`] does it.
///
/// # Safety
///
/// `arguments` points at `count` strings; they stay as they are for ever.
pub unsafe fn set(count: c_int, arguments: *const *const c_char) {
    START.store(arguments.cast_mut(), Ordering::Relaxed);
    COUNT.store(usize::try_from(count).unwrap_or(0), Ordering::Relaxed);
}

/// The arguments; the first one is the program's own name.
pub fn args() -> impl Iterator<Item = &'static CStr> {
    let start = START.load(Ordering::Relaxed);
    (0..COUNT.load(Ordering::Relaxed)).map(move |index| {
        // SAFETY: `set` was promised that many strings.
        let argument = unsafe { start.wrapping_add(index).read() };
        // SAFETY: as above; they stay as they are.
        unsafe { CStr::from_ptr(argument) }
    })
}

/// The arguments as text, without the program's name; `None` for one that is not UTF-8.
pub fn texts() -> impl Iterator<Item = Option<&'static str>> {
    args().skip(1).map(|argument| argument.to_str().ok())
}

/// The address of the list of arguments.
#[must_use]
pub fn address() -> usize {
    START.load(Ordering::Relaxed) as usize
}

/// The environment: `name=value` each.
pub fn environment() -> impl Iterator<Item = &'static CStr> {
    // SAFETY: libkpio sets it before `main`, and no program of this crate changes it.
    let mut next = unsafe { c::environ };
    core::iter::from_fn(move || {
        // SAFETY: the list goes on until its null.
        let entry = unsafe { next.read() };
        if entry.is_null() {
            return None;
        }
        next = next.wrapping_add(1);
        // SAFETY: an entry is a string that stays as it is.
        Some(unsafe { CStr::from_ptr(entry) })
    })
}

/// The value of a variable of the environment.
#[must_use]
pub fn variable(name: &CStr) -> Option<&'static CStr> {
    // SAFETY: a string, and no program of this crate changes the environment.
    let value = unsafe { c::getenv(name.as_ptr()) };
    // SAFETY: part of an entry, which stays as it is.
    (!value.is_null()).then(|| unsafe { CStr::from_ptr(value) })
}

/// An entry of the auxiliary vector; 0 if there is none.
#[must_use]
pub fn auxiliary(kind: u64) -> usize {
    c::getauxval(kind)
}
