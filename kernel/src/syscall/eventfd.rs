//! EVENTFD: an event counter.

use super::Caller;
use crate::object::EventCounter;
use crate::process::handles::Handle;
use alloc::sync::Arc;
use kpio_abi::errors::Errno;
use kpio_abi::flags::{EFD_CLOEXEC, EFD_NONBLOCK, EFD_SEMAPHORE};
use kpio_abi::rights::Rights;

/// Make a counter that begins with `count`; the lowest free descriptor.
pub fn eventfd(caller: &Caller, count: u32, flags: u32) -> Result<u64, Errno> {
    if flags & !(EFD_CLOEXEC | EFD_NONBLOCK | EFD_SEMAPHORE) != 0 {
        return Err(Errno::EINVAL);
    }
    let is_semaphore = flags & EFD_SEMAPHORE != 0;
    // EFD_NONBLOCK is O_NONBLOCK.
    let counter = EventCounter::new(count.into(), is_semaphore, flags & EFD_NONBLOCK);
    let number = caller.process.add_handle(Handle {
        object: Arc::new(counter),
        rights: Rights::READ.union(Rights::WRITE).union(Rights::INSPECT),
        is_close_on_exec: flags & EFD_CLOEXEC != 0,
    })?;
    Ok(u64::from(number.cast_unsigned()))
}
