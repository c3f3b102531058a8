/* See ring.h. The algorithm is that of kernel/ring/src/spsc.rs: the same words, read and written in the
 * same order, the same looks at what the other side says, and the same fences. */

#include "ring.h"

#ifndef __kpio__

#include "system.h"

#include <errno.h>
#include <string.h>

#define HEADER_BYTES 8
#define FUTEX_WAIT_SHARED 0
#define FUTEX_WAKE_SHARED 1

static size_t slot_bytes(size_t len)
{
    return HEADER_BYTES + ((len + 7) & ~(size_t)7);
}

static uint64_t header(uint64_t position, size_t len)
{
    return len | position / 8 << 32;
}

long ring_create(void *memory, size_t len, size_t capacity)
{
    if (len < RING_CONTROL_BYTES + capacity || (capacity & (capacity - 1)) != 0)
        return -EINVAL;
    memset(memory, 0, sizeof(struct ring_control));
    return 0;
}

long ring_produce(ring_producer *producer, void *memory, size_t len, size_t capacity)
{
    struct ring_control *control = memory;
    if (len < RING_CONTROL_BYTES + capacity)
        return -EINVAL;
    *producer = (ring_producer){control, (unsigned char *)(control + 1), capacity, 0, 0};
    return 0;
}

long ring_consume(ring_consumer *consumer, void *memory, size_t len, size_t capacity)
{
    return ring_produce(consumer, memory, len, capacity);
}

/* Wake who sleeps on a word, if anybody does. */
static void wake(uint32_t *word)
{
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    if (__atomic_load_n(word, __ATOMIC_RELAXED) != 0) {
        __atomic_store_n(word, 0, __ATOMIC_RELAXED);
        bench_call(BENCH_FUTEX, (long)word, FUTEX_WAKE_SHARED, 0x7fffffff, 0);
    }
}

/* The room there is after a look at the consumer's position, which only moves forward. */
static long look_for_room(ring_producer *producer)
{
    uint64_t head = __atomic_load_n(&producer->control->head, __ATOMIC_ACQUIRE);
    if (producer->own - head > producer->own - producer->seen || head % 8 != 0)
        return -EBADMSG;
    producer->seen = head;
    return (long)(producer->capacity - (producer->own - head));
}

static long wait_for_room(ring_producer *producer, size_t slot)
{
    uint32_t *word = &producer->control->producer_sleeps;
    __atomic_store_n(word, 1, __ATOMIC_RELAXED);
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    long room = look_for_room(producer);
    if (room >= 0 && (size_t)room < slot)
        bench_call(BENCH_FUTEX, (long)word, FUTEX_WAIT_SHARED, 1, 0);
    __atomic_store_n(word, 0, __ATOMIC_RELAXED);
    return room < 0 ? room : 0;
}

static long try_push(ring_producer *producer, const void *message, size_t len)
{
    size_t slot = slot_bytes(len), mask = producer->capacity - 1;
    if (__atomic_load_n(&producer->control->consumer_state, __ATOMIC_RELAXED) != 0)
        return -EPIPE;
    if (producer->capacity - (producer->own - producer->seen) < slot) {
        long room = look_for_room(producer);
        if (room < 0)
            return room;
        if ((size_t)room < slot)
            return -EAGAIN;
    }
    uint64_t *first = (uint64_t *)(producer->data + (producer->own & mask));
    __atomic_store_n(first, header(producer->own, len), __ATOMIC_RELAXED);
    size_t at = (producer->own + HEADER_BYTES) & mask;
    size_t before_end = producer->capacity - at < len ? producer->capacity - at : len;
    memcpy(producer->data + at, message, before_end);
    if (before_end < len)
        memcpy(producer->data, (const char *)message + before_end, len - before_end);
    producer->own += slot;
    __atomic_store_n(&producer->control->tail, producer->own, __ATOMIC_RELEASE);
    wake(&producer->control->consumer_sleeps);
    return 0;
}

long ring_push(ring_producer *producer, const void *message, size_t len)
{
    if (len > producer->capacity - HEADER_BYTES)
        return -EMSGSIZE;
    for (;;) {
        long pushed = try_push(producer, message, len);
        if (pushed != -EAGAIN)
            return pushed;
        long waited = wait_for_room(producer, slot_bytes(len));
        if (waited < 0)
            return waited;
    }
}

/* Whether there is a message, after a look at the producer's position. */
static long look_for_message(ring_consumer *consumer)
{
    uint64_t tail = __atomic_load_n(&consumer->control->tail, __ATOMIC_ACQUIRE);
    uint64_t available = tail - consumer->own;
    if (available > consumer->capacity || available < consumer->seen - consumer->own ||
        tail % 8 != 0)
        return -EBADMSG;
    consumer->seen = tail;
    if (available != 0)
        return 1;
    return __atomic_load_n(&consumer->control->producer_state, __ATOMIC_ACQUIRE) != 0 ? -EPIPE : 0;
}

static long wait_for_message(ring_consumer *consumer)
{
    uint32_t *word = &consumer->control->consumer_sleeps;
    __atomic_store_n(word, 1, __ATOMIC_RELAXED);
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    long has_message = look_for_message(consumer);
    if (has_message == 0)
        bench_call(BENCH_FUTEX, (long)word, FUTEX_WAIT_SHARED, 1, 0);
    __atomic_store_n(word, 0, __ATOMIC_RELAXED);
    return has_message < 0 ? has_message : 0;
}

static long try_pop(ring_consumer *consumer, void *buffer, size_t room)
{
    size_t mask = consumer->capacity - 1;
    if (consumer->seen == consumer->own) {
        long has_message = look_for_message(consumer);
        if (has_message <= 0)
            return has_message < 0 ? has_message : -EAGAIN;
    }
    uint64_t *first = (uint64_t *)(consumer->data + (consumer->own & mask));
    uint64_t found = __atomic_load_n(first, __ATOMIC_RELAXED);
    size_t len = found & 0xffffffff;
    if (found != header(consumer->own, len) || slot_bytes(len) > consumer->seen - consumer->own)
        return -EBADMSG;
    if (len > room)
        return -EMSGSIZE;
    size_t at = (consumer->own + HEADER_BYTES) & mask;
    size_t before_end = consumer->capacity - at < len ? consumer->capacity - at : len;
    memcpy(buffer, consumer->data + at, before_end);
    if (before_end < len)
        memcpy((char *)buffer + before_end, consumer->data, len - before_end);
    consumer->own += slot_bytes(len);
    __atomic_store_n(&consumer->control->head, consumer->own, __ATOMIC_RELEASE);
    wake(&consumer->control->producer_sleeps);
    return (long)len;
}

long ring_pop(ring_consumer *consumer, void *buffer, size_t room)
{
    for (;;) {
        long popped = try_pop(consumer, buffer, room);
        if (popped != -EAGAIN)
            return popped;
        long waited = wait_for_message(consumer);
        if (waited < 0)
            return waited;
    }
}

#endif
