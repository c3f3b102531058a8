//! Timers as objects: how often one has gone off is read, and waited for.
//!
//! Source: Linux timerfd_create(2).

use super::{Object, Ready, StatusFlags};
use crate::memory::user::UserWrite;
use crate::process::timer::Schedule;
use crate::process::timer::armed::{OnTime, Timer};
use crate::process::wait_queue::WaitQueue;
use crate::syscall::Caller;
use alloc::sync::{Arc, Weak};
use kpio_abi::errors::Errno;
use kpio_abi::flags::{CLOCK_REALTIME, O_RDWR, OBJECT_TIMER};
use kpio_abi::types::Stat;
use kpio_hal::time;

const COUNT_LEN: u64 = size_of::<u64>() as u64;

/// A timer that programs read.
pub struct OpenTimer {
    /// The clock that its absolute times are of.
    pub clock: u32,
    timer: Timer,
    flags: StatusFlags,
    /// It has gone off, or was set.
    changed: WaitQueue,
}

impl OpenTimer {
    /// A timer of `clock` that is not set, with O_NONBLOCK of `flags`.
    #[must_use]
    pub fn new(clock: u32, flags: u32) -> Arc<Self> {
        let status = StatusFlags::new(O_RDWR);
        status.set(flags);
        Arc::new_cyclic(|this: &Weak<Self>| Self {
            clock,
            timer: Timer::new(Weak::<Self>::clone(this)),
            flags: status,
            changed: WaitQueue::new(),
        })
    }

    /// What the monotonic clock shows when the timer's clock shows `at_ns`: 0 when that has passed
    /// before the first began.
    #[must_use]
    pub fn on_monotonic(&self, at_ns: u64) -> u64 {
        if self.clock == CLOCK_REALTIME {
            at_ns.saturating_sub(time::realtime_ns() - time::now_ns())
        } else {
            at_ns
        }
    }

    /// Set it; what it was set to before, and what time it is.
    pub fn set(&self, schedule: Schedule) -> (Schedule, u64) {
        let before = self.timer.set(schedule);
        // Who waits for what was set before waits for this now.
        self.changed.notify_all();
        before
    }

    /// What it is set to.
    #[must_use]
    pub fn schedule(&self) -> Schedule {
        self.timer.schedule()
    }
}

impl OnTime for OpenTimer {
    fn on_time(self: Arc<Self>) {
        self.changed.notify_all();
    }
}

impl Object for OpenTimer {
    fn kind(&self) -> u32 {
        OBJECT_TIMER
    }

    fn read(&self, caller: &Caller, buffer: UserWrite) -> Result<u64, Errno> {
        if buffer.len() < COUNT_LEN {
            return Err(Errno::EINVAL);
        }
        let space = &caller.process.space;
        // A count that was taken has to arrive.
        buffer.copy(space, 0, &0_u64.to_ne_bytes())?;
        let count = self.changed.wait_until(&caller.thread, None, || {
            let taken = self.timer.take_expirations();
            let refused = || self.flags.is_nonblocking().then_some(Err(Errno::EAGAIN));
            (taken > 0).then_some(Ok(taken)).or_else(refused)
        })??;
        buffer.copy(space, 0, &count.to_ne_bytes())?;
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
        if self.schedule().has_expired(time::now_ns()) {
            Ready::READ
        } else {
            Ready::empty()
        }
    }

    fn waiters(&self) -> Option<&WaitQueue> {
        Some(&self.changed)
    }

    fn status_flags(&self) -> Option<&StatusFlags> {
        Some(&self.flags)
    }
}
