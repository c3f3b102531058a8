//! `stdio.h`: commands as files.
//!
//! Every function takes what C gives it: strings, and files that are open.
#![expect(
    clippy::missing_safety_doc,
    reason = "the module says it once for all its functions"
)]

use core::ffi::{c_char, c_int};
use core::ptr;

use kpio_abi::errors::Errno;
use kpio_abi::flags::{F_SETFD, O_CLOEXEC};

use super::file::{File, with};
use super::opening::{fclose, fdopen};
use crate::header::errno;
use crate::header::fcntl::fcntl;
use crate::header::stdlib::shell;
use crate::header::unistd::{close, dup2, pipe2};
use crate::io::STDOUT;
use crate::string::c_bytes;

/// `FILE *popen(const char *command, const char *mode)`: what the command writes, or reads.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn popen(command: *const c_char, mode: *const c_char) -> *mut File {
    // SAFETY: the caller's promise.
    let reads = match unsafe { c_bytes(mode.cast()) }.first() {
        Some(b'r') => true,
        Some(b'w') => false,
        _ => {
            errno::set(Errno::EINVAL.into());
            return ptr::null_mut();
        }
    };
    let mut ends = [0; 2];
    // All ends are closed by exec, so no command holds those of another.
    // SAFETY: there is room for two.
    if unsafe { pipe2(ends.as_mut_ptr(), O_CLOEXEC.cast_signed()) } < 0 {
        return ptr::null_mut();
    }
    let [reading, writing] = ends;
    let (own, other, place) = if reads {
        (reading, writing, STDOUT)
    } else {
        (writing, reading, 0)
    };
    // SAFETY: the mode is a string.
    let file = unsafe { fdopen(own, mode) };
    if file.is_null() {
        close(own);
        close(other);
        return file;
    }
    let take_place = || {
        if other == place {
            // It is where it must be, and is to stay.
            // SAFETY: the argument is a number.
            unsafe { fcntl(other, F_SETFD.cast_signed(), 0) };
        } else {
            dup2(other, place);
        }
    };
    // SAFETY: the caller's promise.
    let child = unsafe { shell::start(command, take_place) };
    let error = errno::last();
    close(other);
    if child < 0 {
        // SAFETY: opened above.
        unsafe { fclose(file) };
        errno::set(error);
        return ptr::null_mut();
    }
    // SAFETY: opened above.
    unsafe { with(file, |stream| stream.process = child) };
    file
}

/// `int pclose(FILE *file)`: the status of the command.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn pclose(file: *mut File) -> c_int {
    // SAFETY: the caller's promise.
    let child = unsafe { with(file, |stream| stream.process) };
    // SAFETY: the caller's promise.
    unsafe { fclose(file) };
    if child == 0 {
        return errno::result(Err(Errno::ECHILD.into()));
    }
    shell::wait(child)
}
