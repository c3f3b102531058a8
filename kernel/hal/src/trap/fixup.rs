//! Instructions of the kernel that may fault, and where it goes on then.
//!
//! Each is a pair of addresses in the section `.extable`, written beside the instruction. At the
//! second one R8 holds the address that faulted (CR2).

unsafe extern "C" {
    static __extable_start: [u64; 2];
    static __extable_end: [u64; 2];
}

fn table() -> &'static [[u64; 2]] {
    let start = &raw const __extable_start;
    let len_bytes = (&raw const __extable_end).addr() - start.addr();
    // SAFETY: the linker script puts nothing but pairs of addresses between the two symbols, in
    // read-only memory, aligned to 8.
    unsafe { core::slice::from_raw_parts(start, len_bytes / size_of::<[u64; 2]>()) }
}

/// Where to go on after a fault of the instruction at `rip`; `None` when it may not fault.
pub(super) fn find(rip: u64) -> Option<u64> {
    table()
        .iter()
        .find(|pair| pair[0] == rip)
        .map(|pair| pair[1])
}
