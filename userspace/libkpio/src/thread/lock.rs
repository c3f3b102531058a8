//! The library's own mutual exclusion: a word and a futex.
//!
//! Source: Drepper, "Futexes Are Tricky", the second mutex.

use core::sync::atomic::{AtomicU32, Ordering};

use talc::lock_api;

use super::futex::{self, Scope};

const FREE: u32 = 0;
const TAKEN: u32 = 1;
/// Taken, and somebody may sleep.
const CONTENDED: u32 = 2;

/// A lock; not recursive, not fair.
#[derive(Debug)]
pub struct RawLock {
    state: AtomicU32,
}

// SAFETY: `lock` and `try_lock` succeed only by changing FREE into another state, which one thread
// at a time can do; acquire and release order what is done inside.
unsafe impl lock_api::RawMutex for RawLock {
    const INIT: Self = Self {
        state: AtomicU32::new(FREE),
    };

    type GuardMarker = lock_api::GuardSend;

    fn lock(&self) {
        if self.try_lock() {
            return;
        }
        while self.state.swap(CONTENDED, Ordering::Acquire) != FREE {
            // An error means: look at the word again, which the loop does.
            let _ = futex::wait(&self.state, CONTENDED, None, Scope::Private);
        }
    }

    fn try_lock(&self) -> bool {
        self.state
            .compare_exchange(FREE, TAKEN, Ordering::Acquire, Ordering::Relaxed)
            .is_ok()
    }

    unsafe fn unlock(&self) {
        if self.state.swap(FREE, Ordering::Release) == CONTENDED {
            futex::wake(&self.state, 1, Scope::Private);
        }
    }
}

/// A value behind the library's lock.
pub type Lock<T> = lock_api::Mutex<RawLock, T>;

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;
    use std::thread;
    use std::vec::Vec;

    /// On the host the futex call fails at once, so waiting is spinning: enough to test exclusion.
    #[test]
    fn increments_of_four_threads_are_all_counted() {
        let counter = Arc::new(Lock::new(0_u32));
        let workers: Vec<_> = (0..4)
            .map(|_| {
                let counter = Arc::clone(&counter);
                thread::spawn(move || (0..10_000).for_each(|_| *counter.lock() += 1))
            })
            .collect();
        for worker in workers {
            worker.join().expect("a worker panicked");
        }
        assert_eq!(*counter.lock(), 40_000);
    }

    #[test]
    fn taken_lock_is_not_taken_twice() {
        let lock = Lock::new(());
        let guard = lock.lock();
        assert!(lock.try_lock().is_none());
        drop(guard);
        assert!(lock.try_lock().is_some());
    }
}
