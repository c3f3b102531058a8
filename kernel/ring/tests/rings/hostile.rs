//! A peer that scribbles: before every single load, any word of the ring may change.
//!
//! Whatever it does, the side that is in order does not panic, stays inside of the ring's memory,
//! works no longer than it would for a message, and says by name what is wrong.

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::sync::atomic::Ordering;

use kpio_abi::ring::RingControl;
use kpio_ring::spsc::{Consumer, Producer, create};
use kpio_ring::{Kind, Memory, NoFutex, Place, PopError, PushError, Stopped, mpsc};

use crate::heap::Heap;
use crate::numbers::Numbers;

const CAPACITY: usize = 512;
const BEFORE: usize = 256;
const PLACE: Place = Place {
    control_at: BEFORE,
    data_at: BEFORE + size_of::<RingControl>(),
    capacity: CAPACITY,
};
/// Enough for either kind of ring, and something behind it.
const LEN_BYTES: usize = 2048;
const UNTOUCHED: u64 = 0x5555_5555_5555_5555;

/// The words of a control block that a peer could gain something by changing.
const CONTROL_WORDS: [usize; 7] = [64, 128, 192, 196, 200, 204, 256];

/// Memory whose other user is hostile.
struct Scribbled {
    words: RefCell<Vec<u64>>,
    numbers: RefCell<Numbers>,
    /// One load in so many is preceded by a change; 0: none.
    one_in: Cell<usize>,
    accesses: Cell<usize>,
    end: usize,
}

impl Scribbled {
    fn new(seed: u64, end: usize) -> Self {
        Self {
            words: RefCell::new(vec![UNTOUCHED; LEN_BYTES / 8]),
            numbers: RefCell::new(Numbers(seed)),
            one_in: Cell::new(0),
            accesses: Cell::new(0),
            end,
        }
    }

    /// Counts an access to bytes that must lie inside of the ring.
    fn touch(&self, at: usize, len: usize) {
        assert!(
            at >= BEFORE && at + len <= self.end,
            "outside of the ring: {at}+{len}"
        );
        self.accesses.set(self.accesses.get() + 1);
    }

    fn scribble(&self) {
        let one_in = self.one_in.get();
        let mut numbers = self.numbers.borrow_mut();
        if one_in == 0 || numbers.below(one_in) != 0 {
            return;
        }
        let ring = self.end - BEFORE;
        let at = match numbers.below(4) {
            0 => BEFORE + numbers.below(ring) / 8 * 8,
            _ => BEFORE + CONTROL_WORDS[numbers.below(CONTROL_WORDS.len())],
        };
        let word = &mut self.words.borrow_mut()[at / 8];
        *word = match numbers.below(8) {
            0 => numbers.next(),
            1 => word.wrapping_add(8),
            2 => word.wrapping_sub(8),
            3 => word.wrapping_add(CAPACITY as u64),
            4 => *word ^ (1 << numbers.below(64)),
            5 => u64::MAX << numbers.below(64),
            6 => numbers.next() & 0xFFFF,
            _ => *word & 0xFFFF_FFFF | numbers.next() << 32,
        };
    }

    fn get(&self, at: usize) -> u64 {
        self.words.borrow()[at / 8]
    }

    fn set(&self, at: usize, value: u64) {
        self.words.borrow_mut()[at / 8] = value;
    }
}

impl Memory for Scribbled {
    fn len_bytes(&self) -> usize {
        LEN_BYTES
    }

    fn load32(&self, at: usize, _order: Ordering) -> u32 {
        self.touch(at, 4);
        self.scribble();
        let word = self.get(at) >> (at % 8 * 8);
        u32::try_from(word & 0xFFFF_FFFF).unwrap()
    }

    fn store32(&self, at: usize, value: u32, _order: Ordering) {
        self.touch(at, 4);
        let shift = at % 8 * 8;
        let others = self.get(at) & !(0xFFFF_FFFF << shift);
        self.set(at, others | u64::from(value) << shift);
    }

    fn exchange32(&self, at: usize, current: u32, new: u32) -> Result<(), u32> {
        let found = self.load32(at, Ordering::Acquire);
        if found == current {
            self.store32(at, new, Ordering::Release);
            return Ok(());
        }
        Err(found)
    }

    fn load64(&self, at: usize, _order: Ordering) -> u64 {
        self.touch(at, 8);
        self.scribble();
        self.get(at)
    }

    fn store64(&self, at: usize, value: u64, _order: Ordering) {
        self.touch(at, 8);
        self.set(at, value);
    }

    fn exchange64(&self, at: usize, current: u64, new: u64) -> Result<(), u64> {
        let found = self.load64(at, Ordering::Acquire);
        if found == current {
            self.store64(at, new, Ordering::Release);
            return Ok(());
        }
        Err(found)
    }

    fn read(&self, at: usize, to: &mut [u8]) {
        self.touch(at, to.len());
        self.scribble();
        for (index, piece) in to.chunks_mut(8).enumerate() {
            piece.copy_from_slice(&self.get(at + index * 8).to_le_bytes()[..piece.len()]);
        }
    }

    fn write(&self, at: usize, from: &[u8]) {
        self.touch(at, from.len().next_multiple_of(8));
        for (index, piece) in from.chunks(8).enumerate() {
            let mut word = [0; 8];
            word[..piece.len()].copy_from_slice(piece);
            self.set(at + index * 8, u64::from_le_bytes(word));
        }
    }

    fn fence(&self) {}

    fn wait(&self, at: usize, _value: u32) -> Result<(), Stopped> {
        self.touch(at, 4);
        Err(Stopped::TimedOut)
    }

    fn wake(&self, at: usize, _count: u32) {
        self.touch(at, 4);
    }
}

/// The names of everything a side has said.
type Said = BTreeSet<String>;

fn said<T>(said: &mut Said, result: &Result<T, impl std::fmt::Debug>) {
    match result {
        Ok(_) => said.insert("Ok".to_owned()),
        Err(error) => said.insert(format!("{error:?}")),
    };
}

/// Runs one step and checks how much work it was.
fn bounded<T>(memory: &Scribbled, most: usize, step: impl FnOnce() -> T) -> T {
    memory.accesses.set(0);
    let result = step();
    let count = memory.accesses.get();
    assert!(count <= most, "{count} accesses");
    result
}

/// A side that works through `steps`, joining anew each time the peer has spoilt the ring.
fn rounds(seed: u64, one_in: usize, steps: usize, step: &mut dyn FnMut(&Scribbled, &mut Numbers)) {
    let end = PLACE.data_at + CAPACITY;
    let mut numbers = Numbers(!seed);
    let mut done = 0;
    while done < steps {
        let memory = Scribbled::new(numbers.next(), end);
        create(&memory, PLACE).unwrap();
        memory.one_in.set(one_in);
        for _ in 0..40 {
            step(&memory, &mut numbers);
            done += 1;
        }
        for at in (0..BEFORE).chain(end..LEN_BYTES).step_by(8) {
            assert_eq!(memory.get(at), UNTOUCHED);
        }
    }
}

const RATES: [usize; 4] = [1, 3, 10, 40];
const STEPS: usize = 40_000;

#[test]
fn spsc_producer_survives_a_consumer_that_scribbles() {
    let mut names = Said::new();
    for (seed, one_in) in (1..).zip(RATES) {
        let mut fresh = Numbers(seed);
        rounds(seed, one_in, STEPS, &mut |memory, numbers| {
            let Ok(mut producer) = bounded(memory, 8, || Producer::attach(memory, PLACE)) else {
                return;
            };
            for _ in 0..1 + fresh.below(20) {
                let message = numbers.bytes(numbers.clone().below(CAPACITY + 8));
                let result = bounded(memory, 10, || producer.try_push(&message));
                said(&mut names, &result);
                if result == Err(PushError::Full) {
                    let result = bounded(memory, 30, || producer.push(&message));
                    said(&mut names, &result);
                }
            }
            std::mem::forget(producer);
        });
    }
    let expected = [
        "Closed",
        "Corrupt(Position)",
        "Full",
        "Ok",
        "PeerDead",
        "Stopped(TimedOut)",
        "TooLong",
    ];
    assert_eq!(names.iter().collect::<Vec<_>>(), expected);
}

#[test]
fn spsc_consumer_survives_a_producer_that_scribbles() {
    let mut names = Said::new();
    for (seed, one_in) in (11..).zip(RATES) {
        let mut fresh = Numbers(seed);
        rounds(seed, one_in, STEPS, &mut |memory, numbers| {
            if let Ok(mut producer) = Producer::attach(memory, PLACE) {
                for _ in 0..numbers.below(4) {
                    let message = numbers.bytes(numbers.clone().below(200));
                    let _ = producer.try_push(&message);
                }
                std::mem::forget(producer);
            }
            let Ok(mut consumer) = bounded(memory, 8, || Consumer::attach(memory, PLACE)) else {
                return;
            };
            for _ in 0..1 + fresh.below(20) {
                let mut buffer = [0xEE; 128];
                let result = bounded(memory, 12, || consumer.try_pop(&mut buffer));
                let len = *result.as_ref().unwrap_or(&0);
                assert!(buffer[len..].iter().all(|byte| *byte == 0xEE));
                if let Err(PopError::BufferTooSmall(len)) = result {
                    assert!(len > buffer.len() && len <= CAPACITY - 8);
                    names.insert("BufferTooSmall".to_owned());
                    said(&mut names, &bounded(memory, 12, || consumer.skip()));
                    continue;
                }
                if result == Err(PopError::Empty) {
                    let result = bounded(memory, 30, || consumer.pop(&mut buffer));
                    if !matches!(result, Err(PopError::BufferTooSmall(_))) {
                        said(&mut names, &result);
                    }
                }
                said(&mut names, &result);
            }
            std::mem::forget(consumer);
        });
    }
    let expected = [
        "BufferTooSmall",
        "Closed",
        "Corrupt(Header)",
        "Corrupt(Length)",
        "Corrupt(Position)",
        "Empty",
        "Ok",
        "PeerDead",
        "Stopped(TimedOut)",
    ];
    assert_eq!(names.iter().collect::<Vec<_>>(), expected);
}

#[test]
fn damage_stays_and_ends_the_ring_for_the_other_side_too() {
    let heap = Heap::new(1024);
    let memory = heap.map(NoFutex);
    let place = Place::at_start(256);
    create(&memory, place).unwrap();
    let mut producer = Producer::attach(&memory, place).unwrap();
    let mut consumer = Consumer::attach(&memory, place).unwrap();
    producer.try_push(b"message").unwrap();
    memory.store64(size_of::<RingControl>(), 100, Ordering::Relaxed);
    let length = PopError::Corrupt(kpio_ring::Damage::Length);
    assert_eq!(consumer.try_pop(&mut [0; 256]), Err(length));
    memory.store64(size_of::<RingControl>(), 7, Ordering::Relaxed);
    assert_eq!(consumer.try_pop(&mut [0; 256]), Err(length));
    assert_eq!(consumer.pop(&mut [0; 256]), Err(length));
    assert_eq!(producer.try_push(b"more"), Err(PushError::Closed));
}

#[test]
fn ring_beside_a_scribbled_one_loses_nothing() {
    let end = PLACE.data_at + CAPACITY;
    let scribbled = Scribbled::new(5, end);
    create(&scribbled, PLACE).unwrap();
    scribbled.one_in.set(1);
    let heap = Heap::new(1024);
    let place = Place::at_start(256);
    create(heap.map(NoFutex), place).unwrap();
    let mut producer = Producer::attach(heap.map(NoFutex), place).unwrap();
    let mut consumer = Consumer::attach(heap.map(NoFutex), place).unwrap();
    let mut numbers = Numbers(6);
    for _ in 0..10_000 {
        if let Ok(mut hostile) = Consumer::attach(&scribbled, PLACE) {
            let _ = hostile.try_pop(&mut [0; 512]);
        }
        let message = numbers.bytes(100);
        producer.try_push(&message).unwrap();
        let mut buffer = [0; 100];
        assert_eq!(consumer.try_pop(&mut buffer), Ok(100));
        assert_eq!(buffer, message[..]);
    }
}

/// As `rounds`, with an MPSC ring and two producers admitted.
fn mpsc_rounds(
    seed: u64,
    one_in: usize,
    steps: usize,
    step: &mut dyn FnMut(&Scribbled, &mut Numbers),
) {
    let end = PLACE.data_at + PLACE.data_bytes(Kind::Mpsc);
    let mut numbers = Numbers(!seed);
    for _ in 0..steps / 40 {
        let memory = Scribbled::new(numbers.next(), end);
        mpsc::create(&memory, PLACE).unwrap();
        assert_eq!(mpsc::admit(&memory, PLACE), Ok(1));
        assert_eq!(mpsc::admit(&memory, PLACE), Ok(2));
        memory.one_in.set(one_in);
        for _ in 0..40 {
            step(&memory, &mut numbers);
        }
        for at in (0..BEFORE).chain(end..LEN_BYTES).step_by(8) {
            assert_eq!(memory.get(at), UNTOUCHED);
        }
    }
}

#[test]
fn mpsc_producer_survives_others_that_scribble() {
    let mut names = Said::new();
    for (seed, one_in) in (21..).zip(RATES) {
        mpsc_rounds(seed, one_in, STEPS, &mut |memory, numbers| {
            let attached = bounded(memory, 8, || mpsc::Producer::attach(memory, PLACE, 1));
            let Ok(mut producer) = attached else {
                return;
            };
            for _ in 0..10 {
                let message = numbers.bytes(numbers.clone().below(CAPACITY / 4));
                // Sixteen attempts of six accesses, and the message.
                let result = bounded(memory, 120, || producer.try_push(&message));
                said(&mut names, &result);
                if result == Err(PushError::Full) {
                    let result = bounded(memory, 2000, || producer.push(&message));
                    said(&mut names, &result);
                }
            }
            std::mem::forget(producer);
        });
    }
    for name in [
        "Closed",
        "Expelled",
        "Full",
        "Ok",
        "PeerDead",
        "Stopped(TimedOut)",
    ] {
        assert!(names.contains(name), "{name} of {names:?}");
    }
    for damage in ["Header", "Length", "Position", "State"] {
        let name = format!("Corrupt({damage})");
        assert!(names.contains(&name), "{name} of {names:?}");
    }
}

#[test]
fn mpsc_consumer_survives_producers_that_scribble() {
    let mut names = Said::new();
    for (seed, one_in) in (31..).zip(RATES) {
        mpsc_rounds(seed, one_in, STEPS, &mut |memory, numbers| {
            if let Ok(mut producer) = mpsc::Producer::attach(memory, PLACE, 2) {
                for _ in 0..numbers.below(4) {
                    let message = numbers.bytes(numbers.clone().below(200));
                    let _ = producer.try_push(&message);
                }
                std::mem::forget(producer);
            }
            let attached = bounded(memory, 8, || mpsc::Consumer::attach(memory, PLACE));
            let Ok(mut consumer) = attached else {
                return;
            };
            for _ in 0..10 {
                let mut buffer = [0xEE; 128];
                // At most 33 messages that are passed over, and why there is none.
                let result = bounded(memory, 600, || consumer.try_pop(&mut buffer));
                let len = *result.as_ref().unwrap_or(&0);
                assert!(buffer[len..].iter().all(|byte| *byte == 0xEE));
                match result {
                    Err(PopError::BufferTooSmall(len)) => {
                        assert!(len > buffer.len() && len <= CAPACITY);
                        said(&mut names, &bounded(memory, 600, || consumer.skip()));
                    }
                    Err(PopError::Empty) => {
                        let result = bounded(memory, 2000, || consumer.pop(&mut buffer));
                        if !matches!(result, Err(PopError::BufferTooSmall(_))) {
                            said(&mut names, &result);
                        }
                    }
                    _ => said(&mut names, &result),
                }
            }
            std::mem::forget(consumer);
        });
    }
    for name in ["Closed", "Ok", "Stopped(TimedOut)"] {
        assert!(names.contains(name), "{name} of {names:?}");
    }
    for damage in ["Header", "Length", "Position", "State"] {
        let name = format!("Corrupt({damage})");
        assert!(names.contains(&name), "{name} of {names:?}");
    }
}
