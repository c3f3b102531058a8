//! Faults of the processor: instructions that are not for programs, and states that must not follow
//! the program into the kernel.

use core::arch::asm;

use harness::machine;
use kpio_rt::abi::flags::{PROT_EXEC, PROT_READ, PROT_WRITE};
use kpio_rt::abi::memory::{DIRECT_MAP_BASE, PAGE_SIZE, USER_MIN};
use kpio_rt::abi::syscalls::{SYS_CLOCK_GET, SYS_GETPID};
use kpio_rt::{memory, process};

use super::Case;

/// A case that executes these instructions.
macro_rules! instructions {
    ($($instruction:literal),+ $(, $operand:ident = $value:expr)*) => {
        || {
            // SAFETY: ends with a fault, or the case fails; all registers used are given up.
            unsafe {
                asm!(
                    $($instruction,)+
                    $($operand = in(reg) $value,)*
                    out("rax") _, out("rcx") _, out("rdx") _, out("r11") _,
                );
            }
        }
    };
}

/// The cases.
pub const CASES: &[Case] = &[
    ("divide-by-zero", divide_by_zero),
    (
        "divide-overflow",
        instructions!("mov rdx, -1", "mov rax, 0", "mov ecx, 1", "div rcx"),
    ),
    ("x87-exception", x87_exception),
    ("invalid-opcode", instructions!("ud2")),
    ("invalid-lock", instructions!(".byte 0xF0, 0x90")),
    (
        "instruction-too-long",
        instructions!(".fill 15, 1, 0x66", "nop"),
    ),
    ("breakpoint", instructions!("int3")),
    (
        "single-step",
        instructions!("pushfq", "or qword ptr [rsp], 0x100", "popfq", "nop", "nop"),
    ),
    ("single-step-into-syscall", single_step_into_syscall),
    ("interrupt-0x80", instructions!("int 0x80")),
    ("interrupt-page-fault", instructions!("int 14")),
    ("interrupt-double-fault", instructions!("int 8")),
    ("interrupt-timer", instructions!("int 32")),
    ("cli", instructions!("cli")),
    ("sti", instructions!("sti")),
    ("hlt", instructions!("hlt")),
    ("in", instructions!("mov dx, 0x3F8", "in al, dx")),
    (
        "out",
        instructions!("mov dx, 0x501", "mov ax, 0", "out dx, ax"),
    ),
    ("read-cr0", instructions!("mov rax, cr0")),
    ("write-cr0", instructions!("xor eax, eax", "mov cr0, rax")),
    ("read-cr3", instructions!("mov rax, cr3")),
    ("write-cr3", instructions!("xor eax, eax", "mov cr3, rax")),
    ("write-cr4", instructions!("xor eax, eax", "mov cr4, rax")),
    ("write-dr7", instructions!("xor eax, eax", "mov dr7, rax")),
    ("rdmsr", instructions!("mov ecx, 0xC0000080", "rdmsr")),
    (
        "wrmsr",
        instructions!(
            "mov ecx, 0xC0000082",
            "xor eax, eax",
            "xor edx, edx",
            "wrmsr"
        ),
    ),
    ("invlpg", instructions!("invlpg [rsp]")),
    ("wbinvd", instructions!("wbinvd")),
    ("clts", instructions!("clts")),
    ("swapgs", instructions!("swapgs")),
    (
        "xsetbv",
        instructions!("xor ecx, ecx", "xor eax, eax", "xor edx, edx", "xsetbv"),
    ),
    (
        "lgdt",
        instructions!("sub rsp, 16", "lgdt [rsp]", "add rsp, 16"),
    ),
    (
        "lidt",
        instructions!("sub rsp, 16", "lidt [rsp]", "add rsp, 16"),
    ),
    ("ltr", instructions!("mov eax, 0x28", "ltr ax")),
    (
        "sgdt",
        instructions!("sub rsp, 16", "sgdt [rsp]", "add rsp, 16"),
    ),
    (
        "sidt",
        instructions!("sub rsp, 16", "sidt [rsp]", "add rsp, 16"),
    ),
    ("smsw", instructions!("smsw eax")),
    ("str", instructions!("str eax")),
    ("sysenter", instructions!("sysenter")),
    ("sysret", instructions!("lea rcx, [rip]", "sysretq")),
    ("iret-to-kernel", iret_to_kernel),
    (
        "load-kernel-data-segment",
        instructions!("mov eax, 0x10", "mov ds, ax"),
    ),
    (
        "load-kernel-stack-segment",
        instructions!("mov eax, 0x10", "mov ss, ax"),
    ),
    (
        "load-segment-beyond-table",
        instructions!("mov eax, 0xFFFB", "mov es, ax"),
    ),
    ("far-return-to-kernel", far_return_to_kernel),
    ("far-jump-to-kernel", far_jump_to_kernel),
    ("compatibility-mode-syscall", compatibility_mode_syscall),
    ("survives-alignment-flag", alignment_flag),
    ("survives-null-segments", null_segments),
    ("survives-direction-flag", || {
        survive_syscall_with_flags(1 << 10)
    }),
    ("survives-nested-task-flag", || {
        survive_syscall_with_flags(1 << 14)
    }),
    ("survives-access-check-flag", access_check_flag),
    ("survives-syscall-without-stack", syscall_without_stack),
    ("survives-own-gs-base", own_gs_base),
    ("survives-resume-flag", || {
        survive_syscall_with_flags(1 << 16)
    }),
];

fn divide_by_zero() {
    // SAFETY: ends with a fault, or the case fails.
    unsafe {
        asm!(
            "xor ecx, ecx",
            "mov eax, 1",
            "cdq",
            "div ecx",
            out("eax") _,
            out("ecx") _,
            out("edx") _,
        );
    }
}

/// A division by zero with the exception unmasked in the x87 control word (bit 2).
fn x87_exception() {
    let control = 0x037F_u16 & !(1 << 2);
    // SAFETY: ends with a fault at `fwait`, or the case fails.
    unsafe {
        asm!(
            "fninit",
            "fldcw [{control}]",
            "fld1",
            "fldz",
            "fdivp st(1), st",
            "fwait",
            control = in(reg) &raw const control,
            out("st(0)") _, out("st(1)") _, out("st(2)") _, out("st(3)") _,
            out("st(4)") _, out("st(5)") _, out("st(6)") _, out("st(7)") _,
        );
    }
}

/// The trap of a `syscall` that is executed with the trap flag set must meet the program, not the
/// kernel.
fn single_step_into_syscall() {
    // SAFETY: GETPID changes nothing; the trap ends the process.
    unsafe {
        asm!(
            "pushfq",
            "or qword ptr [rsp], 0x100",
            "popfq",
            "syscall",
            "nop",
            inlateout("rax") SYS_GETPID => _,
            out("rcx") _,
            out("r11") _,
        );
    }
}

/// AC asks for alignment checks in ring 3, which the kernel has to allow with AM in CR0. It does
/// not: compilers make unaligned accesses.
fn alignment_flag() {
    let words = [0_u64; 2];
    // SAFETY: reads inside the array, and puts the flag back.
    unsafe {
        asm!(
            "pushfq",
            "or qword ptr [rsp], 0x40000",
            "popfq",
            "mov {scratch}, qword ptr [{word} + 1]",
            "pushfq",
            "and qword ptr [rsp], -0x40001",
            "popfq",
            word = in(reg) words.as_ptr(),
            scratch = out(reg) _,
        );
    }
}

fn iret_to_kernel() {
    // SAFETY: ends with a fault: ring 0 cannot be reached by `iretq`.
    unsafe {
        asm!(
            "push 0x10",
            "push {stack}",
            "push 0x202",
            "push 0x08",
            "push {entry}",
            "iretq",
            stack = in(reg) DIRECT_MAP_BASE + 0x1000,
            entry = in(reg) DIRECT_MAP_BASE,
            options(noreturn),
        );
    }
}

fn far_return_to_kernel() {
    // SAFETY: ends with a fault: a code segment of ring 0 cannot be returned to from ring 3.
    unsafe {
        asm!(
            "push 0x08",
            "push {entry}",
            "retfq",
            entry = in(reg) DIRECT_MAP_BASE,
            options(noreturn),
        );
    }
}

/// What a far jump reads: an offset of 32 bits and a selector.
#[repr(C, packed)]
struct FarPointer {
    offset: u32,
    selector: u16,
}

/// Jumps to another code segment.
fn far_jump(target: &FarPointer) {
    // SAFETY: ends with a fault, at the jump or behind it.
    unsafe {
        asm!(
            "jmp fword ptr [{target}]",
            target = in(reg) target,
            in("rax") SYS_GETPID,
            options(noreturn),
        );
    }
}

fn far_jump_to_kernel() {
    far_jump(&FarPointer {
        offset: 0x20_0000,
        selector: 0x08,
    });
}

/// Goes to 32-bit code, if there is a segment for it, and executes SYSCALL there: it must not reach
/// the kernel through an entry that nobody set (AMD APM vol. 2 "SYSCALL and SYSRET").
fn compatibility_mode_syscall() {
    // SAFETY: nothing of the program lies so low.
    let page = unsafe { memory::map_fixed(USER_MIN, PAGE_SIZE, PROT_READ | PROT_WRITE) };
    let page = page.expect("the lowest page");
    let code = [0x0F, 0x05, 0x0F, 0x0B]; // syscall; ud2
    for (offset, byte) in code.into_iter().enumerate() {
        // SAFETY: mapped just now.
        unsafe { machine::write(page + offset, byte) };
    }
    // SAFETY: as above.
    unsafe { memory::protect(page, PAGE_SIZE, PROT_READ | PROT_EXEC) }.expect("mprotect");
    // SYSRET to 32-bit code loads the selector that STAR names, which kernels put at 0x18 or 0x20;
    // where there is no such segment, the jump is the fault.
    let selector = [0x1B, 0x23]
        .into_iter()
        .find(|selector| is_32_bit_segment(*selector));
    let offset = u32::try_from(page).expect("an address of 32 bits");
    far_jump(&FarPointer {
        offset,
        selector: selector.unwrap_or(0x1B),
    });
}

/// Whether the selector names a code segment with L clear and D set (Intel SDM vol. 2 "LAR").
fn is_32_bit_segment(selector: u16) -> bool {
    let access: u64;
    let is_valid: u8;
    // SAFETY: LAR only looks at the descriptor, and says whether the program may.
    unsafe {
        asm!(
            "xor {access}, {access}",
            "lar {access:e}, {selector:e}",
            "setz {is_valid}",
            access = out(reg) access,
            selector = in(reg) u32::from(selector),
            is_valid = out(reg_byte) is_valid,
        );
    }
    let (is_code, is_long, is_32) = (access & 1 << 11, access & 1 << 21, access & 1 << 22);
    is_valid == 1 && is_code != 0 && is_long == 0 && is_32 != 0
}

fn null_segments() {
    // SAFETY: 64-bit code does not use ds and es. FS and GS bases: a null selector in fs would take
    // the thread pointer away on some processors, so only these two and gs, which nobody uses.
    unsafe {
        asm!("xor eax, eax", "mov ds, ax", "mov es, ax", "mov gs, ax", out("eax") _);
    }
    for _ in 0..1000 {
        assert!(process::id() > 0);
    }
}

/// Makes a system call with flags set that the kernel must not run with.
fn survive_syscall_with_flags(set: u64) {
    let result: isize;
    // SAFETY: CLOCK_GET writes to `time`; the flags are put right before other code runs.
    let mut time = [0_u64; 2];
    // SAFETY: as above.
    unsafe {
        asm!(
            "pushfq",
            "or [rsp], {set}",
            "popfq",
            "syscall",
            "pushfq",
            "mov {unset}, {set}",
            "not {unset}",
            "and [rsp], {unset}",
            "popfq",
            set = in(reg) set,
            unset = out(reg) _,
            inlateout("rax") SYS_CLOCK_GET => result,
            in("rdi") 1,
            in("rsi") &raw mut time,
            out("rcx") _,
            out("r11") _,
        );
    }
    assert_eq!(result, 0);
    assert!(time != [0, 0]);
}

/// With SMAP the flag AC lets the kernel reach user memory: a program that has set it must gain
/// nothing. The kernel has to clear it at its entry, and a bad pointer still is EFAULT.
fn access_check_flag() {
    let result: isize;
    // SAFETY: CLOCK_GET writes to kernel memory if the test fails.
    unsafe {
        asm!(
            "pushfq",
            "or qword ptr [rsp], 0x40000",
            "popfq",
            "syscall",
            "pushfq",
            "and qword ptr [rsp], -0x40001",
            "popfq",
            inlateout("rax") SYS_CLOCK_GET => result,
            in("rdi") 1,
            in("rsi") DIRECT_MAP_BASE + 0x20_0000,
            out("rcx") _,
            out("r11") _,
        );
    }
    assert_eq!(result, -14);
}

/// The kernel brings its own stack.
fn syscall_without_stack() {
    let result: usize;
    // SAFETY: the stack pointer is put back before anything uses it.
    unsafe {
        asm!(
            "mov {saved}, rsp",
            "xor esp, esp",
            "syscall",
            "mov rsp, {saved}",
            saved = out(reg) _,
            inlateout("rax") SYS_GETPID => result,
            out("rcx") _,
            out("r11") _,
        );
    }
    assert_eq!(i32::try_from(result), Ok(process::id()));
}

/// If programs may set their GS base, the kernel must not take it for its own.
fn own_gs_base() {
    const AT_HWCAP2_FSGSBASE: usize = 1 << 1;
    if kpio_rt::args::auxiliary(kpio_rt::abi::flags::AT_HWCAP2) & AT_HWCAP2_FSGSBASE == 0 {
        return;
    }
    for base in [0, DIRECT_MAP_BASE, usize::MAX & !0xFFF] {
        // SAFETY: nobody uses gs.
        unsafe { asm!("wrgsbase {}", in(reg) base) };
        for _ in 0..1000 {
            assert!(process::id() > 0);
        }
    }
}
