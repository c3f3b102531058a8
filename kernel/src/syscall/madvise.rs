//! MADVISE: how memory will be used.

use super::Caller;
use crate::memory::address_space::page_range;
use kpio_abi::errors::Errno;
use kpio_abi::flags::{
    MADV_COLD, MADV_DODUMP, MADV_DONTDUMP, MADV_DONTNEED, MADV_FREE, MADV_HUGEPAGE,
    MADV_NOHUGEPAGE, MADV_NORMAL, MADV_PAGEOUT, MADV_RANDOM, MADV_SEQUENTIAL, MADV_WILLNEED,
};
use kpio_abi::memory::PAGE_SIZE;

/// Take the advice about `len` bytes at `addr`.
pub fn madvise(caller: &Caller, addr: u64, len: u64, advice: u32) -> Result<u64, Errno> {
    let is_discarding = match advice {
        MADV_DONTNEED | MADV_FREE => true,
        MADV_NORMAL | MADV_RANDOM | MADV_SEQUENTIAL | MADV_WILLNEED | MADV_HUGEPAGE
        | MADV_NOHUGEPAGE | MADV_DONTDUMP | MADV_DODUMP | MADV_COLD | MADV_PAGEOUT => false,
        _ => return Err(Errno::EINVAL),
    };
    if len == 0 && addr.is_multiple_of(PAGE_SIZE as u64) {
        return Ok(0);
    }
    let range = page_range(addr, len)?;
    if is_discarding {
        caller.process.space.discard(&range)?;
    } else {
        caller.process.space.check_mapped(&range)?;
    }
    Ok(0)
}
