//! Frames that programs have mapped too, as memory for rings.
//!
//! The kernel reads and writes them through the direct map, as atomic words only: what others write
//! at the same time changes values, never what the program means.

use crate::frame::Frame;
use crate::memory::direct_map;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::sync::atomic::{self, AtomicU32, AtomicU64, Ordering};
use kpio_abi::memory::PAGE_SIZE;
use kpio_ring::{Memory, Stopped};

/// Frames one behind the other, and how to wake those who sleep on a word of them.
#[derive(Clone, Debug)]
pub struct SharedFrames<W> {
    frames: Arc<[Frame]>,
    wake: W,
}

impl<W> SharedFrames<W> {
    /// The memory that `frames` are; `wake` is called with a word's offset and how many sleepers to
    /// wake at most.
    #[must_use]
    pub fn new(frames: Vec<Frame>, wake: W) -> Self {
        Self {
            frames: frames.into(),
            wake,
        }
    }

    /// The address of a word of `len_bytes` bytes, 4 or 8.
    ///
    /// # Panics
    /// If it is not inside of the memory, or not aligned.
    fn address(&self, at: usize, len_bytes: usize) -> *mut u8 {
        assert!(at.is_multiple_of(len_bytes), "a word is not aligned");
        let frame = &self.frames[at / PAGE_SIZE];
        direct_map(frame.phys().as_u64() + (at % PAGE_SIZE) as u64)
    }

    fn word32(&self, at: usize) -> &AtomicU32 {
        let word = self.address(at, 4).cast();
        // SAFETY: aligned, so inside of one frame, which `self` counts; the direct map covers it. The
        // kernel uses frames of programs only through atomics and `Frame`'s copies.
        unsafe { AtomicU32::from_ptr(word) }
    }

    fn word64(&self, at: usize) -> &AtomicU64 {
        let word = self.address(at, 8).cast();
        // SAFETY: as in `word32`.
        unsafe { AtomicU64::from_ptr(word) }
    }
}

impl<W: Fn(usize, u32)> Memory for SharedFrames<W> {
    fn len_bytes(&self) -> usize {
        self.frames.len() * PAGE_SIZE
    }

    fn load32(&self, at: usize, order: Ordering) -> u32 {
        self.word32(at).load(order)
    }

    fn store32(&self, at: usize, value: u32, order: Ordering) {
        self.word32(at).store(value, order);
    }

    fn exchange32(&self, at: usize, current: u32, new: u32) -> Result<(), u32> {
        self.word32(at)
            .compare_exchange(current, new, Ordering::AcqRel, Ordering::Acquire)
            .map(|_| ())
    }

    fn load64(&self, at: usize, order: Ordering) -> u64 {
        self.word64(at).load(order)
    }

    fn store64(&self, at: usize, value: u64, order: Ordering) {
        self.word64(at).store(value, order);
    }

    fn exchange64(&self, at: usize, current: u64, new: u64) -> Result<(), u64> {
        self.word64(at)
            .compare_exchange(current, new, Ordering::AcqRel, Ordering::Acquire)
            .map(|_| ())
    }

    fn read(&self, at: usize, to: &mut [u8]) {
        for (index, piece) in to.chunks_mut(8).enumerate() {
            let word = self.load64(at + 8 * index, Ordering::Relaxed).to_ne_bytes();
            piece.copy_from_slice(&word[..piece.len()]);
        }
    }

    fn write(&self, at: usize, from: &[u8]) {
        for (index, piece) in from.chunks(8).enumerate() {
            let mut word = [0; 8];
            word[..piece.len()].copy_from_slice(piece);
            let value = u64::from_ne_bytes(word);
            self.store64(at + 8 * index, value, Ordering::Relaxed);
        }
    }

    fn fence(&self) {
        atomic::fence(Ordering::SeqCst);
    }

    /// The kernel sleeps on wait queues.
    fn wait(&self, _at: usize, _value: u32) -> Result<(), Stopped> {
        Err(Stopped::CannotSleep)
    }

    fn wake(&self, at: usize, count: u32) {
        (self.wake)(at, count);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::init_host;

    #[test]
    fn words_and_bytes_lie_in_their_frames() {
        init_host();
        let frames: Vec<Frame> = (0..2).map(|_| Frame::zeroed().expect("memory")).collect();
        let last = frames[1].clone();
        let memory = SharedFrames::new(frames, |_, _| {});
        assert_eq!(memory.len_bytes(), 2 * PAGE_SIZE);
        // Over the edge between the two frames, with an end that is no whole word.
        memory.write(PAGE_SIZE - 8, b"eight by nine");
        let mut bytes = [9; 8];
        last.read(0, &mut bytes);
        assert_eq!(&bytes, b" nine\0\0\0");
        let mut read = [0; 13];
        memory.read(PAGE_SIZE - 8, &mut read);
        assert_eq!(&read, b"eight by nine");
        memory.store32(PAGE_SIZE + 4, 7, Ordering::Relaxed);
        assert_eq!(memory.load64(PAGE_SIZE, Ordering::Relaxed) >> 32, 7);
        assert_eq!(memory.exchange32(PAGE_SIZE + 4, 8, 9), Err(7));
        assert_eq!(memory.exchange32(PAGE_SIZE + 4, 7, 9), Ok(()));
    }

    #[test]
    #[should_panic(expected = "index out of bounds")]
    fn a_word_behind_the_memory_is_refused() {
        init_host();
        let memory = SharedFrames::new(alloc::vec![Frame::zeroed().expect("memory")], |_, _| {});
        memory.load32(PAGE_SIZE, Ordering::Relaxed);
    }
}
