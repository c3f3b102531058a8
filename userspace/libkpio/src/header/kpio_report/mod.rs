//! `kpio_report.h`: KPIO's own, for programs whose runs are judged from outside.

use core::ffi::{c_char, c_int};

use kpio_abi::syscalls::SYS_REPORT;

use crate::header::errno;
use crate::io;
use crate::string::c_bytes;
use crate::syscall;

/// `int kpio_report(const char *text)`: tells whoever watches the machine from outside; standard output
/// must be the console.
///
/// # Safety
///
/// `text` is a string.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn kpio_report(text: *const c_char) -> c_int {
    // SAFETY: the caller's promise.
    let text = unsafe { c_bytes(text.cast()) };
    let console = syscall::int(io::STDOUT);
    let arguments = [console, text.as_ptr().addr(), text.len(), 0, 0, 0];
    // SAFETY: REPORT only reads.
    errno::status(unsafe { syscall::call(SYS_REPORT, arguments) })
}
