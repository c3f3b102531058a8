//! From the first instruction to `main`, and from `exit` to the end.
//!
//! `crt/crt1.S` calls [`__libc_start_main`] with the address of the kernel's start data: `argc`,
//! the addresses of the arguments, a null, those of the environment, a null, the auxiliary vector.
//! Static-PIE programs are relocated by the kernel before they run.

#[cfg(target_vendor = "kpio")]
pub mod process;

#[cfg(target_vendor = "kpio")]
pub use process::run_destructors;

use core::ffi::c_int;

#[cfg(target_vendor = "kpio")]
use kpio_abi::flags::SIGABRT;
use kpio_abi::syscalls::SYS_EXIT;

#[cfg(target_vendor = "kpio")]
use crate::header::signal::{self, mask, send};
use crate::syscall;

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
