//! Waiting until a condition holds.
//!
//! Besides threads, a queue has observers: what is told of every notification and passes it on,
//! without a thread that sleeps. A queue refers to them weakly, and calls them while it is not
//! locked, so that they may look at the object it belongs to.

use super::scheduler::{self, Wake};
use super::thread::Thread;
use crate::object::ObjectRef;
use alloc::sync::{Arc, Weak};
use alloc::vec::Vec;
use core::ptr;
use core::sync::atomic::{AtomicU64, Ordering};
use kpio_abi::errors::Errno;
use kpio_hal::sync::{Lock, Rank};

/// What is told when a queue is notified.
pub trait Observer: Send + Sync {
    /// What the queue is for may have changed. `change` has a number of its own for each
    /// notification that is not the consequence of another.
    fn changed(&self, change: u64);

    /// The object it observes for, if that is still there.
    fn owner(&self) -> Option<ObjectRef>;
}

/// The number of the last change that was told.
static LAST_CHANGE: AtomicU64 = AtomicU64::new(0);

/// Threads that wait for one thing, and its observers.
pub struct WaitQueue {
    waiting: Lock<Waiting>,
}

struct Waiting {
    threads: Vec<Arc<Thread>>,
    observers: Vec<Weak<dyn Observer>>,
}

impl WaitQueue {
    /// Nobody waits.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            waiting: Lock::new(
                Rank::WaitQueue,
                Waiting {
                    threads: Vec::new(),
                    observers: Vec::new(),
                },
            ),
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
                queue.waiting.lock().threads.push(Arc::clone(thread));
            }
            let result = condition();
            let wake = if result.is_none() {
                sleep(thread)
            } else {
                scheduler::disarm(thread);
                Wake::Notified
            };
            for queue in queues.clone() {
                let threads = &mut queue.waiting.lock().threads;
                threads.retain(|waiter| !Arc::ptr_eq(waiter, thread));
            }
            match (result, wake) {
                (Some(result), _) => return Ok(result),
                (None, Wake::Notified) => {}
                (None, ended) => return Err(ended),
            }
        }
    }

    /// Let everybody who waits look again, and tell the observers. No lock is held that an observer
    /// may want.
    pub fn notify_all(&self) {
        if self.wake_all() {
            self.tell_all(LAST_CHANGE.fetch_add(1, Ordering::Relaxed) + 1);
        }
    }

    /// As [`Self::notify_all`], in consequence of the change of this number.
    pub fn notify_of(&self, change: u64) {
        if self.wake_all() {
            self.tell_all(change);
        }
    }

    /// Wake the threads; whether there are observers.
    fn wake_all(&self) -> bool {
        let mut waiting = self.waiting.lock();
        // In place, so that the next one to wait finds room without asking the heap for it.
        for thread in waiting.threads.drain(..) {
            scheduler::wake(&thread, Wake::Notified);
        }
        !waiting.observers.is_empty()
    }

    fn tell_all(&self, change: u64) {
        // From the last to the first: whatever is removed meanwhile, nobody is passed over.
        let mut index = usize::MAX;
        while let Some(observer) = self.observer_before(&mut index) {
            observer.changed(change);
        }
    }

    /// The last observer before `index`, and its index. Dead ones on the way are removed.
    fn observer_before(&self, index: &mut usize) -> Option<Arc<dyn Observer>> {
        let observers = &mut self.waiting.lock().observers;
        loop {
            *index = (*index).min(observers.len()).checked_sub(1)?;
            if let Some(observer) = observers[*index].upgrade() {
                return Some(observer);
            }
            observers.swap_remove(*index);
        }
    }

    /// The observers.
    #[must_use]
    pub fn observers(&self) -> Vec<Arc<dyn Observer>> {
        let waiting = self.waiting.lock();
        waiting.observers.iter().filter_map(Weak::upgrade).collect()
    }

    /// Tell `observer` of every notification, as long as it is there.
    ///
    /// # Errors
    /// ENOMEM.
    pub fn add_observer(&self, observer: Arc<impl Observer + 'static>) -> Result<(), Errno> {
        let observers = &mut self.waiting.lock().observers;
        if observers.len() == observers.capacity() {
            observers.retain(|observer| observer.strong_count() > 0);
            observers.try_reserve(1).map_err(|_| Errno::ENOMEM)?;
        }
        let observer: Arc<dyn Observer> = observer;
        observers.push(Arc::downgrade(&observer));
        Ok(())
    }

    /// Tell `observer` nothing more.
    pub fn remove_observer(&self, observer: &impl Observer) {
        let observers = &mut self.waiting.lock().observers;
        observers.retain(|other| !ptr::addr_eq(other.as_ptr(), observer));
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
