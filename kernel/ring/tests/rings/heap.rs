//! Memory of this process that plays shared memory, and threads that play processes.

use std::alloc::{Layout, alloc_zeroed, dealloc};
use std::ptr::NonNull;
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex};
use std::time::Duration;

use kpio_ring::{Futex, Mapped, Memory, Stopped};

/// No test waits that long for a waker.
const PATIENCE: Duration = Duration::from_secs(60);

/// A futex for threads; counts how often it was called.
#[derive(Debug, Default)]
pub struct Threads {
    lock: Mutex<()>,
    woken: Condvar,
    pub waits: AtomicUsize,
    pub wakes: AtomicUsize,
}

impl Futex for &Threads {
    fn wait(&self, word: &AtomicU32, value: u32) -> Result<(), Stopped> {
        self.waits.fetch_add(1, Ordering::Relaxed);
        let guard = self.lock.lock().unwrap();
        if word.load(Ordering::SeqCst) != value {
            return Ok(());
        }
        let (_guard, result) = self.woken.wait_timeout(guard, PATIENCE).unwrap();
        if result.timed_out() {
            return Err(Stopped::TimedOut);
        }
        Ok(())
    }

    fn wake(&self, _word: &AtomicU32, _count: u32) {
        self.wakes.fetch_add(1, Ordering::Relaxed);
        let _guard = self.lock.lock().unwrap();
        self.woken.notify_all();
    }
}

/// Zeroed memory on a cache line's boundary.
#[derive(Debug)]
pub struct Heap {
    base: NonNull<u8>,
    layout: Layout,
}

impl Heap {
    pub fn new(len_bytes: usize) -> Self {
        let layout = Layout::from_size_align(len_bytes, 64).unwrap();
        // SAFETY: the layout is not of size 0.
        let base = NonNull::new(unsafe { alloc_zeroed(layout) }).unwrap();
        Self { base, layout }
    }

    /// The memory as somebody has it mapped; any number of them may.
    pub fn map<F: Futex>(&self, futex: F) -> Mapped<F> {
        // SAFETY: aligned to 64; the tests drop a `Heap` last, and nobody else has the address.
        unsafe { Mapped::new(self.base, self.layout.size(), futex) }
    }
}

impl Drop for Heap {
    fn drop(&mut self) {
        // SAFETY: allocated in `new` with this layout.
        unsafe { dealloc(self.base.as_ptr(), self.layout) };
    }
}

// SAFETY: the address is not bound to a thread; it is only used through `Mapped`.
unsafe impl Send for Heap {}
// SAFETY: as above.
unsafe impl Sync for Heap {}

#[test]
fn bytes_of_every_length_come_back_and_nothing_beside_them_changes() {
    let heap = Heap::new(1024);
    let memory = heap.map(kpio_ring::NoFutex);
    for len in 0..400 {
        let bytes: Vec<u8> = (0..len)
            .map(|i| u8::try_from(i % 251).unwrap() | 1)
            .collect();
        for word in 0..128 {
            memory.store64(word * 8, u64::MAX, Ordering::Relaxed);
        }
        memory.write(64, &bytes);
        let mut back = vec![0; len];
        memory.read(64, &mut back);
        assert_eq!(back, bytes);
        assert_eq!(memory.load64(56, Ordering::Relaxed), u64::MAX);
        let end = 64 + len.next_multiple_of(8);
        assert_eq!(memory.load64(end, Ordering::Relaxed), u64::MAX, "{len}");
    }
}

#[test]
#[should_panic(expected = "outside of the memory")]
fn word_outside_of_the_memory_is_a_defect() {
    let heap = Heap::new(64);
    heap.map(kpio_ring::NoFutex).load64(64, Ordering::Relaxed);
}

#[test]
#[should_panic(expected = "outside of the memory")]
fn bytes_that_reach_outside_of_the_memory_are_a_defect() {
    let heap = Heap::new(1024);
    heap.map(kpio_ring::NoFutex).write(512, &[0; 520]);
}
