//! What a ring needs of the memory it lies in, and of whoever can sleep.

use core::sync::atomic::{AtomicU32, Ordering};

/// Memory that is shared with others, who may change any byte of it at any time.
///
/// `at` is an offset in bytes from the memory's beginning; words are aligned to their size, pieces
/// of bytes begin at a multiple of 8. The rings stay inside of what they were given, whatever the
/// memory holds; an offset outside is a defect of theirs, and an implementation panics.
pub trait Memory {
    /// How many bytes there are.
    fn len_bytes(&self) -> usize;

    /// Reads a word of 32 bits.
    fn load32(&self, at: usize, order: Ordering) -> u32;

    /// Writes a word of 32 bits.
    fn store32(&self, at: usize, value: u32, order: Ordering);

    /// Replaces `current` by `new` (`AcqRel`), or returns what is there instead (`Acquire`).
    ///
    /// # Errors
    ///
    /// What is there, if it is not `current`.
    fn exchange32(&self, at: usize, current: u32, new: u32) -> Result<(), u32>;

    /// Reads a word of 64 bits.
    fn load64(&self, at: usize, order: Ordering) -> u64;

    /// Writes a word of 64 bits.
    fn store64(&self, at: usize, value: u64, order: Ordering);

    /// Replaces `current` by `new` (`AcqRel`), or returns what is there instead (`Acquire`).
    ///
    /// # Errors
    ///
    /// What is there, if it is not `current`.
    fn exchange64(&self, at: usize, current: u64, new: u64) -> Result<(), u64>;

    /// Copies bytes out, each once.
    fn read(&self, at: usize, to: &mut [u8]);

    /// Copies bytes in; up to the next multiple of 8, what follows them becomes 0.
    fn write(&self, at: usize, from: &[u8]);

    /// A fence of `SeqCst`: what was written before is seen before anything after is read.
    fn fence(&self);

    /// Sleeps while the word at `at` holds `value`; see [`Futex::wait`].
    ///
    /// # Errors
    ///
    /// Why the sleep has ended, if not because of a waker.
    fn wait(&self, at: usize, value: u32) -> Result<(), Stopped>;

    /// Wakes whoever sleeps on the word at `at`, `count` sleepers at most.
    fn wake(&self, at: usize, count: u32);
}

/// Sleeping on a word: what the kernel, libkpio and a test each do in their own way.
pub trait Futex {
    /// Sleeps while `word` holds `value`, comparing and falling asleep being one step.
    ///
    /// `Ok` does not say that the word has changed: the caller looks again.
    ///
    /// # Errors
    ///
    /// Why the sleep has ended, if not because of a waker.
    fn wait(&self, word: &AtomicU32, value: u32) -> Result<(), Stopped>;

    /// Wakes whoever sleeps on `word`, `count` sleepers at most.
    fn wake(&self, word: &AtomicU32, count: u32);
}

/// Why somebody who waits gives up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stopped {
    /// The deadline of the [`Futex`] has passed.
    TimedOut,
    /// A signal has come.
    Interrupted,
    /// This side cannot sleep at all.
    CannotSleep,
}

/// For a side that only ever uses the `try_` forms and has nobody to wake, such as a test.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoFutex;

impl Futex for NoFutex {
    fn wait(&self, _word: &AtomicU32, _value: u32) -> Result<(), Stopped> {
        Err(Stopped::CannotSleep)
    }

    fn wake(&self, _word: &AtomicU32, _count: u32) {}
}

impl<M: Memory + ?Sized> Memory for &M {
    fn len_bytes(&self) -> usize {
        (**self).len_bytes()
    }

    fn load32(&self, at: usize, order: Ordering) -> u32 {
        (**self).load32(at, order)
    }

    fn store32(&self, at: usize, value: u32, order: Ordering) {
        (**self).store32(at, value, order);
    }

    fn exchange32(&self, at: usize, current: u32, new: u32) -> Result<(), u32> {
        (**self).exchange32(at, current, new)
    }

    fn load64(&self, at: usize, order: Ordering) -> u64 {
        (**self).load64(at, order)
    }

    fn store64(&self, at: usize, value: u64, order: Ordering) {
        (**self).store64(at, value, order);
    }

    fn exchange64(&self, at: usize, current: u64, new: u64) -> Result<(), u64> {
        (**self).exchange64(at, current, new)
    }

    fn read(&self, at: usize, to: &mut [u8]) {
        (**self).read(at, to);
    }

    fn write(&self, at: usize, from: &[u8]) {
        (**self).write(at, from);
    }

    fn fence(&self) {
        (**self).fence();
    }

    fn wait(&self, at: usize, value: u32) -> Result<(), Stopped> {
        (**self).wait(at, value)
    }

    fn wake(&self, at: usize, count: u32) {
        (**self).wake(at, count);
    }
}
