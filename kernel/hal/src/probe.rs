//! Trying what the hardening forbids, and reporting whether the machine stopped it.
//!
//! The kernel's self-tests call these. Each attempt either faults, which the trap handler turns into
//! an answer, or goes through: then the hardening is not there.

use crate::frame::Frame;
use crate::memory::direct_map;
use crate::paging::{self, Access, UserPageTable};
use core::arch::naked_asm;
use core::hint::black_box;
use core::sync::atomic::{AtomicU64, Ordering};
use kpio_abi::memory::{PAGE_SIZE, USER_TEXT_BASE};

/// `ret`.
const RETURN_INSTRUCTION: u8 = 0xC3;

/// SMEP: whether the kernel is stopped from executing a user page.
#[must_use]
pub fn is_user_code_stopped() -> bool {
    with_user_page(Access::READ | Access::EXECUTE, |address| {
        // SAFETY: the page holds a `ret`.
        unsafe { try_call(address) != 0 }
    })
}

/// SMAP: whether the kernel is stopped from reading a user page outside of a user copy.
#[must_use]
pub fn is_user_data_stopped() -> bool {
    // SAFETY: a read of one byte of a mapped page.
    with_user_page(Access::READ, |address| unsafe { try_read(address) != 0 })
}

/// NX: whether the kernel is stopped from executing its data.
#[must_use]
pub fn is_data_execution_stopped() -> bool {
    let code = black_box([RETURN_INSTRUCTION; 16]);
    // SAFETY: the array holds `ret`s.
    unsafe { try_call((&raw const code).addr() as u64) != 0 }
}

/// W^X: whether the kernel is stopped from writing to its own text.
#[must_use]
pub fn is_text_write_stopped() -> bool {
    // SAFETY: the byte is written back with its own value.
    unsafe { try_rewrite(text_address()) != 0 }
}

/// W^X: whether the kernel is stopped from writing to its text through the direct map.
#[must_use]
pub fn is_text_alias_write_stopped() -> bool {
    let phys = paging::kernel_virt_to_phys(text_address()).expect("the kernel's text is mapped");
    // SAFETY: as above, through the other mapping.
    unsafe { try_rewrite(direct_map(phys).addr() as u64) != 0 }
}

/// Guard pages: whether the page below a kernel stack is not there.
#[must_use]
pub fn is_guard_page_stopped() -> bool {
    let bottom = paging::map_guarded(1).expect("memory for one page");
    // SAFETY: a read of one byte, whose fault is caught.
    unsafe { try_read(bottom - PAGE_SIZE as u64) != 0 }
}

/// Run over the end of this kernel stack. Ends in a panic, or where there is no guard page, anywhere.
pub fn overflow_stack() -> ! {
    #[expect(unconditional_recursion, reason = "that is the attempt")]
    fn deeper(depth: u64) -> u64 {
        let block = black_box([depth; 64]);
        deeper(depth + 1) + black_box(block)[0]
    }
    let depth = deeper(0);
    unreachable!("a stack without an end: {depth}")
}

fn text_address() -> u64 {
    (try_rewrite as *const ()).addr() as u64
}

fn with_user_page(access: Access, attempt: impl FnOnce(u64) -> bool) -> bool {
    let frame = Frame::zeroed().expect("memory for one page");
    frame.write(0, &[RETURN_INSTRUCTION]);
    let mut table = UserPageTable::new().expect("memory for page tables");
    let address = USER_TEXT_BASE as u64;
    table
        .map(address, frame, access)
        .expect("memory for page tables");
    table.activate();
    attempt(address)
}

/// Read the byte at `address`; 1 if that faults.
#[unsafe(naked)]
unsafe extern "sysv64" fn try_read(address: u64) -> u64 {
    naked_asm!(
        "2: mov al, [rdi]",
        "xor eax, eax",
        "ret",
        "3: mov eax, 1",
        "ret",
        ".pushsection .extable, \"a\"",
        ".quad 2b, 3b",
        ".popsection",
    );
}

/// Write the byte at `address` back to it; 1 if that faults.
#[unsafe(naked)]
unsafe extern "sysv64" fn try_rewrite(address: u64) -> u64 {
    naked_asm!(
        "mov al, [rdi]",
        "2: mov [rdi], al",
        "xor eax, eax",
        "ret",
        "3: mov eax, 1",
        "ret",
        ".pushsection .extable, \"a\"",
        ".quad 2b, 3b",
        ".popsection",
    );
}

/// Call `address`; 1 if fetching its first instruction faults. That fault is at no instruction of
/// the kernel, so the trap handler knows the attempt by `CALL_TARGET`.
#[unsafe(naked)]
unsafe extern "sysv64" fn try_call(address: u64) -> u64 {
    naked_asm!(
        "mov [rip + {target}], rdi",
        "call rdi",
        "mov qword ptr [rip + {target}], 0",
        "xor eax, eax",
        "ret",
        target = sym CALL_TARGET,
    );
}

static CALL_TARGET: AtomicU64 = AtomicU64::new(0);

/// If the faulting fetch at `rip` is the attempt of [`try_call`]: forget it and say so. The trap
/// handler goes on at [`call_faulted`] then.
pub(crate) fn take_call_attempt(rip: u64) -> bool {
    rip != 0
        && CALL_TARGET
            .compare_exchange(rip, 0, Ordering::Relaxed, Ordering::Relaxed)
            .is_ok()
}

/// Where a caught call goes on: drop the return address into `try_call`, answer 1 to its caller.
#[unsafe(naked)]
pub(crate) unsafe extern "sysv64" fn call_faulted() {
    naked_asm!("add rsp, 8", "mov eax, 1", "ret");
}
