//! The environment: `environ` and `getenv`.

use core::ffi::c_char;
use core::ptr;

use crate::string::{bytes, c_bytes};

/// `char **environ`: the program's own variable, which it may replace; null before the program
/// starts.
#[cfg_attr(
    not(target_vendor = "kpio"),
    expect(non_upper_case_globals, reason = "C's name")
)]
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub static mut environ: *mut *mut c_char = ptr::null_mut();

/// `char *getenv(const char *name)`: the value of the first variable of that name, or null.
///
/// # Safety
///
/// `name` is a string; no other thread changes the environment.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn getenv(name: *const c_char) -> *mut c_char {
    // SAFETY: the caller promises that nobody changes it meanwhile.
    let list = unsafe { environ };
    // SAFETY: the caller's promise.
    let name = unsafe { c_bytes(name.cast()) };
    // SAFETY: `environ` is null or a list of strings that ends with a null.
    unsafe { find(list, name) }
}

/// The value of the first `name=value` in `list`, or null.
///
/// # Safety
///
/// `list` is null or an array of strings that ends with a null.
unsafe fn find(list: *mut *mut c_char, name: &[u8]) -> *mut c_char {
    if list.is_null() || name.is_empty() || name.contains(&b'=') {
        return ptr::null_mut();
    }
    let mut next = list;
    loop {
        // SAFETY: the array goes on until its null.
        let entry = unsafe { next.read() };
        if entry.is_null() {
            return ptr::null_mut();
        }
        // SAFETY: an entry is a string.
        let text = unsafe { c_bytes(entry.cast()) };
        if text
            .strip_prefix(name)
            .is_some_and(|rest| rest.first() == Some(&b'='))
        {
            return entry.wrapping_add(name.len() + 1);
        }
        next = next.wrapping_add(1);
    }
}

/// The value of the first variable of that name, as bytes.
///
/// # Safety
///
/// As for [`getenv`]; `name` ends with a NUL.
pub unsafe fn value<'a>(name: &core::ffi::CStr) -> Option<&'a [u8]> {
    // SAFETY: handed on to the caller.
    let value = unsafe { getenv(name.as_ptr()) };
    if value.is_null() {
        return None;
    }
    // SAFETY: part of an entry, which is a string.
    let len_bytes = unsafe { crate::string::scan::length(value.cast()) };
    // SAFETY: as above.
    Some(unsafe { bytes(value.cast(), len_bytes) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::ffi::CString;
    use std::vec::Vec;

    fn lookup(list: &[&str], name: &str) -> Option<usize> {
        let texts: Vec<CString> = list
            .iter()
            .map(|text| CString::new(*text).expect("no NUL"))
            .collect();
        let mut pointers: Vec<*mut c_char> =
            texts.iter().map(|text| text.as_ptr().cast_mut()).collect();
        pointers.push(ptr::null_mut());
        // SAFETY: the list is an array of strings that ends with a null.
        let value = unsafe { find(pointers.as_mut_ptr(), name.as_bytes()) };
        let holder = texts.iter().position(|text| {
            let start = text.as_ptr() as usize;
            (start..=start + text.as_bytes().len()).contains(&(value as usize))
        });
        holder.filter(|_| !value.is_null())
    }

    #[test]
    fn first_of_the_name_wins() {
        let list = ["AB=1", "A=2", "A=3", "EMPTY=", "NOVALUE"];
        assert_eq!(lookup(&list, "A"), Some(1));
        assert_eq!(lookup(&list, "AB"), Some(0));
        assert_eq!(lookup(&list, "EMPTY"), Some(3));
    }

    #[test]
    fn what_is_no_name_is_not_found() {
        let list = ["A=2", "NOVALUE", "=x"];
        for name in ["", "A=", "A=2", "NOVALUE", "B"] {
            assert_eq!(lookup(&list, name), None, "{name}");
        }
    }
}
