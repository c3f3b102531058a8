//! Every interleaving of small cases, and every value a load may give under C++11's memory model:
//! loom runs each case again and again until it has seen them all.
//!
//! A wake-up that is lost is found too: loom fails when all threads that are left sleep.

use std::sync::Arc;
use std::sync::atomic::{self, Ordering};

use kpio_abi::ring::{RING_OWNER_BITS, RingControl};
use kpio_ring::spsc::{Consumer, Producer, Side, create, mark_dead};
use kpio_ring::{Kind, Memory, Place, PopError, PushError, Stopped, mpsc};
use loom::model::Builder;
use loom::sync::atomic::{AtomicU32, AtomicU64, fence};
use loom::sync::{Condvar, Mutex};
use loom::thread;

const CONTROL: usize = size_of::<RingControl>();
/// Of the control block, what comes before never changes once the ring is made.
const FIRST_CHANGING: usize = 64;
/// Of the words of producers, so many are loom's.
const PRODUCERS: usize = 2;

/// What is left out of the memory's duties, to see that these tests would notice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Weakness {
    None,
    /// Fences do nothing.
    NoFence,
    /// Every access is `Relaxed`.
    Relaxed,
}

/// Memory made of loom's words, where loads may give any value the memory model allows.
struct Watched {
    weakness: Weakness,
    constant: [atomic::AtomicU32; FIRST_CHANGING / 4],
    positions: [AtomicU64; 2],
    /// States, futex words, producers.
    words: [AtomicU32; 4 + PRODUCERS],
    sleeping: [(Mutex<()>, Condvar); 2],
    data: Vec<AtomicU64>,
}

impl Watched {
    fn new(data_bytes: usize, weakness: Weakness) -> Self {
        Self {
            weakness,
            constant: Default::default(),
            positions: [AtomicU64::new(0), AtomicU64::new(0)],
            words: std::array::from_fn(|_| AtomicU32::new(0)),
            sleeping: std::array::from_fn(|_| (Mutex::new(()), Condvar::new())),
            data: (0..data_bytes / 8).map(|_| AtomicU64::new(0)).collect(),
        }
    }

    fn order(&self, order: Ordering) -> Ordering {
        match self.weakness {
            Weakness::Relaxed => Ordering::Relaxed,
            _ => order,
        }
    }

    fn word(&self, at: usize) -> Option<&AtomicU32> {
        match at {
            192..208 => Some(&self.words[(at - 192) / 4]),
            256.. => self.words.get(4 + (at - 256) / 4),
            _ => None,
        }
    }

    fn long(&self, at: usize) -> &AtomicU64 {
        match at {
            64 => &self.positions[0],
            128 => &self.positions[1],
            _ => &self.data[(at - CONTROL) / 8],
        }
    }

    fn sleepers(&self, at: usize) -> &(Mutex<()>, Condvar) {
        &self.sleeping[(at - 200) / 4]
    }
}

impl Memory for Watched {
    fn len_bytes(&self) -> usize {
        CONTROL + self.data.len() * 8
    }

    fn load32(&self, at: usize, order: Ordering) -> u32 {
        match self.word(at) {
            Some(word) => word.load(self.order(order)),
            None if at < FIRST_CHANGING => self.constant[at / 4].load(order),
            None => 0,
        }
    }

    fn store32(&self, at: usize, value: u32, order: Ordering) {
        match self.word(at) {
            Some(word) => word.store(value, self.order(order)),
            None if at < FIRST_CHANGING => self.constant[at / 4].store(value, order),
            None => assert_eq!(value, 0),
        }
    }

    fn exchange32(&self, at: usize, current: u32, new: u32) -> Result<(), u32> {
        let (done, failed) = (self.order(Ordering::AcqRel), self.order(Ordering::Acquire));
        let word = self.word(at).unwrap();
        word.compare_exchange(current, new, done, failed)
            .map(|_| ())
    }

    fn load64(&self, at: usize, order: Ordering) -> u64 {
        self.long(at).load(self.order(order))
    }

    fn store64(&self, at: usize, value: u64, order: Ordering) {
        self.long(at).store(value, self.order(order));
    }

    fn exchange64(&self, at: usize, current: u64, new: u64) -> Result<(), u64> {
        let (done, failed) = (self.order(Ordering::AcqRel), self.order(Ordering::Acquire));
        let word = self.long(at);
        word.compare_exchange(current, new, done, failed)
            .map(|_| ())
    }

    fn read(&self, at: usize, to: &mut [u8]) {
        for (index, piece) in to.chunks_mut(8).enumerate() {
            let word = self.load64(at + index * 8, Ordering::Relaxed);
            piece.copy_from_slice(&word.to_le_bytes()[..piece.len()]);
        }
    }

    fn write(&self, at: usize, from: &[u8]) {
        for (index, piece) in from.chunks(8).enumerate() {
            let mut word = [0; 8];
            word[..piece.len()].copy_from_slice(piece);
            self.store64(at + index * 8, u64::from_le_bytes(word), Ordering::Relaxed);
        }
    }

    fn fence(&self) {
        if self.weakness != Weakness::NoFence {
            fence(Ordering::SeqCst);
        }
    }

    fn wait(&self, at: usize, value: u32) -> Result<(), Stopped> {
        let (lock, woken) = self.sleepers(at);
        let guard = lock.lock().unwrap();
        if self.load32(at, Ordering::Relaxed) == value {
            drop(woken.wait(guard).unwrap());
        }
        Ok(())
    }

    fn wake(&self, at: usize, _count: u32) {
        let (lock, woken) = self.sleepers(at);
        let _guard = lock.lock().unwrap();
        woken.notify_all();
    }
}

/// Runs a case in all interleavings with at most `preemptions` switches away from a thread that
/// could have gone on.
fn explore(preemptions: usize, case: impl Fn() + Sync + Send + 'static) {
    let mut builder = Builder::new();
    builder.preemption_bound = Some(preemptions);
    builder.check(case);
}

const SPSC: Place = Place::at_start(64);

fn spsc(weakness: Weakness) -> Arc<Watched> {
    let memory = Arc::new(Watched::new(SPSC.capacity, weakness));
    create(&*memory, SPSC).unwrap();
    memory
}

fn pop_byte(consumer: &mut Consumer<&Watched>) -> Result<u8, PopError> {
    let mut buffer = [0; 8];
    consumer.pop(&mut buffer).map(|len| {
        assert_eq!(len, 1);
        buffer[0]
    })
}

fn consumer_sleeps(weakness: Weakness) {
    explore(3, move || {
        let memory = spsc(weakness);
        let other = Arc::clone(&memory);
        let pushing = thread::spawn(move || {
            let mut producer = Producer::attach(&*other, SPSC).unwrap();
            for byte in 1..=2 {
                producer.push(&[byte]).unwrap();
            }
        });
        let mut consumer = Consumer::attach(&*memory, SPSC).unwrap();
        let bytes: Vec<_> = (0..3).map(|_| pop_byte(&mut consumer)).collect();
        assert_eq!(bytes, [Ok(1), Ok(2), Err(PopError::Closed)]);
        pushing.join().unwrap();
    });
}

#[test]
fn spsc_consumer_sleeps_and_gets_every_message_in_order() {
    consumer_sleeps(Weakness::None);
}

#[test]
#[should_panic(expected = "deadlock")]
fn spsc_consumer_would_sleep_for_ever_without_the_fences() {
    consumer_sleeps(Weakness::NoFence);
}

#[test]
#[should_panic(expected = "left == right")]
fn spsc_consumer_would_read_stale_bytes_without_acquire_and_release() {
    consumer_sleeps(Weakness::Relaxed);
}

#[test]
fn spsc_producer_sleeps_while_the_ring_is_full() {
    explore(3, || {
        let memory = spsc(Weakness::None);
        let mut producer = Producer::attach(&*memory, SPSC).unwrap();
        for byte in 1..=4 {
            producer.try_push(&[byte]).unwrap();
        }
        assert_eq!(producer.try_push(&[5]), Err(PushError::Full));
        let other = Arc::clone(&memory);
        let popping = thread::spawn(move || {
            let mut consumer = Consumer::attach(&*other, SPSC).unwrap();
            for byte in 1..=2 {
                assert_eq!(pop_byte(&mut consumer), Ok(byte));
            }
            std::mem::forget(consumer);
        });
        // Takes the place of the two the consumer reads: its bytes must have been read by then.
        producer.push(&[5; 17]).unwrap();
        popping.join().unwrap();
        drop(producer);
        let mut consumer = Consumer::attach(&*memory, SPSC).unwrap();
        assert_eq!(pop_byte(&mut consumer), Ok(3));
        assert_eq!(pop_byte(&mut consumer), Ok(4));
        let mut last = [0; 17];
        assert_eq!(consumer.pop(&mut last), Ok(17));
        assert_eq!(last, [5; 17]);
    });
}

#[test]
fn spsc_consumer_that_closes_ends_the_producers_sleep() {
    explore(3, || {
        let memory = spsc(Weakness::None);
        let mut producer = Producer::attach(&*memory, SPSC).unwrap();
        producer.try_push(&[0; 56]).unwrap();
        let other = Arc::clone(&memory);
        let closing = thread::spawn(move || drop(Consumer::attach(&*other, SPSC).unwrap()));
        assert_eq!(producer.push(&[]), Err(PushError::Closed));
        closing.join().unwrap();
    });
}

#[test]
fn spsc_death_of_either_side_ends_the_others_sleep() {
    for side in [Side::Producer, Side::Consumer] {
        explore(3, move || {
            let memory = spsc(Weakness::None);
            let other = Arc::clone(&memory);
            let kernel = thread::spawn(move || mark_dead(&*other, SPSC, side).unwrap());
            if side == Side::Producer {
                let mut consumer = Consumer::attach(&*memory, SPSC).unwrap();
                assert_eq!(pop_byte(&mut consumer), Err(PopError::PeerDead));
            } else {
                let mut producer = Producer::attach(&*memory, SPSC).unwrap();
                let mut pushed = 0;
                while producer.push(&[0; 24]).is_ok() {
                    pushed += 1;
                }
                assert!(pushed <= 2);
                assert_eq!(producer.push(&[]), Err(PushError::PeerDead));
            }
            kernel.join().unwrap();
        });
    }
}

const MPSC: Place = Place::at_start(256);

fn mpsc() -> (Arc<Watched>, [u32; PRODUCERS]) {
    let memory = Arc::new(Watched::new(MPSC.data_bytes(Kind::Mpsc), Weakness::None));
    mpsc::create(&*memory, MPSC).unwrap();
    let numbers = std::array::from_fn(|_| mpsc::admit(&*memory, MPSC).unwrap());
    (memory, numbers)
}

#[test]
fn mpsc_consumer_sleeps_and_gets_every_message_of_two_producers() {
    explore(1, || {
        let (memory, numbers) = mpsc();
        mpsc::close(&*memory, MPSC).unwrap();
        let pushing = numbers.map(|number| {
            let other = Arc::clone(&memory);
            thread::spawn(move || {
                let mut producer = mpsc::Producer::attach(&*other, MPSC, number).unwrap();
                producer.push(&number.to_le_bytes()).unwrap();
            })
        });
        let mut consumer = mpsc::Consumer::attach(&*memory, MPSC).unwrap();
        let mut got = 0;
        let mut buffer = [0; 4];
        let end = loop {
            match consumer.pop(&mut buffer) {
                Ok(len) => {
                    assert_eq!(len, 4);
                    got |= 1 << u32::from_le_bytes(buffer);
                }
                Err(error) => break error,
            }
        };
        assert_eq!((end, got), (PopError::Closed, 0b110));
        for thread in pushing {
            thread.join().unwrap();
        }
    });
}

#[test]
fn mpsc_both_producers_that_sleep_on_a_full_ring_are_woken() {
    explore(2, || {
        let (memory, numbers) = mpsc();
        let mut first = mpsc::Producer::attach(&*memory, MPSC, numbers[0]).unwrap();
        first.try_push(&[0; 256]).unwrap();
        std::mem::forget(first);
        let pushing = numbers.map(|number| {
            let other = Arc::clone(&memory);
            thread::spawn(move || {
                let mut producer = mpsc::Producer::attach(&*other, MPSC, number).unwrap();
                producer.push(&[1]).unwrap();
                std::mem::forget(producer);
            })
        });
        let mut consumer = mpsc::Consumer::attach(&*memory, MPSC).unwrap();
        assert_eq!(consumer.skip(), Ok(256));
        for thread in pushing {
            thread.join().unwrap();
        }
        assert_eq!(consumer.skip(), Ok(1));
        assert_eq!(consumer.skip(), Ok(1));
        assert_eq!(consumer.skip(), Err(PopError::Empty));
    });
}

#[test]
fn mpsc_death_of_a_producer_in_mid_push_ends_the_consumers_sleep() {
    explore(2, || {
        let (memory, numbers) = mpsc();
        let reservation = u64::from(numbers[0]) | 4 << RING_OWNER_BITS;
        memory.store64(64, reservation, Ordering::Release);
        let other = Arc::clone(&memory);
        let kernel = thread::spawn(move || mpsc::mark_gone(&*other, MPSC, numbers[0]).unwrap());
        let other = Arc::clone(&memory);
        let pushing = thread::spawn(move || {
            let mut producer = mpsc::Producer::attach(&*other, MPSC, numbers[1]).unwrap();
            producer.push(&[7]).unwrap();
            std::mem::forget(producer);
        });
        let mut consumer = mpsc::Consumer::attach(&*memory, MPSC).unwrap();
        let mut buffer = [0; 1];
        assert_eq!(consumer.pop(&mut buffer), Ok(1));
        assert_eq!(buffer, [7]);
        kernel.join().unwrap();
        pushing.join().unwrap();
    });
}
