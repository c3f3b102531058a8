//! Waiting for a word of user memory to change (futexes).
//!
//! The check of the word and the entry in the table are one step under the table's lock, which a
//! waker takes too: a change of the word that is followed by a wake is never missed.
//! Source: Linux `futex(2)`.

use super::process::Process;
use super::scheduler::{self, Wake};
use super::thread::Thread;
use crate::memory::user::UserIn;
use crate::memory::vmo::Vmo;
use crate::syscall::Caller;
use alloc::collections::BTreeMap;
use alloc::sync::Arc;
use alloc::vec::Vec;
use kpio_abi::errors::Errno;
use kpio_abi::memory::PAGE_SIZE;
use kpio_hal::sync::{Lock, Rank};

/// A word of memory: of one process, or of an object that several may show.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    /// Process and address.
    Private(i32, u64),
    /// Object (its place in the kernel's memory; waiters keep it alive), and offset in it.
    Shared(usize, u64),
}

impl Key {
    /// What the word at `addr` is known by, and the object if it is shared.
    fn of(process: &Process, addr: u64, is_private: bool) -> (Self, Option<Arc<Vmo>>) {
        let shared = (!is_private).then(|| process.space.shared_page(addr));
        match shared.flatten() {
            Some((vmo, page)) => {
                let place = Arc::as_ptr(&vmo).addr();
                let offset = page * PAGE_SIZE as u64 + addr % PAGE_SIZE as u64;
                (Self::Shared(place, offset), Some(vmo))
            }
            None => (Self::Private(process.pid, addr), None),
        }
    }
}

struct Waiter {
    thread: Arc<Thread>,
    bits: u32,
    /// Keeps the number of a shared word from meaning another object.
    _object: Option<Arc<Vmo>>,
}

static WAITERS: Lock<BTreeMap<Key, Vec<Waiter>>> = Lock::new(Rank::Futex, BTreeMap::new());

/// Check that `addr` can be a futex.
///
/// # Errors
/// EINVAL when it is not aligned to 4, EFAULT when it is no user address.
fn check(addr: u64) -> Result<UserIn<u32>, Errno> {
    if !addr.is_multiple_of(4) {
        return Err(Errno::EINVAL);
    }
    UserIn::new(addr)
}

/// Sleep while the word at `addr` has the value `expected`, until a wake with a bit of `bits`.
///
/// # Errors
/// EAGAIN when the value is another, ETIMEDOUT, EINTR when the process ends, EFAULT, EINVAL.
pub fn wait(
    caller: &Caller,
    addr: u64,
    is_private: bool,
    expected: u32,
    bits: u32,
    deadline_ns: Option<u64>,
) -> Result<(), Errno> {
    let word = check(addr)?;
    if bits == 0 {
        return Err(Errno::EINVAL);
    }
    // The first look brings the page in, which may read a disk; the one below finds it there.
    word.get(&caller.process.space)?;
    let (key, object) = Key::of(&caller.process, addr, is_private);
    {
        let mut waiters = WAITERS.lock();
        if word.get(&caller.process.space)? != expected {
            return Err(Errno::EAGAIN);
        }
        scheduler::arm(&caller.thread);
        let waiter = Waiter {
            thread: Arc::clone(&caller.thread),
            bits,
            _object: object,
        };
        waiters.entry(key).or_default().push(waiter);
    }
    let wake = scheduler::wait(&caller.thread, deadline_ns);
    // A waker takes the entry out and counts it. If it did, that wake-up was ours, even when the
    // timer was faster in waking the thread.
    let was_woken = !forget(key, &caller.thread);
    match wake {
        Wake::Killed => Err(Errno::EINTR),
        Wake::Interrupted if !was_woken => Err(Errno::EINTR),
        Wake::TimedOut if !was_woken => Err(Errno::ETIMEDOUT),
        Wake::TimedOut | Wake::Interrupted | Wake::Notified => Ok(()),
    }
}

/// Take the entry of `thread` out; whether it was there.
fn forget(key: Key, thread: &Arc<Thread>) -> bool {
    let mut waiters = WAITERS.lock();
    let Some(list) = waiters.get_mut(&key) else {
        return false;
    };
    let before = list.len();
    list.retain(|waiter| !Arc::ptr_eq(&waiter.thread, thread));
    let was_there = list.len() < before;
    if list.is_empty() {
        waiters.remove(&key);
    }
    was_there
}

/// Wake up to `limit` waiters of the word at `addr` that wait for a bit of `bits`; how many.
///
/// # Errors
/// EFAULT, EINVAL.
pub fn wake(
    process: &Process,
    addr: u64,
    is_private: bool,
    limit: u32,
    bits: u32,
) -> Result<u64, Errno> {
    check(addr)?;
    if bits == 0 {
        return Err(Errno::EINVAL);
    }
    let (key, _object) = Key::of(process, addr, is_private);
    let mut woken = Vec::new();
    {
        let mut waiters = WAITERS.lock();
        if let Some(list) = waiters.get_mut(&key) {
            let mut left = limit;
            list.retain(|waiter| {
                let is_woken = left > 0 && waiter.bits & bits != 0;
                if is_woken {
                    left -= 1;
                    woken.push(Arc::clone(&waiter.thread));
                }
                !is_woken
            });
            if list.is_empty() {
                waiters.remove(&key);
            }
        }
    }
    for thread in &woken {
        scheduler::wake(thread, Wake::Notified);
    }
    Ok(woken.len() as u64)
}
