//! The frame that a handler finds on its stack: musl's ucontext_t and siginfo_t.
//!
//! Source: musl `arch/x86_64/bits/signal.h`; Linux `arch/x86/kernel/signal_64.c` for what lies where.

use super::SignalSet;
use kpio_abi::types::{SignalFrame, SignalInfo, SignalStack};
use kpio_hal::user::Registers;
use zerocopy::FromZeros;

/// Selectors of user code, as `cs` in the lowest word of `gregs[REG_CSGSFS]`.
const USER_SEGMENTS: u64 = 0x23;
const ERROR: usize = 19;
const TRAP: usize = 20;
const MASK: usize = 21;
const CR2: usize = 22;

/// What a fault was: vector, error code, address.
pub type FaultWords = [u64; 3];

/// A frame that says where the thread was.
pub fn build(
    registers: &Registers,
    mask: SignalSet,
    info: SignalInfo,
    stack: SignalStack,
    fault: FaultWords,
) -> SignalFrame {
    let r = registers;
    let mut frame = SignalFrame::new_zeroed();
    let general = [
        r.r8,
        r.r9,
        r.r10,
        r.r11,
        r.r12,
        r.r13,
        r.r14,
        r.r15,
        r.rdi,
        r.rsi,
        r.rbp,
        r.rbx,
        r.rdx,
        r.rax,
        r.rcx,
        r.rsp,
        r.rip,
        r.rflags,
        USER_SEGMENTS,
    ];
    frame.gregs[..general.len()].copy_from_slice(&general);
    let [vector, error, address] = fault;
    frame.gregs[ERROR] = error;
    frame.gregs[TRAP] = vector;
    frame.gregs[MASK] = mask.bits();
    frame.gregs[CR2] = address;
    frame.uc_stack = stack;
    frame.uc_sigmask = mask.bits();
    frame.info = info;
    frame
}

/// The registers that a frame says. What user code must not have in them, `UserContext::run` removes.
pub fn registers_of(frame: &SignalFrame) -> Registers {
    let [
        r8,
        r9,
        r10,
        r11,
        r12,
        r13,
        r14,
        r15,
        rdi,
        rsi,
        rbp,
        rbx,
        rdx,
        rax,
        rcx,
        rsp,
        rip,
        rflags,
        ..,
    ] = frame.gregs;
    Registers {
        rax,
        rbx,
        rcx,
        rdx,
        rsi,
        rdi,
        rbp,
        rsp,
        r8,
        r9,
        r10,
        r11,
        r12,
        r13,
        r14,
        r15,
        rip,
        rflags,
    }
}
