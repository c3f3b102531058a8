//! Event counters: a number that one side adds to and another takes.
//!
//! Source: Linux eventfd(2).

use super::{Object, Ready, StatusFlags};
use crate::memory::user::{UserRead, UserWrite};
use crate::process::wait_queue::WaitQueue;
use crate::syscall::Caller;
use core::sync::atomic::{AtomicU64, Ordering};
use kpio_abi::errors::Errno;
use kpio_abi::flags::{O_RDWR, OBJECT_EVENT_COUNTER};
use kpio_abi::types::Stat;

/// The highest count: one more is no count.
const MAX_COUNT: u64 = u64::MAX - 1;
const COUNT_LEN: u64 = size_of::<u64>() as u64;

/// A count that is read and written as eight bytes.
pub struct EventCounter {
    count: AtomicU64,
    /// A read takes 1, not everything.
    is_semaphore: bool,
    flags: StatusFlags,
    /// For both sides: the count has changed.
    changed: WaitQueue,
}

impl EventCounter {
    /// A counter that begins with `count`, with O_NONBLOCK of `flags`.
    #[must_use]
    pub fn new(count: u64, is_semaphore: bool, flags: u32) -> Self {
        let status = StatusFlags::new(O_RDWR);
        status.set(flags);
        Self {
            count: AtomicU64::new(count),
            is_semaphore,
            flags: status,
            changed: WaitQueue::new(),
        }
    }

    /// Set the count to what `next` makes of it, when it makes something; the count before.
    fn change(&self, next: impl FnMut(u64) -> Option<u64>) -> Option<u64> {
        let changed = self
            .count
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, next);
        changed.ok()
    }

    /// Wait until `attempt` gives something, unless calls are not to wait.
    fn wait<R>(&self, caller: &Caller, mut attempt: impl FnMut() -> Option<R>) -> Result<R, Errno> {
        self.changed.wait_until(&caller.thread, None, || {
            let refused = || self.flags.is_nonblocking().then_some(Err(Errno::EAGAIN));
            attempt().map(Ok).or_else(refused)
        })?
    }
}

impl Object for EventCounter {
    fn kind(&self) -> u32 {
        OBJECT_EVENT_COUNTER
    }

    fn read(&self, caller: &Caller, buffer: UserWrite) -> Result<u64, Errno> {
        if buffer.len() < COUNT_LEN {
            return Err(Errno::EINVAL);
        }
        let space = &caller.process.space;
        // A count that was taken has to arrive.
        buffer.copy(space, 0, &0_u64.to_ne_bytes())?;
        let left = |count: u64| if self.is_semaphore { count - 1 } else { 0 };
        let before = self.wait(caller, || {
            self.change(|count| (count > 0).then(|| left(count)))
        })?;
        self.changed.notify_all();
        buffer.copy(space, 0, &(before - left(before)).to_ne_bytes())?;
        Ok(COUNT_LEN)
    }

    fn write(&self, caller: &Caller, buffer: UserRead) -> Result<u64, Errno> {
        if buffer.len() < COUNT_LEN {
            return Err(Errno::EINVAL);
        }
        let mut bytes = [0; size_of::<u64>()];
        buffer.copy(&caller.process.space, 0, &mut bytes)?;
        let more = u64::from_ne_bytes(bytes);
        if more > MAX_COUNT {
            return Err(Errno::EINVAL);
        }
        self.wait(caller, || {
            self.change(|count| (count <= MAX_COUNT - more).then(|| count + more))
        })?;
        self.changed.notify_all();
        Ok(COUNT_LEN)
    }

    fn stat(&self) -> Result<Stat, Errno> {
        Ok(Stat {
            st_mode: 0o600,
            st_nlink: 1,
            st_blksize: 4096,
            ..Stat::default()
        })
    }

    fn ready(&self) -> Ready {
        let count = self.count.load(Ordering::SeqCst);
        let mut ready = Ready::empty();
        ready.set(Ready::READ, count > 0);
        ready.set(Ready::WRITE, count < MAX_COUNT);
        ready
    }

    fn waiters(&self) -> Option<&WaitQueue> {
        Some(&self.changed)
    }

    fn status_flags(&self) -> Option<&StatusFlags> {
        Some(&self.flags)
    }
}
