//! MREMAP: a mapping of another size, maybe at another place.

use super::Caller;
use crate::memory::address_space::page_range;
use kpio_abi::errors::Errno;
use kpio_abi::flags::{MREMAP_FIXED, MREMAP_MAYMOVE};
use kpio_abi::memory::PAGE_SIZE;

/// Make the mapping at `addr` `new_len` bytes long; where it begins then.
pub fn mremap(
    caller: &Caller,
    addr: u64,
    old_len: u64,
    new_len: u64,
    flags: u32,
    new_addr: u64,
) -> Result<u64, Errno> {
    let may_move = flags & MREMAP_MAYMOVE != 0;
    let is_fixed = flags & MREMAP_FIXED != 0;
    let page = PAGE_SIZE as u64;
    let is_wrong = flags & !(MREMAP_MAYMOVE | MREMAP_FIXED) != 0
        || (is_fixed && !may_move)
        || (is_fixed && !new_addr.is_multiple_of(page))
        || new_len == 0;
    if is_wrong {
        return Err(Errno::EINVAL);
    }
    let old = page_range(addr, old_len)?;
    let new_len = new_len
        .checked_next_multiple_of(page)
        .ok_or(Errno::ENOMEM)?;
    let to = is_fixed.then_some(new_addr);
    caller.process.space.remap(&old, new_len, may_move, to)
}
