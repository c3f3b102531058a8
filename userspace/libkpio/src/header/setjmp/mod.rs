//! `setjmp.h`: back to where a function is that has not returned.
//!
//! Source: System V ABI, AMD64 supplement, "Registers", which says what a call keeps; musl, `jmp_buf`.

use core::ffi::{c_int, c_void};

use kpio_abi::flags::SIG_SETMASK;

use crate::header::signal::mask::sigprocmask;
use crate::header::signal::set::SignalSet;

/// Where a `sigjmp_buf` keeps the mask of signals, and whether it does: behind the eight registers.
/// Source: musl, `struct __jmp_buf_tag`.
#[repr(C)]
struct JumpBuffer {
    registers: [u64; 8],
    has_mask: u64,
    mask: [u64; 16],
}

/// Keeps the mask in the buffer of a `sigsetjmp` that was asked to.
unsafe extern "C" fn keep_mask(buffer: *mut c_void, keeps: c_int) {
    // SAFETY: the caller of `sigsetjmp` passes a buffer of this layout.
    let buffer = unsafe { &mut *buffer.cast::<JumpBuffer>() };
    buffer.has_mask = u64::from(keeps != 0);
    if keeps != 0 {
        let place = (&raw mut buffer.mask).cast::<SignalSet>();
        // SAFETY: there is room for a set.
        unsafe { sigprocmask(SIG_SETMASK.cast_signed(), core::ptr::null(), place) };
    }
}

/// Puts the mask back that a `sigsetjmp` has kept.
unsafe extern "C" fn restore_mask(buffer: *const c_void) {
    // SAFETY: `sigsetjmp` has filled the buffer.
    let buffer = unsafe { &*buffer.cast::<JumpBuffer>() };
    if buffer.has_mask != 0 {
        let place = (&raw const buffer.mask).cast::<SignalSet>();
        // SAFETY: `keep_mask` has written a set there.
        unsafe { sigprocmask(SIG_SETMASK.cast_signed(), place, core::ptr::null_mut()) };
    }
}

core::arch::global_asm!(
    // int setjmp(jmp_buf buffer): what a call keeps, the stack as the caller has it after the return,
    // and where it returns to.
    ".section .text.setjmp,\"ax\",@progbits",
    ".globl setjmp, _setjmp",
    ".type setjmp, @function",
    ".type _setjmp, @function",
    "setjmp:",
    "_setjmp:",
    "mov [rdi], rbx",
    "mov [rdi + 8], rbp",
    "mov [rdi + 16], r12",
    "mov [rdi + 24], r13",
    "mov [rdi + 32], r14",
    "mov [rdi + 40], r15",
    "lea rdx, [rsp + 8]",
    "mov [rdi + 48], rdx",
    "mov rdx, [rsp]",
    "mov [rdi + 56], rdx",
    "xor eax, eax",
    "ret",
    ".size setjmp, . - setjmp",
    // int sigsetjmp(sigjmp_buf buffer, int keeps): the same, before the mask is kept.
    ".section .text.sigsetjmp,\"ax\",@progbits",
    ".globl sigsetjmp, __sigsetjmp",
    ".type sigsetjmp, @function",
    ".type __sigsetjmp, @function",
    "sigsetjmp:",
    "__sigsetjmp:",
    "mov [rdi], rbx",
    "mov [rdi + 8], rbp",
    "mov [rdi + 16], r12",
    "mov [rdi + 24], r13",
    "mov [rdi + 32], r14",
    "mov [rdi + 40], r15",
    "lea rdx, [rsp + 8]",
    "mov [rdi + 48], rdx",
    "mov rdx, [rsp]",
    "mov [rdi + 56], rdx",
    "sub rsp, 8",
    "call {keep_mask}",
    "add rsp, 8",
    "xor eax, eax",
    "ret",
    ".size sigsetjmp, . - sigsetjmp",
    // void longjmp(jmp_buf buffer, int value): 0 arrives as 1.
    ".section .text.longjmp,\"ax\",@progbits",
    ".globl longjmp, _longjmp",
    ".type longjmp, @function",
    ".type _longjmp, @function",
    "longjmp:",
    "_longjmp:",
    "xor eax, eax",
    "cmp esi, 1",
    "adc eax, esi",
    "mov rbx, [rdi]",
    "mov rbp, [rdi + 8]",
    "mov r12, [rdi + 16]",
    "mov r13, [rdi + 24]",
    "mov r14, [rdi + 32]",
    "mov r15, [rdi + 40]",
    "mov rsp, [rdi + 48]",
    "jmp qword ptr [rdi + 56]",
    ".size longjmp, . - longjmp",
    // void siglongjmp(sigjmp_buf buffer, int value)
    ".section .text.siglongjmp,\"ax\",@progbits",
    ".globl siglongjmp",
    ".type siglongjmp, @function",
    "siglongjmp:",
    "push rdi",
    "push rsi",
    "sub rsp, 8",
    "call {restore_mask}",
    "add rsp, 8",
    "pop rsi",
    "pop rdi",
    "jmp longjmp",
    ".size siglongjmp, . - siglongjmp",
    keep_mask = sym keep_mask,
    restore_mask = sym restore_mask,
);
