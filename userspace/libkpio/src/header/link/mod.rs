//! `link.h`: the objects a program is made of. There is one, as no other can be loaded.

#![cfg(target_vendor = "kpio")]

use core::ffi::{c_char, c_int, c_void};

use crate::start::process::{ProgramHeader, has_tls, load_bias, program_headers};
use crate::thread::Thread;
use crate::thread::block;

/// `struct dl_phdr_info`, in musl's layout.
#[repr(C)]
pub struct ObjectInfo {
    load_bias: usize,
    name: *const c_char,
    headers: *const ProgramHeader,
    nr_headers: u16,
    nr_added: u64,
    nr_removed: u64,
    tls_module: usize,
    tls_data: *mut c_void,
}

const _: () = assert!(size_of::<ObjectInfo>() == 64);

type Visitor = unsafe extern "C" fn(*mut ObjectInfo, usize, *mut c_void) -> c_int;

/// `int dl_iterate_phdr(int (*visit)(struct dl_phdr_info *, size_t, void *), void *data)`
///
/// # Safety
///
/// `visit` may be called with `data`.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn dl_iterate_phdr(visit: Visitor, data: *mut c_void) -> c_int {
    // SAFETY: the program has started, so the vector is set.
    let headers = unsafe { program_headers() };
    let has_tls = has_tls(headers);
    let mut info = ObjectInfo {
        load_bias: load_bias(headers),
        name: c"".as_ptr(),
        headers: headers.as_ptr(),
        nr_headers: u16::try_from(headers.len()).unwrap_or(u16::MAX),
        nr_added: 1,
        nr_removed: 0,
        tls_module: usize::from(has_tls),
        tls_data: if has_tls {
            block::variables(Thread::current())
        } else {
            core::ptr::null_mut()
        },
    };
    // SAFETY: the caller's promise.
    unsafe { visit(&raw mut info, size_of::<ObjectInfo>(), data) }
}
