/* A ring of messages in shared memory, for the row of it: on KPIO libkpio's, on Linux one by the same
 * algorithm with Linux's futexes (ring.c). Functions return 0 or a length, or a negated errno. */

#ifndef BENCH_RING_H
#define BENCH_RING_H

#include <stddef.h>
#include <stdint.h>

#ifdef __kpio__

#include <errno.h>
#include <kpio/ring.h>
#include <kpio_spsc.h>

#define RING_CONTROL_BYTES sizeof(struct kpio_ring_control)

typedef struct kpio_spsc_producer ring_producer;
typedef struct kpio_spsc_consumer ring_consumer;

static inline long ring_result(long result)
{
    return result < 0 ? -errno : result;
}

static inline long ring_create(void *memory, size_t len, size_t capacity)
{
    return ring_result(kpio_spsc_create(memory, len, capacity));
}

static inline long ring_produce(ring_producer *producer, void *memory, size_t len, size_t capacity)
{
    return ring_result(kpio_spsc_produce(producer, memory, len, capacity));
}

static inline long ring_consume(ring_consumer *consumer, void *memory, size_t len, size_t capacity)
{
    return ring_result(kpio_spsc_consume(consumer, memory, len, capacity));
}

static inline long ring_push(ring_producer *producer, const void *message, size_t len)
{
    return ring_result(kpio_spsc_push(producer, message, len));
}

static inline long ring_pop(ring_consumer *consumer, void *buffer, size_t len)
{
    return ring_result(kpio_spsc_pop(consumer, buffer, len));
}

#else

/* As KPIO's `struct kpio_ring_control`: words that different sides write lie on lines of their own. */
struct ring_control {
    _Alignas(64) uint64_t tail;
    _Alignas(64) uint64_t head;
    _Alignas(64) uint32_t producer_state;
    uint32_t consumer_state;
    uint32_t producer_sleeps;
    uint32_t consumer_sleeps;
};

#define RING_CONTROL_BYTES sizeof(struct ring_control)

/* What a side keeps to itself: its own position, and the other one's when it was last looked at. */
typedef struct {
    struct ring_control *control;
    unsigned char *data;
    size_t capacity;
    uint64_t own, seen;
} ring_producer, ring_consumer;

long ring_create(void *memory, size_t len, size_t capacity);
long ring_produce(ring_producer *producer, void *memory, size_t len, size_t capacity);
long ring_consume(ring_consumer *consumer, void *memory, size_t len, size_t capacity);
long ring_push(ring_producer *producer, const void *message, size_t len);
long ring_pop(ring_consumer *consumer, void *buffer, size_t len);

#endif

#endif
