//! Copies between kernel and user memory that survive any user address.
//!
//! A fault in the copying instruction is not an error of the kernel: the trap handler sends it to
//! the fixup, and the copy reports how many bytes are missing. Who may be copied where (the range
//! check against the end of user space) is decided here too: no caller can ask for kernel memory.

use crate::cpu::is_smap_active;
use crate::frame::Frame;
use crate::memory::{direct_map, to_usize};
use core::arch::naked_asm;
use kpio_abi::memory::{PAGE_SIZE, USER_END};

/// A copy stopped at a page that is not there or not allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CopyFault {
    /// User address that could not be touched.
    pub address: u64,
    /// How many bytes were copied before.
    pub copied: usize,
}

/// What the assembly answers: `fault_address` counts when bytes are missing.
#[repr(C)]
struct Outcome {
    missing: u64,
    fault_address: u64,
}

/// Copy from user memory at `address`.
///
/// # Errors
/// [`CopyFault`] when a byte is outside user space, not mapped, or not readable.
pub fn copy_from_user(address: u64, into: &mut [u8]) -> Result<(), CopyFault> {
    check(address, into.len())?;
    let outcome = with_user_access(|| {
        // SAFETY: the source lies in user space (checked) and may fault, which the trap handler
        // mends; the target is a live slice.
        unsafe { copy(into.as_mut_ptr() as u64, address, into.len() as u64) }
    });
    done(into.len(), &outcome)
}

/// Copy to user memory at `address`.
///
/// # Errors
/// As [`copy_from_user`], for writing.
pub fn copy_to_user(address: u64, from: &[u8]) -> Result<(), CopyFault> {
    check(address, from.len())?;
    let outcome = with_user_access(|| {
        // SAFETY: the target lies in user space (checked), where no Rust object lives, and may
        // fault, which the trap handler mends; the source is a live slice.
        unsafe { copy(address, from.as_ptr() as u64, from.len() as u64) }
    });
    done(from.len(), &outcome)
}

/// Copy `len` bytes from user memory at `address` into a frame at `offset`.
///
/// # Errors
/// As [`copy_from_user`].
///
/// # Panics
/// If they do not fit in the frame.
pub fn copy_user_to_frame(
    address: u64,
    frame: &Frame,
    offset: usize,
    len: usize,
) -> Result<(), CopyFault> {
    check(address, len)?;
    let target = in_frame(frame, offset, len);
    let outcome = with_user_access(|| {
        // SAFETY: the source lies in user space (checked) and may fault, which the trap handler
        // mends; the target is in bounds of a frame that the caller's reference keeps alive.
        unsafe { copy(target, address, len as u64) }
    });
    done(len, &outcome)
}

/// Copy `len` bytes of a frame from `offset` on to user memory at `address`.
///
/// # Errors
/// As [`copy_to_user`].
///
/// # Panics
/// If they reach beyond the frame.
pub fn copy_frame_to_user(
    address: u64,
    frame: &Frame,
    offset: usize,
    len: usize,
) -> Result<(), CopyFault> {
    check(address, len)?;
    let source = in_frame(frame, offset, len);
    let outcome = with_user_access(|| {
        // SAFETY: the target lies in user space (checked), where no Rust object lives, and may
        // fault, which the trap handler mends; the source is in bounds of a live frame.
        unsafe { copy(address, source, len as u64) }
    });
    done(len, &outcome)
}

/// Where byte `offset` of a frame lies for the kernel; `len` bytes from there are the frame's.
fn in_frame(frame: &Frame, offset: usize, len: usize) -> u64 {
    assert!(offset <= PAGE_SIZE && len <= PAGE_SIZE - offset);
    direct_map(frame.phys().as_u64() + offset as u64) as u64
}

fn check(address: u64, len: usize) -> Result<(), CopyFault> {
    let is_inside = address
        .checked_add(len as u64)
        .is_some_and(|end| end <= USER_END as u64);
    if is_inside {
        Ok(())
    } else {
        Err(CopyFault { address, copied: 0 })
    }
}

fn done(len: usize, outcome: &Outcome) -> Result<(), CopyFault> {
    if outcome.missing == 0 {
        return Ok(());
    }
    let missing = to_usize(outcome.missing);
    Err(CopyFault {
        address: outcome.fault_address,
        copied: len - missing,
    })
}

fn with_user_access<R>(copy: impl FnOnce() -> R) -> R {
    if !is_smap_active() {
        return copy();
    }
    // SAFETY: the CPU has SMAP (it is active); user access is shut again two lines below.
    unsafe { core::arch::asm!("stac", options(nomem, nostack)) };
    let result = copy();
    // SAFETY: as above.
    unsafe { core::arch::asm!("clac", options(nomem, nostack)) };
    result
}

/// Copy `len` bytes; how many could not be copied, and the address that faulted.
///
/// # Safety
/// The kernel's side of the copy is valid for `len` bytes; the user's side lies in user space.
#[unsafe(naked)]
unsafe extern "sysv64" fn copy(target: u64, source: u64, len: u64) -> Outcome {
    naked_asm!(
        "mov rcx, rdx",
        "shr rcx, 3",
        "and edx, 7",
        "2: rep movsq",
        "mov ecx, edx",
        "3: rep movsb",
        "xor eax, eax",
        "ret",
        // A fault in the first REP leaves RCX words and RDX bytes, in the second RCX bytes. A word
        // that reaches over the end of a page faults beyond its own address: the trap handler
        // leaves the true one in R8.
        "4: lea rax, [rdx + 8*rcx]",
        "mov rdx, r8",
        "ret",
        "5: mov rax, rcx",
        "mov rdx, r8",
        "ret",
        ".pushsection .extable, \"a\"",
        ".quad 2b, 4b",
        ".quad 3b, 5b",
        ".popsection",
    );
}
