//! Rings with several producers and one consumer.
//!
//! The data is cells. A message takes as many as it needs and at least one; its commit word, one per
//! cell and all before the cells, says who owns it, how long it is and whether it is complete.
//!
//! # How a message gets in
//!
//! 1. *Help*: the newest reservation, which is the word `tail`, is written to its commit word as
//!    `RESERVED`, if its owner has not done so or better.
//! 2. *Reserve*: `tail` is exchanged for a reservation of one's own that begins where that one ends.
//! 3. The bytes are written.
//! 4. *Commit*: the commit word becomes `DONE`.
//!
//! So every reservation has an owner and a length that anybody can read: the newest in `tail`, each
//! older one in its commit word. A producer may die between any two steps. Once its keeper (the kernel,
//! or who made the ring) has called [`mark_gone`], the consumer passes over what it did not complete
//! and loses nothing else. Until then the ring waits for it, as it would for one that is slow.
//!
//! A commit word carries the lap, so that one of an earlier lap is never taken for one of this lap.
//! Positions return to 0 after 2^42 cells, 256 TiB: nobody sleeps that long between two steps.
//!
//! # Sleeping
//!
//! The producers share a futex word. A flag would not do: one producer would raise it anew, find room and
//! go on, while another that was woken before it fell asleep took it for its own and slept. So whoever
//! wakes makes the word a new even number, and sleepers make it odd and compare all of it.
//!
//! # Numbers
//!
//! [`admit`] gives a producer its number. One that left keeps its number as `GONE` until the consumer has
//! seen the ring empty, in [`Consumer::free_numbers`], for only then nothing of the old owner can be
//! mistaken for the new one's. `pop` does so before it sleeps.
//!
//! # Trust
//!
//! What was said of hostile peers in the crate's documentation holds of each side here: no panic, no
//! access outside of the ring, bounded work. But producers of one ring write to the same words, so each
//! can spoil the others' messages, too, and end the ring with [`Damage`]. Whoever does not trust
//! another gets a ring of its own. [`mark_gone`] is for a process that runs no more: one that still ran
//! could write into cells that are somebody else's by then.

use core::mem::offset_of;
use core::sync::atomic::Ordering::{Acquire, Relaxed, Release};

use kpio_abi::ring::{
    RING_CELL_BYTES, RING_COMMIT_DONE, RING_COMMIT_RESERVED, RING_LENGTH_BITS, RING_MAX_PRODUCERS,
    RING_OWNER_BITS, RING_POSITION_BITS, RING_PRODUCER_ALIVE, RING_PRODUCER_FREE,
    RING_PRODUCER_GONE, RING_PRODUCER_STATE_BITS, RING_STATE_BITS, RING_STATE_CLOSED,
    RING_STATE_DEAD, RING_STATE_OPEN, RingControl,
};

use crate::error::{AttachError, Damage, PopError, PushError};
use crate::memory::Memory;
use crate::place::{Frame, Kind, Place, position, producer_field};

const TAIL: usize = offset_of!(RingControl, tail);
const HEAD: usize = offset_of!(RingControl, head);
const PRODUCER_STATE: usize = offset_of!(RingControl, producer_state);
const CONSUMER_STATE: usize = offset_of!(RingControl, consumer_state);
const PRODUCER_SLEEPS: usize = offset_of!(RingControl, producer_sleeps);
const CONSUMER_SLEEPS: usize = offset_of!(RingControl, consumer_sleeps);

const POSITION_MASK: u64 = (1 << RING_POSITION_BITS) - 1;
const LENGTH_MASK: u64 = (1 << RING_LENGTH_BITS) - 1;
const OWNER_MASK: u64 = (1 << RING_OWNER_BITS) - 1;
const STATE_MASK: u64 = (1 << RING_STATE_BITS) - 1;
const PRODUCER_STATE_MASK: u32 = (1 << RING_PRODUCER_STATE_BITS) - 1;

/// So often a producer tries to be first before it says `Contended`.
const ATTEMPTS: usize = 16;

/// Who takes which cells: what `tail` holds. Owner 0 is nobody, of an untouched ring.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Reservation {
    owner: u64,
    len: u64,
    at: u64,
}

impl Reservation {
    const fn of(word: u64) -> Self {
        Self {
            owner: word & OWNER_MASK,
            len: word >> RING_OWNER_BITS & LENGTH_MASK,
            at: word >> (RING_OWNER_BITS + RING_LENGTH_BITS),
        }
    }

    const fn word(self) -> u64 {
        self.owner | self.len << RING_OWNER_BITS | self.at << (RING_OWNER_BITS + RING_LENGTH_BITS)
    }

    const fn cells(self) -> u64 {
        if self.owner == 0 { 0 } else { cells(self.len) }
    }

    const fn end(self) -> u64 {
        self.at.wrapping_add(self.cells()) & POSITION_MASK
    }
}

/// How many cells a message takes.
const fn cells(len: u64) -> u64 {
    let cells = len.div_ceil(RING_CELL_BYTES as u64);
    if cells == 0 { 1 } else { cells }
}

/// How many cells lie from one position to a later one.
const fn distance(from: u64, to: u64) -> u64 {
    to.wrapping_sub(from) & POSITION_MASK
}

/// The state of a producer, without the count of how often its number was given away.
const fn state_of(producer: u32) -> u32 {
    producer & PRODUCER_STATE_MASK
}

impl<M: Memory> Frame<M> {
    const fn nr_cells(&self) -> u64 {
        (self.place.capacity / RING_CELL_BYTES) as u64
    }

    const fn max_len(&self) -> u64 {
        let capacity = self.place.capacity as u64;
        if capacity < LENGTH_MASK {
            capacity
        } else {
            LENGTH_MASK
        }
    }

    /// The newest reservation, or what is wrong with it.
    #[inline]
    fn newest(&self) -> Result<Reservation, Damage> {
        let newest = Reservation::of(self.load64(TAIL, Acquire));
        if newest.owner > RING_MAX_PRODUCERS as u64 {
            return Err(Damage::State);
        }
        if newest.len > self.max_len() {
            return Err(Damage::Length);
        }
        Ok(newest)
    }

    /// The offset in the memory of a commit word.
    #[inline]
    fn commit_at(&self, at: u64) -> usize {
        self.place.data_at + position(at & (self.nr_cells() - 1)) * size_of::<u64>()
    }

    /// The commit word of a reservation in a state.
    #[inline]
    const fn commit(&self, reservation: Reservation, state: u64) -> u64 {
        const LAP_AT: u32 = RING_OWNER_BITS + RING_LENGTH_BITS + RING_STATE_BITS;
        reservation.owner
            | state << RING_OWNER_BITS
            | reservation.len << (RING_OWNER_BITS + RING_STATE_BITS)
            | (reservation.at / self.nr_cells()) << LAP_AT
    }

    /// What a commit word says of the position `at`, if it is of this lap: the reservation and state.
    #[inline]
    const fn committed(&self, word: u64, at: u64) -> Option<(Reservation, u64)> {
        let state = word >> RING_OWNER_BITS & STATE_MASK;
        let reservation = Reservation {
            owner: word & OWNER_MASK,
            len: word >> (RING_OWNER_BITS + RING_STATE_BITS) & LENGTH_MASK,
            at,
        };
        if state == 0 || self.commit(reservation, state) != word {
            return None;
        }
        Some((reservation, state))
    }

    /// Where the bytes from a position on lie: the offset, and how many there are before the end.
    #[inline]
    fn bytes_at(&self, at: u64, len: usize) -> (usize, usize) {
        let first = position(at & (self.nr_cells() - 1)) * RING_CELL_BYTES;
        let cells_at = self.place.data_at + position(self.nr_cells()) * size_of::<u64>();
        (cells_at + first, len.min(self.place.capacity - first))
    }

    fn cells_at(&self) -> usize {
        self.bytes_at(0, 0).0
    }

    /// Changes a producer's word by one exchange if it is as was seen; says whether it was.
    fn exchange_producer(&self, index: usize, seen: u32, new: u32) -> bool {
        let at = self.place.control_at + producer_field(index);
        self.memory.exchange32(at, seen, new).is_ok()
    }

    /// Says that a producer is about to sleep; returns the futex word it sleeps on, if it still can.
    fn announce_with_others(&self) -> Option<u32> {
        let seen = self.load32(PRODUCER_SLEEPS, Relaxed);
        let word = seen | 1;
        let at = self.place.control_at + PRODUCER_SLEEPS;
        if seen != word && self.memory.exchange32(at, seen, word).is_err() {
            return None;
        }
        self.memory.fence();
        Some(word)
    }

    /// Wakes the producers that sleep, if any does: a fence and a load if none does.
    #[inline]
    fn wake_sleeping_producers(&self) {
        self.memory.fence();
        if self.load32(PRODUCER_SLEEPS, Relaxed) & 1 != 0 {
            self.wake_producers();
        }
    }

    /// Wakes the producers that sleep or are about to: the word becomes a new even number.
    #[cold]
    fn wake_producers(&self) {
        let next = (self.load32(PRODUCER_SLEEPS, Relaxed) | 1).wrapping_add(1);
        self.store32(PRODUCER_SLEEPS, next, Relaxed);
        let at = self.place.control_at + PRODUCER_SLEEPS;
        self.memory.wake(at, u32::MAX);
    }

    fn producer(&self, owner: u64) -> u32 {
        let index = position(owner - 1);
        self.load32(producer_field(index), Acquire)
    }
}

/// Makes an empty ring without producers. Nobody else uses that part of the memory yet.
///
/// # Errors
///
/// [`AttachError::Place`].
pub fn create<M: Memory>(memory: M, place: Place) -> Result<(), AttachError> {
    Frame::create(memory, place, Kind::Mpsc, 0).map(|_| ())
}

/// Gives a new producer its number, from 1.
///
/// # Errors
///
/// `NoNumber`, `Closed`, or why there is no ring.
pub fn admit<M: Memory>(memory: M, place: Place) -> Result<u32, AttachError> {
    let frame = Frame::attach(memory, place, Kind::Mpsc)?;
    if frame.load32(PRODUCER_STATE, Acquire) != RING_STATE_OPEN {
        return Err(AttachError::Closed);
    }
    for (index, number) in (0..RING_MAX_PRODUCERS).zip(1..) {
        let seen = frame.load32(producer_field(index), Acquire);
        let next = (seen & !PRODUCER_STATE_MASK).wrapping_add(1 << RING_PRODUCER_STATE_BITS);
        if state_of(seen) == RING_PRODUCER_FREE
            && frame.exchange_producer(index, seen, next | RING_PRODUCER_ALIVE)
        {
            return Ok(number);
        }
    }
    Err(AttachError::NoNumber)
}

/// Says that a producer's process has ended, so that what it did not complete is passed over: called
/// once the process runs no more, by the kernel or by whoever learns of it. The consumer wakes in any
/// case, whatever the dead one has written over.
///
/// # Errors
///
/// [`AttachError::Place`]; `NotAdmitted` when that producer was not alive by what the ring says.
pub fn mark_gone<M: Memory>(memory: M, place: Place, number: u32) -> Result<(), AttachError> {
    let frame = Frame::at(memory, place, Kind::Mpsc)?;
    let index = index_of(number)?;
    let seen = frame.load32(producer_field(index), Acquire);
    let gone = seen & !PRODUCER_STATE_MASK | RING_PRODUCER_GONE;
    let is_marked =
        state_of(seen) == RING_PRODUCER_ALIVE && frame.exchange_producer(index, seen, gone);
    frame.memory.fence();
    frame.wake_all(CONSUMER_SLEEPS);
    if is_marked {
        Ok(())
    } else {
        Err(AttachError::NotAdmitted)
    }
}

/// Says that no more producers are admitted: when the last one is gone and all is read, the consumer
/// hears `Closed`.
///
/// # Errors
///
/// Why there is no ring (any more).
pub fn close<M: Memory>(memory: M, place: Place) -> Result<(), AttachError> {
    let frame = Frame::attach(memory, place, Kind::Mpsc)?;
    frame.store32(PRODUCER_STATE, RING_STATE_CLOSED, Release);
    frame.memory.fence();
    frame.wake_all(CONSUMER_SLEEPS);
    Ok(())
}

/// Says that the consumer's process has ended, and wakes all producers, whatever it has written over.
///
/// # Errors
///
/// [`AttachError::Place`].
pub fn mark_consumer_dead<M: Memory>(memory: M, place: Place) -> Result<(), AttachError> {
    let frame = Frame::at(memory, place, Kind::Mpsc)?;
    if frame.load32(CONSUMER_STATE, Relaxed) == RING_STATE_OPEN {
        frame.store32(CONSUMER_STATE, RING_STATE_DEAD, Release);
    }
    frame.memory.fence();
    frame.wake_producers();
    Ok(())
}

fn index_of(number: u32) -> Result<usize, AttachError> {
    match number as usize {
        index @ 1..=RING_MAX_PRODUCERS => Ok(index - 1),
        _ => Err(AttachError::NotAdmitted),
    }
}

/// One of the ends that push. Dropping it gives its number back.
#[derive(Debug)]
pub struct Producer<M: Memory> {
    frame: Frame<M>,
    index: usize,
    /// Its word, as it was given the number.
    alive: u32,
    damage: Option<Damage>,
}

impl<M: Memory> Producer<M> {
    /// Becomes the producer with a number that [`admit`] gave, and nobody else has.
    ///
    /// # Errors
    ///
    /// `NotAdmitted`, or why there is no ring one could be a producer of.
    pub fn attach(memory: M, place: Place, number: u32) -> Result<Self, AttachError> {
        let frame = Frame::attach(memory, place, Kind::Mpsc)?;
        let index = index_of(number)?;
        let alive = frame.load32(producer_field(index), Acquire);
        if state_of(alive) != RING_PRODUCER_ALIVE {
            return Err(AttachError::NotAdmitted);
        }
        Ok(Self {
            frame,
            index,
            alive,
            damage: None,
        })
    }

    /// The length in bytes of the longest message.
    pub fn max_len(&self) -> usize {
        position(self.frame.max_len())
    }

    /// Pushes a message if there is room. Wakes the consumer if it sleeps.
    ///
    /// # Errors
    ///
    /// [`PushError`], all but `Stopped`.
    pub fn try_push(&mut self, message: &[u8]) -> Result<(), PushError> {
        if message.len() > self.max_len() {
            return Err(PushError::TooLong);
        }
        self.require_ends()?;
        let own = self.reserve(message.len() as u64)?;
        let frame = &self.frame;
        let (at, before_end) = frame.bytes_at(own.at, message.len());
        let (first, second) = message.split_at(before_end);
        frame.memory.write(at, first);
        if !second.is_empty() {
            frame.memory.write(frame.cells_at(), second);
        }
        self.complete(own)?;
        self.frame.wake_sleepers(CONSUMER_SLEEPS);
        Ok(())
    }

    /// Pushes a message, sleeping while there is no room.
    ///
    /// # Errors
    ///
    /// [`PushError`], all but `Full` and `Contended`.
    pub fn push(&mut self, message: &[u8]) -> Result<(), PushError> {
        loop {
            match self.try_push(message) {
                Err(PushError::Contended) => {}
                Err(PushError::Full) => self.wait_for_room(message.len() as u64)?,
                other => return other,
            }
        }
    }

    /// Sleeps until there is room, once: the caller looks again.
    fn wait_for_room(&mut self, len: u64) -> Result<(), PushError> {
        let Some(word) = self.frame.announce_with_others() else {
            return Ok(());
        };
        self.require_ends()?;
        match self.find_room(len) {
            Err(PushError::Full) => {}
            Ok(_) | Err(PushError::Contended) => return Ok(()),
            Err(error) => return Err(error),
        }
        let at = self.frame.place.control_at + PRODUCER_SLEEPS;
        self.frame.memory.wait(at, word).map_err(PushError::Stopped)
    }

    /// Fails when the consumer has left, or this producer was declared gone.
    fn require_ends(&self) -> Result<(), PushError> {
        if let Some(damage) = self.damage {
            return Err(PushError::Corrupt(damage));
        }
        match self.frame.load32(CONSUMER_STATE, Relaxed) {
            RING_STATE_OPEN => {}
            RING_STATE_DEAD => return Err(PushError::PeerDead),
            _ => return Err(PushError::Closed),
        }
        if self.frame.load32(producer_field(self.index), Relaxed) != self.alive {
            return Err(PushError::Expelled);
        }
        Ok(())
    }

    /// The newest reservation, if a message of `len` bytes has room behind it.
    fn find_room(&mut self, len: u64) -> Result<Reservation, PushError> {
        let newest = self.frame.newest().map_err(|damage| self.damaged(damage))?;
        let head = self.frame.load64(HEAD, Acquire);
        let used = distance(head, newest.end());
        let nr_cells = self.frame.nr_cells();
        if head > POSITION_MASK || used > nr_cells {
            // Impossible, unless others have pushed and popped since `tail` was read.
            if self.frame.load64(TAIL, Acquire) == newest.word() {
                return Err(self.damaged(Damage::Position));
            }
            return Err(PushError::Contended);
        }
        if nr_cells - used < cells(len) {
            return Err(PushError::Full);
        }
        Ok(newest)
    }

    fn reserve(&mut self, len: u64) -> Result<Reservation, PushError> {
        for _ in 0..ATTEMPTS {
            let newest = match self.find_room(len) {
                Err(PushError::Contended) => continue,
                found => found?,
            };
            if newest.owner != 0 && !self.help(newest) {
                continue;
            }
            let own = Reservation {
                owner: self.index as u64 + 1,
                len,
                at: newest.end(),
            };
            let tail = self.frame.place.control_at + TAIL;
            let memory = &self.frame.memory;
            if memory.exchange64(tail, newest.word(), own.word()).is_ok() {
                return Ok(own);
            }
        }
        Err(PushError::Contended)
    }

    /// Writes the newest reservation to its commit word; says whether it is still the newest.
    ///
    /// The commit word is read before `tail` is looked at once more: while a reservation is the newest,
    /// its commit word is of an earlier lap or its own, never of a later one.
    fn help(&self, newest: Reservation) -> bool {
        let frame = &self.frame;
        let at = frame.commit_at(newest.at);
        let seen = frame.memory.load64(at, Acquire);
        if frame.load64(TAIL, Acquire) != newest.word() {
            return false;
        }
        if frame.committed(seen, newest.at).is_none() {
            let reserved = frame.commit(newest, RING_COMMIT_RESERVED);
            // Who was faster has written the same, or that the message is complete.
            let _ = frame.memory.exchange64(at, seen, reserved);
        }
        true
    }

    /// Makes the message one the consumer reads.
    fn complete(&mut self, own: Reservation) -> Result<(), PushError> {
        let at = self.frame.commit_at(own.at);
        let reserved = self.frame.commit(own, RING_COMMIT_RESERVED);
        let done = self.frame.commit(own, RING_COMMIT_DONE);
        let mut seen = self.frame.memory.load64(at, Acquire);
        // A helper may write `reserved` between the look and the exchange, once.
        for _ in 0..2 {
            if seen != reserved && self.frame.committed(seen, own.at).is_some() {
                break;
            }
            match self.frame.memory.exchange64(at, seen, done) {
                Ok(()) => return Ok(()),
                Err(found) => seen = found,
            }
        }
        Err(self.damaged(Damage::Header))
    }

    /// Remembers that the ring is not in order, and leaves it.
    #[cold]
    fn damaged(&mut self, damage: Damage) -> PushError {
        self.damage = Some(damage);
        self.leave();
        PushError::Corrupt(damage)
    }

    fn leave(&self) {
        let gone = self.alive & !PRODUCER_STATE_MASK | RING_PRODUCER_GONE;
        // If it is not as it was given, somebody else has said so already.
        self.frame.exchange_producer(self.index, self.alive, gone);
        self.frame.wake_sleepers(CONSUMER_SLEEPS);
    }
}

impl<M: Memory> Drop for Producer<M> {
    fn drop(&mut self) {
        self.leave();
    }
}

/// The end that pops. Dropping it closes the ring.
#[derive(Debug)]
pub struct Consumer<M: Memory> {
    frame: Frame<M>,
    head: u64,
    /// The end of the newest reservation when it was last looked at.
    tail_seen: u64,
    damage: Option<Damage>,
}

impl<M: Memory> Consumer<M> {
    /// Becomes the consumer of the ring at `place`. There is no other one.
    ///
    /// # Errors
    ///
    /// Why there is no ring one could be the consumer of.
    pub fn attach(memory: M, place: Place) -> Result<Self, AttachError> {
        let frame = Frame::attach(memory, place, Kind::Mpsc)?;
        let newest = frame.newest().map_err(|_| AttachError::Positions)?;
        let head = frame.load64(HEAD, Acquire);
        let tail_seen = newest.end();
        if head > POSITION_MASK || distance(head, tail_seen) > frame.nr_cells() {
            return Err(AttachError::Positions);
        }
        Ok(Self {
            frame,
            head,
            tail_seen,
            damage: None,
        })
    }

    /// Pops a message into `buffer` if there is one; returns its length. Wakes the producers if any
    /// sleeps. `Empty` is also said while the next message is not complete yet.
    ///
    /// # Errors
    ///
    /// [`PopError`], all but `PeerDead` and `Stopped`.
    pub fn try_pop(&mut self, buffer: &mut [u8]) -> Result<usize, PopError> {
        let next = self.next()?;
        let len = position(next.len);
        let Some(message) = buffer.get_mut(..len) else {
            return Err(PopError::BufferTooSmall(len));
        };
        let (at, before_end) = self.frame.bytes_at(next.at, len);
        let (first, second) = message.split_at_mut(before_end);
        self.frame.memory.read(at, first);
        if !second.is_empty() {
            self.frame.memory.read(self.frame.cells_at(), second);
        }
        self.pass_over(next);
        Ok(len)
    }

    /// Passes over the next message; returns its length.
    ///
    /// # Errors
    ///
    /// [`PopError`], all but `BufferTooSmall`, `PeerDead` and `Stopped`.
    pub fn skip(&mut self) -> Result<usize, PopError> {
        let next = self.next()?;
        self.pass_over(next);
        Ok(position(next.len))
    }

    /// Pops a message, sleeping while there is none.
    ///
    /// # Errors
    ///
    /// [`PopError`], all but `Empty` and `PeerDead`.
    pub fn pop(&mut self, buffer: &mut [u8]) -> Result<usize, PopError> {
        loop {
            match self.try_pop(buffer) {
                Err(PopError::Empty) => self.wait_for_message()?,
                other => return other,
            }
        }
    }

    /// Frees the numbers of producers that are gone, if the ring is empty: then nothing is left that
    /// would be taken for their successors'.
    ///
    /// # Errors
    ///
    /// `Corrupt`.
    pub fn free_numbers(&mut self) -> Result<(), PopError> {
        let mut gone = [0; RING_MAX_PRODUCERS];
        for (index, seen) in gone.iter_mut().enumerate() {
            *seen = self.frame.load32(producer_field(index), Acquire);
        }
        // Whoever is gone has reserved before, so `tail` shows it.
        if self.look()? != self.head {
            return Ok(());
        }
        for (index, seen) in gone.into_iter().enumerate() {
            if state_of(seen) == RING_PRODUCER_GONE {
                let free = seen & !PRODUCER_STATE_MASK | RING_PRODUCER_FREE;
                self.frame.exchange_producer(index, seen, free);
            }
        }
        Ok(())
    }

    /// Sleeps until there may be a message, once: the caller looks again.
    fn wait_for_message(&mut self) -> Result<(), PopError> {
        self.free_numbers()?;
        self.frame.announce_sleep(CONSUMER_SLEEPS);
        let slept = match self.next() {
            Err(PopError::Empty) => self.frame.sleep(CONSUMER_SLEEPS),
            _ => Ok(()),
        };
        self.frame.store32(CONSUMER_SLEEPS, 0, Relaxed);
        slept.map_err(PopError::Stopped)
    }

    /// The next complete message; passes over those that will never be.
    ///
    /// A producer has one message under way at a time, so there are at most as many of those in a row
    /// as producers, if all are in order.
    fn next(&mut self) -> Result<Reservation, PopError> {
        if let Some(damage) = self.damage {
            return Err(PopError::Corrupt(damage));
        }
        for _ in 0..=RING_MAX_PRODUCERS {
            let (next, state) = self.find()?;
            if state == RING_COMMIT_DONE {
                return Ok(next);
            }
            if state_of(self.frame.producer(next.owner)) == RING_PRODUCER_ALIVE {
                return Err(PopError::Empty);
            }
            // It may have completed the message just before it was declared gone.
            let (again, state) = self.find()?;
            if state == RING_COMMIT_DONE {
                return Ok(again);
            }
            self.pass_over(again);
        }
        Err(self.damaged(Damage::State))
    }

    /// The reservation at the head, and its state.
    fn find(&mut self) -> Result<(Reservation, u64), PopError> {
        let at = self.frame.commit_at(self.head);
        let word = self.frame.memory.load64(at, Acquire);
        if let Some(found) = self.frame.committed(word, self.head) {
            return self.checked(found);
        }
        let newest = self.frame.newest().map_err(|damage| self.damaged(damage))?;
        self.advance(newest)?;
        if newest.owner != 0 && newest.at == self.head {
            // Nobody has written its commit word yet, or its owner just now.
            return self.checked((newest, RING_COMMIT_RESERVED));
        }
        if newest.end() == self.head {
            return Err(self.why_empty());
        }
        // Others came after, so the commit word is there by now.
        let word = self.frame.memory.load64(at, Acquire);
        match self.frame.committed(word, self.head) {
            Some(found) => self.checked(found),
            None => Err(self.damaged(Damage::Header)),
        }
    }

    /// Refuses what no producer in order would have reserved.
    fn checked(&mut self, found: (Reservation, u64)) -> Result<(Reservation, u64), PopError> {
        let (next, state) = found;
        let is_owner = (1..=RING_MAX_PRODUCERS as u64).contains(&next.owner);
        if !is_owner || !matches!(state, RING_COMMIT_RESERVED | RING_COMMIT_DONE) {
            return Err(self.damaged(Damage::State));
        }
        let cells = next.cells();
        if cells > distance(self.head, self.tail_seen) {
            self.look()?;
        }
        if next.len > self.frame.max_len() || cells > distance(self.head, self.tail_seen) {
            return Err(self.damaged(Damage::Length));
        }
        Ok(found)
    }

    /// Looks at the newest reservation; returns its end.
    fn look(&mut self) -> Result<u64, PopError> {
        let newest = self.frame.newest().map_err(|damage| self.damaged(damage))?;
        self.advance(newest)?;
        Ok(self.tail_seen)
    }

    /// Believes the newest reservation if it has moved forward by no more than it could.
    fn advance(&mut self, newest: Reservation) -> Result<(), PopError> {
        let ahead = distance(self.head, newest.end());
        if ahead > self.frame.nr_cells() || ahead < distance(self.head, self.tail_seen) {
            return Err(self.damaged(Damage::Position));
        }
        self.tail_seen = newest.end();
        Ok(())
    }

    fn pass_over(&mut self, next: Reservation) {
        self.head = self.head.wrapping_add(next.cells()) & POSITION_MASK;
        self.frame.store64(HEAD, self.head, Release);
        self.frame.wake_sleeping_producers();
    }

    /// Whether an empty ring is so for good.
    fn why_empty(&self) -> PopError {
        if self.frame.load32(PRODUCER_STATE, Acquire) == RING_STATE_OPEN {
            return PopError::Empty;
        }
        for index in 0..RING_MAX_PRODUCERS {
            let producer = self.frame.load32(producer_field(index), Acquire);
            if state_of(producer) == RING_PRODUCER_ALIVE {
                return PopError::Empty;
            }
        }
        // What the last one pushed before it left is not overlooked.
        match self.frame.newest() {
            Ok(newest) if newest.end() == self.head => PopError::Closed,
            _ => PopError::Empty,
        }
    }

    /// Remembers that the ring is not in order, and leaves it.
    #[cold]
    fn damaged(&mut self, damage: Damage) -> PopError {
        self.damage = Some(damage);
        self.close();
        PopError::Corrupt(damage)
    }

    fn close(&self) {
        self.frame
            .store32(CONSUMER_STATE, RING_STATE_CLOSED, Release);
        self.frame.wake_sleeping_producers();
    }
}

impl<M: Memory> Drop for Consumer<M> {
    fn drop(&mut self) {
        self.close();
    }
}
