//! Changing the environment: `setenv`, `unsetenv`, `putenv`, `clearenv`.
//!
//! POSIX says of all of them that nobody else may look at the environment meanwhile. The strings and the
//! list that were made here are freed when they are replaced; those of the program are left alone.

use core::ffi::{c_char, c_int};
use core::ptr;

use kpio_abi::errors::Errno;

use super::environment::environ;
use super::memory::{free, malloc, realloc};
use crate::header::errno;
use crate::string::c_bytes;
use crate::thread::lock::Lock;

/// A list of strings in memory of `malloc`.
struct Strings {
    start: *mut *mut c_char,
    count: usize,
}

impl Strings {
    const fn new() -> Self {
        Self {
            start: ptr::null_mut(),
            count: 0,
        }
    }

    /// Makes room for so many; false without memory.
    fn grow(&mut self, count: usize) -> bool {
        // SAFETY: null, or from here before.
        let grown = unsafe { realloc(self.start.cast(), count * size_of::<*mut c_char>()) };
        if grown.is_null() {
            return false;
        }
        self.start = grown.cast();
        true
    }
}

/// What was made here.
struct Own {
    /// The list that `environ` is, if it is one of ours.
    list: Strings,
    /// Strings in the environment; null where one was freed.
    strings: Strings,
}

// SAFETY: it belongs to the environment, which one thread at a time changes.
unsafe impl Send for Own {}

static OWN: Lock<Own> = Lock::new(Own {
    list: Strings::new(),
    strings: Strings::new(),
});

/// The entry at a place.
///
/// # Safety
///
/// It is there.
const unsafe fn at(list: *mut *mut c_char, index: usize) -> *mut c_char {
    // SAFETY: the caller's promise.
    unsafe { list.wrapping_add(index).read() }
}

/// How many entries there are, and at which the first of a name is.
fn find(name: &[u8]) -> (usize, Option<usize>) {
    // SAFETY: nobody else changes it.
    let list = unsafe { environ };
    let mut found = None;
    let mut count = 0;
    if list.is_null() {
        return (0, None);
    }
    loop {
        // SAFETY: the list goes on until its null.
        let entry = unsafe { at(list, count) };
        if entry.is_null() {
            return (count, found);
        }
        // SAFETY: an entry is a string.
        let text = unsafe { c_bytes(entry.cast()) };
        let is_same = text
            .strip_prefix(name)
            .is_some_and(|rest| rest.first() == Some(&b'='));
        if is_same && found.is_none() {
            found = Some(count);
        }
        count += 1;
    }
}

impl Own {
    /// Frees a string if it was made here.
    fn forget(&mut self, entry: *mut c_char) {
        for index in 0..self.strings.count {
            let place = self.strings.start.wrapping_add(index);
            // SAFETY: so many are there.
            if unsafe { place.read() } == entry {
                // SAFETY: as above.
                unsafe { place.write(ptr::null_mut()) };
                // SAFETY: made here, and in the environment no more.
                return unsafe { free(entry.cast()) };
            }
        }
    }

    /// Keeps in mind that a string was made here; false without memory.
    fn remember(&mut self, entry: *mut c_char) -> bool {
        let free_place = (0..self.strings.count).find(|index| {
            // SAFETY: so many are there.
            unsafe { at(self.strings.start, *index) }.is_null()
        });
        let place = match free_place {
            Some(index) => index,
            None if self.strings.grow(self.strings.count + 1) => {
                self.strings.count += 1;
                self.strings.count - 1
            }
            None => return false,
        };
        // SAFETY: there is room.
        unsafe { self.strings.start.wrapping_add(place).write(entry) };
        true
    }

    /// Puts an entry into the environment; false without memory.
    fn put(&mut self, entry: *mut c_char, name: &[u8]) -> bool {
        let (count, found) = find(name);
        // SAFETY: nobody else changes it.
        let list = unsafe { environ };
        if let Some(index) = found {
            // SAFETY: `find` has read it.
            let old = unsafe { at(list, index) };
            // SAFETY: as above.
            unsafe { list.wrapping_add(index).write(entry) };
            if old != entry {
                self.forget(old);
            }
            return true;
        }
        let is_own = !list.is_null() && ptr::eq(list, self.list.start);
        if !self.list.grow(count + 2) {
            return false;
        }
        let target = self.list.start;
        if !is_own && !list.is_null() {
            // SAFETY: there is room for so many, and they are not in a list of ours.
            unsafe { ptr::copy_nonoverlapping(list, target, count) };
        }
        // SAFETY: there is room for two more.
        unsafe { target.wrapping_add(count).write(entry) };
        // SAFETY: as above.
        unsafe { target.wrapping_add(count + 1).write(ptr::null_mut()) };
        // SAFETY: nobody else changes it.
        unsafe { environ = target };
        true
    }
}

/// Whether a name can be that of a variable.
fn is_name(name: &[u8]) -> bool {
    !name.is_empty() && !name.contains(&b'=')
}

/// `int setenv(const char *name, const char *value, int overwrites)`
///
/// # Safety
///
/// Both are strings; nobody else uses the environment meanwhile.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn setenv(
    name: *const c_char,
    value: *const c_char,
    overwrites: c_int,
) -> c_int {
    let name = if name.is_null() {
        b""
    } else {
        // SAFETY: the caller's promise.
        unsafe { c_bytes(name.cast()) }
    };
    if !is_name(name) {
        return errno::result(Err(Errno::EINVAL.into()));
    }
    if overwrites == 0 && find(name).1.is_some() {
        return 0;
    }
    // SAFETY: the caller's promise.
    let value = unsafe { c_bytes(value.cast()) };
    let entry = malloc(name.len() + value.len() + 2).cast::<u8>();
    if entry.is_null() {
        return -1;
    }
    let mut end = entry;
    for part in [name, b"=", value, b"\0"] {
        // SAFETY: there is room for all of them.
        unsafe { ptr::copy_nonoverlapping(part.as_ptr(), end, part.len()) };
        end = end.wrapping_add(part.len());
    }
    let entry = entry.cast::<c_char>();
    let mut own = OWN.lock();
    if own.remember(entry) {
        if own.put(entry, name) {
            return 0;
        }
        own.forget(entry);
        return -1;
    }
    // SAFETY: allocated above, and known to nobody.
    unsafe { free(entry.cast()) };
    -1
}

/// `int unsetenv(const char *name)`: all variables of that name.
///
/// # Safety
///
/// As for [`setenv`].
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn unsetenv(name: *const c_char) -> c_int {
    let name = if name.is_null() {
        b""
    } else {
        // SAFETY: the caller's promise.
        unsafe { c_bytes(name.cast()) }
    };
    if !is_name(name) {
        return errno::result(Err(Errno::EINVAL.into()));
    }
    let mut own = OWN.lock();
    loop {
        let (count, Some(found)) = find(name) else {
            return 0;
        };
        // SAFETY: nobody else changes it.
        let place = unsafe { environ }.wrapping_add(found);
        // SAFETY: `find` has read it.
        let old = unsafe { place.read() };
        // SAFETY: those behind it, with the null at the end.
        unsafe { ptr::copy(place.wrapping_add(1), place, count - found) };
        own.forget(old);
    }
}

/// `int putenv(char *entry)`: the string itself becomes part of the environment; without `=` it takes
/// a variable out.
///
/// # Safety
///
/// `entry` is a string that stays; nobody else uses the environment meanwhile.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn putenv(entry: *mut c_char) -> c_int {
    // SAFETY: the caller's promise.
    let text = unsafe { c_bytes(entry.cast()) };
    match text.iter().position(|byte| *byte == b'=') {
        None | Some(0) => {
            // SAFETY: handed on to the caller.
            unsafe { unsetenv(entry) }
        }
        Some(end) => {
            let name = text.get(..end).unwrap_or_default();
            if OWN.lock().put(entry, name) { 0 } else { -1 }
        }
    }
}

/// `int clearenv(void)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub extern "C" fn clearenv() -> c_int {
    // SAFETY: nobody else changes it.
    let list = unsafe { environ };
    let (count, _) = find(b"");
    // SAFETY: as above.
    unsafe { environ = ptr::null_mut() };
    let mut own = OWN.lock();
    for index in 0..count {
        // SAFETY: `find` has read it.
        own.forget(unsafe { at(list, index) });
    }
    0
}
