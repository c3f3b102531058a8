//! Faults of memory: what is not the program's, or not for that use.

use alloc::boxed::Box;
use core::arch::asm;
use core::hint::black_box;

use harness::machine::{self, RETURN_42};
use kpio_rt::abi::flags::{PROT_EXEC, PROT_READ, PROT_WRITE};
use kpio_rt::abi::memory::{
    DIRECT_MAP_BASE, KERNEL_IMAGE_BASE, KERNEL_PHYS_BASE, PAGE_SIZE, USER_END,
};
use kpio_rt::abi::syscalls::SYS_GETPID;
use kpio_rt::memory::{self, Mapping};
use kpio_rt::thread;

use super::Case;

/// The cases.
pub const CASES: &[Case] = &[
    ("read-null", || read(0)),
    ("write-null", || write(0)),
    ("jump-null", || jump(0)),
    ("read-direct-map", || read(DIRECT_MAP_BASE)),
    ("write-direct-map", || write(DIRECT_MAP_BASE + 0x10_0000)),
    ("read-kernel-text", || read(KERNEL_TEXT)),
    ("write-kernel-text", || write(KERNEL_TEXT)),
    ("jump-kernel-text", || jump(KERNEL_TEXT)),
    ("read-last-byte", || read(usize::MAX)),
    ("read-above-user", || read(USER_END)),
    ("read-non-canonical", || read(NON_CANONICAL)),
    ("write-non-canonical", || write(NON_CANONICAL)),
    ("jump-non-canonical", || jump(NON_CANONICAL)),
    ("push-non-canonical", push_non_canonical),
    ("push-kernel", push_kernel),
    ("write-own-text", || write(jump as *const () as usize)),
    ("write-own-constant", || write((&raw const CONSTANT).addr())),
    ("write-relocated-constant", || {
        write((&raw const RELOCATED).addr())
    }),
    ("execute-stack", execute_stack),
    ("execute-heap", execute_heap),
    ("execute-data", execute_data),
    ("execute-mapping", execute_mapping),
    ("write-code-mapping", write_code_mapping),
    ("read-protected-mapping", read_protected_mapping),
    ("read-unmapped", read_unmapped),
    ("overflow-stack", || {
        recurse(0);
    }),
    ("overflow-thread-stack", overflow_thread_stack),
    ("fault-in-thread", fault_in_thread),
    ("syscall-at-last-byte", syscall_at_last_byte),
];

/// The first byte of the kernel's image.
const KERNEL_TEXT: usize = KERNEL_IMAGE_BASE + KERNEL_PHYS_BASE;

/// The first address that is none (Intel SDM vol. 1 "Canonical Addressing").
const NON_CANONICAL: usize = 1 << 47;

/// Lies in `.rodata`.
static CONSTANT: [u64; 4] = [1, 2, 3, 4];

/// Holds an address, so it lies in RELRO data, which is read-only once it is relocated.
static RELOCATED: &(dyn Fn() + Sync) = &|| ();

/// Lies in `.data`.
static mut DATA: [u8; 6] = RETURN_42;

fn read(address: usize) {
    // SAFETY: ends with a fault, or the case fails.
    black_box(unsafe { machine::read(address) });
}

fn write(address: usize) {
    // SAFETY: ends with a fault, or the case fails.
    unsafe { machine::write(address, 0xC3) };
}

fn jump(address: usize) {
    // SAFETY: ends with a fault, or the case fails.
    black_box(unsafe { machine::call(address) });
}

/// Pushes onto a stack at `top`, which cannot be written.
fn push_at(top: usize) {
    // SAFETY: ends with a fault at the push, or the stack is put right again and the case fails.
    unsafe {
        asm!(
            "mov {saved}, rsp",
            "mov rsp, {top}",
            "push 0",
            "mov rsp, {saved}",
            saved = out(reg) _,
            top = in(reg) top,
        );
    }
}

fn push_non_canonical() {
    push_at(NON_CANONICAL + PAGE_SIZE);
}

/// The kernel must not use the stack of a program, so the call works; the push after it must not.
fn push_kernel() {
    // SAFETY: as for `push_at`; GETPID changes nothing.
    unsafe {
        asm!(
            "mov {saved}, rsp",
            "mov rsp, {top}",
            "syscall",
            "push 0",
            "mov rsp, {saved}",
            saved = out(reg) _,
            top = in(reg) DIRECT_MAP_BASE + 0x20_0000,
            inlateout("rax") SYS_GETPID => _,
            out("rcx") _,
            out("r11") _,
        );
    }
}

fn execute_stack() {
    let code = black_box(RETURN_42);
    jump(code.as_ptr().addr());
}

fn execute_heap() {
    let code = black_box(Box::new(RETURN_42));
    jump(code.as_ptr().addr());
}

fn execute_data() {
    jump((&raw const DATA).addr());
}

/// A fresh page with code in it.
fn page_with_code() -> Mapping {
    let page = Mapping::new(PAGE_SIZE, PROT_READ | PROT_WRITE).expect("a page");
    for (offset, byte) in RETURN_42.into_iter().enumerate() {
        // SAFETY: the page is writable.
        unsafe { machine::write(page.address() + offset, byte) };
    }
    page
}

fn protect(page: &Mapping, protection: u32) {
    // SAFETY: the page is the test's own.
    unsafe { memory::protect(page.address(), PAGE_SIZE, protection) }.expect("mprotect");
}

fn execute_mapping() {
    jump(page_with_code().address());
}

fn write_code_mapping() {
    let page = page_with_code();
    protect(&page, PROT_READ | PROT_EXEC);
    // SAFETY: a function was written there.
    let returned = unsafe { machine::call(page.address()) };
    assert_eq!(returned, 42);
    write(page.address());
}

fn read_protected_mapping() {
    let page = page_with_code();
    protect(&page, 0);
    read(page.address());
}

fn read_unmapped() {
    let page = page_with_code();
    let address = page.address();
    drop(page);
    read(address);
}

/// Never returns: each call keeps a part of the stack in use.
#[inline(never)]
fn recurse(depth: usize) -> usize {
    let frame = black_box([depth; 64]);
    if depth == usize::MAX {
        return 0;
    }
    black_box(recurse(depth + 1)) + frame[depth % frame.len()]
}

fn overflow_thread_stack() {
    let thread = thread::spawn(|| recurse(0)).expect("a thread");
    black_box(thread.join());
}

fn fault_in_thread() {
    let thread = thread::spawn(|| read(0)).expect("a thread");
    thread.join();
}

/// `syscall` in the last two bytes of user space: it returns to [`USER_END`], where nothing is.
///
/// A processor of Intel's faults in the kernel if SYSRET is given an address that is none (Intel
/// SDM vol. 2 "SYSRET"), which is why the last page of the lower half is never mapped.
fn syscall_at_last_byte() {
    let page = USER_END - PAGE_SIZE;
    // SAFETY: the strings of argv and envp lie there; the case does not use them any more.
    unsafe { memory::map_fixed(page, PAGE_SIZE, PROT_READ | PROT_WRITE) }.expect("the last page");
    for (offset, byte) in [(2, 0x0F), (1, 0x05)] {
        // SAFETY: mapped just now.
        unsafe { machine::write(USER_END - offset, byte) };
    }
    // SAFETY: as above.
    unsafe { memory::protect(page, PAGE_SIZE, PROT_READ | PROT_EXEC) }.expect("mprotect");
    // SAFETY: ends with a fault behind the instruction.
    unsafe {
        asm!("jmp {}", in(reg) USER_END - 2, in("rax") SYS_GETPID, options(noreturn));
    }
}
