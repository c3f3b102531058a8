//! `malloc` and its family, and `malloc.h`.

use core::ffi::{c_int, c_void};
use core::ptr::{self, NonNull};

use kpio_abi::errors::Errno;

use crate::alloc::HEAP;
use crate::alloc::heap::{self, MIN_ALIGN};
use crate::header::errno;

/// The pointer C gets: null with `errno` ENOMEM if there is no memory.
fn given(start: Option<NonNull<u8>>) -> *mut c_void {
    match start {
        Some(start) => start.as_ptr().cast(),
        None => {
            errno::set(Errno::ENOMEM.into());
            ptr::null_mut()
        }
    }
}

/// `void *malloc(size_t len)`: `malloc(0)` gives a pointer of its own.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub extern "C" fn malloc(len: usize) -> *mut c_void {
    given(HEAP.lock().allocate(len, MIN_ALIGN))
}

/// `void *calloc(size_t count, size_t size)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub extern "C" fn calloc(count: usize, size: usize) -> *mut c_void {
    given(
        count
            .checked_mul(size)
            .and_then(|len| HEAP.lock().allocate_zeroed(len, MIN_ALIGN)),
    )
}

/// `void *realloc(void *start, size_t len)`: `realloc(start, 0)` keeps an allocation, as in musl.
///
/// # Safety
///
/// `start` is null or came from this family and was not freed since.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn realloc(start: *mut c_void, len: usize) -> *mut c_void {
    let mut heap = HEAP.lock();
    match NonNull::new(start.cast()) {
        // SAFETY: the caller's promise.
        Some(start) => given(unsafe { heap.reallocate(start, len) }),
        None => given(heap.allocate(len, MIN_ALIGN)),
    }
}

/// `void *reallocarray(void *start, size_t count, size_t size)`
///
/// # Safety
///
/// As for [`realloc`].
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn reallocarray(
    start: *mut c_void,
    count: usize,
    size: usize,
) -> *mut c_void {
    match count.checked_mul(size) {
        // SAFETY: handed on to the caller.
        Some(len) => unsafe { realloc(start, len) },
        None => given(None),
    }
}

/// `void free(void *start)`
///
/// # Safety
///
/// `start` is null or came from this family and was not freed since.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn free(start: *mut c_void) {
    if let Some(start) = NonNull::new(start.cast()) {
        // SAFETY: the caller's promise.
        unsafe { HEAP.lock().free(start) };
    }
}

/// `void *aligned_alloc(size_t align, size_t len)`: EINVAL unless `align` is a power of two.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub extern "C" fn aligned_alloc(align: usize, len: usize) -> *mut c_void {
    if !align.is_power_of_two() {
        errno::set(Errno::EINVAL.into());
        return ptr::null_mut();
    }
    given(HEAP.lock().allocate(len, align))
}

/// `void *memalign(size_t align, size_t len)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub extern "C" fn memalign(align: usize, len: usize) -> *mut c_void {
    aligned_alloc(align, len)
}

/// `int posix_memalign(void **result, size_t align, size_t len)`: returns the error; `errno` stays
/// as it was.
///
/// # Safety
///
/// `result` is writable.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn posix_memalign(
    result: *mut *mut c_void,
    align: usize,
    len: usize,
) -> c_int {
    if !align.is_power_of_two() || align < size_of::<*mut c_void>() {
        return Errno::EINVAL as c_int;
    }
    let Some(start) = HEAP.lock().allocate(len, align) else {
        return Errno::ENOMEM as c_int;
    };
    // SAFETY: the caller's promise.
    unsafe { result.write(start.as_ptr().cast()) };
    0
}

/// `size_t malloc_usable_size(void *start)`: 0 for null.
///
/// # Safety
///
/// As for [`free`].
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn malloc_usable_size(start: *mut c_void) -> usize {
    match NonNull::new(start.cast()) {
        // SAFETY: the caller's promise.
        Some(start) => unsafe { heap::usable_bytes(start) },
        None => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// There is no kernel to map pages on the host, so every allocation fails: what is tested is
    /// how.
    #[test]
    fn without_memory_errno_is_enomem() {
        let calls: [fn() -> *mut c_void; 4] = [
            || malloc(1),
            || malloc(usize::MAX),
            || calloc(1, 1),
            || aligned_alloc(64, 1),
        ];
        for call in calls {
            errno::set(Errno::EPERM.into());
            assert!(call().is_null());
            assert_eq!(errno::get(), Errno::ENOMEM as c_int);
        }
    }

    #[test]
    fn product_that_overflows_is_enomem() {
        errno::set(Errno::EPERM.into());
        assert!(calloc(usize::MAX / 2, 3).is_null());
        assert_eq!(errno::get(), Errno::ENOMEM as c_int);
        errno::set(Errno::EPERM.into());
        // SAFETY: null is allowed.
        assert!(unsafe { reallocarray(ptr::null_mut(), usize::MAX, 2) }.is_null());
        assert_eq!(errno::get(), Errno::ENOMEM as c_int);
    }

    #[test]
    fn odd_alignment_is_einval() {
        let mut result = ptr::null_mut();
        errno::set(Errno::EPERM.into());
        for align in [0, 1, 3, 4, 24] {
            // SAFETY: `result` is writable.
            let error = unsafe { posix_memalign(&raw mut result, align, 8) };
            assert_eq!(error, Errno::EINVAL as c_int);
        }
        assert_eq!(
            errno::get(),
            Errno::EPERM as c_int,
            "posix_memalign leaves errno alone"
        );
        assert!(aligned_alloc(24, 8).is_null());
        assert_eq!(errno::get(), Errno::EINVAL as c_int);
    }

    #[test]
    fn null_is_freed_and_measured() {
        // SAFETY: null is allowed.
        unsafe { free(ptr::null_mut()) };
        // SAFETY: null is allowed.
        assert_eq!(unsafe { malloc_usable_size(ptr::null_mut()) }, 0);
    }
}
