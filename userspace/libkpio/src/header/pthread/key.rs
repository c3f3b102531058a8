//! `pthread.h`: values that each thread has for itself, under keys.
//!
//! A key has a generation, which is odd while the key is in use. Values remember the generation they
//! were stored in, so that a key that is used again finds no value of its former life in any thread.

use core::ffi::{c_int, c_void};
use core::ptr;
use core::sync::atomic::{AtomicU32, AtomicUsize, Ordering};

use kpio_abi::errors::Errno;

use crate::thread::Thread;
use crate::thread::block::{KEYS_MAX, Value};

/// How often destructors are run over values that destructors store.
/// Source: musl, `PTHREAD_DESTRUCTOR_ITERATIONS`.
const DESTRUCTOR_ITERATIONS: usize = 4;

type Destructor = unsafe extern "C" fn(*mut c_void);

struct Key {
    /// Odd while it is in use.
    generation: AtomicU32,
    /// Address of its destructor; 0 for none. Set before the generation becomes odd.
    destructor: AtomicUsize,
}

static KEYS: [Key; KEYS_MAX] = [const {
    Key {
        generation: AtomicU32::new(0),
        destructor: AtomicUsize::new(0),
    }
}; KEYS_MAX];

/// Held while keys are made and given back.
static CHANGING: crate::thread::lock::Lock<()> = crate::thread::lock::Lock::new(());

fn find(key: u32) -> Option<(usize, &'static Key, u32)> {
    let index = key as usize;
    let found = KEYS.get(index)?;
    let generation = found.generation.load(Ordering::Acquire);
    (generation % 2 == 1).then_some((index, found, generation))
}

/// `int pthread_key_create(pthread_key_t *key, void (*destructor)(void *))`
///
/// # Safety
///
/// `key` is writable; `destructor` may be called with any value stored under the key.
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub unsafe extern "C" fn pthread_key_create(
    key: *mut u32,
    destructor: Option<Destructor>,
) -> c_int {
    let guard = CHANGING.lock();
    let is_free = |key: &Key| key.generation.load(Ordering::Relaxed).is_multiple_of(2);
    let Some(index) = KEYS.iter().position(is_free) else {
        return Errno::EAGAIN as c_int;
    };
    let address = destructor.map_or(0, |destructor| destructor as usize);
    KEYS[index].destructor.store(address, Ordering::Relaxed);
    KEYS[index].generation.fetch_add(1, Ordering::Release);
    drop(guard);
    #[expect(clippy::cast_possible_truncation, reason = "below KEYS_MAX")]
    // SAFETY: the caller's promise.
    unsafe {
        key.write(index as u32);
    }
    0
}

/// `int pthread_key_delete(pthread_key_t key)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub extern "C" fn pthread_key_delete(key: u32) -> c_int {
    let guard = CHANGING.lock();
    let Some((_, key, _)) = find(key) else {
        return Errno::EINVAL as c_int;
    };
    key.generation.fetch_add(1, Ordering::Release);
    drop(guard);
    0
}

/// `void *pthread_getspecific(pthread_key_t key)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub extern "C" fn pthread_getspecific(key: u32) -> *mut c_void {
    let Some((index, _, generation)) = find(key) else {
        return ptr::null_mut();
    };
    let Some(place) = Thread::current().value(index) else {
        return ptr::null_mut();
    };
    // SAFETY: the place is the calling thread's own.
    let stored = unsafe { place.read() };
    if stored.generation == generation {
        stored.value
    } else {
        ptr::null_mut()
    }
}

/// `int pthread_setspecific(pthread_key_t key, const void *value)`
#[cfg_attr(target_vendor = "kpio", unsafe(no_mangle))]
pub extern "C" fn pthread_setspecific(key: u32, value: *const c_void) -> c_int {
    let Some((index, _, generation)) = find(key) else {
        return Errno::EINVAL as c_int;
    };
    if let Some(place) = Thread::current().value(index) {
        let value = value.cast_mut();
        // SAFETY: the place is the calling thread's own.
        unsafe { place.write(Value { generation, value }) };
    }
    0
}

/// Takes the calling thread's values and calls their keys' destructors.
pub(crate) fn run_destructors() {
    for _ in 0..DESTRUCTOR_ITERATIONS {
        let mut is_done = true;
        for key in 0..KEYS_MAX {
            is_done &= !destroy(key);
        }
        if is_done {
            return;
        }
    }
}

/// Takes the value under a key and destroys it; whether there was one.
fn destroy(index: usize) -> bool {
    let Some(place) = Thread::current().value(index) else {
        return false;
    };
    // SAFETY: the place is the calling thread's own.
    let stored = unsafe { place.read() };
    let key = &KEYS[index];
    let generation = key.generation.load(Ordering::Acquire);
    if stored.value.is_null() || stored.generation != generation || generation.is_multiple_of(2) {
        return false;
    }
    let value = ptr::null_mut();
    // SAFETY: as above.
    unsafe { place.write(Value { generation, value }) };
    let address = key.destructor.load(Ordering::Relaxed);
    if address == 0 {
        return false;
    }
    // SAFETY: the address came from such a function.
    let destructor = unsafe { core::mem::transmute::<usize, Destructor>(address) };
    // SAFETY: it was given to be called with the values under this key.
    unsafe { destructor(stored.value) };
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use core::sync::atomic::AtomicU32;

    static NR_DESTROYED: AtomicU32 = AtomicU32::new(0);

    unsafe extern "C" fn count(_value: *mut c_void) {
        NR_DESTROYED.fetch_add(1, Ordering::Relaxed);
    }

    /// One test for all, because keys are the process's.
    #[test]
    fn keys_live_die_and_live_again() {
        let mut key = u32::MAX;
        let value = ptr::dangling();
        // SAFETY: the key is here; the destructor takes any value.
        assert_eq!(unsafe { pthread_key_create(&raw mut key, Some(count)) }, 0);
        assert!(pthread_getspecific(key).is_null());
        assert_eq!(pthread_setspecific(key, value), 0);
        assert_eq!(pthread_getspecific(key).cast_const(), value);
        run_destructors();
        assert_eq!(NR_DESTROYED.load(Ordering::Relaxed), 1);
        assert!(pthread_getspecific(key).is_null());

        assert_eq!(pthread_setspecific(key, value), 0);
        assert_eq!(pthread_key_delete(key), 0);
        assert_eq!(pthread_key_delete(key), Errno::EINVAL as c_int);
        assert_eq!(pthread_setspecific(key, value), Errno::EINVAL as c_int);
        let mut again = u32::MAX;
        // SAFETY: as above.
        let made = unsafe { pthread_key_create(&raw mut again, Some(count)) };
        assert_eq!(made, 0);
        assert_eq!(again, key);
        assert!(pthread_getspecific(key).is_null(), "of the former life");
        run_destructors();
        assert_eq!(NR_DESTROYED.load(Ordering::Relaxed), 1);

        let mut keys = std::vec::Vec::new();
        loop {
            let mut key = 0;
            // SAFETY: as above.
            match unsafe { pthread_key_create(&raw mut key, None) } {
                0 => keys.push(key),
                error => break assert_eq!(error, Errno::EAGAIN as c_int),
            }
        }
        assert_eq!(keys.len(), KEYS_MAX - 1);
    }
}
