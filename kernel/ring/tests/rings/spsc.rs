//! What an SPSC ring promises to sides that are in order, and the name of each refusal.

use std::mem::offset_of;
use std::sync::atomic::Ordering;

use kpio_abi::ring::{RING_STATE_OPEN, RingControl};
use kpio_ring::spsc::{Consumer, Producer, Side, create, mark_dead};
use kpio_ring::{AttachError, Memory, NoFutex, Place, PopError, PushError, Stopped};

use crate::heap::Heap;
use crate::numbers::Numbers;

const CAPACITY: usize = 256;
const PLACE: Place = Place::at_start(CAPACITY);

fn heap() -> Heap {
    let heap = Heap::new(1024);
    create(heap.map(NoFutex), PLACE).unwrap();
    heap
}

type Ends = (
    Producer<kpio_ring::Mapped<NoFutex>>,
    Consumer<kpio_ring::Mapped<NoFutex>>,
);

fn ends(heap: &Heap) -> Ends {
    let producer = Producer::attach(heap.map(NoFutex), PLACE).unwrap();
    (
        producer,
        Consumer::attach(heap.map(NoFutex), PLACE).unwrap(),
    )
}

#[test]
fn messages_of_every_length_come_out_as_they_went_in() {
    let heap = heap();
    let (mut producer, mut consumer) = ends(&heap);
    let mut numbers = Numbers(1);
    let mut buffer = [0; CAPACITY];
    for len in (0..=producer.max_len()).chain(0..=producer.max_len()) {
        let message = numbers.bytes(len);
        producer.try_push(&message).unwrap();
        assert_eq!(consumer.try_pop(&mut buffer), Ok(len));
        assert_eq!(buffer[..len], message);
    }
    assert_eq!(consumer.try_pop(&mut buffer), Err(PopError::Empty));
}

#[test]
fn messages_keep_their_order_however_many_are_under_way() {
    let heap = heap();
    let (mut producer, mut consumer) = ends(&heap);
    let mut numbers = Numbers(2);
    let mut under_way = std::collections::VecDeque::new();
    let mut buffer = [0; CAPACITY];
    for _ in 0..20_000 {
        let len = numbers.below(60);
        let message = numbers.bytes(len);
        if numbers.below(2) == 0 {
            match producer.try_push(&message) {
                Ok(()) => under_way.push_back(message),
                Err(error) => assert_eq!(error, PushError::Full),
            }
        } else {
            match consumer.try_pop(&mut buffer) {
                Ok(len) => assert_eq!(buffer[..len], under_way.pop_front().unwrap()),
                Err(error) => {
                    assert_eq!(error, PopError::Empty);
                    assert!(under_way.is_empty());
                }
            }
        }
    }
}

#[test]
fn full_ring_takes_a_message_once_there_is_room_for_it() {
    let heap = heap();
    let (mut producer, mut consumer) = ends(&heap);
    // 8 bytes of header and 24 of message: exactly eight of them.
    for _ in 0..8 {
        producer.try_push(&[1; 24]).unwrap();
    }
    assert_eq!(producer.try_push(&[]), Err(PushError::Full));
    consumer.try_pop(&mut [0; 24]).unwrap();
    assert_eq!(producer.try_push(&[2; 25]), Err(PushError::Full));
    producer.try_push(&[2; 24]).unwrap();
    assert_eq!(producer.try_push(&[]), Err(PushError::Full));
}

#[test]
fn message_longer_than_the_ring_is_refused() {
    let heap = heap();
    let (mut producer, _consumer) = ends(&heap);
    assert_eq!(producer.max_len(), CAPACITY - 8);
    let message = [0; CAPACITY - 7];
    assert_eq!(producer.try_push(&message), Err(PushError::TooLong));
    assert_eq!(producer.push(&message), Err(PushError::TooLong));
}

#[test]
fn message_longer_than_the_buffer_stays_and_can_be_passed_over() {
    let heap = heap();
    let (mut producer, mut consumer) = ends(&heap);
    producer.try_push(b"long message").unwrap();
    producer.try_push(b"short").unwrap();
    let mut buffer = [0; 5];
    for _ in 0..2 {
        let refused = Err(PopError::BufferTooSmall(12));
        assert_eq!(consumer.try_pop(&mut buffer), refused);
        assert_eq!(consumer.pop(&mut buffer), refused);
    }
    assert_eq!(consumer.skip(), Ok(12));
    assert_eq!(consumer.try_pop(&mut buffer), Ok(5));
    assert_eq!(&buffer, b"short");
    assert_eq!(consumer.skip(), Err(PopError::Empty));
}

#[test]
fn beginning_of_a_long_message_can_be_popped() {
    let heap = heap();
    let (mut producer, mut consumer) = ends(&heap);
    let mut numbers = Numbers(3);
    let mut start = [0; 13];
    // Long enough that messages and their beginnings go on where the data begins.
    for len in (0..100).chain(0..100) {
        let message = numbers.bytes(len);
        producer.try_push(&message).unwrap();
        let kept = len.min(start.len());
        assert_eq!(consumer.try_pop_start(&mut start), Ok(len));
        assert_eq!(start[..kept], message[..kept]);
    }
    assert_eq!(consumer.try_pop_start(&mut start), Err(PopError::Empty));
}

#[test]
fn side_that_sleeps_in_its_own_way_says_so_and_is_answered() {
    let heap = heap();
    let (mut producer, mut consumer) = ends(&heap);
    let memory = heap.map(NoFutex);
    let sleeps = |field| memory.load32(field, Ordering::Relaxed);
    let consumer_sleeps = core::mem::offset_of!(RingControl, consumer_sleeps);
    let producer_sleeps = core::mem::offset_of!(RingControl, producer_sleeps);
    assert_eq!(consumer.announce_sleep(), Ok(false));
    assert_eq!(sleeps(consumer_sleeps), 1);
    producer.try_push(&[0; 24]).unwrap();
    assert_eq!(sleeps(consumer_sleeps), 0, "whoever pushes wakes");
    assert_eq!(consumer.announce_sleep(), Ok(true));
    consumer.end_sleep();
    assert_eq!(sleeps(consumer_sleeps), 0);
    assert!(!consumer.is_awaited());
    assert_eq!(producer.announce_sleep(216), Ok(true));
    assert_eq!(producer.announce_sleep(217), Ok(false));
    assert_eq!(sleeps(producer_sleeps), 1);
    assert!(consumer.is_awaited());
    assert_eq!(producer.announce_sleep(CAPACITY), Err(PushError::TooLong));
    consumer.skip().unwrap();
    assert_eq!(sleeps(producer_sleeps), 0, "whoever pops wakes");
    assert!(!consumer.is_awaited());
    drop(producer);
    assert!(
        consumer.is_awaited(),
        "nothing comes from one that has left"
    );
    assert_eq!(consumer.announce_sleep(), Err(PopError::Closed));
}

#[test]
fn consumer_reads_all_that_was_sent_before_the_producer_closed() {
    let heap = heap();
    let (mut producer, mut consumer) = ends(&heap);
    producer.try_push(b"last").unwrap();
    drop(producer);
    let mut buffer = [0; 8];
    assert_eq!(consumer.try_pop(&mut buffer), Ok(4));
    assert_eq!(consumer.try_pop(&mut buffer), Err(PopError::Closed));
    assert_eq!(consumer.pop(&mut buffer), Err(PopError::Closed));
}

#[test]
fn consumer_reads_all_that_was_sent_before_the_producer_died() {
    let heap = heap();
    let (mut producer, mut consumer) = ends(&heap);
    producer.try_push(b"last").unwrap();
    std::mem::forget(producer);
    mark_dead(heap.map(NoFutex), PLACE, Side::Producer).unwrap();
    let mut buffer = [0; 8];
    assert_eq!(consumer.pop(&mut buffer), Ok(4));
    assert_eq!(consumer.try_pop(&mut buffer), Err(PopError::PeerDead));
    assert_eq!(consumer.pop(&mut buffer), Err(PopError::PeerDead));
}

#[test]
fn producer_hears_at_once_that_the_consumer_has_closed_or_died() {
    let closed = heap();
    let (mut producer, consumer) = ends(&closed);
    drop(consumer);
    assert_eq!(producer.try_push(b"x"), Err(PushError::Closed));
    assert_eq!(producer.push(b"x"), Err(PushError::Closed));

    let dead = heap();
    let (mut producer, consumer) = ends(&dead);
    std::mem::forget(consumer);
    mark_dead(dead.map(NoFutex), PLACE, Side::Consumer).unwrap();
    assert_eq!(producer.try_push(b"x"), Err(PushError::PeerDead));
    assert_eq!(producer.push(b"x"), Err(PushError::PeerDead));
}

#[test]
fn death_is_told_also_when_the_dead_one_has_written_over_the_control_block() {
    let heap = heap();
    let (producer, mut consumer) = ends(&heap);
    std::mem::forget(producer);
    let magic = PLACE.control_at + offset_of!(RingControl, magic);
    heap.map(NoFutex).store32(magic, 0, Ordering::Relaxed);
    mark_dead(heap.map(NoFutex), PLACE, Side::Producer).unwrap();
    assert_eq!(consumer.pop(&mut []), Err(PopError::PeerDead));
}

#[test]
fn death_after_closing_is_a_clean_end() {
    let heap = heap();
    let (producer, mut consumer) = ends(&heap);
    drop(producer);
    mark_dead(heap.map(NoFutex), PLACE, Side::Producer).unwrap();
    assert_eq!(consumer.try_pop(&mut []), Err(PopError::Closed));
}

#[test]
fn waiting_ends_when_the_futex_gives_up() {
    let heap = heap();
    let (mut producer, mut consumer) = ends(&heap);
    let stopped = Stopped::CannotSleep;
    assert_eq!(consumer.pop(&mut []), Err(PopError::Stopped(stopped)));
    while producer.try_push(&[0; 24]).is_ok() {}
    assert_eq!(producer.push(&[]), Err(PushError::Stopped(stopped)));
    // And nothing is lost by it.
    assert_eq!(consumer.pop(&mut [0; 24]), Ok(24));
    assert_eq!(producer.push(&[]), Ok(()));
}

#[test]
fn ring_is_taken_over_where_it_was_left() {
    let heap = heap();
    let (mut producer, mut consumer) = ends(&heap);
    for byte in 0..100 {
        producer.try_push(&[byte; 30]).unwrap();
        producer.try_push(&[byte; 3]).unwrap();
        std::mem::forget(producer);
        std::mem::forget(consumer);
        (producer, consumer) = ends(&heap);
        let mut buffer = [0; 30];
        assert_eq!(consumer.try_pop(&mut buffer), Ok(30));
        assert_eq!(buffer, [byte; 30]);
        std::mem::forget(consumer);
        consumer = Consumer::attach(heap.map(NoFutex), PLACE).unwrap();
        assert_eq!(consumer.try_pop(&mut buffer), Ok(3));
    }
}

#[test]
fn positions_may_pass_the_end_of_their_64_bits() {
    let heap = heap();
    let memory = heap.map(NoFutex);
    for field in [64, 128] {
        memory.store64(field, 0_u64.wrapping_sub(48), Ordering::Relaxed);
    }
    let (mut producer, mut consumer) = ends(&heap);
    let mut numbers = Numbers(3);
    let mut buffer = [0; 100];
    for len in 0..100 {
        let message = numbers.bytes(len);
        producer.try_push(&message).unwrap();
        producer.try_push(&message).unwrap();
        for _ in 0..2 {
            assert_eq!(consumer.try_pop(&mut buffer), Ok(len));
            assert_eq!(buffer[..len], message);
        }
    }
}

#[test]
fn place_that_cannot_be_is_refused() {
    let heap = Heap::new(1024);
    let control = size_of::<RingControl>();
    let places = [
        Place {
            capacity: 0,
            ..PLACE
        },
        Place {
            capacity: 32,
            ..PLACE
        },
        Place {
            capacity: 96,
            ..PLACE
        },
        Place {
            capacity: 1024,
            ..PLACE
        },
        Place {
            capacity: 1 << 31,
            ..PLACE
        },
        Place {
            data_at: control + 4,
            ..PLACE
        },
        Place {
            data_at: control - 8,
            ..PLACE
        },
        Place {
            data_at: 1024 - 248,
            ..PLACE
        },
        Place {
            data_at: usize::MAX - 7,
            ..PLACE
        },
        Place {
            control_at: 4,
            data_at: 512,
            ..PLACE
        },
        Place {
            control_at: 512,
            data_at: 264,
            ..PLACE
        },
        Place {
            control_at: 1024 - control + 8,
            data_at: 0,
            ..PLACE
        },
        Place {
            control_at: usize::MAX - 7,
            data_at: 0,
            ..PLACE
        },
    ];
    for place in places {
        let refused = Err(AttachError::Place);
        assert_eq!(create(heap.map(NoFutex), place), refused, "{place:?}");
        let found = Consumer::attach(heap.map(NoFutex), place).map(|_| ());
        assert_eq!(found, refused, "{place:?}");
    }
    let reversed = Place {
        control_at: 256,
        data_at: 0,
        capacity: 256,
    };
    assert_eq!(create(heap.map(NoFutex), reversed), Ok(()));
}

#[test]
fn control_block_of_something_else_is_refused_by_name() {
    let cases = [
        (0, 0x4B52_4E48, AttachError::Magic),
        (4, 2, AttachError::Version(2)),
        (8, 2, AttachError::Kind(2)),
        (12, 512, AttachError::Capacity(512)),
        (64, 4, AttachError::Positions),
        (64, 264, AttachError::Positions),
        (128, 8, AttachError::Positions),
    ];
    for (field, value, error) in cases {
        let heap = heap();
        let memory = heap.map(NoFutex);
        memory.store32(field, value, Ordering::Relaxed);
        let found = Producer::attach(&memory, PLACE).map(|_| ());
        assert_eq!(found, Err(error));
        let found = Consumer::attach(&memory, PLACE).map(|_| ());
        assert_eq!(found, Err(error));
    }
}

#[test]
fn making_a_ring_forgets_the_old_one() {
    let heap = heap();
    let (mut producer, consumer) = ends(&heap);
    producer.try_push(b"old").unwrap();
    drop((producer, consumer));
    create(heap.map(NoFutex), PLACE).unwrap();
    let (_producer, mut consumer) = ends(&heap);
    assert_eq!(consumer.try_pop(&mut [0; 8]), Err(PopError::Empty));
    let memory = heap.map(NoFutex);
    assert_eq!(memory.load32(192, Ordering::Relaxed), RING_STATE_OPEN);
}
