//! User mode: enter it, come back with the reason.
//!
//! [`UserContext::run`] is an ordinary call that returns when user code makes a system call, faults
//! or is interrupted. So the kernel's code for a thread is a plain loop on the thread's own stack,
//! and no trap handler has a life of its own.

use crate::cpu::{
    self, KERNEL_RSP, SCRATCH, TSS_RSP0, USER_CODE, USER_CONTEXT, USER_DATA, load_fs_base,
};
use core::arch::naked_asm;
use core::mem::offset_of;
use kpio_abi::memory::USER_END;
use x86_64::registers::rflags::RFlags;

/// General registers of a user thread.
#[derive(Clone, Copy, Debug, Default)]
#[repr(C)]
#[expect(missing_docs, reason = "the registers' own names")]
pub struct Registers {
    pub rax: u64,
    pub rbx: u64,
    pub rcx: u64,
    pub rdx: u64,
    pub rsi: u64,
    pub rdi: u64,
    pub rbp: u64,
    pub rsp: u64,
    pub r8: u64,
    pub r9: u64,
    pub r10: u64,
    pub r11: u64,
    pub r12: u64,
    pub r13: u64,
    pub r14: u64,
    pub r15: u64,
    pub rip: u64,
    pub rflags: u64,
}

/// A user thread's state while it is not running.
#[derive(Clone, Debug, Default)]
#[repr(C)]
pub struct UserContext {
    /// Registers at the last return from user mode; changes count at the next entry.
    pub registers: Registers,
    /// FS base: the thread pointer.
    pub thread_pointer: u64,
    vector: u64,
    error: u64,
    fault_address: u64,
}

/// Why user mode was left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UserExit {
    /// SYSCALL: the number is in `rax`, arguments in `rdi rsi rdx r10 r8 r9`.
    Syscall,
    /// #PF at `address`.
    PageFault {
        /// The address that was touched (CR2).
        address: u64,
        /// It was a write.
        is_write: bool,
        /// It was an instruction fetch.
        is_fetch: bool,
    },
    /// Any other exception.
    Exception {
        /// Its vector, as in Intel SDM vol. 3 "Exception and Interrupt Reference".
        vector: u8,
        /// Its error code, or 0.
        error: u64,
    },
    /// A device or the timer wants attention: see [`crate::trap::take_pending`].
    Interrupt,
}

/// Bits of a page fault's error code. Intel SDM vol. 3 "Page-Fault Exceptions".
const FAULT_BY_WRITE: u64 = 1 << 1;
const FAULT_BY_USER: u64 = 1 << 2;
const FAULT_BY_FETCH: u64 = 1 << 4;

const VECTOR_SYSCALL: u64 = 256;
const R_RSP: usize = offset_of!(UserContext, registers) + offset_of!(Registers, rsp);
const R_RIP: usize = offset_of!(UserContext, registers) + offset_of!(Registers, rip);
const R_RFLAGS: usize = offset_of!(UserContext, registers) + offset_of!(Registers, rflags);
pub(crate) const C_VECTOR: usize = offset_of!(UserContext, vector);
pub(crate) const C_ERROR: usize = offset_of!(UserContext, error);
pub(crate) const C_FAULT: usize = offset_of!(UserContext, fault_address);

/// Flags that user code may set for itself; the rest is the kernel's.
const USER_FLAGS: RFlags = RFlags::CARRY_FLAG
    .union(RFlags::PARITY_FLAG)
    .union(RFlags::AUXILIARY_CARRY_FLAG)
    .union(RFlags::ZERO_FLAG)
    .union(RFlags::SIGN_FLAG)
    .union(RFlags::TRAP_FLAG)
    .union(RFlags::DIRECTION_FLAG)
    .union(RFlags::OVERFLOW_FLAG)
    .union(RFlags::ALIGNMENT_CHECK)
    .union(RFlags::ID);

impl UserContext {
    /// A thread that begins at `entry` with the given stack.
    #[must_use]
    pub fn new(entry: u64, stack_pointer: u64) -> Self {
        let mut context = Self::default();
        context.registers.rip = entry;
        context.registers.rsp = stack_pointer;
        context
    }

    /// Run user code until it traps.
    ///
    /// An instruction pointer outside of user space is not entered: the answer is the page fault
    /// that fetching it would give. (IRET and SYSRET to a non-canonical address fault in the kernel.)
    pub fn run(&mut self) -> UserExit {
        if self.registers.rip >= USER_END as u64 {
            let address = self.registers.rip;
            return UserExit::PageFault {
                address,
                is_write: false,
                is_fetch: true,
            };
        }
        let kept = RFlags::from_bits_truncate(self.registers.rflags) & USER_FLAGS;
        self.registers.rflags = (kept | RFlags::INTERRUPT_FLAG).bits() | 2;
        load_fs_base(self.thread_pointer);
        // SAFETY: interrupts are disabled in the kernel, GS points to the per-CPU block, the context
        // is ours alone until the call returns, and its RIP and flags were made harmless above.
        unsafe { enter(core::ptr::from_mut(self)) };
        match self.vector {
            VECTOR_SYSCALL => UserExit::Syscall,
            // A supervisor access made from ring 3 is one of the CPU's own (a descriptor, or under
            // QEMU the stack of a user's IRET): no page of the user's can mend it.
            14 if self.error & FAULT_BY_USER != 0 => UserExit::PageFault {
                address: self.fault_address,
                is_write: self.error & FAULT_BY_WRITE != 0,
                is_fetch: self.error & FAULT_BY_FETCH != 0,
            },
            vector @ 0..32 => UserExit::Exception {
                vector: u8::try_from(vector).expect("below 32"),
                error: self.error,
            },
            vector => {
                crate::trap::acknowledge(vector);
                UserExit::Interrupt
            }
        }
    }

    /// Let the next entry restore every register from the context. After a system call only
    /// `rcx` and `r11` are lost; a handler that replaced registers (exec, signals) calls this.
    pub fn restore_all(&mut self) {
        self.vector = 0;
    }
}

/// Enter user mode; returns when the next trap from user mode arrives.
///
/// # Safety
/// Interrupts disabled, GS on the per-CPU block, `context` valid and unshared until the return.
#[unsafe(naked)]
unsafe extern "sysv64" fn enter(context: *mut UserContext) {
    naked_asm!(
        "push rbp",
        "push rbx",
        "push r12",
        "push r13",
        "push r14",
        "push r15",
        "mov gs:[{kernel_rsp}], rsp",
        "mov gs:[{tss_rsp0}], rsp",
        "mov gs:[{user_context}], rdi",
        "mov rbx, [rdi + 8]",
        "mov rdx, [rdi + 24]",
        "mov rsi, [rdi + 32]",
        "mov rbp, [rdi + 48]",
        "mov r8,  [rdi + 64]",
        "mov r9,  [rdi + 72]",
        "mov r10, [rdi + 80]",
        "mov r12, [rdi + 96]",
        "mov r13, [rdi + 104]",
        "mov r14, [rdi + 112]",
        "mov r15, [rdi + 120]",
        "cmp qword ptr [rdi + {vector}], {syscall}",
        "jne 2f",
        // The way back of SYSCALL: RCX and R11 are the user's to lose.
        "mov rcx, [rdi + {rip}]",
        "mov r11, [rdi + {rflags}]",
        "mov rax, [rdi]",
        "mov rsp, [rdi + {rsp}]",
        "mov rdi, [rdi + 40]",
        "swapgs",
        "sysretq",
        // Any other entry restores everything.
        "2:",
        "push {user_data}",
        "push qword ptr [rdi + {rsp}]",
        "push qword ptr [rdi + {rflags}]",
        "push {user_code}",
        "push qword ptr [rdi + {rip}]",
        "mov rax, [rdi]",
        "mov rcx, [rdi + 16]",
        "mov r11, [rdi + 88]",
        "mov rdi, [rdi + 40]",
        "swapgs",
        "iretq",
        kernel_rsp = const KERNEL_RSP,
        tss_rsp0 = const TSS_RSP0,
        user_context = const USER_CONTEXT,
        vector = const C_VECTOR,
        syscall = const VECTOR_SYSCALL,
        rip = const R_RIP,
        rflags = const R_RFLAGS,
        rsp = const R_RSP,
        user_data = const USER_DATA.0,
        user_code = const USER_CODE.0,
    );
}

/// Where SYSCALL lands: save the user's registers, return from [`enter`].
#[unsafe(naked)]
pub(crate) unsafe extern "sysv64" fn syscall_entry() {
    naked_asm!(
        "swapgs",
        "mov gs:[{scratch}], rsp",
        "mov rsp, gs:[{user_context}]",
        "mov [rsp], rax",
        "mov [rsp + 8], rbx",
        "mov [rsp + 24], rdx",
        "mov [rsp + 32], rsi",
        "mov [rsp + 40], rdi",
        "mov [rsp + 48], rbp",
        "mov [rsp + 64], r8",
        "mov [rsp + 72], r9",
        "mov [rsp + 80], r10",
        "mov [rsp + 96], r12",
        "mov [rsp + 104], r13",
        "mov [rsp + 112], r14",
        "mov [rsp + 120], r15",
        "mov [rsp + {rip}], rcx",
        "mov [rsp + {rflags}], r11",
        "mov [rsp + 16], rcx",
        "mov [rsp + 88], r11",
        "mov qword ptr [rsp + {vector}], {syscall}",
        "mov rax, gs:[{scratch}]",
        "mov [rsp + {rsp}], rax",
        "mov rsp, gs:[{kernel_rsp}]",
        "pop r15",
        "pop r14",
        "pop r13",
        "pop r12",
        "pop rbx",
        "pop rbp",
        "ret",
        scratch = const SCRATCH,
        user_context = const USER_CONTEXT,
        kernel_rsp = const KERNEL_RSP,
        vector = const C_VECTOR,
        syscall = const VECTOR_SYSCALL,
        rip = const R_RIP,
        rflags = const R_RFLAGS,
        rsp = const R_RSP,
    );
}

/// The tail of a trap from user mode, jumped to by the common entry in `trap` with the stack as
/// (vector, error, RIP, CS, RFLAGS, RSP, SS) and GS still the user's: save everything, return from
/// [`enter`].
#[unsafe(naked)]
pub(crate) unsafe extern "sysv64" fn trap_from_user() {
    naked_asm!(
        "swapgs",
        "push rax",
        "mov rax, gs:[{user_context}]",
        "mov [rax + 8], rbx",
        "mov [rax + 16], rcx",
        "mov [rax + 24], rdx",
        "mov [rax + 32], rsi",
        "mov [rax + 40], rdi",
        "mov [rax + 48], rbp",
        "mov [rax + 64], r8",
        "mov [rax + 72], r9",
        "mov [rax + 80], r10",
        "mov [rax + 88], r11",
        "mov [rax + 96], r12",
        "mov [rax + 104], r13",
        "mov [rax + 112], r14",
        "mov [rax + 120], r15",
        "pop rcx",
        "mov [rax], rcx",
        "pop rcx",
        "mov [rax + {vector}], rcx",
        "pop rcx",
        "mov [rax + {error}], rcx",
        "pop rcx",
        "mov [rax + {rip}], rcx",
        "pop rcx",
        "pop rcx",
        "mov [rax + {rflags}], rcx",
        "pop rcx",
        "mov [rax + {rsp}], rcx",
        "mov rcx, cr2",
        "mov [rax + {fault}], rcx",
        "mov rsp, gs:[{kernel_rsp}]",
        // User code may have left the direction, trap or alignment check flag (SMAP's override) set.
        "push 2",
        "popfq",
        "pop r15",
        "pop r14",
        "pop r13",
        "pop r12",
        "pop rbx",
        "pop rbp",
        "ret",
        user_context = const USER_CONTEXT,
        kernel_rsp = const KERNEL_RSP,
        vector = const C_VECTOR,
        error = const C_ERROR,
        fault = const C_FAULT,
        rip = const R_RIP,
        rflags = const R_RFLAGS,
        rsp = const R_RSP,
    );
}

// The offsets written as numbers above.
const _: () = {
    assert!(offset_of!(UserContext, registers) == 0);
    assert!(offset_of!(Registers, rbx) == 8 && offset_of!(Registers, rcx) == 16);
    assert!(offset_of!(Registers, rdx) == 24 && offset_of!(Registers, rsi) == 32);
    assert!(offset_of!(Registers, rdi) == 40 && offset_of!(Registers, rbp) == 48);
    assert!(offset_of!(Registers, r8) == 64 && offset_of!(Registers, r9) == 72);
    assert!(offset_of!(Registers, r10) == 80 && offset_of!(Registers, r11) == 88);
    assert!(offset_of!(Registers, r12) == 96 && offset_of!(Registers, r13) == 104);
    assert!(offset_of!(Registers, r14) == 112 && offset_of!(Registers, r15) == 120);
    // `run` asks `cpu` for the selectors it pushes.
    assert!(cpu::USER_CODE.0 == 0x23 && cpu::USER_DATA.0 == 0x1b);
};
