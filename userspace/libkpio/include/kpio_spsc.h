/* Rings of messages through shared memory, from one producer to one consumer, in any two processes or
 * threads. The memory's layout is in <kpio/ring.h>: a control block, and `capacity` bytes behind it.
 *
 * Functions return 0, or a length, or -1 with errno: EINVAL: there is no ring of that capacity, or the
 * memory is too small; EMSGSIZE: a message that is longer than the ring, or than the buffer, and is
 * kept; EPIPE: the other side has closed its end; EOWNERDEAD: its process has ended; EBADMSG: the ring
 * is damaged; EINTR: a signal was handled while the call slept. */

#ifndef KPIO_SPSC_H
#define KPIO_SPSC_H

#include <features.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

__BEGIN_C

/* What each side keeps to itself; nobody copies it. */
struct kpio_spsc_producer {
    uint64_t words[12];
};
struct kpio_spsc_consumer {
    uint64_t words[12];
};

/* Make an empty ring; nobody else uses the memory yet. `memory` is a multiple of 8, as everywhere
 * here, and both sides' memory stays mapped until they have closed their ends. */
int kpio_spsc_create(void *memory, size_t len, size_t capacity);

/* Become the one side or the other. There is no other one. */
int kpio_spsc_produce(struct kpio_spsc_producer *producer, void *memory, size_t len,
                      size_t capacity);
int kpio_spsc_consume(struct kpio_spsc_consumer *consumer, void *memory, size_t len,
                      size_t capacity);

/* Push a message, sleeping while there is no room; pop one, sleeping while there is none. */
int kpio_spsc_push(struct kpio_spsc_producer *producer, const void *message, size_t len);
ssize_t kpio_spsc_pop(struct kpio_spsc_consumer *consumer, void *buffer, size_t len);

/* Leave: the consumer still pops what is there, then hears EPIPE. */
void kpio_spsc_close_producer(struct kpio_spsc_producer *producer);
void kpio_spsc_close_consumer(struct kpio_spsc_consumer *consumer);

/* Say that the process of a side has ended, and wake the other side. */
int kpio_spsc_mark_producer_dead(void *memory, size_t len, size_t capacity);
int kpio_spsc_mark_consumer_dead(void *memory, size_t len, size_t capacity);

__END_C

#endif
