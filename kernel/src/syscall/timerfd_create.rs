//! TIMERFD_CREATE: a timer that is read.

use super::{Caller, Fd};
use crate::memory::check_budget;
use crate::object::OpenTimer;
use crate::process::handles::Handle;
use alloc::sync::Arc;
use kpio_abi::errors::Errno;
use kpio_abi::flags::{CLOCK_BOOTTIME, CLOCK_MONOTONIC, CLOCK_REALTIME, TFD_CLOEXEC, TFD_NONBLOCK};
use kpio_abi::rights::Rights;

/// Make a timer of `clock`; the lowest free descriptor.
pub fn timerfd_create(caller: &Caller, clock: u32, flags: u32) -> Result<u64, Errno> {
    let is_known = matches!(clock, CLOCK_REALTIME | CLOCK_MONOTONIC | CLOCK_BOOTTIME);
    if !is_known || flags & !(TFD_CLOEXEC | TFD_NONBLOCK) != 0 {
        return Err(Errno::EINVAL);
    }
    check_budget(1)?;
    let number = caller.process.add_handle(Handle {
        // TFD_NONBLOCK is O_NONBLOCK.
        object: OpenTimer::new(clock, flags & TFD_NONBLOCK),
        rights: Rights::READ.union(Rights::WRITE).union(Rights::INSPECT),
        is_close_on_exec: flags & TFD_CLOEXEC != 0,
    })?;
    Ok(u64::from(number.cast_unsigned()))
}

/// The timer of `fd`, with the rights `wanted`.
///
/// # Errors
/// EBADF; EINVAL when it is something else.
pub(super) fn timer_of(caller: &Caller, fd: Fd, wanted: Rights) -> Result<Arc<OpenTimer>, Errno> {
    let object = caller.process.object(fd.number(), wanted)?;
    object.downcast().ok_or(Errno::EINVAL)
}
