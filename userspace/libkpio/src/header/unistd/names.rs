//! `unistd.h`: names of files.

use core::ffi::{c_char, c_int};
use core::ptr;

use kpio_abi::errors::Errno;
use kpio_abi::flags::{AT_FDCWD, AT_REMOVEDIR, AT_SYMLINK_NOFOLLOW, O_CLOEXEC, O_WRONLY};
use kpio_abi::syscalls::{
    PATH_MAX, SYS_CHDIR, SYS_FACCESSAT, SYS_FCHDIR, SYS_FCHOWN, SYS_FCHOWNAT, SYS_GETCWD,
    SYS_LINKAT, SYS_READLINKAT, SYS_SYMLINKAT, SYS_UNLINKAT,
};

use crate::header::errno;
use crate::header::fcntl::open;
use crate::header::stdlib::memory::malloc;
use crate::header::unistd::close;
use crate::header::unistd::files::ftruncate;
use crate::syscall;

/// AT_FDCWD as an argument.
pub const AT_CWD: usize = syscall::int(AT_FDCWD);

/// Flags, or the bits of a mode, as an argument.
pub const fn flag_bits(flags: c_int) -> usize {
    flags.cast_unsigned() as usize
}

/// `int link(const char *from, const char *to)`
///
/// # Safety
///
/// Both are strings.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn link(from: *const c_char, to: *const c_char) -> c_int {
    // SAFETY: LINKAT only reads the paths.
    errno::status(unsafe {
        syscall::call(
            SYS_LINKAT,
            [AT_CWD, from as usize, AT_CWD, to as usize, 0, 0],
        )
    })
}

/// `int linkat(int from_dirfd, const char *from, int to_dirfd, const char *to, int flags)`
///
/// # Safety
///
/// Both are strings.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn linkat(
    from_dirfd: c_int,
    from: *const c_char,
    to_dirfd: c_int,
    to: *const c_char,
    flags: c_int,
) -> c_int {
    // SAFETY: LINKAT only reads the paths.
    errno::status(unsafe {
        syscall::call(
            SYS_LINKAT,
            [
                syscall::int(from_dirfd),
                from as usize,
                syscall::int(to_dirfd),
                to as usize,
                flag_bits(flags),
                0,
            ],
        )
    })
}

/// `int symlink(const char *target, const char *path)`
///
/// # Safety
///
/// Both are strings.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn symlink(target: *const c_char, path: *const c_char) -> c_int {
    // SAFETY: SYMLINKAT only reads the paths.
    errno::status(unsafe {
        syscall::call(
            SYS_SYMLINKAT,
            [target as usize, AT_CWD, path as usize, 0, 0, 0],
        )
    })
}

/// `int symlinkat(const char *target, int dirfd, const char *path)`
///
/// # Safety
///
/// Both are strings.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn symlinkat(
    target: *const c_char,
    dirfd: c_int,
    path: *const c_char,
) -> c_int {
    // SAFETY: SYMLINKAT only reads the paths.
    errno::status(unsafe {
        syscall::call(
            SYS_SYMLINKAT,
            [target as usize, syscall::int(dirfd), path as usize, 0, 0, 0],
        )
    })
}

/// `int unlink(const char *path)`
///
/// # Safety
///
/// `path` is a string.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn unlink(path: *const c_char) -> c_int {
    // SAFETY: UNLINKAT only reads the path.
    errno::status(unsafe { syscall::call(SYS_UNLINKAT, [AT_CWD, path as usize, 0, 0, 0, 0]) })
}

/// `int unlinkat(int dirfd, const char *path, int flags)`
///
/// # Safety
///
/// `path` is a string.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn unlinkat(dirfd: c_int, path: *const c_char, flags: c_int) -> c_int {
    // SAFETY: UNLINKAT only reads the path.
    errno::status(unsafe {
        syscall::call(
            SYS_UNLINKAT,
            [
                syscall::int(dirfd),
                path as usize,
                flag_bits(flags),
                0,
                0,
                0,
            ],
        )
    })
}

/// `int rmdir(const char *path)`
///
/// # Safety
///
/// `path` is a string.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn rmdir(path: *const c_char) -> c_int {
    // SAFETY: UNLINKAT only reads the path.
    errno::status(unsafe {
        syscall::call(
            SYS_UNLINKAT,
            [AT_CWD, path as usize, AT_REMOVEDIR as usize, 0, 0, 0],
        )
    })
}

/// `int access(const char *path, int mode)`
///
/// # Safety
///
/// `path` is a string.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn access(path: *const c_char, mode: c_int) -> c_int {
    // SAFETY: FACCESSAT only reads the path.
    errno::status(unsafe {
        syscall::call(
            SYS_FACCESSAT,
            [AT_CWD, path as usize, flag_bits(mode), 0, 0, 0],
        )
    })
}

/// `int faccessat(int dirfd, const char *path, int mode, int flags)`
///
/// # Safety
///
/// `path` is a string.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn faccessat(
    dirfd: c_int,
    path: *const c_char,
    mode: c_int,
    flags: c_int,
) -> c_int {
    // SAFETY: FACCESSAT only reads the path.
    errno::status(unsafe {
        syscall::call(
            SYS_FACCESSAT,
            [
                syscall::int(dirfd),
                path as usize,
                flag_bits(mode),
                flag_bits(flags),
                0,
                0,
            ],
        )
    })
}

/// `int chown(const char *path, uid_t uid, gid_t gid)`
///
/// # Safety
///
/// `path` is a string.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn chown(path: *const c_char, uid: u32, gid: u32) -> c_int {
    // SAFETY: FCHOWNAT only reads the path.
    errno::status(unsafe {
        syscall::call(
            SYS_FCHOWNAT,
            [AT_CWD, path as usize, uid as usize, gid as usize, 0, 0],
        )
    })
}

/// `int lchown(const char *path, uid_t uid, gid_t gid)`
///
/// # Safety
///
/// `path` is a string.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn lchown(path: *const c_char, uid: u32, gid: u32) -> c_int {
    // SAFETY: FCHOWNAT only reads the path.
    errno::status(unsafe {
        syscall::call(
            SYS_FCHOWNAT,
            [
                AT_CWD,
                path as usize,
                uid as usize,
                gid as usize,
                AT_SYMLINK_NOFOLLOW as usize,
                0,
            ],
        )
    })
}

/// `int fchown(int fd, uid_t uid, gid_t gid)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub extern "C" fn fchown(fd: c_int, uid: u32, gid: u32) -> c_int {
    // SAFETY: FCHOWN touches no memory.
    errno::status(unsafe {
        syscall::call(
            SYS_FCHOWN,
            [syscall::int(fd), uid as usize, gid as usize, 0, 0, 0],
        )
    })
}

/// `int fchownat(int dirfd, const char *path, uid_t uid, gid_t gid, int flags)`
///
/// # Safety
///
/// `path` is a string.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn fchownat(
    dirfd: c_int,
    path: *const c_char,
    uid: u32,
    gid: u32,
    flags: c_int,
) -> c_int {
    // SAFETY: FCHOWNAT only reads the path.
    errno::status(unsafe {
        syscall::call(
            SYS_FCHOWNAT,
            [
                syscall::int(dirfd),
                path as usize,
                uid as usize,
                gid as usize,
                flag_bits(flags),
                0,
            ],
        )
    })
}

/// `int chdir(const char *path)`
///
/// # Safety
///
/// `path` is a string.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn chdir(path: *const c_char) -> c_int {
    // SAFETY: CHDIR only reads the path.
    errno::status(unsafe { syscall::call(SYS_CHDIR, [path as usize, 0, 0, 0, 0, 0]) })
}

/// `int fchdir(int fd)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub extern "C" fn fchdir(fd: c_int) -> c_int {
    // SAFETY: FCHDIR touches no memory.
    errno::status(unsafe { syscall::call(SYS_FCHDIR, [syscall::int(fd), 0, 0, 0, 0, 0]) })
}

/// `ssize_t readlink(const char *path, char *buffer, size_t len)`
///
/// # Safety
///
/// `path` is a string, and `len` bytes at `buffer` are writable.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn readlink(path: *const c_char, buffer: *mut c_char, len: usize) -> isize {
    // SAFETY: handed on to the caller.
    unsafe { readlinkat(AT_FDCWD, path, buffer, len) }
}

/// `ssize_t readlinkat(int dirfd, const char *path, char *buffer, size_t len)`
///
/// Without room it says 0, as musl does, if there is such a link.
///
/// # Safety
///
/// `path` is a string, and `len` bytes at `buffer` are writable.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn readlinkat(
    dirfd: c_int,
    path: *const c_char,
    buffer: *mut c_char,
    len: usize,
) -> isize {
    let mut nothing = 0;
    let (buffer, room) = match len {
        0 => (&raw mut nothing, 1),
        _ => (buffer, len),
    };
    // SAFETY: READLINKAT writes to the buffer only.
    let read = unsafe {
        syscall::call(
            SYS_READLINKAT,
            [
                syscall::int(dirfd),
                path as usize,
                buffer as usize,
                room,
                0,
                0,
            ],
        )
    };
    errno::result(read.map(|read| read.min(len).cast_signed()))
}

/// `char *getcwd(char *buffer, size_t len)`: without a buffer it gives one to be freed.
///
/// # Safety
///
/// `buffer` is null, or `len` bytes at it are writable.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn getcwd(buffer: *mut c_char, len: usize) -> *mut c_char {
    let mut own = [0; PATH_MAX];
    let (place, room) = if buffer.is_null() {
        (own.as_mut_ptr(), own.len())
    } else if len == 0 {
        errno::set(Errno::EINVAL.into());
        return ptr::null_mut();
    } else {
        (buffer, len)
    };
    // SAFETY: GETCWD writes to the buffer only.
    let written = unsafe { syscall::call(SYS_GETCWD, [place as usize, room, 0, 0, 0, 0]) };
    let written = match written {
        Ok(written) => written,
        Err(error) => {
            errno::set(error);
            return ptr::null_mut();
        }
    };
    if !buffer.is_null() {
        return buffer;
    }
    let copy: *mut c_char = malloc(written).cast();
    if !copy.is_null() {
        // SAFETY: both are that long, and one is new.
        unsafe { copy.copy_from_nonoverlapping(own.as_ptr(), written) };
    }
    copy
}

/// `int truncate(const char *path, off_t length)`
///
/// # Safety
///
/// `path` is a string.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn truncate(path: *const c_char, length: isize) -> c_int {
    // SAFETY: handed on to the caller.
    let fd = unsafe { open(path, (O_WRONLY | O_CLOEXEC).cast_signed(), 0) };
    if fd == -1 {
        return -1;
    }
    let status = ftruncate(fd, length);
    let error = errno::get();
    close(fd);
    if status == -1 {
        // What CLOSE said does not matter.
        // SAFETY: the location is the calling thread's own.
        unsafe { errno::__errno_location().write(error) };
    }
    status
}
