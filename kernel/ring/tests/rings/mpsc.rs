//! What an MPSC ring promises to sides that are in order, to those that die, and the name of each
//! refusal.

use std::sync::atomic::Ordering;
use std::thread;

use kpio_abi::ring::{RING_MAX_PRODUCERS, RING_OWNER_BITS, RingControl};
use kpio_ring::mpsc::{Consumer, Producer, admit, close, create, mark_consumer_dead, mark_gone};
use kpio_ring::{
    AttachError, Damage, Mapped, Memory, NoFutex, Place, PopError, PushError, Stopped,
};

use crate::heap::{Heap, Threads};
use crate::numbers::Numbers;

const CAPACITY: usize = 512;
const PLACE: Place = Place::at_start(CAPACITY);
const TAIL: usize = std::mem::offset_of!(RingControl, tail);

fn heap() -> Heap {
    let heap = Heap::new(2048);
    create(heap.map(NoFutex), PLACE).unwrap();
    heap
}

fn producer(heap: &Heap) -> (u32, Producer<Mapped<NoFutex>>) {
    let number = admit(heap.map(NoFutex), PLACE).unwrap();
    let producer = Producer::attach(heap.map(NoFutex), PLACE, number).unwrap();
    (number, producer)
}

fn consumer(heap: &Heap) -> Consumer<Mapped<NoFutex>> {
    Consumer::attach(heap.map(NoFutex), PLACE).unwrap()
}

#[test]
fn mpsc_messages_of_every_length_come_out_as_they_went_in() {
    let heap = heap();
    let (_, mut one) = producer(&heap);
    let (_, mut two) = producer(&heap);
    let mut consumer = consumer(&heap);
    let mut numbers = Numbers(1);
    let mut buffer = [0; CAPACITY];
    for len in 0..=one.max_len() {
        let message = numbers.bytes(len);
        let from = if len % 3 == 0 { &mut one } else { &mut two };
        from.try_push(&message).unwrap();
        assert_eq!(consumer.try_pop(&mut buffer), Ok(len));
        assert_eq!(buffer[..len], message);
    }
    assert_eq!(consumer.try_pop(&mut buffer), Err(PopError::Empty));
    assert_eq!(one.try_push(&[0; CAPACITY + 1]), Err(PushError::TooLong));
}

#[test]
fn mpsc_full_ring_takes_a_message_once_there_is_room_for_it() {
    let heap = heap();
    let (_, mut one) = producer(&heap);
    let mut consumer = consumer(&heap);
    for byte in 0..8 {
        one.try_push(&[byte]).unwrap();
    }
    assert_eq!(one.try_push(&[8]), Err(PushError::Full));
    assert_eq!(
        one.push(&[8]),
        Err(PushError::Stopped(Stopped::CannotSleep))
    );
    assert_eq!(consumer.skip(), Ok(1));
    one.try_push(&[8]).unwrap();
    assert_eq!(consumer.try_pop(&mut []), Err(PopError::BufferTooSmall(1)));
}

/// Reserves as a producer does that dies right after, whose number it is.
fn reserve_and_die(heap: &Heap, number: u32, len: u64, at: u64) {
    let word = u64::from(number) | len << RING_OWNER_BITS | at << 22;
    heap.map(NoFutex).store64(TAIL, word, Ordering::SeqCst);
}

#[test]
fn mpsc_reservation_of_the_dead_is_passed_over_once_it_is_known_to_be_dead() {
    for do_others_push in [false, true] {
        let heap = heap();
        let (_, mut one) = producer(&heap);
        let (number, two) = producer(&heap);
        std::mem::forget(two);
        let mut consumer = consumer(&heap);
        one.try_push(b"before").unwrap();
        reserve_and_die(&heap, number, 100, 1);
        if do_others_push {
            one.try_push(b"after").unwrap();
        }
        let mut buffer = [0; 8];
        assert_eq!(consumer.try_pop(&mut buffer), Ok(6));
        assert_eq!(consumer.try_pop(&mut buffer), Err(PopError::Empty));
        mark_gone(heap.map(NoFutex), PLACE, number).unwrap();
        if !do_others_push {
            assert_eq!(consumer.try_pop(&mut buffer), Err(PopError::Empty));
            one.try_push(b"after").unwrap();
        }
        assert_eq!(consumer.try_pop(&mut buffer), Ok(5));
        assert_eq!(&buffer[..5], b"after");
        let again = mark_gone(heap.map(NoFutex), PLACE, number);
        assert_eq!(again, Err(AttachError::NotAdmitted));
    }
}

#[test]
fn mpsc_death_is_told_also_when_the_dead_one_has_written_over_the_control_block() {
    let futex = Threads::default();
    let heap = heap();
    let (number, producer) = producer(&heap);
    let consumer = consumer(&heap);
    std::mem::forget((producer, consumer));
    let magic = PLACE.control_at + std::mem::offset_of!(RingControl, magic);
    let state = PLACE.control_at + std::mem::offset_of!(RingControl, producers);
    heap.map(NoFutex).store32(magic, 0, Ordering::Relaxed);
    mark_consumer_dead(heap.map(&futex), PLACE).unwrap();
    assert_eq!(mark_gone(heap.map(&futex), PLACE, number), Ok(()));
    let wakes = futex.wakes.load(Ordering::Relaxed);
    heap.map(NoFutex).store32(state, 0, Ordering::Relaxed);
    let unknown = mark_gone(heap.map(&futex), PLACE, number);
    assert_eq!(unknown, Err(AttachError::NotAdmitted));
    assert_eq!(futex.wakes.load(Ordering::Relaxed), wakes + 1);
}

#[test]
fn mpsc_numbers_come_back_when_the_ring_is_empty_and_no_earlier() {
    let heap = heap();
    let mut consumer = consumer(&heap);
    let mut producers: Vec<_> = (0..RING_MAX_PRODUCERS).map(|_| producer(&heap).1).collect();
    let none_left = Err(AttachError::NoNumber);
    assert_eq!(admit(heap.map(NoFutex), PLACE), none_left);
    producers[6].try_push(b"last words").unwrap();
    drop(producers.remove(6));
    consumer.free_numbers().unwrap();
    assert_eq!(admit(heap.map(NoFutex), PLACE), none_left);
    assert_eq!(consumer.skip(), Ok(10));
    consumer.free_numbers().unwrap();
    assert_eq!(admit(heap.map(NoFutex), PLACE), Ok(7));
}

#[test]
fn mpsc_ends_hear_by_name_why_it_is_over() {
    let heap = heap();
    let (number, mut one) = producer(&heap);
    let mut consumer = consumer(&heap);
    one.try_push(b"last").unwrap();
    close(heap.map(NoFutex), PLACE).unwrap();
    assert_eq!(admit(heap.map(NoFutex), PLACE), Err(AttachError::Closed));
    assert_eq!(consumer.skip(), Ok(4));
    assert_eq!(consumer.skip(), Err(PopError::Empty));
    mark_gone(heap.map(NoFutex), PLACE, number).unwrap();
    assert_eq!(one.try_push(b"late"), Err(PushError::Expelled));
    assert_eq!(consumer.skip(), Err(PopError::Closed));

    for is_dead in [false, true] {
        let heap = self::heap();
        let (_, mut one) = producer(&heap);
        let consumer = self::consumer(&heap);
        if is_dead {
            std::mem::forget(consumer);
            mark_consumer_dead(heap.map(NoFutex), PLACE).unwrap();
            assert_eq!(one.try_push(&[]), Err(PushError::PeerDead));
        } else {
            drop(consumer);
            assert_eq!(one.try_push(&[]), Err(PushError::Closed));
        }
    }
    let past_the_last = u32::try_from(RING_MAX_PRODUCERS + 1).unwrap();
    for number in [0, 2, past_the_last, u32::MAX] {
        let refused = Producer::attach(heap.map(NoFutex), PLACE, number);
        assert_eq!(refused.unwrap_err(), AttachError::NotAdmitted);
    }
}

#[test]
fn mpsc_damage_is_named_and_stays() {
    let heap = heap();
    let (_, mut one) = producer(&heap);
    let mut consumer = consumer(&heap);
    reserve_and_die(&heap, 1, 1, 1 << 20);
    let damage = Damage::Position;
    assert_eq!(consumer.skip(), Err(PopError::Corrupt(damage)));
    assert_eq!(consumer.skip(), Err(PopError::Corrupt(damage)));
    assert_eq!(one.try_push(&[]), Err(PushError::Closed));
}

#[test]
fn mpsc_threads_move_messages_with_back_pressure_each_in_its_order() {
    const EACH: u32 = 20_000;
    const PRODUCERS: usize = 3;
    let heap = Heap::new(2048);
    let futex = Threads::default();
    create(heap.map(NoFutex), PLACE).unwrap();
    thread::scope(|scope| {
        for _ in 0..PRODUCERS {
            let number = admit(heap.map(NoFutex), PLACE).unwrap();
            let mut producer = Producer::attach(heap.map(&futex), PLACE, number).unwrap();
            scope.spawn(move || {
                for count in 0..EACH {
                    let mut message = [0; 100];
                    message[..4].copy_from_slice(&number.to_le_bytes());
                    message[4..8].copy_from_slice(&count.to_le_bytes());
                    message[99] = message[4];
                    let len = if count % 5 == 0 { 8 } else { 100 };
                    producer.push(&message[..len]).unwrap();
                }
            });
        }
        close(heap.map(&futex), PLACE).unwrap();
        let mut consumer = Consumer::attach(heap.map(&futex), PLACE).unwrap();
        let mut next = [0; PRODUCERS];
        let mut buffer = [0; 100];
        let end = loop {
            match consumer.pop(&mut buffer) {
                Ok(len) => {
                    let word =
                        |at: usize| u32::from_le_bytes(buffer[at..at + 4].try_into().unwrap());
                    let expected = &mut next[word(0) as usize - 1];
                    assert_eq!(word(4), *expected);
                    assert_eq!(len, if *expected % 5 == 0 { 8 } else { 100 });
                    assert!(len == 8 || buffer[99] == buffer[4]);
                    *expected += 1;
                }
                Err(error) => break error,
            }
        };
        assert_eq!(end, PopError::Closed);
        assert_eq!(next, [EACH; PRODUCERS]);
    });
}
