//! SET_THREAD_POINTER: the FS base.

use super::Caller;
use kpio_abi::errors::Errno;
use kpio_abi::memory::USER_END;

/// Let FS begin at `addr` for the caller's thread.
pub fn set_thread_pointer(caller: &Caller, addr: u64) -> Result<u64, Errno> {
    if addr >= USER_END as u64 {
        return Err(Errno::EINVAL);
    }
    caller.context().thread_pointer = addr;
    Ok(0)
}
