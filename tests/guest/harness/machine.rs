//! Machine code and registers, for tests of what programs must not be able to do.

use core::arch::{asm, naked_asm};

use kpio_rt::abi::syscalls::SYS_SIGRETURN;

/// `mov eax, 42; ret`, as a function that returns 42.
pub const RETURN_42: [u8; 6] = [0xB8, 42, 0, 0, 0, 0xC3];

/// Calls the code at `address` as a function.
///
/// # Safety
///
/// The code there returns an `int` and keeps to the C ABI; or the test is about what happens when
/// it cannot be executed.
pub unsafe fn call(address: usize) -> i32 {
    // SAFETY: an address is a function pointer; whether there is a function is the caller's matter.
    let function: extern "C" fn() -> i32 = unsafe { core::mem::transmute(address) };
    function()
}

/// Reads a byte that may not be readable.
///
/// # Safety
///
/// None for the machine: the kernel ends the process if it may not. The read is volatile.
pub unsafe fn read(address: usize) -> u8 {
    // SAFETY: see above.
    unsafe { core::ptr::with_exposed_provenance::<u8>(address).read_volatile() }
}

/// Writes a byte that may not be writable.
///
/// # Safety
///
/// The program does not rely on that byte.
pub unsafe fn write(address: usize, byte: u8) {
    // SAFETY: handed on to the caller.
    unsafe { core::ptr::with_exposed_provenance_mut::<u8>(address).write_volatile(byte) };
}

/// The flags register.
#[must_use]
pub fn flags() -> u64 {
    let flags: u64;
    // SAFETY: pushes and pops within the stack.
    unsafe { asm!("pushfq", "pop {}", out(reg) flags) };
    flags
}

/// The thread pointer (`fs:0` holds its own address).
#[must_use]
pub fn thread_pointer() -> usize {
    let pointer: usize;
    // SAFETY: every thread of libkpio has its control block there.
    unsafe {
        asm!("mov {}, fs:[0]", out(reg) pointer, options(nostack, readonly, preserves_flags))
    };
    pointer
}

/// Whether the kernel lets programs use AVX: CPUID's OSXSAVE and AVX, and XCR0's two state bits.
/// Source: Intel SDM vol. 1 "Detection of AVX Instructions".
#[must_use]
pub fn has_avx() -> bool {
    const OSXSAVE_AND_AVX: u32 = 1 << 27 | 1 << 28;
    const SSE_AND_AVX_STATE: u32 = 0b110;
    if core::arch::x86_64::__cpuid(1).ecx & OSXSAVE_AND_AVX != OSXSAVE_AND_AVX {
        return false;
    }
    let low: u32;
    // SAFETY: OSXSAVE says that XGETBV may be executed.
    unsafe { asm!("xgetbv", in("ecx") 0, out("eax") low, out("edx") _, options(nomem, nostack)) };
    low & SSE_AND_AVX_STATE == SSE_AND_AVX_STATE
}

/// What a handler returns to: SIGRETURN, with the stack as the handler found it.
#[unsafe(naked)]
pub extern "C" fn restorer() {
    naked_asm!("mov eax, {number}", "syscall", "ud2", number = const SYS_SIGRETURN);
}
