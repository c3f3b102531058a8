//! `locale.h`: "C", in which bytes are characters, and UTF-8 for every other name. As in musl a name is
//! kept and means nothing else.

pub mod conv;

use core::ffi::{CStr, c_char, c_int, c_void};
use core::ptr;
use core::sync::atomic::{AtomicPtr, Ordering};

use kpio_abi::errors::Errno;

use crate::header::errno;
use crate::header::stdlib::environment;
use crate::header::stdlib::memory::{free, malloc};
use crate::string::c_bytes;
use crate::thread::Thread;
use crate::thread::lock::Lock;

/// The categories besides LC_ALL. Source: musl, locale.h.
const CATEGORIES: usize = 6;
const LC_CTYPE: usize = 0;
const LC_ALL: usize = CATEGORIES;
/// What environment variables say of a category, between LC_ALL and LANG.
const VARIABLES: [&CStr; CATEGORIES] = [
    c"LC_CTYPE",
    c"LC_NUMERIC",
    c"LC_TIME",
    c"LC_COLLATE",
    c"LC_MONETARY",
    c"LC_MESSAGES",
];
/// The longest name that is kept. Source: musl, LOCALE_NAME_MAX.
const NAME_MAX: usize = 23;

/// A name that some category has, with its NUL. "C" is null.
struct Name {
    text: [u8; NAME_MAX + 1],
    next: *const Name,
}

// SAFETY: a name is never changed once it can be found.
unsafe impl Sync for Name {}

static UTF8: Name = Name {
    text: *b"C.UTF-8\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0",
    next: ptr::null(),
};
const C_NAME: &CStr = c"C";

/// The names made so far, which stay for ever: whoever was given one may keep it.
static NAMES: Lock<AtomicPtr<Name>> = Lock::new(AtomicPtr::new(ptr::null_mut()));

/// The process's locale.
static GLOBAL: [AtomicPtr<Name>; CATEGORIES] =
    [const { AtomicPtr::new(ptr::null_mut()) }; CATEGORIES];

/// What `locale_t` points at.
pub struct Locale {
    names: [*const Name; CATEGORIES],
}

/// `LC_GLOBAL_LOCALE`
const GLOBAL_LOCALE: *mut Locale = ptr::without_provenance_mut(usize::MAX);

/// The calling thread's own locale; null: the process's.
fn own_locale() -> *mut Locale {
    Thread::current().locale().cast()
}

/// Whether characters of several bytes are read and written.
#[must_use]
pub fn is_utf8() -> bool {
    let own = own_locale();
    // SAFETY: null, or a locale that the thread has chosen and that is not freed while it is.
    match unsafe { own.as_ref() } {
        Some(locale) => locale.names.first().is_some_and(|name| !name.is_null()),
        None => GLOBAL
            .first()
            .is_some_and(|name| !name.load(Ordering::Relaxed).is_null()),
    }
}

/// The text of a name.
const fn text_of(name: *const Name) -> *const c_char {
    // SAFETY: null, or a name, which stays for ever.
    match unsafe { name.as_ref() } {
        Some(name) => name.text.as_ptr().cast(),
        None => C_NAME.as_ptr(),
    }
}

/// The bytes of a name.
fn bytes_of(name: *const Name) -> &'static [u8] {
    // SAFETY: a string that stays for ever.
    unsafe { c_bytes(text_of(name).cast()) }
}

/// What a name means for a category; an empty one is that of the environment. None without memory.
fn find(category: usize, name: &[u8]) -> Option<*const Name> {
    let mut name = name;
    if name.is_empty() {
        let own = VARIABLES.get(category).copied().unwrap_or_default();
        name = [c"LC_ALL", own, c"LANG"]
            .into_iter()
            // SAFETY: POSIX forbids changing the environment while this looks at it.
            .filter_map(|variable| unsafe { environment::value(variable) })
            .find(|value| !value.is_empty())
            .unwrap_or(b"C.UTF-8");
    }
    // Names of files cannot be: musl would look for one.
    if name.len() > NAME_MAX || name.contains(&b'/') || name.starts_with(b".") {
        name = b"C.UTF-8";
    }
    match name {
        b"C" | b"POSIX" => return Some(ptr::null()),
        b"C.UTF-8" if category == LC_CTYPE => return Some(&raw const UTF8),
        b"C.UTF-8" => return Some(ptr::null()),
        _ => {}
    }
    let names = NAMES.lock();
    let first = names.load(Ordering::Relaxed).cast_const();
    let mut known = first;
    // SAFETY: null, or a name, which stays for ever.
    while let Some(this) = unsafe { known.as_ref() } {
        if bytes_of(known) == name {
            return Some(known);
        }
        known = this.next;
    }
    let place = malloc(size_of::<Name>()).cast::<Name>();
    if place.is_null() {
        return None;
    }
    let mut text = [0; NAME_MAX + 1];
    for (to, from) in text.iter_mut().zip(name) {
        *to = *from;
    }
    // SAFETY: so much was allocated.
    unsafe { place.write(Name { text, next: first }) };
    names.store(place, Ordering::Relaxed);
    Some(place)
}

/// What a name means for all categories; one with semicolons has a part for each.
fn find_all(name: &[u8]) -> Option<[*const Name; CATEGORIES]> {
    let mut found = [ptr::null(); CATEGORIES];
    let mut parts = name.split(|byte| *byte == b';');
    let mut part = parts.next().unwrap_or_default();
    for (category, place) in found.iter_mut().enumerate() {
        *place = find(category, part)?;
        part = parts.next().unwrap_or(part);
    }
    Some(found)
}

/// The names of all categories, with semicolons unless they are one.
struct Joined(core::cell::UnsafeCell<[u8; CATEGORIES * (NAME_MAX + 1)]>);

// SAFETY: `setlocale` says of itself that it is not for several threads at a time.
unsafe impl Sync for Joined {}

static JOINED: Joined = Joined(core::cell::UnsafeCell::new(
    [0; CATEGORIES * (NAME_MAX + 1)],
));

fn joined() -> *mut c_char {
    let names = GLOBAL
        .each_ref()
        .map(|name| name.load(Ordering::Relaxed).cast_const());
    let is_one = names
        .iter()
        .all(|name| bytes_of(*name) == bytes_of(names[0]));
    let mut text = [0; CATEGORIES * (NAME_MAX + 1)];
    let count = if is_one { 1 } else { CATEGORIES };
    let bytes = names
        .iter()
        .take(count)
        .enumerate()
        .flat_map(|(index, name)| {
            let separator: &[u8] = if index == 0 { b"" } else { b";" };
            separator.iter().chain(bytes_of(*name))
        });
    for (to, from) in text.iter_mut().zip(bytes) {
        *to = *from;
    }
    // SAFETY: see `Joined`.
    unsafe { JOINED.0.get().write(text) };
    JOINED.0.get().cast()
}

/// `char *setlocale(int category, const char *name)`: null for an unknown category; any name is one.
///
/// # Safety
///
/// `name` is null or a string; no other thread is in this function.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn setlocale(category: c_int, name: *const c_char) -> *mut c_char {
    let Some(category) = usize::try_from(category)
        .ok()
        .filter(|number| *number <= LC_ALL)
    else {
        return ptr::null_mut();
    };
    if name.is_null() {
        return match GLOBAL.get(category) {
            Some(name) => text_of(name.load(Ordering::Relaxed)).cast_mut(),
            None => joined(),
        };
    }
    // SAFETY: the caller's promise.
    let name = unsafe { c_bytes(name.cast()) };
    let Some(place) = GLOBAL.get(category) else {
        let Some(found) = find_all(name) else {
            return ptr::null_mut();
        };
        for (place, name) in GLOBAL.iter().zip(found) {
            place.store(name.cast_mut(), Ordering::Relaxed);
        }
        return joined();
    };
    match find(category, name) {
        Some(found) => {
            place.store(found.cast_mut(), Ordering::Relaxed);
            text_of(found).cast_mut()
        }
        None => ptr::null_mut(),
    }
}

/// The names of a locale that C passes.
///
/// # Safety
///
/// It is LC_GLOBAL_LOCALE or a locale.
unsafe fn names_of(locale: *const Locale) -> [*const Name; CATEGORIES] {
    if ptr::eq(locale, GLOBAL_LOCALE) {
        return GLOBAL
            .each_ref()
            .map(|name| name.load(Ordering::Relaxed).cast_const());
    }
    // SAFETY: the caller's promise.
    unsafe { &*locale }.names
}

fn allocate(names: [*const Name; CATEGORIES]) -> *mut Locale {
    let place = malloc(size_of::<Locale>()).cast::<Locale>();
    if !place.is_null() {
        // SAFETY: so much was allocated.
        unsafe { place.write(Locale { names }) };
    }
    place
}

/// `locale_t newlocale(int mask, const char *name, locale_t base)`
///
/// # Safety
///
/// `name` is a string; `base` is null or a locale, which is the result then.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn newlocale(
    mask: c_int,
    name: *const c_char,
    base: *mut Locale,
) -> *mut Locale {
    if name.is_null() {
        errno::set(Errno::EINVAL.into());
        return ptr::null_mut();
    }
    // SAFETY: the caller's promise.
    let name = unsafe { c_bytes(name.cast()) };
    let mut names = if base.is_null() {
        [ptr::null(); CATEGORIES]
    } else {
        // SAFETY: the caller's promise.
        unsafe { names_of(base) }
    };
    for (category, place) in names.iter_mut().enumerate() {
        if mask >> category & 1 == 1 {
            let Some(found) = find(category, name) else {
                return ptr::null_mut();
            };
            *place = found;
        }
    }
    if base.is_null() || ptr::eq(base, GLOBAL_LOCALE) {
        return allocate(names);
    }
    // SAFETY: the caller's promise.
    unsafe { base.write(Locale { names }) };
    base
}

/// `locale_t duplocale(locale_t locale)`
///
/// # Safety
///
/// `locale` is LC_GLOBAL_LOCALE or a locale.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn duplocale(locale: *mut Locale) -> *mut Locale {
    // SAFETY: handed on to the caller.
    allocate(unsafe { names_of(locale) })
}

/// `void freelocale(locale_t locale)`
///
/// # Safety
///
/// `locale` is a locale that no thread uses.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn freelocale(locale: *mut Locale) {
    // SAFETY: `allocate` has made it.
    unsafe { free(locale.cast()) };
}

/// `locale_t uselocale(locale_t locale)`: of the calling thread; null only asks.
///
/// # Safety
///
/// `locale` is null, LC_GLOBAL_LOCALE or a locale.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn uselocale(locale: *mut Locale) -> *mut Locale {
    let before = own_locale();
    if !locale.is_null() {
        let own = if ptr::eq(locale, GLOBAL_LOCALE) {
            ptr::null_mut()
        } else {
            locale.cast::<c_void>()
        };
        Thread::current().set_locale(own);
    }
    if before.is_null() {
        GLOBAL_LOCALE
    } else {
        before
    }
}

/// `size_t __ctype_get_mb_cur_max(void)`: MB_CUR_MAX.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub extern "C" fn __ctype_get_mb_cur_max() -> usize {
    if is_utf8() { 4 } else { 1 }
}
