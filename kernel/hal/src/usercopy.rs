//! Copies between kernel and user memory that survive any user address.
//!
//! A fault in the copying instruction is not an error of the kernel: the trap handler sends it to
//! the fixup, and the copy reports how many bytes are missing. Who may be copied where (the range
//! check against the end of user space) is decided here too: no caller can ask for kernel memory.

use crate::cpu::is_smap_active;
use core::arch::naked_asm;
use kpio_abi::memory::USER_END;

/// A copy stopped at a page that is not there or not allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CopyFault {
    /// User address of the first byte that was not copied.
    pub address: u64,
}

/// Copy from user memory at `address`.
///
/// # Errors
/// [`CopyFault`] when a byte is outside user space, not mapped, or not readable; bytes before it
/// have been copied.
pub fn copy_from_user(address: u64, into: &mut [u8]) -> Result<(), CopyFault> {
    check(address, into.len())?;
    let missing = with_user_access(|| {
        // SAFETY: the source lies in user space (checked) and may fault, which the trap handler
        // mends; the target is a live slice.
        unsafe { copy(into.as_mut_ptr() as u64, address, into.len() as u64) }
    });
    done(address, into.len(), missing)
}

/// Copy to user memory at `address`.
///
/// # Errors
/// As [`copy_from_user`], for writing.
pub fn copy_to_user(address: u64, from: &[u8]) -> Result<(), CopyFault> {
    check(address, from.len())?;
    let missing = with_user_access(|| {
        // SAFETY: the target lies in user space (checked), where no Rust object lives, and may
        // fault, which the trap handler mends; the source is a live slice.
        unsafe { copy(address, from.as_ptr() as u64, from.len() as u64) }
    });
    done(address, from.len(), missing)
}

fn check(address: u64, len: usize) -> Result<(), CopyFault> {
    let end = address
        .checked_add(len as u64)
        .ok_or(CopyFault { address })?;
    if end > USER_END as u64 {
        Err(CopyFault { address })
    } else {
        Ok(())
    }
}

fn done(address: u64, len: usize, missing: u64) -> Result<(), CopyFault> {
    if missing == 0 {
        Ok(())
    } else {
        Err(CopyFault {
            address: address + len as u64 - missing,
        })
    }
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

/// Copy `len` bytes; the number of bytes that could not be copied.
///
/// # Safety
/// The kernel's side of the copy is valid for `len` bytes; the user's side lies in user space.
#[unsafe(naked)]
unsafe extern "sysv64" fn copy(target: u64, source: u64, len: u64) -> u64 {
    naked_asm!(
        "mov rcx, rdx",
        "shr rcx, 3",
        "and edx, 7",
        "2: rep movsq",
        "mov ecx, edx",
        "3: rep movsb",
        "xor eax, eax",
        "ret",
        // A fault in the first REP leaves RCX words and RDX bytes, in the second RCX bytes.
        "4: lea rax, [rdx + 8*rcx]",
        "ret",
        "5: mov rax, rcx",
        "ret",
        ".pushsection .extable, \"a\"",
        ".quad 2b, 4b",
        ".quad 3b, 5b",
        ".popsection",
    );
}
