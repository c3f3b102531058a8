//! `sys/auxv.h`

use core::ffi::c_ulong;
use core::ptr;
use core::sync::atomic::{AtomicPtr, Ordering};

use kpio_abi::errors::Errno;
use kpio_abi::flags::AT_NULL;

use crate::header::errno;

/// One entry. Source: System V ABI, AMD64 supplement, "Auxiliary Vector".
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Entry {
    kind: u64,
    value: usize,
}

/// The vector the kernel gave; null before [`set`].
static VECTOR: AtomicPtr<Entry> = AtomicPtr::new(ptr::null_mut());

/// Records the vector.
///
/// # Safety
///
/// `vector` ends with an entry AT_NULL and is neither changed nor freed while the process lives.
pub unsafe fn set(vector: *mut Entry) {
    VECTOR.store(vector, Ordering::Relaxed);
}

/// The value of the first entry of that kind.
pub fn value(kind: u64) -> Option<usize> {
    let mut next = VECTOR.load(Ordering::Relaxed);
    if next.is_null() {
        return None;
    }
    loop {
        // SAFETY: `set` was promised a vector that ends with AT_NULL, which ends the loop.
        let entry = unsafe { next.read() };
        if entry.kind == AT_NULL {
            return None;
        }
        if entry.kind == kind {
            return Some(entry.value);
        }
        next = next.wrapping_add(1);
    }
}

/// `unsigned long getauxval(unsigned long kind)`: 0 with `errno` ENOENT if there is no such entry.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub extern "C" fn getauxval(kind: c_ulong) -> c_ulong {
    let Some(value) = value(kind) else {
        errno::set(Errno::ENOENT.into());
        return 0;
    };
    value as c_ulong
}
