//! Memory for a ring in a program of one thread.

use std::cell::Cell;
use std::sync::atomic::Ordering;

use kpio_ring::{Memory, Stopped};

/// Memory that nobody else uses.
pub struct Words(Vec<Cell<u64>>);

impl Words {
    /// `count` words of 0.
    pub fn new(count: usize) -> Self {
        Self(vec![Cell::new(0); count])
    }

    fn word(&self, at: usize) -> &Cell<u64> {
        assert!(at.is_multiple_of(8), "words are aligned");
        &self.0[at / 8]
    }
}

impl Memory for Words {
    fn len_bytes(&self) -> usize {
        self.0.len() * 8
    }

    fn load32(&self, at: usize, _order: Ordering) -> u32 {
        let bytes = self.word(at & !7).get().to_le_bytes();
        let (low, high) = bytes.split_at(4);
        let half = if at & 4 == 0 { low } else { high };
        u32::from_le_bytes([half[0], half[1], half[2], half[3]])
    }

    fn store32(&self, at: usize, value: u32, _order: Ordering) {
        let word = self.word(at & !7);
        let mut bytes = word.get().to_le_bytes();
        bytes[at & 4..][..4].copy_from_slice(&value.to_le_bytes());
        word.set(u64::from_le_bytes(bytes));
    }

    fn exchange32(&self, at: usize, current: u32, new: u32) -> Result<(), u32> {
        let found = self.load32(at, Ordering::Relaxed);
        if found != current {
            return Err(found);
        }
        self.store32(at, new, Ordering::Relaxed);
        Ok(())
    }

    fn load64(&self, at: usize, _order: Ordering) -> u64 {
        self.word(at).get()
    }

    fn store64(&self, at: usize, value: u64, _order: Ordering) {
        self.word(at).set(value);
    }

    fn exchange64(&self, at: usize, current: u64, new: u64) -> Result<(), u64> {
        let found = self.word(at).get();
        if found != current {
            return Err(found);
        }
        self.word(at).set(new);
        Ok(())
    }

    fn read(&self, at: usize, to: &mut [u8]) {
        for (index, piece) in to.chunks_mut(8).enumerate() {
            let bytes = self.word(at + 8 * index).get().to_le_bytes();
            piece.copy_from_slice(&bytes[..piece.len()]);
        }
    }

    fn write(&self, at: usize, from: &[u8]) {
        for (index, piece) in from.chunks(8).enumerate() {
            let mut bytes = [0; 8];
            bytes[..piece.len()].copy_from_slice(piece);
            self.word(at + 8 * index).set(u64::from_le_bytes(bytes));
        }
    }

    fn fence(&self) {}

    fn wait(&self, _at: usize, _value: u32) -> Result<(), Stopped> {
        Err(Stopped::CannotSleep)
    }

    fn wake(&self, _at: usize, _count: u32) {}
}
