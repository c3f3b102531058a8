//! EPOLL_PWAIT: wait until something comes that an epoll watches for.

use super::epoll_create1::epoll_of;
use super::{Caller, Fd, poll};
use crate::memory::user::{UserIn, UserWrite};
use crate::process::signal::SignalSet;
use kpio_abi::errors::Errno;
use kpio_abi::rights::Rights;
use kpio_abi::types::Timespec;

/// Wait at most for `timeout`; how many `events` have come.
pub fn epoll_pwait(
    caller: &Caller,
    epfd: Fd,
    events: UserWrite,
    timeout: Option<UserIn<Timespec>>,
    mask: Option<UserIn<u64>>,
) -> Result<u64, Errno> {
    if events.is_empty() {
        return Err(Errno::EINVAL);
    }
    let deadline_ns = poll::deadline(caller, timeout)?;
    let mask = mask.map(|mask| mask.get(&caller.process.space));
    let epoll = epoll_of(caller, epfd, Rights::READ)?;
    if let Some(mask) = mask.transpose()? {
        caller.set_mask_for_call(SignalSet::from_bits(mask));
    }
    epoll.wait(caller, events, deadline_ns)
}
