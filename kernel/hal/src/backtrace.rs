//! Backtraces by frame pointers (the kernel is built with them).

use crate::memory::to_usize;
use crate::paging::is_kernel_mapped;
use crate::symbols::Symbols;
use core::arch::asm;
use core::fmt;

const MAX_FRAMES: usize = 48;

unsafe extern "C" {
    static __ksyms_start: u8;
    static __ksyms_end: u8;
    static __text_start: u8;
    static __text_end: u8;
}

fn symbols() -> Option<Symbols<'static>> {
    let start = &raw const __ksyms_start;
    let len_bytes = (&raw const __ksyms_end).addr() - start.addr();
    // SAFETY: the linker script makes the section of this size, read-only. Its bytes come in after
    // the link, so they are read through a pointer that the compiler knows nothing of.
    let section = unsafe { core::slice::from_raw_parts(core::hint::black_box(start), len_bytes) };
    Symbols::parse(section)
}

/// Write one line for each caller, innermost first: address, function and offset.
///
/// # Errors
/// Those of `out`.
pub fn write(out: &mut dyn fmt::Write) -> fmt::Result {
    let mut rbp: u64;
    // SAFETY: reads a register.
    unsafe { asm!("mov {}, rbp", out(reg) rbp, options(nomem, nostack)) };
    let text = (&raw const __text_start).addr() as u64..(&raw const __text_end).addr() as u64;
    for _ in 0..MAX_FRAMES {
        let is_readable =
            rbp.is_multiple_of(8) && is_kernel_mapped(rbp) && is_kernel_mapped(rbp.wrapping_add(8));
        if rbp == 0 || !is_readable {
            return Ok(());
        }
        let record = core::ptr::with_exposed_provenance::<[u64; 2]>(to_usize(rbp));
        // SAFETY: both words are mapped (checked) and plain bytes; a wild frame pointer gives a
        // wild line, no fault.
        let [next, address] = unsafe { record.read() };
        if !text.contains(&address) {
            return Ok(());
        }
        write_line(out, address)?;
        // Usually callers lie above; a trap on a stack of its own leads back to another stack.
        rbp = next;
    }
    writeln!(out, "  (more than {MAX_FRAMES} frames)")
}

fn write_line(out: &mut dyn fmt::Write, address: u64) -> fmt::Result {
    match symbols().and_then(|s| s.find(address)) {
        Some((name, offset)) => {
            writeln!(
                out,
                "  {address:#x} {:#}+{offset:#x}",
                rustc_demangle::demangle(name)
            )
        }
        None => writeln!(out, "  {address:#x}"),
    }
}
