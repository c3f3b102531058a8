//! MPROTECT: change what may be done with memory.

use super::Caller;
use super::mmap::access_of;
use crate::memory::address_space::page_range;
use kpio_abi::errors::Errno;

/// Allow `prot` in the pages of `addr..addr+len`.
pub fn mprotect(caller: &Caller, addr: u64, len: u64, prot: u32) -> Result<u64, Errno> {
    let access = access_of(prot)?;
    if len == 0 && addr.is_multiple_of(kpio_abi::memory::PAGE_SIZE as u64) {
        return Ok(0);
    }
    caller
        .process
        .space
        .protect(&page_range(addr, len)?, access)?;
    Ok(0)
}
