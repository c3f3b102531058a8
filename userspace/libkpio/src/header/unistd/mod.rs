//! `unistd.h`

pub mod files;
pub mod limits;
pub mod names;
pub mod processes;

use core::ffi::{c_int, c_void};

use kpio_abi::errors::Errno;
use kpio_abi::flags::{F_DUPFD, F_GETFD};
use kpio_abi::syscalls::{
    SYS_CLOSE, SYS_DUP, SYS_FCNTL, SYS_GETPID, SYS_GETPPID, SYS_GETTID, SYS_PIPE2, SYS_READ,
    SYS_SEEK, SYS_WRITE,
};

use crate::header::errno;
use crate::header::fcntl::descriptor;
use crate::header::stdio::stream;
use crate::start;
use crate::syscall;

/// `ssize_t read(int fd, void *buffer, size_t len)`
///
/// # Safety
///
/// `len` bytes at `buffer` are writable.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn read(fd: c_int, buffer: *mut c_void, len: usize) -> isize {
    // SAFETY: READ writes to the buffer only, which the caller owns.
    let read =
        unsafe { syscall::call(SYS_READ, [syscall::int(fd), buffer as usize, len, 0, 0, 0]) };
    errno::result(read.map(usize::cast_signed))
}

/// `ssize_t write(int fd, const void *buffer, size_t len)`
///
/// # Safety
///
/// `len` bytes at `buffer` are readable.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn write(fd: c_int, buffer: *const c_void, len: usize) -> isize {
    // SAFETY: WRITE only reads.
    let written =
        unsafe { syscall::call(SYS_WRITE, [syscall::int(fd), buffer as usize, len, 0, 0, 0]) };
    errno::result(written.map(usize::cast_signed))
}

/// `int close(int fd)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub extern "C" fn close(fd: c_int) -> c_int {
    // SAFETY: CLOSE touches no memory.
    errno::status(unsafe { syscall::call(SYS_CLOSE, [syscall::int(fd), 0, 0, 0, 0, 0]) })
}

/// `off_t lseek(int fd, off_t offset, int whence)`; `off_t` is `long`.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub extern "C" fn lseek(fd: c_int, offset: isize, whence: c_int) -> isize {
    let whence = whence.cast_unsigned() as usize;
    // SAFETY: SEEK touches no memory.
    let position = unsafe {
        syscall::call(
            SYS_SEEK,
            [syscall::int(fd), offset.cast_unsigned(), whence, 0, 0, 0],
        )
    };
    errno::result(position.map(usize::cast_signed))
}

/// `int pipe(int ends[2])`
///
/// # Safety
///
/// `ends` is writable.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn pipe(ends: *mut c_int) -> c_int {
    // SAFETY: handed on to the caller.
    unsafe { pipe2(ends, 0) }
}

/// `int pipe2(int ends[2], int flags)`
///
/// # Safety
///
/// `ends` is writable.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn pipe2(ends: *mut c_int, flags: c_int) -> c_int {
    let flags = flags.cast_unsigned() as usize;
    // SAFETY: PIPE2 writes two numbers, which the caller owns.
    errno::status(unsafe { syscall::call(SYS_PIPE2, [ends as usize, flags, 0, 0, 0, 0]) })
}

/// `int dup(int fd)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub extern "C" fn dup(fd: c_int) -> c_int {
    let arguments = [syscall::int(fd), F_DUPFD as usize, 0, 0, 0, 0];
    // SAFETY: F_DUPFD touches no memory.
    errno::result(unsafe { syscall::call(SYS_FCNTL, arguments) }.map(descriptor))
}

/// `int dup2(int fd, int to)`: with `fd` as `to` it only looks whether that is open.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub extern "C" fn dup2(fd: c_int, to: c_int) -> c_int {
    if fd != to {
        return dup3(fd, to, 0);
    }
    let arguments = [syscall::int(fd), F_GETFD as usize, 0, 0, 0, 0];
    // SAFETY: F_GETFD touches no memory.
    errno::result(unsafe { syscall::call(SYS_FCNTL, arguments) }.map(|_| to))
}

/// `int dup3(int fd, int to, int flags)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub extern "C" fn dup3(fd: c_int, to: c_int, flags: c_int) -> c_int {
    if fd == to {
        return errno::result(Err(Errno::EINVAL.into()));
    }
    let flags = flags.cast_unsigned() as usize;
    let arguments = [syscall::int(fd), syscall::int(to), flags, 0, 0, 0];
    // SAFETY: DUP touches no memory.
    errno::result(unsafe { syscall::call(SYS_DUP, arguments) }.map(descriptor))
}

/// `int isatty(int fd)`: 1 for a terminal; 0 with ENOTTY for what is none.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub extern "C" fn isatty(fd: c_int) -> c_int {
    match stream::terminal_size(fd) {
        Ok(_) => 1,
        Err(error) => {
            errno::set(error);
            0
        }
    }
}

/// `pid_t getpid(void)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub extern "C" fn getpid() -> c_int {
    number(SYS_GETPID)
}

/// `pid_t getppid(void)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub extern "C" fn getppid() -> c_int {
    number(SYS_GETPPID)
}

/// `pid_t gettid(void)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub extern "C" fn gettid() -> c_int {
    number(SYS_GETTID)
}

/// `void _exit(int status)`: ends the process at once.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub extern "C" fn _exit(status: c_int) -> ! {
    start::exit_now(status)
}

/// A call that takes nothing, cannot fail and gives the number of a process or thread.
fn number(call: usize) -> c_int {
    // SAFETY: these calls touch no memory.
    let number = unsafe { syscall::raw(call, [0; 6]) };
    #[expect(
        clippy::cast_possible_truncation,
        reason = "the kernel numbers processes and threads as positive i32"
    )]
    return number as c_int;
}
