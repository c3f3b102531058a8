"""Rings: messages through memory that two or more processes share.

A ring is a control block and an area of data. SPSC (one producer, one consumer): the data is bytes;
a message is a header of 8 bytes and its own bytes, rounded up to 8, and goes on at the beginning
where the data ends. MPSC (several producers, one consumer): the data is cells; a message takes as
many as it needs, and before the cells lies one commit word for each of them, which says who owns
the message that starts there and whether it is complete.

What each word means, who writes it and in which order is said in `kernel/ring/src`: the crate
kpio-ring is the one implementation, for the kernel, libkpio and programs.

Source: Agrona "ManyToOneRingBuffer"; Linux `Documentation/core-api/circular-buffers.rst`; Franke,
Russell, Kirkwood, "Fuss, Futexes and Furwocks".
"""

from typing import Final

from kernel_py.abi.constant import Constant
from kernel_py.abi.types import Struct, StructField

CACHE_LINE_BYTES: Final = 64

RING_MAGIC: Final = 0x4B52_4E47
RING_VERSION: Final = 1
RING_KIND_SPSC: Final = 1
RING_KIND_MPSC: Final = 2
RING_ALIGN: Final = 8
RING_MESSAGE_HEADER_BYTES: Final = 8
RING_MIN_CAPACITY: Final = 64
RING_MAX_CAPACITY: Final = 1 << 30
RING_STATE_OPEN: Final = 0
RING_STATE_CLOSED: Final = 1
RING_STATE_DEAD: Final = 2

RING_CELL_BYTES: Final = 64
RING_MIN_CELLS: Final = 4
RING_MAX_PRODUCERS: Final = 32
RING_PRODUCER_FREE: Final = 0
RING_PRODUCER_ALIVE: Final = 1
RING_PRODUCER_GONE: Final = 2
RING_PRODUCER_STATE_BITS: Final = 2

# The words of an MPSC ring, from their lowest bit: reservation = owner, length, position; commit
# word = owner, state, length, lap.
RING_OWNER_BITS: Final = 6
RING_LENGTH_BITS: Final = 16
RING_STATE_BITS: Final = 2
RING_POSITION_BITS: Final = 64 - RING_OWNER_BITS - RING_LENGTH_BITS
RING_LAP_BITS: Final = 64 - RING_OWNER_BITS - RING_LENGTH_BITS - RING_STATE_BITS
RING_COMMIT_RESERVED: Final = 1
RING_COMMIT_DONE: Final = 2

RING_CONTROL_BYTES: Final = 384

CONSTANTS: Final = (
    Constant("RING_MAGIC", RING_MAGIC, "u32", "First word of a control block.", is_hex=True),
    Constant("RING_VERSION", RING_VERSION, "u32", "Version of the layout."),
    Constant("RING_KIND_SPSC", RING_KIND_SPSC, "u32", "One producer, one consumer."),
    Constant("RING_KIND_MPSC", RING_KIND_MPSC, "u32", "Several producers, one consumer."),
    Constant(
        "RING_ALIGN", RING_ALIGN, "usize", "Alignment of control block, data and messages, bytes."
    ),
    Constant(
        "RING_MESSAGE_HEADER_BYTES",
        RING_MESSAGE_HEADER_BYTES,
        "usize",
        "Before each message of an SPSC ring: its length and the low half of its position in units "
        "of 8 bytes, a u32 each.",
    ),
    Constant(
        "RING_MIN_CAPACITY",
        RING_MIN_CAPACITY,
        "usize",
        "Least bytes of data of an SPSC ring; a capacity is a power of two.",
    ),
    Constant("RING_MAX_CAPACITY", RING_MAX_CAPACITY, "usize", "Most bytes of data.", is_hex=True),
    Constant("RING_STATE_OPEN", RING_STATE_OPEN, "u32", "This side works."),
    Constant("RING_STATE_CLOSED", RING_STATE_CLOSED, "u32", "This side has ended as it wanted."),
    Constant(
        "RING_STATE_DEAD", RING_STATE_DEAD, "u32", "This side's process has ended without closing."
    ),
    Constant(
        "RING_CELL_BYTES", RING_CELL_BYTES, "usize", "Unit of space in an MPSC ring, in bytes."
    ),
    Constant(
        "RING_MIN_CELLS",
        RING_MIN_CELLS,
        "usize",
        "Least cells of an MPSC ring: with fewer, a lap would not fit its bits.",
    ),
    Constant(
        "RING_MAX_PRODUCERS",
        RING_MAX_PRODUCERS,
        "usize",
        "Most producers of an MPSC ring at one time; they are numbered from 1.",
    ),
    Constant("RING_PRODUCER_FREE", RING_PRODUCER_FREE, "u32", "Nobody has this number."),
    Constant("RING_PRODUCER_ALIVE", RING_PRODUCER_ALIVE, "u32", "The producer works."),
    Constant(
        "RING_PRODUCER_GONE",
        RING_PRODUCER_GONE,
        "u32",
        "The producer has left, or its process has ended; what it reserved and did not complete is "
        "passed over.",
    ),
    Constant(
        "RING_PRODUCER_STATE_BITS",
        RING_PRODUCER_STATE_BITS,
        "u32",
        "Bits of a producer's state, the lowest of its word; above them it is counted how often "
        "the number was given away.",
    ),
    Constant("RING_OWNER_BITS", RING_OWNER_BITS, "u32", "Bits of a producer's number."),
    Constant("RING_LENGTH_BITS", RING_LENGTH_BITS, "u32", "Bits of a message's length in bytes."),
    Constant("RING_STATE_BITS", RING_STATE_BITS, "u32", "Bits of a commit word's state."),
    Constant("RING_POSITION_BITS", RING_POSITION_BITS, "u32", "Bits of a position in cells."),
    Constant(
        "RING_LAP_BITS", RING_LAP_BITS, "u32", "Bits of a lap: how often the cells were gone round."
    ),
    Constant(
        "RING_COMMIT_RESERVED",
        RING_COMMIT_RESERVED,
        "u64",
        "State of a commit word: its owner is writing the message.",
    ),
    Constant(
        "RING_COMMIT_DONE",
        RING_COMMIT_DONE,
        "u64",
        "State of a commit word: the message is complete.",
    ),
)

RING_CONTROL: Final = Struct(
    "RingControl",
    "kpio_ring_control",
    RING_CONTROL_BYTES,
    8,
    "The control block of a ring. Words that different sides write lie on cache lines of their "
    "own; while both sides are busy, nobody writes the fourth line.",
    (
        StructField("magic", "u32", "RING_MAGIC, written last."),
        StructField("version", "u32", "RING_VERSION."),
        StructField("kind", "u32", "RING_KIND_SPSC or RING_KIND_MPSC."),
        StructField("capacity", "u32", "Bytes of data."),
        StructField("pad0", "u32", "Always 0.", count=12, is_padding=True),
        StructField(
            "tail",
            "u64",
            "SPSC: bytes ever written, by the producer. MPSC: the newest reservation.",
        ),
        StructField("pad1", "u32", "Always 0.", count=14, is_padding=True),
        StructField(
            "head",
            "u64",
            "By the consumer. SPSC: bytes ever read. MPSC: the position of the next message.",
        ),
        StructField("pad2", "u32", "Always 0.", count=14, is_padding=True),
        StructField("producer_state", "u32", "RING_STATE_* of the producers."),
        StructField("consumer_state", "u32", "RING_STATE_* of the consumer."),
        StructField(
            "producer_sleeps",
            "u32",
            "Odd while a producer sleeps, or is about to: a futex word. SPSC: 0 or 1. MPSC: "
            "whoever wakes makes it the next even number.",
        ),
        StructField(
            "consumer_sleeps", "u32", "1 while the consumer sleeps, or is about to: a futex word."
        ),
        StructField("pad3", "u32", "Always 0.", count=12, is_padding=True),
        StructField(
            "producers",
            "u32",
            "MPSC: each producer's state and count; that of number 1 comes first.",
            count=RING_MAX_PRODUCERS,
        ),
    ),
)

STRUCTS: Final = (RING_CONTROL,)
