/* Generated from kernel_py/abi/ring.py; edit that and run `kpio abi`. */

/* Rings: messages through memory that two or more processes share. */

#ifndef KPIO_RING_H
#define KPIO_RING_H

#include <stddef.h>
#include <stdint.h>

/* First word of a control block. */
#define KPIO_RING_MAGIC 0x4B524E47
/* Version of the layout. */
#define KPIO_RING_VERSION 1
/* One producer, one consumer. */
#define KPIO_RING_KIND_SPSC 1
/* Several producers, one consumer. */
#define KPIO_RING_KIND_MPSC 2
/* Alignment of control block, data and messages, bytes. */
#define KPIO_RING_ALIGN 8UL
/* Before each message of an SPSC ring: its length and the low half of its position in units of 8
 * bytes, a u32 each. */
#define KPIO_RING_MESSAGE_HEADER_BYTES 8UL
/* Least bytes of data of an SPSC ring; a capacity is a power of two. */
#define KPIO_RING_MIN_CAPACITY 64UL
/* Most bytes of data. */
#define KPIO_RING_MAX_CAPACITY 0x40000000UL
/* This side works. */
#define KPIO_RING_STATE_OPEN 0
/* This side has ended as it wanted. */
#define KPIO_RING_STATE_CLOSED 1
/* This side's process has ended without closing. */
#define KPIO_RING_STATE_DEAD 2
/* Unit of space in an MPSC ring, in bytes. */
#define KPIO_RING_CELL_BYTES 64UL
/* Least cells of an MPSC ring: with fewer, a lap would not fit its bits. */
#define KPIO_RING_MIN_CELLS 4UL
/* Most producers of an MPSC ring at one time; they are numbered from 1. */
#define KPIO_RING_MAX_PRODUCERS 32UL
/* Nobody has this number. */
#define KPIO_RING_PRODUCER_FREE 0
/* The producer works. */
#define KPIO_RING_PRODUCER_ALIVE 1
/* The producer has left, or its process has ended; what it reserved and did not complete is passed
 * over. */
#define KPIO_RING_PRODUCER_GONE 2
/* Bits of a producer's state, the lowest of its word; above them it is counted how often the number
 * was given away. */
#define KPIO_RING_PRODUCER_STATE_BITS 2
/* Bits of a producer's number. */
#define KPIO_RING_OWNER_BITS 6
/* Bits of a message's length in bytes. */
#define KPIO_RING_LENGTH_BITS 16
/* Bits of a commit word's state. */
#define KPIO_RING_STATE_BITS 2
/* Bits of a position in cells. */
#define KPIO_RING_POSITION_BITS 42
/* Bits of a lap: how often the cells were gone round. */
#define KPIO_RING_LAP_BITS 40
/* State of a commit word: its owner is writing the message. */
#define KPIO_RING_COMMIT_RESERVED 1UL
/* State of a commit word: the message is complete. */
#define KPIO_RING_COMMIT_DONE 2UL

#ifdef __cplusplus
#define KPIO_ASSERT static_assert
#define KPIO_ALIGN alignof
#else
#define KPIO_ASSERT _Static_assert
#define KPIO_ALIGN _Alignof
#endif
#define KPIO_ASSERT_TYPE(type, size, align) \
    KPIO_ASSERT(sizeof(type) == (size) && KPIO_ALIGN(type) == (align), #type)
#define KPIO_ASSERT_FIELD(type, field, offset) \
    KPIO_ASSERT(offsetof(type, field) == (offset), #type " " #field)

/* The control block of a ring. Words that different sides write lie on cache lines of their own;
 * while both sides are busy, nobody writes the fourth line. */
struct kpio_ring_control {
    /* RING_MAGIC, written last. */
    uint32_t magic;
    /* RING_VERSION. */
    uint32_t version;
    /* RING_KIND_SPSC or RING_KIND_MPSC. */
    uint32_t kind;
    /* Bytes of data. */
    uint32_t capacity;
    /* Always 0. */
    uint32_t pad0[12];
    /* SPSC: bytes ever written, by the producer. MPSC: the newest reservation. */
    uint64_t tail;
    /* Always 0. */
    uint32_t pad1[14];
    /* By the consumer. SPSC: bytes ever read. MPSC: the position of the next message. */
    uint64_t head;
    /* Always 0. */
    uint32_t pad2[14];
    /* RING_STATE_* of the producers. */
    uint32_t producer_state;
    /* RING_STATE_* of the consumer. */
    uint32_t consumer_state;
    /* Odd while a producer sleeps, or is about to: a futex word. SPSC: 0 or 1. MPSC: whoever wakes
     * makes it the next even number. */
    uint32_t producer_sleeps;
    /* 1 while the consumer sleeps, or is about to: a futex word. */
    uint32_t consumer_sleeps;
    /* Always 0. */
    uint32_t pad3[12];
    /* MPSC: each producer's state and count; that of number 1 comes first. */
    uint32_t producers[32];
};

KPIO_ASSERT_TYPE(struct kpio_ring_control, 384, 8);
KPIO_ASSERT_FIELD(struct kpio_ring_control, magic, 0);
KPIO_ASSERT_FIELD(struct kpio_ring_control, version, 4);
KPIO_ASSERT_FIELD(struct kpio_ring_control, kind, 8);
KPIO_ASSERT_FIELD(struct kpio_ring_control, capacity, 12);
KPIO_ASSERT_FIELD(struct kpio_ring_control, pad0, 16);
KPIO_ASSERT_FIELD(struct kpio_ring_control, tail, 64);
KPIO_ASSERT_FIELD(struct kpio_ring_control, pad1, 72);
KPIO_ASSERT_FIELD(struct kpio_ring_control, head, 128);
KPIO_ASSERT_FIELD(struct kpio_ring_control, pad2, 136);
KPIO_ASSERT_FIELD(struct kpio_ring_control, producer_state, 192);
KPIO_ASSERT_FIELD(struct kpio_ring_control, consumer_state, 196);
KPIO_ASSERT_FIELD(struct kpio_ring_control, producer_sleeps, 200);
KPIO_ASSERT_FIELD(struct kpio_ring_control, consumer_sleeps, 204);
KPIO_ASSERT_FIELD(struct kpio_ring_control, pad3, 208);
KPIO_ASSERT_FIELD(struct kpio_ring_control, producers, 256);

#undef KPIO_ASSERT_FIELD
#undef KPIO_ASSERT_TYPE
#undef KPIO_ALIGN
#undef KPIO_ASSERT

#endif
