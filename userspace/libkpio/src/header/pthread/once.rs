//! `pthread.h`: what is done once.

use core::ffi::c_int;
use core::sync::atomic::{AtomicU32, Ordering};

use crate::thread::futex::{self, Scope};

const NEW: u32 = 0;
const RUNNING: u32 = 1;
/// Running, and somebody sleeps.
const AWAITED: u32 = 2;
const DONE: u32 = 3;

/// `int pthread_once(pthread_once_t *once, void (*body)(void))`
///
/// # Safety
///
/// `once` is initialised; `body` may be called.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn pthread_once(
    once: *const AtomicU32,
    body: unsafe extern "C" fn(),
) -> c_int {
    // SAFETY: the caller's promise.
    let once = unsafe { &*once };
    loop {
        match once.compare_exchange(NEW, RUNNING, Ordering::Acquire, Ordering::Acquire) {
            Ok(_) => {
                // SAFETY: the caller's promise.
                unsafe { body() };
                if once.swap(DONE, Ordering::Release) == AWAITED {
                    futex::wake_all(once, Scope::Private);
                }
                return 0;
            }
            Err(DONE) => return 0,
            Err(seen) => {
                let is_awaited = seen == AWAITED
                    || once
                        .compare_exchange(RUNNING, AWAITED, Ordering::Relaxed, Ordering::Relaxed)
                        .is_ok();
                if is_awaited {
                    // An error means: look again.
                    let _ = futex::wait(once, AWAITED, None, Scope::Private);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    static NR_RUNS: AtomicU32 = AtomicU32::new(0);

    unsafe extern "C" fn count() {
        NR_RUNS.fetch_add(1, Ordering::Relaxed);
    }

    #[test]
    fn four_threads_do_it_once() {
        static ONCE: AtomicU32 = AtomicU32::new(NEW);
        std::thread::scope(|scope| {
            for _ in 0..4 {
                // SAFETY: both are here.
                scope.spawn(|| unsafe { pthread_once(&raw const ONCE, count) });
            }
        });
        assert_eq!(NR_RUNS.load(Ordering::Relaxed), 1);
    }
}
