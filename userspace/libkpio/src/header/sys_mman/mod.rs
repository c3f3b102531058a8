//! `sys/mman.h`

use core::ffi::{c_char, c_int, c_uint, c_void};
use core::ptr;

use kpio_abi::errors::Errno;
use kpio_abi::flags::O_CLOEXEC;
use kpio_abi::memory::PAGE_SIZE;
use kpio_abi::syscalls::{
    SYS_MMAP, SYS_MPROTECT, SYS_MSYNC, SYS_MUNMAP, SYS_SHM_CREATE, SYS_SHM_OPEN, SYS_SHM_UNLINK,
};

use crate::header::errno;
use crate::header::fcntl::descriptor;
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

/// `int msync(void *address, size_t len, int flags)`
///
/// # Safety
///
/// `address` is one of the program's, or the call fails.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn msync(address: *mut c_void, len: usize, flags: c_int) -> c_int {
    let flags = flags.cast_unsigned() as usize;
    // SAFETY: MSYNC changes no memory.
    errno::status(unsafe { syscall::call(SYS_MSYNC, [address as usize, len, flags, 0, 0, 0]) })
}

/// `int shm_open(const char *name, int flags, mode_t mode)`: the descriptor is closed on exec, as
/// POSIX wants it.
///
/// # Safety
///
/// `name` is a string.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn shm_open(name: *const c_char, flags: c_int, mode: u32) -> c_int {
    let flags = flags.cast_unsigned() | O_CLOEXEC;
    let arguments = [name as usize, flags as usize, mode as usize, 0, 0, 0];
    // SAFETY: SHM_OPEN only reads the name; a bad address is EFAULT.
    errno::result(unsafe { syscall::call(SYS_SHM_OPEN, arguments) }.map(descriptor))
}

/// `int shm_unlink(const char *name)`
///
/// # Safety
///
/// `name` is a string.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn shm_unlink(name: *const c_char) -> c_int {
    // SAFETY: as in `shm_open`.
    errno::status(unsafe { syscall::call(SYS_SHM_UNLINK, [name as usize, 0, 0, 0, 0, 0]) })
}

/// Close on exec; the only flag of `memfd_create` that is served.
const MFD_CLOEXEC: c_uint = 1;

/// `int memfd_create(const char *name, unsigned flags)`: the name is for people, and not kept.
///
/// # Safety
///
/// `name` is a string.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn memfd_create(_name: *const c_char, flags: c_uint) -> c_int {
    if flags & !MFD_CLOEXEC != 0 {
        errno::set(Errno::EINVAL.into());
        return -1;
    }
    let flags = if flags & MFD_CLOEXEC != 0 {
        O_CLOEXEC
    } else {
        0
    };
    // SAFETY: SHM_CREATE touches no memory.
    let made = unsafe { syscall::call(SYS_SHM_CREATE, [flags as usize, 0, 0, 0, 0, 0]) };
    errno::result(made.map(descriptor))
}
