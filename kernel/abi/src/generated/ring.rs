// Generated from kernel_py/abi/ring.py; edit that and run `kpio abi`.

//! Rings: messages through memory that two or more processes share.

use core::mem::offset_of;

use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

/// First word of a control block.
pub const RING_MAGIC: u32 = 0x4B52_4E47;

/// Version of the layout.
pub const RING_VERSION: u32 = 1;

/// One producer, one consumer.
pub const RING_KIND_SPSC: u32 = 1;

/// Several producers, one consumer.
pub const RING_KIND_MPSC: u32 = 2;

/// Alignment of control block, data and messages, bytes.
pub const RING_ALIGN: usize = 8;

/// Before each message of an SPSC ring: its length and the low half of its position in units of 8
/// bytes, a u32 each.
pub const RING_MESSAGE_HEADER_BYTES: usize = 8;

/// Least bytes of data of an SPSC ring; a capacity is a power of two.
pub const RING_MIN_CAPACITY: usize = 64;

/// Most bytes of data.
pub const RING_MAX_CAPACITY: usize = 0x4000_0000;

/// This side works.
pub const RING_STATE_OPEN: u32 = 0;

/// This side has ended as it wanted.
pub const RING_STATE_CLOSED: u32 = 1;

/// This side's process has ended without closing.
pub const RING_STATE_DEAD: u32 = 2;

/// Unit of space in an MPSC ring, in bytes.
pub const RING_CELL_BYTES: usize = 64;

/// Least cells of an MPSC ring: with fewer, a lap would not fit its bits.
pub const RING_MIN_CELLS: usize = 4;

/// Most producers of an MPSC ring at one time; they are numbered from 1.
pub const RING_MAX_PRODUCERS: usize = 32;

/// Nobody has this number.
pub const RING_PRODUCER_FREE: u32 = 0;

/// The producer works.
pub const RING_PRODUCER_ALIVE: u32 = 1;

/// The producer has left, or its process has ended; what it reserved and did not complete is passed
/// over.
pub const RING_PRODUCER_GONE: u32 = 2;

/// Bits of a producer's state, the lowest of its word; above them it is counted how often the
/// number was given away.
pub const RING_PRODUCER_STATE_BITS: u32 = 2;

/// Bits of a producer's number.
pub const RING_OWNER_BITS: u32 = 6;

/// Bits of a message's length in bytes.
pub const RING_LENGTH_BITS: u32 = 16;

/// Bits of a commit word's state.
pub const RING_STATE_BITS: u32 = 2;

/// Bits of a position in cells.
pub const RING_POSITION_BITS: u32 = 42;

/// Bits of a lap: how often the cells were gone round.
pub const RING_LAP_BITS: u32 = 40;

/// State of a commit word: its owner is writing the message.
pub const RING_COMMIT_RESERVED: u64 = 1;

/// State of a commit word: the message is complete.
pub const RING_COMMIT_DONE: u64 = 2;

/// The control block of a ring. Words that different sides write lie on cache lines of their own;
/// while both sides are busy, nobody writes the fourth line.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout,
)]
#[repr(C)]
pub struct RingControl {
    /// RING_MAGIC, written last.
    pub magic: u32,
    /// RING_VERSION.
    pub version: u32,
    /// RING_KIND_SPSC or RING_KIND_MPSC.
    pub kind: u32,
    /// Bytes of data.
    pub capacity: u32,
    /// Always 0.
    pub pad0: [u32; 12],
    /// SPSC: bytes ever written, by the producer. MPSC: the newest reservation.
    pub tail: u64,
    /// Always 0.
    pub pad1: [u32; 14],
    /// By the consumer. SPSC: bytes ever read. MPSC: the position of the next message.
    pub head: u64,
    /// Always 0.
    pub pad2: [u32; 14],
    /// RING_STATE_* of the producers.
    pub producer_state: u32,
    /// RING_STATE_* of the consumer.
    pub consumer_state: u32,
    /// Odd while a producer sleeps, or is about to: a futex word. SPSC: 0 or 1. MPSC: whoever wakes
    /// makes it the next even number.
    pub producer_sleeps: u32,
    /// 1 while the consumer sleeps, or is about to: a futex word.
    pub consumer_sleeps: u32,
    /// Always 0.
    pub pad3: [u32; 12],
    /// MPSC: each producer's state and count; that of number 1 comes first.
    pub producers: [u32; 32],
}

const _: () = assert!(size_of::<RingControl>() == 384);
const _: () = assert!(align_of::<RingControl>() == 8);
const _: () = assert!(offset_of!(RingControl, magic) == 0);
const _: () = assert!(offset_of!(RingControl, version) == 4);
const _: () = assert!(offset_of!(RingControl, kind) == 8);
const _: () = assert!(offset_of!(RingControl, capacity) == 12);
const _: () = assert!(offset_of!(RingControl, pad0) == 16);
const _: () = assert!(offset_of!(RingControl, tail) == 64);
const _: () = assert!(offset_of!(RingControl, pad1) == 72);
const _: () = assert!(offset_of!(RingControl, head) == 128);
const _: () = assert!(offset_of!(RingControl, pad2) == 136);
const _: () = assert!(offset_of!(RingControl, producer_state) == 192);
const _: () = assert!(offset_of!(RingControl, consumer_state) == 196);
const _: () = assert!(offset_of!(RingControl, producer_sleeps) == 200);
const _: () = assert!(offset_of!(RingControl, consumer_sleeps) == 204);
const _: () = assert!(offset_of!(RingControl, pad3) == 208);
const _: () = assert!(offset_of!(RingControl, producers) == 256);
