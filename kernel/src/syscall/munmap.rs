//! MUNMAP: take memory from the process.

use super::Caller;
use crate::memory::address_space::page_range;
use kpio_abi::errors::Errno;

/// Remove what is mapped in the pages of `addr..addr+len`.
pub fn munmap(caller: &Caller, addr: u64, len: u64) -> Result<u64, Errno> {
    // POSIX `munmap` knows only EINVAL for a range outside the address space.
    let range = page_range(addr, len).map_err(|_| Errno::EINVAL)?;
    caller.process.space.unmap(&range)?;
    Ok(0)
}
