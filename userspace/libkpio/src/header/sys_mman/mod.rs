//! `sys/mman.h`

use core::ffi::{c_int, c_void};
use core::ptr;

use kpio_abi::errors::Errno;
use kpio_abi::memory::PAGE_SIZE;
use kpio_abi::syscalls::{SYS_MMAP, SYS_MPROTECT, SYS_MUNMAP};

use crate::header::errno;
use crate::syscall;

/// What `mmap` returns with an error.
const MAP_FAILED: *mut c_void = ptr::without_provenance_mut(usize::MAX);

/// `void *mmap(void *address, size_t len, int protection, int flags, int fd, off_t offset)`
///
/// # Safety
///
/// With MAP_FIXED, the range holds nothing that the program still relies on.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn mmap(
    address: *mut c_void,
    len: usize,
    protection: c_int,
    flags: c_int,
    fd: c_int,
    offset: isize,
) -> *mut c_void {
    if len >= isize::MAX.cast_unsigned() {
        // As musl: a pointer difference within the mapping would not fit.
        errno::set(Errno::ENOMEM.into());
        return MAP_FAILED;
    }
    let arguments = [
        address as usize,
        len,
        protection.cast_unsigned() as usize,
        flags.cast_unsigned() as usize,
        syscall::int(fd),
        offset.cast_unsigned(),
    ];
    // SAFETY: handed on to the caller.
    match unsafe { syscall::call(SYS_MMAP, arguments) } {
        Ok(start) => ptr::with_exposed_provenance_mut(start),
        Err(error) => {
            errno::set(error);
            MAP_FAILED
        }
    }
}

/// `int munmap(void *address, size_t len)`
///
/// # Safety
///
/// The range holds nothing that the program still relies on.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn munmap(address: *mut c_void, len: usize) -> c_int {
    // SAFETY: handed on to the caller.
    errno::status(unsafe { syscall::call(SYS_MUNMAP, [address as usize, len, 0, 0, 0, 0]) })
}

/// `int mprotect(void *address, size_t len, int protection)`: the range is widened to whole pages,
/// as in musl.
///
/// # Safety
///
/// The program does not rely on an access that it takes away.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn mprotect(address: *mut c_void, len: usize, protection: c_int) -> c_int {
    let start = address as usize & !(PAGE_SIZE - 1);
    let end = (address as usize)
        .wrapping_add(len)
        .wrapping_add(PAGE_SIZE - 1)
        & !(PAGE_SIZE - 1);
    let arguments = [
        start,
        end.wrapping_sub(start),
        protection.cast_unsigned() as usize,
        0,
        0,
        0,
    ];
    // SAFETY: handed on to the caller.
    errno::status(unsafe { syscall::call(SYS_MPROTECT, arguments) })
}
