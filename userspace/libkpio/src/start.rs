//! From the first instruction to `main`, and from `exit` to the end.
//!
//! `crt/crt1.S` calls [`__libc_start_main`] with the address of the kernel's start data: `argc`,
//! the addresses of the arguments, a null, those of the environment, a null, the auxiliary vector.
//! Static-PIE programs are relocated by the kernel before they run.

#[cfg(target_vendor = "kpio")]
pub mod process;

#[cfg(target_vendor = "kpio")]
pub use process::run_destructors;

use core::ffi::{c_char, c_int};

#[cfg(target_vendor = "kpio")]
use kpio_abi::flags::SIGABRT;
use kpio_abi::syscalls::SYS_EXIT;

#[cfg(target_vendor = "kpio")]
use crate::header::signal::{self, mask, send};
use crate::syscall;

/// `char *program_invocation_name`: how the program was called.
#[cfg_attr(
    not(target_vendor = "kpio"),
    expect(non_upper_case_globals, reason = "C's name")
)]
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub static mut program_invocation_name: *mut c_char = NO_NAME;

/// `char *program_invocation_short_name`: without directories.
#[cfg_attr(
    not(target_vendor = "kpio"),
    expect(non_upper_case_globals, reason = "C's name")
)]
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub static mut program_invocation_short_name: *mut c_char = NO_NAME;

const NO_NAME: *mut c_char = c"".as_ptr().cast_mut();

/// The program's name, for messages.
#[must_use]
pub fn program_name() -> *const c_char {
    // SAFETY: a program that changes it sees to it that nobody reads it meanwhile.
    unsafe { program_invocation_short_name }
}

/// Keeps how the program was called.
///
/// # Safety
///
/// `name` is null or a string that stays; no other thread exists yet.
#[cfg(target_vendor = "kpio")]
unsafe fn set_program_name(name: *mut c_char) {
    if name.is_null() {
        return;
    }
    // SAFETY: the caller's promise.
    let bytes = unsafe { crate::string::c_bytes(name.cast()) };
    let slash = bytes.iter().rposition(|byte| *byte == b'/');
    // SAFETY: the caller's promise.
    unsafe { program_invocation_name = name };
    let short = name.wrapping_add(slash.map_or(0, |slash| slash + 1));
    // SAFETY: the caller's promise.
    unsafe { program_invocation_short_name = short };
}

/// Ends the process at once: no handlers, nothing flushed.
pub fn exit_now(status: c_int) -> ! {
    loop {
        // SAFETY: EXIT does not return, so nothing of the program is left to break.
        unsafe { syscall::raw(SYS_EXIT, [syscall::int(status), 0, 0, 0, 0, 0]) };
    }
}

/// Ends the process by SIGABRT: first as the program wants it, and then, if a handler returned or the
/// signal is ignored or blocked, by its default.
#[cfg(target_vendor = "kpio")]
pub fn abort() -> ! {
    send::raise(SIGABRT.cast_signed());
    signal::reset(SIGABRT);
    mask::unblock(SIGABRT);
    send::raise(SIGABRT.cast_signed());
    // SAFETY: UD2 raises an invalid-opcode fault and does not go on (Intel SDM vol. 2 "UD").
    unsafe { core::arch::asm!("ud2", options(noreturn, nomem, nostack)) }
}

/// Ends the process on the host.
#[cfg(not(target_vendor = "kpio"))]
pub fn abort() -> ! {
    std::process::abort()
}
