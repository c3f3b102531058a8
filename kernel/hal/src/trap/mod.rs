//! Exceptions and interrupts: the table, the entries, and what happens to a trap from the kernel.
//!
//! A trap from user mode becomes the return value of `UserContext::run`. A trap from the kernel is
//! an interrupt that woke the idle loop (noted in a mask that the kernel polls), a user copy that
//! hit a bad page (sent to its fixup), or a defect (panic).

mod fixup;

use crate::apic;
use crate::cpu::{IST_DEBUG, IST_DOUBLE_FAULT, IST_NMI, KERNEL_CODE, KERNEL_DATA};
use crate::user::trap_from_user;
use core::arch::{global_asm, naked_asm};
use core::sync::atomic::{AtomicU64, Ordering};
use x86_64::VirtAddr;
use x86_64::structures::idt::InterruptDescriptorTable;

/// The local APIC's timer.
pub const VECTOR_TIMER: u8 = 32;
/// COM1 has input.
pub const VECTOR_SERIAL: u8 = 33;
/// Spurious interrupts of the local APIC; its low four bits are set, as old ones want.
pub const VECTOR_SPURIOUS: u8 = 63;

/// Interrupts that arrived and were not yet taken, one bit a vector from 32.
static PENDING: AtomicU64 = AtomicU64::new(0);

/// The interrupts that arrived since the last call, one bit each (bit 0 is vector 32).
pub fn take_pending() -> u64 {
    PENDING.swap(0, Ordering::Relaxed)
}

/// Whether `pending`, from [`take_pending`], holds `vector`.
#[must_use]
pub fn has_vector(pending: u64, vector: u8) -> bool {
    pending & (1 << (vector - 32)) != 0
}

/// Note an interrupt and tell the local APIC that it was taken.
pub(crate) fn acknowledge(vector: u64) {
    PENDING.fetch_or(1 << ((vector - 32) & 63), Ordering::Relaxed);
    if vector != u64::from(VECTOR_SPURIOUS) {
        apic::end_of_interrupt();
    }
}

/// Registers of interrupted kernel code, as the common entry pushes them.
#[derive(Debug)]
#[repr(C)]
struct KernelFrame {
    r15: u64,
    r14: u64,
    r13: u64,
    r12: u64,
    r11: u64,
    r10: u64,
    r9: u64,
    r8: u64,
    rbp: u64,
    rdi: u64,
    rsi: u64,
    rdx: u64,
    rcx: u64,
    rbx: u64,
    rax: u64,
    vector: u64,
    error: u64,
    rip: u64,
    cs: u64,
    rflags: u64,
    rsp: u64,
    ss: u64,
}

extern "sysv64" fn handle_kernel_trap(frame: &mut KernelFrame) {
    match frame.vector {
        // A single step that user code aimed at the kernel's first instruction: it ends here.
        1 => frame.rflags &= !(1 << 8),
        2 => panic!("non-maskable interrupt at {:#x}", frame.rip),
        8 => double_fault(frame),
        14 => {
            let address = x86_64::registers::control::Cr2::read_raw();
            if let Some(fixup) = fixup::find(frame.rip) {
                frame.rip = fixup;
                frame.r8 = address;
                return;
            }
            if crate::probe::take_call_attempt(frame.rip) {
                // RSP is where `call` left it: return address into `try_call`, then that of its
                // caller. Go on there, with the answer "it faulted".
                frame.rip = (crate::probe::call_faulted as *const ()).addr() as u64;
                return;
            }
            panic!(
                "page fault in the kernel: {} of {address:#x} at {:#x} (error {:#x})",
                if frame.error & 16 != 0 {
                    "execution"
                } else if frame.error & 2 != 0 {
                    "write"
                } else {
                    "read"
                },
                frame.rip,
                frame.error
            );
        }
        18 => panic!("machine check at {:#x}", frame.rip),
        vector @ 0..32 => panic!(
            "exception {vector} in the kernel at {:#x} (error {:#x}, rsp {:#x})",
            frame.rip, frame.error, frame.rsp
        ),
        vector => acknowledge(vector),
    }
}

fn double_fault(frame: &KernelFrame) -> ! {
    let address = x86_64::registers::control::Cr2::read_raw();
    if crate::task::is_stack_guard(address) {
        panic!(
            "kernel stack overflow: {:#x} touched {address:#x}, a guard page",
            frame.rip
        );
    }
    panic!(
        "double fault at {:#x} (rsp {:#x}, last fault {address:#x})",
        frame.rip, frame.rsp
    );
}

/// Every entry comes here with (vector, error, RIP, CS, RFLAGS, RSP, SS) on the stack.
#[unsafe(naked)]
unsafe extern "sysv64" fn common() {
    naked_asm!(
        "test byte ptr [rsp + 24], 3",
        "jnz {from_user}",
        "push rax",
        "push rbx",
        "push rcx",
        "push rdx",
        "push rsi",
        "push rdi",
        "push rbp",
        "push r8",
        "push r9",
        "push r10",
        "push r11",
        "push r12",
        "push r13",
        "push r14",
        "push r15",
        "cld",
        "mov rdi, rsp",
        // A frame record, so that backtraces go on in the interrupted code.
        "push qword ptr [rsp + {rip}]",
        "push rbp",
        "mov rbp, rsp",
        // The kernel runs on 16-byte aligned stacks, but traps land anywhere.
        "and rsp, -16",
        "call {handler}",
        "lea rsp, [rbp + 16]",
        "pop r15",
        "pop r14",
        "pop r13",
        "pop r12",
        "pop r11",
        "pop r10",
        "pop r9",
        "pop r8",
        "pop rbp",
        "pop rdi",
        "pop rsi",
        "pop rdx",
        "pop rcx",
        "pop rbx",
        "pop rax",
        "add rsp, 16",
        "iretq",
        from_user = sym trap_from_user,
        handler = sym handle_kernel_trap,
        rip = const core::mem::offset_of!(KernelFrame, rip),
    );
}

/// Entries of the vectors that can arrive between the SYSCALL instruction and SWAPGS, or between
/// SWAPGS and the return: the code segment does not tell whose GS base is loaded, the base does.
#[unsafe(naked)]
unsafe extern "sysv64" fn common_paranoid() {
    naked_asm!(
        "test byte ptr [rsp + 24], 3",
        "jnz {from_user}",
        "push rax",
        "push rcx",
        "push rdx",
        "mov ecx, 0xC0000101", // IA32_GS_BASE
        "rdmsr",
        "test edx, edx",
        "pop rdx",
        "pop rcx",
        "pop rax",
        "js {common}",
        // The user's base: borrow the kernel's for the handler, by a second frame on this stack
        // that returns to the code below.
        "swapgs",
        "push {kernel_data}",
        "push rsp",                    // the value before the push: back to the SS just pushed
        "pushfq",
        "push {kernel_code}",
        "sub rsp, 24",                 // rip, error, vector
        "push rax",
        "lea rax, [rip + 2f]",
        "mov [rsp + 24], rax",
        "mov rax, [rsp + 72]",         // error of the real frame
        "mov [rsp + 16], rax",
        "mov rax, [rsp + 64]",         // vector of the real frame
        "mov [rsp + 8], rax",
        "pop rax",
        "jmp {common}",
        "2:",
        "swapgs",
        "add rsp, 8",                  // that SS
        "and qword ptr [rsp + 32], -257", // RFLAGS without the trap flag
        "add rsp, 16",
        "iretq",
        from_user = sym trap_from_user,
        common = sym common,
        kernel_code = const KERNEL_CODE.0,
        kernel_data = const KERNEL_DATA.0,
    );
}

// One entry a vector: push a zero where the CPU pushes no error code, push the vector, go on.
global_asm!(
    ".altmacro",
    ".macro KPIO_TRAP_ENTRY n",
    ".balign 16",
    ".if \\n == 8 || (\\n >= 10 && \\n <= 14) || \\n == 17 || \\n == 21 || \\n == 29 || \\n == 30",
    ".else",
    "push 0",
    ".endif",
    "push \\n",
    ".if \\n == 1 || \\n == 2 || \\n == 8 || \\n == 18",
    "jmp {paranoid}",
    ".else",
    "jmp {common}",
    ".endif",
    ".endm",
    ".balign 16",
    ".global kpio_trap_entries",
    "kpio_trap_entries:",
    ".set n, 0",
    ".rept 64",
    "KPIO_TRAP_ENTRY %n",
    ".set n, n + 1",
    ".endr",
    ".noaltmacro",
    paranoid = sym common_paranoid,
    common = sym common,
);

const NR_ENTRIES: u8 = 64;
const ENTRY_BYTES: u64 = 16;

unsafe extern "C" {
    #[link_name = "kpio_trap_entries"]
    static TRAP_ENTRIES: u8;
}

static IDT: spin::Once<InterruptDescriptorTable> = spin::Once::new();

/// Load the interrupt table. The descriptor tables of `cpu` come first.
pub(crate) fn init() {
    let idt = IDT.call_once(|| {
        let mut idt = InterruptDescriptorTable::new();
        let first = VirtAddr::from_ptr(&raw const TRAP_ENTRIES).as_u64();
        for vector in 0..NR_ENTRIES {
            set_entry(
                &mut idt,
                vector,
                VirtAddr::new(first + ENTRY_BYTES * u64::from(vector)),
            );
        }
        idt
    });
    idt.load();
}

fn set_entry(idt: &mut InterruptDescriptorTable, vector: u8, address: VirtAddr) {
    macro_rules! set {
        ($entry:expr) => {{
            // SAFETY: `address` is the entry of this very vector, which keeps the ABI of `common`.
            unsafe { $entry.set_handler_addr(address) }
        }};
    }
    macro_rules! set_on_stack {
        ($entry:expr, $ist:expr) => {{
            let options = set!($entry);
            // SAFETY: the stack is this vector's own, set up by `cpu::init_descriptor_tables`.
            unsafe { options.set_stack_index($ist) };
        }};
    }
    match vector {
        0 => _ = set!(idt.divide_error),
        1 => set_on_stack!(idt.debug, IST_DEBUG),
        2 => set_on_stack!(idt.non_maskable_interrupt, IST_NMI),
        3 => {
            // User code may execute INT3.
            set!(idt.breakpoint).set_privilege_level(x86_64::PrivilegeLevel::Ring3);
        }
        4 => _ = set!(idt.overflow),
        5 => _ = set!(idt.bound_range_exceeded),
        6 => _ = set!(idt.invalid_opcode),
        7 => _ = set!(idt.device_not_available),
        8 => set_on_stack!(idt.double_fault, IST_DOUBLE_FAULT),
        10 => _ = set!(idt.invalid_tss),
        11 => _ = set!(idt.segment_not_present),
        12 => _ = set!(idt.stack_segment_fault),
        13 => _ = set!(idt.general_protection_fault),
        14 => _ = set!(idt.page_fault),
        16 => _ = set!(idt.x87_floating_point),
        17 => _ = set!(idt.alignment_check),
        18 => set_on_stack!(idt.machine_check, IST_NMI),
        19 => _ = set!(idt.simd_floating_point),
        20 => _ = set!(idt.virtualization),
        21 => _ = set!(idt.cp_protection_exception),
        28 => _ = set!(idt.hv_injection_exception),
        29 => _ = set!(idt.vmm_communication_exception),
        30 => _ = set!(idt.security_exception),
        9 | 15 | 22..=27 | 31 => {} // reserved: the CPU never raises them
        _ => _ = set!(idt[vector]),
    }
}
