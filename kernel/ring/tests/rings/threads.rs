//! Real threads move many bytes through small rings.

use std::sync::atomic::Ordering;
use std::thread;

use kpio_ring::spsc::{Consumer, Producer, Side, create, mark_dead};
use kpio_ring::{NoFutex, Place, PopError, PushError};

use crate::heap::{Heap, Threads};
use crate::numbers::{Digest, Numbers};

const MIB: u64 = 1 << 20;

/// Moves messages of up to `max_len` bytes until there were `total` bytes; returns what both saw.
fn transfer(capacity: usize, max_len: usize, total: u64) -> (Digest, Digest) {
    let place = Place::at_start(capacity);
    let heap = Heap::new(4096 + capacity);
    let futex = Threads::default();
    create(heap.map(NoFutex), place).unwrap();
    thread::scope(|scope| {
        let sent = scope.spawn(|| {
            let mut producer = Producer::attach(heap.map(&futex), place).unwrap();
            let mut numbers = Numbers(7);
            let source = numbers.bytes(max_len + 64);
            let mut digest = Digest::default();
            while digest.bytes < total {
                let start = numbers.below(64);
                let message = &source[start..][..numbers.below(max_len + 1)];
                producer.push(message).unwrap();
                digest.add(message);
            }
            digest
        });
        let mut consumer = Consumer::attach(heap.map(&futex), place).unwrap();
        let mut buffer = vec![0; max_len];
        let mut digest = Digest::default();
        let end = loop {
            match consumer.pop(&mut buffer) {
                Ok(len) => digest.add(&buffer[..len]),
                Err(error) => break error,
            }
        };
        assert_eq!(end, PopError::Closed);
        (sent.join().unwrap(), digest)
    })
}

#[test]
fn spsc_moves_64_mib_of_long_messages_with_back_pressure() {
    let (sent, received) = transfer(1 << 16, 16_384, 64 * MIB);
    assert_eq!(sent, received);
}

#[test]
fn spsc_moves_short_messages_through_the_smallest_ring() {
    let (sent, received) = transfer(64, 40, MIB / 4);
    assert_eq!(sent, received);
}

#[test]
fn nobody_calls_the_futex_while_nobody_sleeps() {
    let place = Place::at_start(4096);
    let heap = Heap::new(8192);
    let futex = Threads::default();
    create(heap.map(NoFutex), place).unwrap();
    let mut producer = Producer::attach(heap.map(&futex), place).unwrap();
    let mut consumer = Consumer::attach(heap.map(&futex), place).unwrap();
    for _ in 0..10_000 {
        producer.push(b"as long as the other side is busy").unwrap();
        consumer.pop(&mut [0; 64]).unwrap();
    }
    assert_eq!(futex.waits.load(Ordering::Relaxed), 0);
    assert_eq!(futex.wakes.load(Ordering::Relaxed), 0);
}

#[test]
fn death_of_the_other_side_ends_a_sleep() {
    let place = Place::at_start(256);
    for side in [Side::Producer, Side::Consumer] {
        let heap = Heap::new(1024);
        let futex = Threads::default();
        create(heap.map(NoFutex), place).unwrap();
        thread::scope(|scope| {
            let sleeper = scope.spawn(|| match side {
                Side::Producer => {
                    let mut consumer = Consumer::attach(heap.map(&futex), place).unwrap();
                    assert_eq!(consumer.pop(&mut []), Err(PopError::PeerDead));
                }
                Side::Consumer => {
                    let mut producer = Producer::attach(heap.map(&futex), place).unwrap();
                    producer.push(&[0; 248]).unwrap();
                    assert_eq!(producer.push(&[]), Err(PushError::PeerDead));
                }
            });
            while futex.waits.load(Ordering::Acquire) == 0 {
                thread::yield_now();
            }
            mark_dead(heap.map(&futex), place, side).unwrap();
            sleeper.join().unwrap();
        });
    }
}
