//! `stdio.h`: opening and closing files.
//!
//! Every function takes what C gives it: strings, and files that are open.

#![expect(
    clippy::missing_safety_doc,
    reason = "the module says it once for all its functions"
)]

use core::ffi::{c_char, c_int, c_void};
use core::ptr;

use kpio_abi::errors::Errno;
use kpio_abi::flags::{
    F_GETFL, F_SETFD, F_SETFL, FD_CLOEXEC, O_ACCMODE, O_APPEND, O_CLOEXEC, O_CREAT, O_EXCL,
    O_RDONLY, O_RDWR, O_TRUNC, O_WRONLY,
};

use super::file::{self, File, with};
use super::stream::{Access, Device, EOF, Functions, Orientation, Stream};
use crate::header::errno;
use crate::header::fcntl::{fcntl, open};
use crate::header::unistd::{close, dup3};
use crate::string::c_bytes;
use crate::syscall::ErrorNumber;

/// The mode of new files, which umask takes from.
const NEW_FILE_MODE: u32 = 0o666;

/// What a mode says: flags of `open`; none, with EINVAL, if it is no mode.
///
/// # Safety
///
/// `mode` is a string.
unsafe fn open_flags(mode: *const c_char) -> Option<u32> {
    // SAFETY: the caller's promise.
    let mode = unsafe { c_bytes(mode.cast()) };
    let has = |letter: u8| mode.contains(&letter);
    let base = match mode.first() {
        Some(b'r') => 0,
        Some(b'w') => O_CREAT | O_TRUNC,
        Some(b'a') => O_CREAT | O_APPEND,
        _ => {
            errno::set(Errno::EINVAL.into());
            return None;
        }
    };
    let access = if has(b'+') {
        O_RDWR
    } else if mode.first() == Some(&b'r') {
        O_RDONLY
    } else {
        O_WRONLY
    };
    let exclusive = if has(b'x') { O_EXCL } else { 0 };
    let close_on_exec = if has(b'e') { O_CLOEXEC } else { 0 };
    Some(base | access | exclusive | close_on_exec)
}

/// What a file of a mode may do; none, with EINVAL, if it is no mode.
///
/// # Safety
///
/// `mode` is a string.
pub(super) unsafe fn mode_access(mode: *const c_char) -> Option<Access> {
    // SAFETY: handed on to the caller.
    unsafe { open_flags(mode) }.map(access)
}

/// What a file opened with these flags may do.
const fn access(flags: u32) -> Access {
    Access {
        can_read: flags & O_ACCMODE != O_WRONLY,
        can_write: flags & O_ACCMODE != O_RDONLY,
        appends: flags & O_APPEND != 0,
    }
}

/// `FILE *fopen(const char *path, const char *mode)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn fopen(path: *const c_char, mode: *const c_char) -> *mut File {
    // SAFETY: the caller's promise.
    let Some(flags) = (unsafe { open_flags(mode) }) else {
        return ptr::null_mut();
    };
    // SAFETY: the caller's promise.
    let fd = unsafe { open(path, flags.cast_signed(), NEW_FILE_MODE) };
    if fd < 0 {
        return ptr::null_mut();
    }
    let opened = file::open(Device::Descriptor(fd), access(flags));
    if opened.is_null() {
        close(fd);
        errno::set(Errno::ENOMEM.into());
    }
    opened
}

/// `FILE *fdopen(int fd, const char *mode)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn fdopen(fd: c_int, mode: *const c_char) -> *mut File {
    // SAFETY: the caller's promise.
    let Some(wanted) = (unsafe { open_flags(mode) }) else {
        return ptr::null_mut();
    };
    // SAFETY: the command has no argument.
    let flags = unsafe { fcntl(fd, F_GETFL.cast_signed(), 0) };
    if flags < 0 {
        return ptr::null_mut();
    }
    let flags = flags.cast_unsigned();
    if wanted & O_CLOEXEC != 0 {
        // SAFETY: the argument is a number.
        unsafe { fcntl(fd, F_SETFD.cast_signed(), FD_CLOEXEC as usize) };
    }
    if wanted & O_APPEND != 0 && flags & O_APPEND == 0 {
        let flags = (flags | O_APPEND) as usize;
        // SAFETY: the argument is a number.
        unsafe { fcntl(fd, F_SETFL.cast_signed(), flags) };
    }
    file::open(Device::Descriptor(fd), access(wanted))
}

/// `FILE *freopen(const char *path, const char *mode, FILE *file)`: without a path the file stays, and
/// its descriptor gets the flags of the mode.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn freopen(
    path: *const c_char,
    mode: *const c_char,
    file: *mut File,
) -> *mut File {
    // SAFETY: the caller's promise.
    let flags = unsafe { open_flags(mode) };
    let reopen = |stream: &mut Stream| {
        // What cannot be written any more is lost either way.
        let _ = stream.synchronise();
        let flags = flags.ok_or_else(errno::last)?;
        let old = stream.device.descriptor();
        // SAFETY: the path is null or a string.
        let device = unsafe { reopened(path, flags, old) }?;
        if old.is_none() {
            // Of functions nothing else is closed by opening a descriptor.
            let _ = stream.device.close();
        }
        stream.device = device;
        stream.access = access(flags);
        stream.is_at_end = false;
        stream.is_failed = false;
        stream.orientation = Orientation::Unknown;
        Ok::<(), ErrorNumber>(())
    };
    // SAFETY: the caller's promise.
    let outcome = unsafe { with(file, reopen) };
    match outcome {
        Ok(()) => file,
        Err(error) => {
            // SAFETY: the caller's promise.
            unsafe { fclose(file) };
            errno::set(error);
            ptr::null_mut()
        }
    }
}

/// The device of a file that is opened again; it keeps its descriptor if it has one.
///
/// # Safety
///
/// `path` is null or a string.
unsafe fn reopened(
    path: *const c_char,
    flags: u32,
    old: Option<c_int>,
) -> Result<Device, ErrorNumber> {
    if path.is_null() {
        let fd = old.ok_or(Errno::EBADF)?;
        if flags & O_CLOEXEC != 0 {
            // SAFETY: the argument is a number.
            unsafe { fcntl(fd, F_SETFD.cast_signed(), FD_CLOEXEC as usize) };
        }
        let status_flags = flags & !(O_CREAT | O_EXCL | O_CLOEXEC | O_TRUNC);
        // SAFETY: the argument is a number.
        if unsafe { fcntl(fd, F_SETFL.cast_signed(), status_flags as usize) } < 0 {
            return Err(errno::last());
        }
        return Ok(Device::Descriptor(fd));
    }
    // SAFETY: the caller's promise.
    let fd = unsafe { open(path, flags.cast_signed(), NEW_FILE_MODE) };
    if fd < 0 {
        return Err(errno::last());
    }
    let Some(old) = old.filter(|old| *old != fd) else {
        return Ok(Device::Descriptor(fd));
    };
    let moved = dup3(fd, old, (flags & O_CLOEXEC).cast_signed());
    let error = errno::last();
    close(fd);
    if moved < 0 {
        return Err(error);
    }
    Ok(Device::Descriptor(old))
}

/// `int fclose(FILE *file)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn fclose(file: *mut File) -> c_int {
    // SAFETY: the caller's promise.
    let is_done = unsafe {
        with(file, |stream| {
            let flushed = stream.synchronise();
            let closed = stream.device.close();
            stream.access = Access::default();
            closed.map_err(errno::set).is_ok() && flushed.is_ok()
        })
    };
    // SAFETY: the caller uses it no more.
    unsafe { file::release(file) };
    if is_done { 0 } else { EOF }
}

/// `int fflush(FILE *file)`; null means all.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn fflush(file: *mut File) -> c_int {
    let is_done = if file.is_null() {
        file::flush_all()
    } else {
        // SAFETY: the caller's promise.
        unsafe { with(file, |stream| stream.synchronise().is_ok()) }
    };
    if is_done { 0 } else { EOF }
}

/// `int fileno(FILE *file)`: EBADF if there is no descriptor behind it.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn fileno(file: *mut File) -> c_int {
    // SAFETY: the caller's promise.
    let fd = unsafe { with(file, |stream| stream.device.descriptor()) };
    errno::result(fd.ok_or_else(|| Errno::EBADF.into()))
}

/// `FILE *fopencookie(void *cookie, const char *mode, cookie_io_functions_t functions)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn fopencookie(
    cookie: *mut c_void,
    mode: *const c_char,
    functions: Functions,
) -> *mut File {
    // SAFETY: the caller's promise.
    match unsafe { open_flags(mode) } {
        Some(flags) => file::open(Device::Functions(functions, cookie), access(flags)),
        None => ptr::null_mut(),
    }
}
