//! Waiting for a word of user memory to change (futexes).
//!
//! The check of the word and the entry in the table are one step under the table's lock, which a
//! waker takes too: a change of the word that is followed by a wake is never missed. Requeueing moves
//! entries from one word to another in one such step; the table notes where a thread went, so that the
//! thread finds its entry when its time is over.
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
use core::mem;
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
    object: Option<Arc<Vmo>>,
}

struct Table {
    waiters: BTreeMap<Key, Vec<Waiter>>,
    /// Where those are that wait for another word than they came for, by the thread's own number.
    moved: BTreeMap<u64, Key>,
}

static TABLE: Lock<Table> = Lock::new(
    Rank::Futex,
    Table {
        waiters: BTreeMap::new(),
        moved: BTreeMap::new(),
    },
);

impl Table {
    /// Take out up to `limit` waiters of `key` that `is_wanted`, the longest there first.
    fn take(&mut self, key: Key, limit: u32, is_wanted: impl Fn(&Waiter) -> bool) -> Vec<Waiter> {
        let mut left = limit;
        let Some(list) = self.waiters.get_mut(&key) else {
            return Vec::new();
        };
        let is_taken = |waiter: &mut Waiter| {
            let is_taken = left > 0 && is_wanted(waiter);
            left -= u32::from(is_taken);
            is_taken
        };
        let taken: Vec<Waiter> = list.extract_if(.., is_taken).collect();
        if list.is_empty() {
            self.waiters.remove(&key);
        }
        for waiter in &taken {
            self.moved.remove(&waiter.thread.serial);
        }
        taken
    }
}

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
    if bits == 0 {
        return Err(Errno::EINVAL);
    }
    let word = check(addr)?;
    // The first look brings the page in, which may read a disk; the one below finds it there.
    word.get(&caller.process.space)?;
    let (key, object) = Key::of(&caller.process, addr, is_private);
    {
        let mut table = TABLE.lock();
        if word.get(&caller.process.space)? != expected {
            return Err(Errno::EAGAIN);
        }
        scheduler::arm(&caller.thread);
        let waiter = Waiter {
            thread: Arc::clone(&caller.thread),
            bits,
            object,
        };
        table.waiters.entry(key).or_default().push(waiter);
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

/// Take the entry of `thread` out, which came for `key`; whether it was there.
fn forget(key: Key, thread: &Arc<Thread>) -> bool {
    let mut table = TABLE.lock();
    let key = table.moved.get(&thread.serial).copied().unwrap_or(key);
    let taken = table.take(key, 1, |waiter| Arc::ptr_eq(&waiter.thread, thread));
    drop(table);
    !taken.is_empty()
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
    if bits == 0 {
        return Err(Errno::EINVAL);
    }
    check(addr)?;
    let (key, object) = Key::of(process, addr, is_private);
    if let (Key::Shared(_, offset), Some(object)) = (key, &object) {
        object.tell_woken(offset);
    }
    Ok(wake_key(key, limit, bits))
}

/// Wake up to `limit` waiters of the word at byte `offset` of a memory object: what the kernel has
/// changed there itself.
pub fn wake_shared(object: &Arc<Vmo>, offset: u64, limit: u32) {
    let key = Key::Shared(Arc::as_ptr(object).addr(), offset);
    wake_key(key, limit, u32::MAX);
}

fn wake_key(key: Key, limit: u32, bits: u32) -> u64 {
    let woken = TABLE
        .lock()
        .take(key, limit, |waiter| waiter.bits & bits != 0);
    for waiter in &woken {
        scheduler::wake(&waiter.thread, Wake::Notified);
    }
    woken.len() as u64
}

/// How many threads sleep on a word.
pub fn nr_waiting() -> usize {
    TABLE.lock().waiters.values().map(Vec::len).sum()
}

/// What [`requeue`] did.
#[derive(Clone, Copy, Debug)]
pub struct Requeued {
    /// How many were woken.
    pub woken: u64,
    /// How many wait for the other word now.
    pub moved: u64,
}

/// Wake up to `wake_limit` waiters of the word at `addr`, and let up to `move_limit` others wait for
/// the word at `other`; if `expected` says so, only while the first word has that value.
///
/// # Errors
/// EAGAIN when the value is another, EFAULT, EINVAL.
pub fn requeue(
    process: &Process,
    addr: u64,
    other: u64,
    is_private: bool,
    (wake_limit, move_limit): (u32, u32),
    expected: Option<u32>,
) -> Result<Requeued, Errno> {
    let word = check(addr)?;
    check(other)?;
    if expected.is_some() {
        // As in `wait`.
        word.get(&process.space)?;
    }
    let (from, _object) = Key::of(process, addr, is_private);
    let (to, object) = Key::of(process, other, is_private);
    // What the waiters kept goes when the table is not locked.
    let (woken, moved, _objects) = {
        let mut table = TABLE.lock();
        if let Some(expected) = expected
            && word.get(&process.space)? != expected
        {
            return Err(Errno::EAGAIN);
        }
        let woken = table.take(from, wake_limit, |_| true);
        let moved = table.take(from, move_limit, |_| true);
        let mut objects = Vec::with_capacity(moved.len());
        for mut waiter in moved {
            objects.push(mem::replace(&mut waiter.object, object.clone()));
            table.moved.insert(waiter.thread.serial, to);
            table.waiters.entry(to).or_default().push(waiter);
        }
        (woken, objects.len() as u64, objects)
    };
    for waiter in &woken {
        scheduler::wake(&waiter.thread, Wake::Notified);
    }
    Ok(Requeued {
        woken: woken.len() as u64,
        moved,
    })
}
