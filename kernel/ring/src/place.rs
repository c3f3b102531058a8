//! Where in the memory a ring lies, and the part of its control block that never changes.

use core::mem::offset_of;
use core::sync::atomic::Ordering::{Acquire, Relaxed, Release};

use kpio_abi::ring::{
    RING_ALIGN, RING_CELL_BYTES, RING_KIND_MPSC, RING_KIND_SPSC, RING_MAGIC, RING_MAX_CAPACITY,
    RING_MAX_PRODUCERS, RING_MIN_CAPACITY, RING_MIN_CELLS, RING_PRODUCER_FREE, RING_VERSION,
    RingControl,
};

use crate::error::AttachError;
use crate::memory::Memory;

// Positions are 64 bits in the memory and `usize` here.
const _: () = assert!(size_of::<usize>() == 8);

/// The two kinds of rings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// One producer, one consumer.
    Spsc,
    /// Several producers, one consumer.
    Mpsc,
}

impl Kind {
    const fn number(self) -> u32 {
        match self {
            Self::Spsc => RING_KIND_SPSC,
            Self::Mpsc => RING_KIND_MPSC,
        }
    }
}

/// Where a ring lies. Both sides know it from elsewhere: what the memory says is only compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Offset of the control block, a multiple of 8; better of a cache line.
    pub control_at: usize,
    /// Offset of the data, a multiple of 8; better of a cache line.
    pub data_at: usize,
    /// Bytes of data: a power of two.
    pub capacity: usize,
}

impl Place {
    /// The control block at the memory's beginning and the data behind it.
    #[must_use]
    pub const fn at_start(capacity: usize) -> Self {
        Self {
            control_at: 0,
            data_at: size_of::<RingControl>(),
            capacity,
        }
    }

    /// How many bytes the data takes, with the commit words of an MPSC ring.
    #[must_use]
    pub const fn data_bytes(&self, kind: Kind) -> usize {
        match kind {
            Kind::Spsc => self.capacity,
            Kind::Mpsc => self.capacity + self.capacity / RING_CELL_BYTES * size_of::<u64>(),
        }
    }

    fn check(&self, kind: Kind, len_bytes: usize) -> Result<(), AttachError> {
        let is_aligned =
            self.control_at.is_multiple_of(RING_ALIGN) && self.data_at.is_multiple_of(RING_ALIGN);
        let least = match kind {
            Kind::Spsc => RING_MIN_CAPACITY,
            Kind::Mpsc => RING_MIN_CELLS * RING_CELL_BYTES,
        };
        let is_size =
            self.capacity.is_power_of_two() && (least..=RING_MAX_CAPACITY).contains(&self.capacity);
        if !is_aligned || !is_size {
            return Err(AttachError::Place);
        }
        let control_end = self.control_at.checked_add(size_of::<RingControl>());
        let data_end = self.data_at.checked_add(self.data_bytes(kind));
        let (Some(control_end), Some(data_end)) = (control_end, data_end) else {
            return Err(AttachError::Place);
        };
        let is_apart = control_end <= self.data_at || data_end <= self.control_at;
        if control_end > len_bytes || data_end > len_bytes || !is_apart {
            return Err(AttachError::Place);
        }
        Ok(())
    }
}

/// A ring's memory and its place there, which was checked: the offsets of all its words.
#[derive(Debug)]
pub(crate) struct Frame<M> {
    pub memory: M,
    pub place: Place,
}

impl<M: Memory> Frame<M> {
    /// Checks the place, and does not look at what is there.
    pub fn at(memory: M, place: Place, kind: Kind) -> Result<Self, AttachError> {
        place.check(kind, memory.len_bytes())?;
        Ok(Self { memory, place })
    }

    /// Checks the place and what the control block says, each word being read once.
    pub fn attach(memory: M, place: Place, kind: Kind) -> Result<Self, AttachError> {
        let frame = Self::at(memory, place, kind)?;
        if frame.load32(offset_of!(RingControl, magic), Acquire) != RING_MAGIC {
            return Err(AttachError::Magic);
        }
        let version = frame.load32(offset_of!(RingControl, version), Relaxed);
        if version != RING_VERSION {
            return Err(AttachError::Version(version));
        }
        let found = frame.load32(offset_of!(RingControl, kind), Relaxed);
        if found != kind.number() {
            return Err(AttachError::Kind(found));
        }
        let capacity = frame.load32(offset_of!(RingControl, capacity), Relaxed);
        if capacity as usize != place.capacity {
            return Err(AttachError::Capacity(capacity));
        }
        Ok(frame)
    }

    /// Writes a fresh control block with both positions being `start`; its magic comes last.
    pub fn create(memory: M, place: Place, kind: Kind, start: u64) -> Result<Self, AttachError> {
        place.check(kind, memory.len_bytes())?;
        let frame = Self { memory, place };
        frame.store32(offset_of!(RingControl, magic), 0, Relaxed);
        for field in [
            offset_of!(RingControl, producer_state),
            offset_of!(RingControl, consumer_state),
            offset_of!(RingControl, producer_sleeps),
            offset_of!(RingControl, consumer_sleeps),
        ] {
            frame.store32(field, 0, Relaxed);
        }
        for number in 0..RING_MAX_PRODUCERS {
            frame.store32(producer_field(number), RING_PRODUCER_FREE, Relaxed);
        }
        if kind == Kind::Mpsc {
            for word in 0..place.capacity / RING_CELL_BYTES {
                let at = place.data_at + word * size_of::<u64>();
                frame.memory.store64(at, 0, Relaxed);
            }
        }
        frame.store32(offset_of!(RingControl, version), RING_VERSION, Relaxed);
        frame.store32(offset_of!(RingControl, kind), kind.number(), Relaxed);
        // At most RING_MAX_CAPACITY, as was checked.
        let capacity = u32::try_from(place.capacity).map_err(|_| AttachError::Place)?;
        frame.store32(offset_of!(RingControl, capacity), capacity, Relaxed);
        frame.store64(offset_of!(RingControl, tail), start, Relaxed);
        frame.store64(offset_of!(RingControl, head), start, Relaxed);
        frame.store32(offset_of!(RingControl, magic), RING_MAGIC, Release);
        Ok(frame)
    }

    /// Where a field of the control block lies; that it lies in the memory was checked with the place.
    #[inline]
    const fn at_field(&self, field: usize) -> usize {
        self.place.control_at.wrapping_add(field)
    }

    /// Reads a word of the control block.
    #[inline]
    pub fn load32(&self, field: usize, order: core::sync::atomic::Ordering) -> u32 {
        self.memory.load32(self.at_field(field), order)
    }

    /// Writes a word of the control block.
    #[inline]
    pub fn store32(&self, field: usize, value: u32, order: core::sync::atomic::Ordering) {
        self.memory.store32(self.at_field(field), value, order);
    }

    /// Reads a position of the control block.
    #[inline]
    pub fn load64(&self, field: usize, order: core::sync::atomic::Ordering) -> u64 {
        self.memory.load64(self.at_field(field), order)
    }

    /// Writes a position of the control block.
    #[inline]
    pub fn store64(&self, field: usize, value: u64, order: core::sync::atomic::Ordering) {
        self.memory.store64(self.at_field(field), value, order);
    }

    /// Says in a futex word of the control block that its owner is about to sleep.
    ///
    /// What the owner looks at afterwards is what the waker wrote before it looked at the word, or
    /// the waker sees the word: one of the two, because both have a fence between.
    pub fn announce_sleep(&self, field: usize) {
        self.store32(field, 1, Relaxed);
        self.memory.fence();
    }

    /// Sleeps until the word is cleared; see [`Memory::wait`].
    pub fn sleep(&self, field: usize) -> Result<(), crate::memory::Stopped> {
        self.memory.wait(self.at_field(field), 1)
    }

    /// Wakes who sleeps on a futex word, if anybody does: a fence and a load if nobody does.
    #[inline]
    pub fn wake_sleepers(&self, field: usize) {
        self.memory.fence();
        if self.load32(field, Relaxed) != 0 {
            self.wake_all(field);
        }
    }

    /// Wakes who sleeps on a futex word, or is about to, without looking.
    #[cold]
    pub fn wake_all(&self, field: usize) {
        self.store32(field, 0, Relaxed);
        self.memory.wake(self.at_field(field), u32::MAX);
    }
}

/// Offset in the control block of a producer's word; the first one has the index 0.
#[inline]
pub(crate) const fn producer_field(index: usize) -> usize {
    offset_of!(RingControl, producers) + index * size_of::<u32>()
}

/// A word of 64 bits as a number of bytes.
#[inline]
pub(crate) const fn position(word: u64) -> usize {
    usize::from_ne_bytes(word.to_ne_bytes())
}
