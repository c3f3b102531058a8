//! MSYNC: what was written to mapped files is safe.

use super::Caller;
use crate::memory::address_space::page_range;
use kpio_abi::errors::Errno;
use kpio_abi::flags::{MS_ASYNC, MS_INVALIDATE, MS_SYNC};
use kpio_abi::memory::PAGE_SIZE;

/// Return when what was written to shared mappings of files in `len` bytes at `addr` survives a power
/// cut, or at once if that is not asked for.
pub fn msync(caller: &Caller, addr: u64, len: u64, flags: u32) -> Result<u64, Errno> {
    let is_unknown = flags & !(MS_ASYNC | MS_INVALIDATE | MS_SYNC) != 0;
    if is_unknown || flags & (MS_ASYNC | MS_SYNC) == MS_ASYNC | MS_SYNC {
        return Err(Errno::EINVAL);
    }
    if len == 0 && addr.is_multiple_of(PAGE_SIZE as u64) {
        return Ok(0);
    }
    let range = page_range(addr, len)?;
    let files = caller.process.space.shared_files(&range)?;
    if flags & MS_SYNC != 0 {
        for vmo in files {
            if let Some(file) = vmo.file() {
                file.sync()?;
            }
        }
    }
    Ok(0)
}
