//! The direct map: where the kernel sees physical memory.
//!
//! On the machine it begins at `DIRECT_MAP_BASE`. On the host, an arena plays physical memory, so
//! that frames, page tables and everything built on them run under `cargo test`.

/// Pointer to the byte at physical address `phys`, through the direct map.
///
/// Only for RAM and only through [`crate::frame`] and [`crate::paging`], which know who owns it.
#[cfg(target_os = "none")]
pub(crate) fn direct_map(phys: u64) -> *mut u8 {
    core::ptr::with_exposed_provenance_mut(
        kpio_abi::memory::DIRECT_MAP_BASE.wrapping_add(to_usize(phys)),
    )
}

/// Host stand-in: physical memory is an arena of [`HOST_ARENA_BYTES`] bytes.
#[cfg(not(target_os = "none"))]
pub(crate) fn direct_map(phys: u64) -> *mut u8 {
    assert!(
        to_usize(phys) < HOST_ARENA_BYTES,
        "physical address {phys:#x} is outside the arena"
    );
    core::ptr::with_exposed_provenance_mut(host_arena() + to_usize(phys))
}

/// Size of the host's stand-in for physical memory.
#[cfg(not(target_os = "none"))]
pub const HOST_ARENA_BYTES: usize = 64 << 20;

#[cfg(not(target_os = "none"))]
fn host_arena() -> usize {
    static ARENA: spin::Once<usize> = spin::Once::new();
    *ARENA.call_once(|| {
        let words = alloc::vec![[0_u64; 512]; HOST_ARENA_BYTES / 4096];
        words.leak().as_mut_ptr().expose_provenance()
    })
}

/// `u64` to `usize`: the same width on x86-64, the only machine this crate builds for.
#[must_use]
pub(crate) const fn to_usize(value: u64) -> usize {
    const { assert!(size_of::<usize>() == size_of::<u64>()) };
    #[expect(
        clippy::cast_possible_truncation,
        reason = "usize has 64 bits, asserted above"
    )]
    {
        value as usize
    }
}
