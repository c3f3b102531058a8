//! Locks with an order.
//!
//! Every lock has a rank; a CPU may only take a lock whose rank is higher than that of every lock it
//! holds. A violation is a deadlock waiting for its day, so it panics on the first run, not on the
//! unlucky one. The kernel holds locks with interrupts disabled (it only enables them when it holds
//! none), so an interrupt never finds a lock of its own CPU taken.

use core::ops::{Deref, DerefMut};
use core::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// The order in which locks may be taken: outermost first. One line a lock, so that the order is
/// readable in one place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Rank {
    /// The table of all processes.
    Processes = 0,
    /// One process: handles, threads, children.
    Process = 1,
    /// What a process does about signals, and those that wait for it.
    ProcessSignals = 2,
    /// The signals of one thread.
    ThreadSignals = 3,
    /// The lines from a browser's channel to services.
    BrowserLines = 4,
    /// Which ends of channels are in messages of which.
    Channels = 5,
    /// The messages at one end of a channel.
    Channel = 6,
    /// The names of shared memory.
    SharedMemoryNames = 7,
    /// The order of descent of a family of capabilities.
    CapabilityFamily = 8,
    /// The object of one capability.
    Capability = 9,
    /// The working directory of a process.
    WorkingDirectory = 10,
    /// The bytes of a pipe.
    Pipe = 11,
    /// The position of an open file.
    OpenFile = 12,
    /// A mounted file system.
    FileSystem = 13,
    /// A file as a file system's users hold it.
    Node = 14,
    /// The block device under a file system.
    BlockDevice = 15,
    /// The locks of all files.
    FileLocks = 16,
    /// The table of futex waiters.
    Futex = 17,
    /// The address spaces there are.
    AddressSpaces = 18,
    /// A process's map of its address space.
    AddressSpace = 19,
    /// A memory object.
    Vmo = 20,
    /// The memory objects that files fill.
    CachedObjects = 21,
    /// The files of a file system that have content to be written.
    ChangedFiles = 22,
    /// The watches of an epoll.
    Epoll = 23,
    /// When a timer goes off.
    Timer = 24,
    /// A wait queue.
    WaitQueue = 25,
    /// The scheduler's run queue.
    Scheduler = 26,
    /// A thread's place in the scheduler.
    SchedulerEntry = 27,
    /// The console: input not yet read, text on the screen.
    Console = 28,
    /// The event port.
    Events = 29,
    /// The generator of random bytes.
    Entropy = 30,
    /// Kernel virtual addresses for stacks and devices.
    KernelMap = 31,
    /// The kernel heap.
    Heap = 32,
    /// Free frames.
    Frames = 33,
    /// The serial port.
    Serial = 34,
}

/// Ranks held by this CPU, one bit each. One CPU: one word (a field of the per-CPU block when
/// there are more).
static HELD: AtomicU64 = AtomicU64::new(0);

/// A spin lock with a place in the order.
pub struct Lock<T> {
    rank: Rank,
    inner: spin::mutex::SpinMutex<T>,
}

/// Access to the contents of a [`Lock`], until dropped.
pub struct LockGuard<'a, T> {
    rank: Rank,
    // `Option` only so that `drop` can release the lock before the bit is cleared.
    inner: Option<spin::mutex::SpinMutexGuard<'a, T>>,
}

impl<T> Lock<T> {
    /// A lock around `value` that may be taken while locks of lower rank are held.
    pub const fn new(rank: Rank, value: T) -> Self {
        Self {
            rank,
            inner: spin::mutex::SpinMutex::new(value),
        }
    }

    /// What it guards, when it guards it no longer.
    pub fn into_inner(self) -> T {
        self.inner.into_inner()
    }

    /// Take the lock.
    ///
    /// # Panics
    /// If this CPU holds a lock of the same or a higher rank.
    pub fn lock(&self) -> LockGuard<'_, T> {
        enter(self.rank);
        LockGuard {
            rank: self.rank,
            inner: Some(self.inner.lock()),
        }
    }
}

/// Set by [`begin_panic`]: the order no longer matters, finishing does.
static IS_PANICKING: AtomicBool = AtomicBool::new(false);

/// Stop judging the order of locks, for the panic path; whether events can still be written, which
/// takes the heap: nobody on this CPU is in the middle of either.
pub fn begin_panic() -> bool {
    IS_PANICKING.store(true, Ordering::Relaxed);
    let needed = [Rank::Events, Rank::Heap, Rank::Frames];
    let held = HELD.load(Ordering::Relaxed);
    needed.iter().all(|&rank| held & (1 << (rank as u8)) == 0)
}

#[cfg(target_os = "none")]
fn enter(rank: Rank) {
    let held = HELD.load(Ordering::Relaxed);
    if IS_PANICKING.load(Ordering::Relaxed) {
        return;
    }
    assert!(
        held >> (rank as u8) == 0,
        "lock order: {rank:?} taken while ranks {held:#b} are held"
    );
    HELD.store(held | 1 << (rank as u8), Ordering::Relaxed);
}

#[cfg(target_os = "none")]
fn leave(rank: Rank) {
    HELD.fetch_and(!(1 << (rank as u8)), Ordering::Relaxed);
}

// On the host, tests run in many threads and this one word would mix them up.
#[cfg(not(target_os = "none"))]
fn enter(_rank: Rank) {
    let _ = &HELD;
}

#[cfg(not(target_os = "none"))]
fn leave(_rank: Rank) {
    let _ = Ordering::Relaxed;
}

/// True when this CPU holds no lock: the only state in which it may switch tasks.
#[must_use]
pub fn holds_no_lock() -> bool {
    HELD.load(Ordering::Relaxed) == 0
}

impl<T: core::fmt::Debug> core::fmt::Debug for Lock<T> {
    fn fmt(&self, out: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        out.debug_struct("Lock")
            .field("rank", &self.rank)
            .finish_non_exhaustive()
    }
}

impl<T> Deref for LockGuard<'_, T> {
    type Target = T;
    fn deref(&self) -> &T {
        self.inner.as_ref().expect("held until drop")
    }
}

impl<T> DerefMut for LockGuard<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        self.inner.as_mut().expect("held until drop")
    }
}

impl<T> Drop for LockGuard<'_, T> {
    fn drop(&mut self) {
        self.inner = None;
        leave(self.rank);
    }
}
