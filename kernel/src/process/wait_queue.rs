//! Waiting until a condition holds.

use super::scheduler::{self, Wake};
use super::thread::Thread;
use alloc::sync::Arc;
use alloc::vec::Vec;
use kpio_abi::errors::Errno;
use kpio_hal::sync::{Lock, Rank};

/// Threads that wait for one thing.
pub struct WaitQueue {
    waiters: Lock<Vec<Arc<Thread>>>,
}

impl WaitQueue {
    /// Nobody waits.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            waiters: Lock::new(Rank::WaitQueue, Vec::new()),
        }
    }

    /// Wait until `condition` gives something. It is asked at once, and again after every
    /// [`Self::notify_all`].
    ///
    /// # Errors
    /// [`Wake::TimedOut`] after `deadline_ns` on the monotonic clock, [`Wake::Interrupted`] when a
    /// signal comes, [`Wake::Killed`] when the thread is to leave.
    pub fn wait_until<R>(
        &self,
        thread: &Arc<Thread>,
        deadline_ns: Option<u64>,
        condition: impl FnMut() -> Option<R>,
    ) -> Result<R, Wake> {
        let sleep = |thread: &Arc<Thread>| scheduler::wait(thread, deadline_ns);
        Self::wait(core::iter::once(self), thread, sleep, condition)
    }

    /// As [`Self::wait_until`], with `condition` asked again when any of `queues` is notified.
    ///
    /// # Errors
    /// As [`Self::wait_until`].
    pub fn wait_for_any<'a, R>(
        queues: impl Iterator<Item = &'a Self> + Clone,
        thread: &Arc<Thread>,
        deadline_ns: Option<u64>,
        condition: impl FnMut() -> Option<R>,
    ) -> Result<R, Wake> {
        let sleep = |thread: &Arc<Thread>| scheduler::wait(thread, deadline_ns);
        Self::wait(queues, thread, sleep, condition)
    }

    /// Wait until `condition` gives something, whatever signals come.
    ///
    /// # Errors
    /// [`Wake::Killed`] when the thread is to leave.
    pub fn wait_for_certain<R>(
        &self,
        thread: &Arc<Thread>,
        condition: impl FnMut() -> Option<R>,
    ) -> Result<R, Wake> {
        let sleep = scheduler::wait_for_certain;
        Self::wait(core::iter::once(self), thread, sleep, condition)
    }

    fn wait<'a, R>(
        queues: impl Iterator<Item = &'a Self> + Clone,
        thread: &Arc<Thread>,
        sleep: impl Fn(&Arc<Thread>) -> Wake,
        mut condition: impl FnMut() -> Option<R>,
    ) -> Result<R, Wake> {
        if let Some(result) = condition() {
            return Ok(result);
        }
        loop {
            scheduler::arm(thread);
            for queue in queues.clone() {
                queue.waiters.lock().push(Arc::clone(thread));
            }
            let result = condition();
            let wake = if result.is_none() {
                sleep(thread)
            } else {
                scheduler::disarm(thread);
                Wake::Notified
            };
            for queue in queues.clone() {
                let mut waiters = queue.waiters.lock();
                waiters.retain(|waiter| !Arc::ptr_eq(waiter, thread));
            }
            match (result, wake) {
                (Some(result), _) => return Ok(result),
                (None, Wake::Notified) => {}
                (None, ended) => return Err(ended),
            }
        }
    }

    /// Let everybody who waits look again.
    pub fn notify_all(&self) {
        // In place, so that the next one to wait finds room without asking the heap for it.
        for thread in self.waiters.lock().drain(..) {
            scheduler::wake(&thread, Wake::Notified);
        }
    }
}

impl Default for WaitQueue {
    fn default() -> Self {
        Self::new()
    }
}

impl From<Wake> for Errno {
    /// The error of a call whose wait has ended without what it waited for.
    fn from(wake: Wake) -> Self {
        match wake {
            Wake::TimedOut => Self::ETIMEDOUT,
            // Nobody sees the end of the process.
            Wake::Interrupted | Wake::Killed | Wake::Notified => Self::EINTR,
        }
    }
}
