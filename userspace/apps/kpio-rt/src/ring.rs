//! Rings between processes: shared memory for them, sleeping on its words, and hearing of the other
//! side's death.
//!
//! One side makes the memory with [`create`], maps it ([`RingMemory::map`]) and sends its descriptor
//! through a channel, with no more rights than READ, WRITE and MAP; the other one maps it too. What
//! the ring does is the crate kpio-ring's.
//!
//! # How a side learns that the other one has died
//!
//! A process that is killed says nothing. But the kernel closes its descriptors, whatever it was
//! doing at that instant, and the end of a channel that only it held goes with them. So a ring has a
//! channel between the same two processes, the one its memory was sent through, and a side that uses
//! the ring has a [`Watch`]: a thread that sleeps in POLL until the channel hangs up. It then calls
//! `spsc::mark_dead`, which stores the state and wakes a sleeper on the word without looking at it:
//!
//! - Died before it published a message: that message was never sent; those before it are still read.
//! - Died between publishing and waking: the wake-up that is missing is the one `mark_dead` makes.
//! - The survivor is about to sleep: it has announced it and looks at the state after that, and the
//!   futex compares the word, which `mark_dead` has cleared. It does not fall asleep.
//! - Died before it ever joined the ring, or before the memory reached it: the message with the
//!   memory, and the channel's end, go with it, and the channel hangs up all the same.
//! - Died while the survivor was starting its watch: POLL tells of a state, not of an edge.
//!
//! Nothing of that needs the dead one's help, or memory that it could have written over. Both sides
//! have a watch, so either may die; if both do, nobody is left to wait. A process that makes a child
//! with FORK shares the channel with it as it shares the memory: the peer is dead when all of them are.
//!
//! Two other ways were looked at. A list of words that the kernel writes when a thread ends (Linux's
//! robust futexes) makes the kernel walk memory that the dying process controls, at its most
//! delicate moment. A call that binds a word to a channel's end is a second kind of waiting beside POLL, and keeps
//! the memory of processes alive in the kernel; it saves a thread a ring, which costs two pages that
//! are touched and no work while nobody dies.

use alloc::sync::Arc;
use core::marker::PhantomData;
use core::ptr::NonNull;
use core::sync::atomic::{AtomicU32, AtomicU64, Ordering};

use kpio_abi::errors::Errno;
use kpio_abi::flags::{
    EFD_CLOEXEC, MAP_POPULATE, MAP_SHARED, O_CLOEXEC, POLLIN, PROT_READ, PROT_WRITE,
};
use kpio_abi::syscalls::SYS_SHM_CREATE;
use kpio_abi::types::PollFd;
use kpio_ring::spsc::{self, Side};
use kpio_ring::{Futex, Mapped, Memory, Place, Stopped, mpsc};

use crate::error::{Error, number};
use crate::fs::File;
use crate::memory::Mapping;
use crate::thread::{self, JoinHandle};
use crate::{c, sync, syscall, wait};

/// Shared memory without a name, of `len_bytes` zeros.
pub fn create(len_bytes: usize) -> Result<File, Error> {
    // SAFETY: SHM_CREATE touches no memory.
    let made = unsafe { syscall::call(SYS_SHM_CREATE, [O_CLOEXEC as usize, 0, 0, 0, 0, 0]) }?;
    let file = File::from_descriptor(i32::try_from(made).map_err(|_| Errno::EOVERFLOW)?);
    let len = i64::try_from(len_bytes).map_err(|_| Errno::EFBIG)?;
    number(c::ftruncate(file.descriptor(), len))?;
    Ok(file)
}

/// Waiting on words that processes share; counts how often that happened.
#[derive(Debug, Default)]
struct SharedFutex {
    waits: AtomicU64,
}

impl Futex for SharedFutex {
    fn wait(&self, word: &AtomicU32, value: u32) -> Result<(), Stopped> {
        self.waits.fetch_add(1, Ordering::Relaxed);
        sync::shared_wait(word, value, None).map_err(|_| Stopped::CannotSleep)?;
        Ok(())
    }

    fn wake(&self, word: &AtomicU32, count: u32) {
        if sync::shared_wake(word, count).is_err() {
            // Refused is only an address that is not mapped, which this one is.
        }
    }
}

#[derive(Debug)]
struct Inner {
    memory: Mapped<SharedFutex>,
    _mapping: Mapping,
}

/// Memory that another process has too, for rings in it. Copies are of the same memory, which is
/// unmapped with the last of them.
#[derive(Clone, Debug)]
pub struct RingMemory(Arc<Inner>);

impl RingMemory {
    /// Maps the first `len_bytes` of shared memory. All its pages are there from then on, so that
    /// nobody can take them away by making the memory shorter.
    pub fn map(memory: &File, len_bytes: usize) -> Result<Self, Error> {
        let mapping = Mapping::of(
            memory,
            len_bytes,
            PROT_READ | PROT_WRITE,
            MAP_SHARED | MAP_POPULATE,
        )?;
        let base = NonNull::new(mapping.start()).ok_or(Errno::EFAULT)?;
        // SAFETY: pages are aligned; `mapping` keeps them for as long as the value, beside which it
        // is; nobody makes references to what only this module knows the address of.
        let memory = unsafe { Mapped::new(base, len_bytes, SharedFutex::default()) };
        Ok(Self(Arc::new(Inner {
            memory,
            _mapping: mapping,
        })))
    }

    /// How often this process went to sleep on a word of this memory. That it was woken before it
    /// slept makes no difference.
    #[must_use]
    pub fn nr_waits(&self) -> u64 {
        self.0.memory.futex().waits.load(Ordering::Relaxed)
    }
}

impl Memory for RingMemory {
    fn len_bytes(&self) -> usize {
        self.0.memory.len_bytes()
    }

    #[inline]
    fn load32(&self, at: usize, order: Ordering) -> u32 {
        self.0.memory.load32(at, order)
    }

    #[inline]
    fn store32(&self, at: usize, value: u32, order: Ordering) {
        self.0.memory.store32(at, value, order);
    }

    #[inline]
    fn exchange32(&self, at: usize, current: u32, new: u32) -> Result<(), u32> {
        self.0.memory.exchange32(at, current, new)
    }

    #[inline]
    fn load64(&self, at: usize, order: Ordering) -> u64 {
        self.0.memory.load64(at, order)
    }

    #[inline]
    fn store64(&self, at: usize, value: u64, order: Ordering) {
        self.0.memory.store64(at, value, order);
    }

    #[inline]
    fn exchange64(&self, at: usize, current: u64, new: u64) -> Result<(), u64> {
        self.0.memory.exchange64(at, current, new)
    }

    #[inline]
    fn read(&self, at: usize, to: &mut [u8]) {
        self.0.memory.read(at, to);
    }

    #[inline]
    fn write(&self, at: usize, from: &[u8]) {
        self.0.memory.write(at, from);
    }

    #[inline]
    fn fence(&self) {
        self.0.memory.fence();
    }

    fn wait(&self, at: usize, value: u32) -> Result<(), Stopped> {
        self.0.memory.wait(at, value)
    }

    fn wake(&self, at: usize, count: u32) {
        self.0.memory.wake(at, count);
    }
}

/// A thread that waits for the other side's death. It ends when this goes.
pub struct Watch<'a> {
    thread: Option<JoinHandle<()>>,
    stop: File,
    channel: PhantomData<&'a File>,
}

/// Watches over the process at the end `peer` of an SPSC ring: when `channel` hangs up, the ring says
/// that the process is dead, and a sleeper of this process wakes.
pub fn watch<'a>(
    memory: &RingMemory,
    place: Place,
    peer: Side,
    channel: &'a File,
) -> Result<Watch<'a>, Error> {
    let memory = memory.clone();
    watch_with(channel, move || {
        // Refused is only a place that is no ring's, which no side could have joined.
        let _ = spsc::mark_dead(&memory, place, peer);
    })
}

/// Watches over the producer `number` of an MPSC ring in the same way: what it did not complete is
/// passed over once `channel` hangs up. It must be a channel that only that process holds, for the
/// kernel closes a process's descriptors when it runs no more.
pub fn watch_producer<'a>(
    memory: &RingMemory,
    place: Place,
    number: u32,
    channel: &'a File,
) -> Result<Watch<'a>, Error> {
    let memory = memory.clone();
    watch_with(channel, move || {
        // One that has left in order is not alive any more, and nothing is to be marked.
        let _ = mpsc::mark_gone(&memory, place, number);
    })
}

/// Watches over the consumer of an MPSC ring in the same way, for one of the producers.
pub fn watch_consumer<'a>(
    memory: &RingMemory,
    place: Place,
    channel: &'a File,
) -> Result<Watch<'a>, Error> {
    let memory = memory.clone();
    watch_with(channel, move || {
        // As above: only a place that is no ring's is refused.
        let _ = mpsc::mark_consumer_dead(&memory, place);
    })
}

/// Starts a thread that does something when `channel` hangs up.
fn watch_with(
    channel: &File,
    when_dead: impl FnOnce() + Send + 'static,
) -> Result<Watch<'_>, Error> {
    let stop = wait::event_counter(0, EFD_CLOEXEC)?;
    let (channel, stop_number) = (channel.descriptor(), stop.descriptor());
    let thread = thread::spawn(move || {
        if hangs_up(channel, stop_number) {
            when_dead();
        }
    })?;
    Ok(Watch {
        thread: Some(thread),
        stop,
        channel: PhantomData,
    })
}

/// Sleeps until `channel` hangs up; `false` when `stop` was told first.
fn hangs_up(channel: i32, stop: i32) -> bool {
    let watched = |fd, events| PollFd {
        fd,
        events,
        revents: 0,
    };
    // That it hangs up is told without being asked for; messages are not waited for.
    let events = i16::try_from(POLLIN).unwrap_or(i16::MAX);
    let mut fds = [watched(channel, 0), watched(stop, events)];
    loop {
        match wait::poll(&mut fds, None) {
            Err(error) if error == Errno::EINTR => {}
            // Nobody would tell any more: the ring must end.
            Err(_) => return true,
            Ok(_) if fds[0].revents != 0 => return true,
            Ok(_) if fds[1].revents != 0 => return false,
            Ok(_) => {}
        }
    }
}

impl Drop for Watch<'_> {
    fn drop(&mut self) {
        // Fails only if the counter is full, and then it was told.
        let _ = self.stop.write(&1_u64.to_ne_bytes());
        if let Some(thread) = self.thread.take() {
            thread.join();
        }
    }
}
