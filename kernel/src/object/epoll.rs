//! Epolls: many objects watched over, and waited for together.
//!
//! A watch stands as an observer on the wait queue of its object. Whoever changes the object wakes
//! those who wait there and tells the observers, which list the watch and wake those who wait for
//! the epoll. A wait looks at what is listed and asks each object what it is ready for: what it
//! tells is so at that moment. `ipc::watch_list` says which watches stay listed.
//!
//! **Who holds what.** The epoll holds its watches. A watch refers to its object and to its epoll
//! weakly, and a queue refers to its observers weakly. So either side may go: a watch over an object
//! that has gone is forgotten when it is looked at, when its descriptor is added again, or when
//! watches run out; an epoll that goes takes its observers from the queues, and a queue drops those
//! it finds dead. Nobody waits for an object that is gone: the last descriptor of an object takes
//! the watch with it, and who waits for the epoll waits for the others, or for its deadline.
//!
//! **Epolls that watch epolls.** An epoll's own queue has observers like any other. Rows of more
//! than [`MAX_NESTED`] and circles are refused, so that telling comes to an end; a change goes
//! through each epoll once, however many ways lead to it, because it carries a number that the epoll
//! remembers. Asking goes the other way, and takes what is not ready off the lists as it goes.
//!
//! **Locks.** The watches have one, under which nothing is called: neither objects nor queues.
//!
//! Source: Linux epoll(7), epoll_ctl(2).

use super::{Object, ObjectRef, Ready, StatusFlags};
use crate::ipc::watch_list::{Interest, Key, WatchList};
use crate::memory::address_space::AddressSpace;
use crate::memory::check_budget;
use crate::memory::user::UserWrite;
use crate::process::scheduler::Wake;
use crate::process::wait_queue::{Observer, WaitQueue};
use crate::syscall::Caller;
use alloc::sync::{Arc, Weak};
use alloc::vec::Vec;
use core::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use kpio_abi::errors::Errno;
use kpio_abi::flags::{O_RDWR, OBJECT_EPOLL};
use kpio_abi::types::{EpollEvent, Stat};
use kpio_hal::sync::{Lock, Rank};
use zerocopy::IntoBytes;

/// Watches in the whole system: some 6 MiB. Linux's `max_user_watches`.
const MAX_WATCHES: usize = 32768;
/// Epolls that may watch one another in a row. Linux has the same.
const MAX_NESTED: usize = 5;
const EVENT_LEN: u64 = size_of::<EpollEvent>() as u64;

static NR_WATCHES: AtomicUsize = AtomicUsize::new(0);

/// Watches over objects.
pub struct Epoll {
    this: Weak<Self>,
    watches: Lock<WatchList<Arc<Watch>>>,
    /// A watch was listed.
    changed: WaitQueue,
    /// The last change that was passed on.
    last_change: AtomicU64,
    flags: StatusFlags,
}

/// One watch; counted as long as it is there.
struct Watch {
    key: Key,
    object: Weak<dyn Object>,
    epoll: Weak<Epoll>,
}

impl Watch {
    /// # Errors
    /// ENOSPC.
    fn new(key: Key, object: &ObjectRef, epoll: Weak<Epoll>) -> Result<Arc<Self>, Errno> {
        if NR_WATCHES.load(Ordering::Relaxed) >= MAX_WATCHES {
            return Err(Errno::ENOSPC);
        }
        NR_WATCHES.fetch_add(1, Ordering::Relaxed);
        Ok(Arc::new(Self {
            key,
            object: Arc::downgrade(object),
            epoll,
        }))
    }

    fn is_alive(&self) -> bool {
        self.object.strong_count() > 0
    }

    /// Take it from the queue of its object, if that is still there.
    fn leave_queue(&self) {
        if let Some(object) = self.object.upgrade()
            && let Some(queue) = object.waiters()
        {
            queue.remove_observer(self);
        }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        NR_WATCHES.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Observer for Watch {
    fn changed(&self, change: u64) {
        let Some(epoll) = self.epoll.upgrade() else {
            return;
        };
        let is_wanted = epoll.watches.lock().changed(self.key);
        if is_wanted && epoll.last_change.swap(change, Ordering::Relaxed) != change {
            epoll.changed.notify_of(change);
        }
    }

    fn owner(&self) -> Option<ObjectRef> {
        let epoll = self.epoll.upgrade()?;
        Some(epoll)
    }
}

/// What an object is watched by.
fn key_of(fd: i32, object: &ObjectRef) -> Key {
    Key {
        fd,
        object: Arc::as_ptr(object).addr(),
    }
}

impl Epoll {
    /// An epoll that watches nothing.
    #[must_use]
    pub fn new() -> Arc<Self> {
        Arc::new_cyclic(|this| Self {
            this: Weak::clone(this),
            watches: Lock::new(Rank::Epoll, WatchList::new()),
            changed: WaitQueue::new(),
            last_change: AtomicU64::new(0),
            flags: StatusFlags::new(O_RDWR),
        })
    }

    /// Watch `object` under the number `fd`.
    ///
    /// # Errors
    /// EPERM, EEXIST, ELOOP, ENOSPC, ENOMEM, as in the contract of EPOLL_CTL.
    pub fn add(&self, fd: i32, object: &ObjectRef, interest: Interest) -> Result<(), Errno> {
        let queue = object.waiters().ok_or(Errno::EPERM)?;
        if let Some(target) = Arc::clone(object).downcast::<Self>() {
            self.check_nesting(target)?;
        }
        check_budget(1)?;
        let key = key_of(fd, object);
        self.watches.lock().prune(fd..=fd, |watch| watch.is_alive());
        let new_watch = || Watch::new(key, object, Weak::clone(&self.this));
        let watch = new_watch().or_else(|_| {
            let all = i32::MIN..=i32::MAX;
            self.watches.lock().prune(all, |watch| watch.is_alive());
            new_watch()
        })?;
        let observer = Arc::clone(&watch);
        self.watches.lock().add(key, interest, watch)?;
        queue.add_observer(observer).inspect_err(|_| {
            // It was added just now.
            let _ = self.watches.lock().remove(key);
        })?;
        self.look_at(key, object);
        Ok(())
    }

    /// Wait for something else of `object`.
    ///
    /// # Errors
    /// ENOENT.
    pub fn modify(&self, fd: i32, object: &ObjectRef, interest: Interest) -> Result<(), Errno> {
        let key = key_of(fd, object);
        self.watches.lock().modify(key, interest)?;
        self.look_at(key, object);
        Ok(())
    }

    /// Watch `object` no longer.
    ///
    /// # Errors
    /// ENOENT.
    pub fn remove(&self, fd: i32, object: &ObjectRef) -> Result<(), Errno> {
        let watch = self.watches.lock().remove(key_of(fd, object))?;
        watch.leave_queue();
        Ok(())
    }

    /// List a watch whose object is ready already.
    fn look_at(&self, key: Key, object: &ObjectRef) {
        let ready = object.ready().poll_bits();
        let is_news = {
            let mut watches = self.watches.lock();
            watches.is_wanted(key, ready) && watches.changed(key)
        };
        if is_news {
            self.changed.notify_all();
        }
    }

    /// Wait until something comes, and write to `events` what; how many events. 0 after the
    /// deadline.
    ///
    /// # Errors
    /// EFAULT, EINTR.
    pub fn wait(
        &self,
        caller: &Caller,
        events: UserWrite,
        deadline_ns: Option<u64>,
    ) -> Result<u64, Errno> {
        loop {
            let nr_told = self.tell(&caller.process.space, events)?;
            if nr_told > 0 {
                return Ok(nr_told);
            }
            // Copying may sleep and so is not done by the condition.
            let waited = self.changed.wait_until(&caller.thread, deadline_ns, || {
                self.has_ready().then_some(())
            });
            match waited {
                Ok(()) => {}
                Err(Wake::TimedOut) => return Ok(0),
                Err(wake) => return Err(wake.into()),
            }
        }
    }

    /// Write what has come to `events`, as far as there is room; how many events.
    fn tell(&self, space: &AddressSpace, events: UserWrite) -> Result<u64, Errno> {
        let room = events.len() / EVENT_LEN;
        let mut nr_told = 0;
        // What is listed again meanwhile is for the next call.
        let nr_listed = self.watches.lock().nr_listed();
        for _ in 0..nr_listed {
            if nr_told == room {
                break;
            }
            let Some((key, ready)) = self.ask_next() else {
                break;
            };
            let Some(told) = self.watches.lock().report(key, ready) else {
                continue;
            };
            let event = EpollEvent {
                events: told.events,
                data: told.data,
            };
            if let Err(errno) = events.copy(space, nr_told * EVENT_LEN, event.as_bytes()) {
                self.watches.lock().put_back(key);
                return if nr_told > 0 { Ok(nr_told) } else { Err(errno) };
            }
            nr_told += 1;
        }
        Ok(nr_told)
    }

    /// Take the next watch from the list and ask its object what it is ready for.
    fn ask_next(&self) -> Option<(Key, u32)> {
        loop {
            let (key, watch) = self.watches.lock().take_first()?;
            if let Some(object) = watch.object.upgrade() {
                return Some((key, object.ready().poll_bits()));
            }
            // Nobody else removes it: its address stays taken while the watch is held.
            let _ = self.watches.lock().remove(key);
        }
    }

    /// Whether a wait would find something. What is not ready is taken from the list.
    fn has_ready(&self) -> bool {
        while let Some((key, ready)) = self.ask_next() {
            let mut watches = self.watches.lock();
            if watches.is_wanted(key, ready) {
                watches.put_back(key);
                return true;
            }
        }
        false
    }

    /// Fail if watching `target` made a circle or too long a row.
    fn check_nesting(&self, target: Arc<Self>) -> Result<(), Errno> {
        let this = self.this.upgrade().ok_or(Errno::ELOOP)?;
        let mut nr_below = 0;
        let mut level = Vec::from([target]);
        while !level.is_empty() {
            if level.iter().any(|epoll| Arc::ptr_eq(epoll, &this)) {
                return Err(Errno::ELOOP);
            }
            nr_below += 1;
            level = next_level(&level, Self::watched_epolls);
        }
        let mut nr_above = 0;
        let mut level = Vec::from([this]);
        while !level.is_empty() {
            nr_above += 1;
            level = next_level(&level, Self::watching_epolls);
        }
        if nr_above + nr_below > MAX_NESTED {
            return Err(Errno::ELOOP);
        }
        Ok(())
    }

    fn watched_epolls(&self) -> Vec<Arc<Self>> {
        let watches: Vec<Arc<Watch>> = self.watches.lock().watched().cloned().collect();
        let objects = watches.iter().filter_map(|watch| watch.object.upgrade());
        objects.filter_map(<dyn Object>::downcast).collect()
    }

    fn watching_epolls(&self) -> Vec<Arc<Self>> {
        let owners = self.changed.observers().into_iter();
        let owners = owners.filter_map(|observer| observer.owner());
        owners.filter_map(<dyn Object>::downcast).collect()
    }
}

/// The epolls one step on from those of `level`, each once.
fn next_level(level: &[Arc<Epoll>], step: impl Fn(&Epoll) -> Vec<Arc<Epoll>>) -> Vec<Arc<Epoll>> {
    let mut next: Vec<Arc<Epoll>> = level.iter().flat_map(|epoll| step(epoll)).collect();
    next.sort_unstable_by_key(|epoll| Arc::as_ptr(epoll).addr());
    next.dedup_by(|a, b| Arc::ptr_eq(a, b));
    next
}

impl Drop for Epoll {
    fn drop(&mut self) {
        let watches = core::mem::take(&mut *self.watches.lock());
        for watch in watches.watched() {
            watch.leave_queue();
        }
    }
}

impl Object for Epoll {
    fn kind(&self) -> u32 {
        OBJECT_EPOLL
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
        if self.has_ready() {
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
