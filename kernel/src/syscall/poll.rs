//! POLL: wait until one of several handles is ready.

use super::{Caller, timespec_ns};
use crate::memory::user::{UserIn, UserUpdate};
use crate::object::ObjectRef;
use crate::process::scheduler::Wake;
use crate::process::signal::SignalSet;
use crate::process::wait_queue::WaitQueue;
use alloc::vec::Vec;
use kpio_abi::errors::Errno;
use kpio_abi::flags::{POLLERR, POLLHUP, POLLNVAL};
use kpio_abi::rights::Rights;
use kpio_abi::types::{PollFd, Timespec};
use zerocopy::IntoBytes;

/// Wait for one of `fds` to be ready, at most for `timeout`; how many are.
pub fn poll(
    caller: &Caller,
    fds: UserUpdate,
    timeout: Option<UserIn<Timespec>>,
    mask: Option<UserIn<u64>>,
) -> Result<u64, Errno> {
    let space = &caller.process.space;
    let deadline_ns = deadline(caller, timeout)?;
    let mask = mask.map(|mask| mask.get(space)).transpose()?;
    let count =
        usize::try_from(fds.reading().len()).map_err(|_| Errno::EINVAL)? / size_of::<PollFd>();
    let mut entries: Vec<PollFd> = Vec::new();
    let mut objects: Vec<Option<ObjectRef>> = Vec::new();
    entries
        .try_reserve_exact(count)
        .map_err(|_| Errno::ENOMEM)?;
    objects
        .try_reserve_exact(count)
        .map_err(|_| Errno::ENOMEM)?;
    entries.resize(count, PollFd::default());
    fds.reading().copy(space, 0, entries.as_mut_bytes())?;
    // Every handle can be waited for, whatever else it allows.
    objects.extend(entries.iter().map(|entry| {
        let object = caller.process.object(entry.fd, Rights::NONE);
        object.ok()
    }));
    if let Some(mask) = mask {
        caller.set_mask_for_call(SignalSet::from_bits(mask));
    }
    let queues = objects
        .iter()
        .flatten()
        .filter_map(|object| object.waiters());
    let waited = WaitQueue::wait_for_any(queues, &caller.thread, deadline_ns, || {
        let ready = look(&mut entries, &objects);
        (ready > 0).then_some(ready)
    });
    let ready = match waited {
        Ok(ready) => ready,
        Err(Wake::TimedOut) => 0,
        Err(wake) => return Err(wake.into()),
    };
    fds.writing().copy(space, 0, entries.as_bytes())?;
    Ok(ready)
}

/// When a wait with this timeout is over.
///
/// # Errors
/// EFAULT; EINVAL when it is no span of time.
pub fn deadline(caller: &Caller, timeout: Option<UserIn<Timespec>>) -> Result<Option<u64>, Errno> {
    let Some(timeout) = timeout else {
        return Ok(None);
    };
    let length_ns = timespec_ns(timeout.get(&caller.process.space)?)?;
    Ok(Some(caller.deadline_after(length_ns)))
}

/// Say of each entry what has come; how many have something.
fn look(entries: &mut [PollFd], objects: &[Option<ObjectRef>]) -> u64 {
    let mut nr_ready = 0;
    for (entry, object) in entries.iter_mut().zip(objects) {
        let events = u32::from(entry.events.cast_unsigned());
        let came = match object {
            Some(object) => object.ready().poll_bits() & (events | POLLERR | POLLHUP),
            None if entry.fd < 0 => 0,
            None => POLLNVAL,
        };
        // All bits lie in the lower half.
        entry.revents = u16::try_from(came).unwrap_or(u16::MAX).cast_signed();
        nr_ready += u64::from(came != 0);
    }
    nr_ready
}
