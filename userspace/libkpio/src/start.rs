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

use kpio_abi::syscalls::SYS_EXIT;

use crate::syscall;

/// Ends the process at once: no handlers, nothing flushed.
pub fn exit_now(status: c_int) -> ! {
    loop {
        // SAFETY: EXIT does not return, so nothing of the program is left to break.
        unsafe { syscall::raw(SYS_EXIT, [syscall::int(status), 0, 0, 0, 0, 0]) };
    }
}

/// Ends the process by a fault.
///
/// KPIO has no signals yet, so SIGABRT cannot be raised: an invalid instruction makes the kernel
/// end the process, and its parent's `wait` reports SIGILL.
#[cfg(target_vendor = "kpio")]
pub fn abort() -> ! {
    // SAFETY: UD2 raises an invalid-opcode fault and does not go on (Intel SDM vol. 2 "UD").
    unsafe { core::arch::asm!("ud2", options(noreturn, nomem, nostack)) }
}

/// Ends the process on the host.
#[cfg(not(target_vendor = "kpio"))]
pub fn abort() -> ! {
    std::process::abort()
}
