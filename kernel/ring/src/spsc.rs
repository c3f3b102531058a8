//! Rings with one producer and one consumer.
//!
//! Each side keeps its own position to itself and writes it to the control block for the other one
//! to read; it never reads it back. The other side's position is read when it is needed, once, and
//! believed only if it has moved forward by no more than it could.
//!
//! A message is published by the one store of `tail`: a producer that is killed before it has
//! written nothing that counts, and one that is killed after it has sent the message. Only the
//! wake-up may be lost with it, which is why [`mark_dead`] wakes unconditionally.

use core::mem::offset_of;
use core::sync::atomic::Ordering::{Acquire, Relaxed, Release};

use kpio_abi::ring::{
    RING_ALIGN, RING_MESSAGE_HEADER_BYTES, RING_STATE_CLOSED, RING_STATE_DEAD, RING_STATE_OPEN,
    RingControl,
};

use crate::error::{AttachError, Damage, PopError, PushError};
use crate::memory::Memory;
use crate::place::{Frame, Kind, Place, position};

const TAIL: usize = offset_of!(RingControl, tail);
const HEAD: usize = offset_of!(RingControl, head);
const PRODUCER_STATE: usize = offset_of!(RingControl, producer_state);
const CONSUMER_STATE: usize = offset_of!(RingControl, consumer_state);
const PRODUCER_SLEEPS: usize = offset_of!(RingControl, producer_sleeps);
const CONSUMER_SLEEPS: usize = offset_of!(RingControl, consumer_sleeps);

/// The two ends of a ring.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// Who pushes.
    Producer,
    /// Who pops.
    Consumer,
}

/// Makes an empty ring. Nobody else uses that part of the memory yet.
///
/// # Errors
///
/// [`AttachError::Place`].
pub fn create<M: Memory>(memory: M, place: Place) -> Result<(), AttachError> {
    Frame::create(memory, place, Kind::Spsc, 0).map(|_| ())
}

/// Says that the process at one end has ended, and wakes the other one: whoever learns first that the
/// process has ended calls it, the kernel or a thread of the other side's process.
///
/// It does not look whether there is a ring: the dead one may have written over the control block, and
/// the other one must be woken all the same.
///
/// # Errors
///
/// [`AttachError::Place`].
pub fn mark_dead<M: Memory>(memory: M, place: Place, side: Side) -> Result<(), AttachError> {
    let frame = Frame::at(memory, place, Kind::Spsc)?;
    let (state, other_sleeps) = match side {
        Side::Producer => (PRODUCER_STATE, CONSUMER_SLEEPS),
        Side::Consumer => (CONSUMER_STATE, PRODUCER_SLEEPS),
    };
    if frame.load32(state, Relaxed) == RING_STATE_OPEN {
        frame.store32(state, RING_STATE_DEAD, Release);
    }
    frame.memory.fence();
    frame.wake_all(other_sleeps);
    Ok(())
}

/// What both ends have in common.
#[derive(Debug)]
struct End<M> {
    frame: Frame<M>,
    own_state: usize,
    other_sleeps: usize,
    damage: Option<Damage>,
}

impl<M: Memory> End<M> {
    /// Joins the ring; returns with it the two positions, which fit each other.
    fn attach(memory: M, place: Place, side: Side) -> Result<(Self, usize, usize), AttachError> {
        let frame = Frame::attach(memory, place, Kind::Spsc)?;
        let tail = position(frame.load64(TAIL, Acquire));
        let head = position(frame.load64(HEAD, Acquire));
        let are_aligned = (tail | head).is_multiple_of(RING_ALIGN);
        if !are_aligned || tail.wrapping_sub(head) > place.capacity {
            return Err(AttachError::Positions);
        }
        let (own_state, other_sleeps) = match side {
            Side::Producer => (PRODUCER_STATE, CONSUMER_SLEEPS),
            Side::Consumer => (CONSUMER_STATE, PRODUCER_SLEEPS),
        };
        let end = Self {
            frame,
            own_state,
            other_sleeps,
            damage: None,
        };
        Ok((end, tail, head))
    }

    /// Remembers that the other side is not in order, and leaves the ring.
    #[cold]
    fn damaged(&mut self, damage: Damage) -> Damage {
        self.damage = Some(damage);
        self.close();
        damage
    }

    fn close(&self) {
        self.frame
            .store32(self.own_state, RING_STATE_CLOSED, Release);
        self.frame.wake_sleepers(self.other_sleeps);
    }

    /// The offset in the memory of a position. With a place that was checked nothing here wraps.
    #[inline]
    const fn at(&self, position: usize) -> usize {
        let Place {
            data_at, capacity, ..
        } = self.frame.place;
        data_at.wrapping_add(position & capacity.wrapping_sub(1))
    }

    /// How many of the bytes from `position` on lie before the end of the data.
    #[inline]
    const fn before_end(&self, position: usize, len: usize) -> usize {
        let capacity = self.frame.place.capacity;
        let to_end = capacity.wrapping_sub(position & capacity.wrapping_sub(1));
        if len < to_end { len } else { to_end }
    }
}

/// The bytes a message takes with its header.
#[inline]
const fn slot_bytes(len: usize) -> usize {
    RING_MESSAGE_HEADER_BYTES + len.next_multiple_of(RING_ALIGN)
}

/// The high half of a header: which position it belongs to.
#[inline]
const fn mark(position: usize) -> u64 {
    (position / RING_ALIGN) as u64 & 0xFFFF_FFFF
}

/// The end of a ring that pushes. Dropping it closes the ring.
#[derive(Debug)]
pub struct Producer<M: Memory> {
    end: End<M>,
    tail: usize,
    /// The consumer's position when it was last looked at: `tail - capacity <= head_seen <= tail`.
    head_seen: usize,
}

impl<M: Memory> Producer<M> {
    /// Becomes the producer of the ring at `place`. There is no other one.
    ///
    /// # Errors
    ///
    /// Why there is no ring one could be the producer of.
    pub fn attach(memory: M, place: Place) -> Result<Self, AttachError> {
        let (end, tail, head_seen) = End::attach(memory, place, Side::Producer)?;
        Ok(Self {
            end,
            tail,
            head_seen,
        })
    }

    /// The length in bytes of the longest message.
    pub fn max_len(&self) -> usize {
        self.end.frame.place.capacity - RING_MESSAGE_HEADER_BYTES
    }

    /// Pushes a message if there is room. Wakes the consumer if it sleeps.
    ///
    /// # Errors
    ///
    /// [`PushError`], all but `Contended`, `Expelled` and `Stopped`.
    #[inline]
    pub fn try_push(&mut self, message: &[u8]) -> Result<(), PushError> {
        if message.len() > self.max_len() {
            return Err(PushError::TooLong);
        }
        let slot = slot_bytes(message.len());
        self.require_consumer()?;
        if self.room() < slot && self.look()? < slot {
            return Err(PushError::Full);
        }
        let frame = &self.end.frame;
        let header = message.len() as u64 | mark(self.tail) << 32;
        frame
            .memory
            .store64(self.end.at(self.tail), header, Relaxed);
        let start = self.tail.wrapping_add(RING_MESSAGE_HEADER_BYTES);
        let (first, second) = message.split_at(self.end.before_end(start, message.len()));
        frame.memory.write(self.end.at(start), first);
        if !second.is_empty() {
            frame.memory.write(frame.place.data_at, second);
        }
        self.tail = self.tail.wrapping_add(slot);
        frame.store64(TAIL, self.tail as u64, Release);
        frame.wake_sleepers(CONSUMER_SLEEPS);
        Ok(())
    }

    /// Pushes a message, sleeping while there is no room.
    ///
    /// # Errors
    ///
    /// [`PushError`], all but `Full`, `Contended` and `Expelled`.
    pub fn push(&mut self, message: &[u8]) -> Result<(), PushError> {
        loop {
            match self.try_push(message) {
                Err(PushError::Full) => self.wait_for_room(slot_bytes(message.len()))?,
                other => return other,
            }
        }
    }

    /// Whether there is room for a message of `len` bytes. If there is none, the consumer will wake
    /// who sleeps on the futex word when it has read; [`Self::end_sleep`] takes that back.
    ///
    /// For a producer that waits for other things too and therefore sleeps in its own way. It gets
    /// ready to be woken, calls this, and sleeps only if the answer is `false`.
    ///
    /// # Errors
    ///
    /// [`PushError`]: `TooLong`, `Closed`, `PeerDead` and `Corrupt`.
    pub fn announce_sleep(&mut self, len: usize) -> Result<bool, PushError> {
        if len > self.max_len() {
            return Err(PushError::TooLong);
        }
        self.announce(slot_bytes(len))
    }

    /// Says that this side does not sleep, or no longer.
    pub fn end_sleep(&self) {
        self.end.frame.store32(PRODUCER_SLEEPS, 0, Relaxed);
    }

    fn announce(&mut self, slot: usize) -> Result<bool, PushError> {
        self.end.frame.announce_sleep(PRODUCER_SLEEPS);
        self.require_consumer()?;
        Ok(self.look()? >= slot)
    }

    /// Sleeps until there is room for `slot` bytes, once: the caller looks again.
    #[cold]
    fn wait_for_room(&mut self, slot: usize) -> Result<(), PushError> {
        let slept = if self.announce(slot)? {
            Ok(())
        } else {
            self.end.frame.sleep(PRODUCER_SLEEPS)
        };
        self.end_sleep();
        slept.map_err(PushError::Stopped)
    }

    /// Fails when the consumer has left.
    #[inline]
    fn require_consumer(&self) -> Result<(), PushError> {
        if let Some(damage) = self.end.damage {
            return Err(PushError::Corrupt(damage));
        }
        match self.end.frame.load32(CONSUMER_STATE, Relaxed) {
            RING_STATE_OPEN => Ok(()),
            RING_STATE_DEAD => Err(PushError::PeerDead),
            _ => Err(PushError::Closed),
        }
    }

    #[inline]
    const fn room(&self) -> usize {
        let used = self.tail.wrapping_sub(self.head_seen);
        self.end.frame.place.capacity.wrapping_sub(used)
    }

    /// Looks at the consumer's position; returns the room there is.
    fn look(&mut self) -> Result<usize, PushError> {
        let head = position(self.end.frame.load64(HEAD, Acquire));
        let used = self.tail.wrapping_sub(head);
        // It only moves forward, and never beyond what was published.
        let is_possible = used <= self.tail.wrapping_sub(self.head_seen);
        if !is_possible || !head.is_multiple_of(RING_ALIGN) {
            return Err(PushError::Corrupt(self.end.damaged(Damage::Position)));
        }
        self.head_seen = head;
        Ok(self.room())
    }
}

impl<M: Memory> Drop for Producer<M> {
    fn drop(&mut self) {
        self.end.close();
    }
}

/// The end of a ring that pops. Dropping it closes the ring.
#[derive(Debug)]
pub struct Consumer<M: Memory> {
    end: End<M>,
    head: usize,
    /// The producer's position when it was last looked at: `head <= tail_seen <= head + capacity`.
    tail_seen: usize,
}

impl<M: Memory> Consumer<M> {
    /// Becomes the consumer of the ring at `place`. There is no other one.
    ///
    /// # Errors
    ///
    /// Why there is no ring one could be the consumer of.
    pub fn attach(memory: M, place: Place) -> Result<Self, AttachError> {
        let (end, tail_seen, head) = End::attach(memory, place, Side::Consumer)?;
        Ok(Self {
            end,
            head,
            tail_seen,
        })
    }

    /// Pops a message into `buffer` if there is one; returns its length. Wakes the producer if it
    /// sleeps.
    ///
    /// # Errors
    ///
    /// [`PopError`], all but `Stopped`.
    #[inline]
    pub fn try_pop(&mut self, buffer: &mut [u8]) -> Result<usize, PopError> {
        let len = self.next_len()?;
        let Some(message) = buffer.get_mut(..len) else {
            return Err(PopError::BufferTooSmall(len));
        };
        self.copy_out(message);
        self.pass_over(len);
        Ok(len)
    }

    /// Pops a message if there is one; of one that is longer than `buffer` only the beginning is
    /// kept. Returns its length, which is read once, so that what was passed over and what is
    /// returned cannot differ.
    ///
    /// # Errors
    ///
    /// [`PopError`], all but `BufferTooSmall` and `Stopped`.
    pub fn try_pop_start(&mut self, buffer: &mut [u8]) -> Result<usize, PopError> {
        let len = self.next_len()?;
        let kept = len.min(buffer.len());
        self.copy_out(&mut buffer[..kept]);
        self.pass_over(len);
        Ok(len)
    }

    /// Copies the beginning of the next message, which is at least that long.
    #[inline]
    fn copy_out(&self, message: &mut [u8]) {
        let frame = &self.end.frame;
        let start = self.head.wrapping_add(RING_MESSAGE_HEADER_BYTES);
        let (first, second) = message.split_at_mut(self.end.before_end(start, message.len()));
        frame.memory.read(self.end.at(start), first);
        if !second.is_empty() {
            frame.memory.read(frame.place.data_at, second);
        }
    }

    /// Passes over the next message; returns its length. What one does with a message that is too
    /// long for any buffer.
    ///
    /// # Errors
    ///
    /// [`PopError`], all but `BufferTooSmall` and `Stopped`.
    pub fn skip(&mut self) -> Result<usize, PopError> {
        let len = self.next_len()?;
        self.pass_over(len);
        Ok(len)
    }

    /// Pops a message, sleeping while there is none.
    ///
    /// # Errors
    ///
    /// [`PopError`], all but `Empty`.
    pub fn pop(&mut self, buffer: &mut [u8]) -> Result<usize, PopError> {
        loop {
            match self.try_pop(buffer) {
                Err(PopError::Empty) => self.wait_for_message()?,
                other => return other,
            }
        }
    }

    /// As [`Self::try_pop_start`], sleeping while there is no message.
    ///
    /// # Errors
    ///
    /// [`PopError`], all but `BufferTooSmall` and `Empty`.
    pub fn pop_start(&mut self, buffer: &mut [u8]) -> Result<usize, PopError> {
        loop {
            match self.try_pop_start(buffer) {
                Err(PopError::Empty) => self.wait_for_message()?,
                other => return other,
            }
        }
    }

    /// Whether nothing more comes before something is read: the producer sleeps for want of room, or
    /// is about to, or has left.
    #[must_use]
    pub fn is_awaited(&self) -> bool {
        let frame = &self.end.frame;
        frame.load32(PRODUCER_SLEEPS, Relaxed) != 0
            || frame.load32(PRODUCER_STATE, Relaxed) != RING_STATE_OPEN
    }

    /// Whether there is a message. If there is none, the producer will wake who sleeps on the futex
    /// word when it has pushed; [`Self::end_sleep`] takes that back.
    ///
    /// For a consumer that waits for other things too and therefore sleeps in its own way. It gets
    /// ready to be woken, calls this, and sleeps only if the answer is `false`.
    ///
    /// # Errors
    ///
    /// [`PopError`]: `Closed`, `PeerDead` and `Corrupt`.
    pub fn announce_sleep(&mut self) -> Result<bool, PopError> {
        if let Some(damage) = self.end.damage {
            return Err(PopError::Corrupt(damage));
        }
        self.end.frame.announce_sleep(CONSUMER_SLEEPS);
        match self.look() {
            Ok(()) => Ok(true),
            Err(PopError::Empty) => Ok(false),
            Err(other) => Err(other),
        }
    }

    /// Says that this side does not sleep, or no longer.
    pub fn end_sleep(&self) {
        self.end.frame.store32(CONSUMER_SLEEPS, 0, Relaxed);
    }

    /// Sleeps until there is a message, once: the caller looks again.
    #[cold]
    fn wait_for_message(&mut self) -> Result<(), PopError> {
        let slept = match self.announce_sleep() {
            Ok(false) => self.end.frame.sleep(CONSUMER_SLEEPS),
            _ => Ok(()),
        };
        self.end_sleep();
        slept.map_err(PopError::Stopped)
    }

    /// The length of the next message, which lies within what was published and the ring.
    #[inline]
    fn next_len(&mut self) -> Result<usize, PopError> {
        if let Some(damage) = self.end.damage {
            return Err(PopError::Corrupt(damage));
        }
        if self.tail_seen == self.head {
            self.look()?;
        }
        let header = self
            .end
            .frame
            .memory
            .load64(self.end.at(self.head), Relaxed);
        if header >> 32 != mark(self.head) {
            return Err(PopError::Corrupt(self.end.damaged(Damage::Header)));
        }
        let len = position(header & 0xFFFF_FFFF);
        if slot_bytes(len) > self.tail_seen.wrapping_sub(self.head) {
            return Err(PopError::Corrupt(self.end.damaged(Damage::Length)));
        }
        Ok(len)
    }

    #[inline]
    fn pass_over(&mut self, len: usize) {
        self.head = self.head.wrapping_add(slot_bytes(len));
        self.end.frame.store64(HEAD, self.head as u64, Release);
        self.end.frame.wake_sleepers(PRODUCER_SLEEPS);
    }

    /// Looks at the producer's position, and whether it is still there if there is no message.
    fn look(&mut self) -> Result<(), PopError> {
        if self.has_message()? {
            return Ok(());
        }
        let state = self.end.frame.load32(PRODUCER_STATE, Acquire);
        if state == RING_STATE_OPEN {
            return Err(PopError::Empty);
        }
        // It may have pushed between the two looks, and then have left.
        if self.has_message()? {
            return Ok(());
        }
        Err(match state {
            RING_STATE_DEAD => PopError::PeerDead,
            _ => PopError::Closed,
        })
    }

    fn has_message(&mut self) -> Result<bool, PopError> {
        let capacity = self.end.frame.place.capacity;
        let tail = position(self.end.frame.load64(TAIL, Acquire));
        let available = tail.wrapping_sub(self.head);
        // It only moves forward, and never beyond what was read.
        let is_possible = available <= capacity
            && available >= self.tail_seen.wrapping_sub(self.head)
            && tail.is_multiple_of(RING_ALIGN);
        if !is_possible {
            return Err(PopError::Corrupt(self.end.damaged(Damage::Position)));
        }
        self.tail_seen = tail;
        Ok(available != 0)
    }
}

impl<M: Memory> Drop for Consumer<M> {
    fn drop(&mut self) {
        self.end.close();
    }
}
