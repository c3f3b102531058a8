/* Messages between threads of execution: a pipe, a ring in shared memory, a channel with a handle. */

#include "../bench.h"
#include "../pass.h"
#include "../ring.h"
#include "../system.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

/* One byte there and one byte back, through two pipes. */
struct pipes {
    int there[2], back[2];
    long rounds;
};

static void echo(void *argument)
{
    struct pipes *pipes = argument;
    char byte;
    for (long i = 0; i < pipes->rounds; i++)
        if (read(pipes->there[0], &byte, 1) != 1 || write(pipes->back[1], &byte, 1) != 1)
            return;
}

static void bounce(struct bench *bench, struct pipes *pipes)
{
    char byte = 1;
    if (write(pipes->there[1], &byte, 1) != 1)
        bench_fail(bench, "write", errno);
    else if (read(pipes->back[0], &byte, 1) != 1)
        bench_fail(bench, "read", errno);
}

void row_pipe(struct bench *bench)
{
    struct pipes pipes = {.rounds = bench->operations + 1};
    struct bench_thread partner;
    if (!BENCH_HAS(pipe)) {
        bench_fail(bench, "pipe", ENOSYS);
        return;
    }
    if (pipe(pipes.there) != 0 || pipe(pipes.back) != 0) {
        bench_fail(bench, "pipe", errno);
        return;
    }
    int error = bench_thread_start(&partner, echo, &pipes);
    if (error != 0) {
        bench_fail(bench, "thread", error);
        return;
    }
    bounce(bench, &pipes);
    bench_start(bench);
    for (long i = 0; i < bench->operations && bench->failed == NULL; i++)
        bounce(bench, &pipes);
    bench_stop(bench);
    for (int end = 0; end < 2; end++) {
        close(pipes.there[!end]);
        close(pipes.back[end]);
    }
    error = bench_thread_join(&partner);
    if (error != 0)
        bench_fail(bench, "join", error);
}

#define MESSAGE_BYTES 64
#define RING_CAPACITY (64UL << 10)
#define RING_BYTES (RING_CONTROL_BYTES + RING_CAPACITY)

/* A producer that begins when it is told to. */
struct producer {
    ring_producer ring;
    uint32_t may_begin;
    long messages;
};

static void produce(void *argument)
{
    struct producer *self = argument;
    char message[MESSAGE_BYTES] = {1};
    while (__atomic_load_n(&self->may_begin, __ATOMIC_ACQUIRE) == 0)
        bench_futex_wait(&self->may_begin, 0);
    for (long i = 0; i < self->messages; i++)
        if (ring_push(&self->ring, message, sizeof(message)) != 0)
            return;
}

/* The consumer's side of one run: the producer is a thread, and has the ring's other end. */
static void consume(struct bench *bench, void *memory)
{
    struct producer producer = {.messages = bench->operations};
    struct bench_thread thread;
    ring_consumer consumer;
    char message[MESSAGE_BYTES];
    long error = ring_create(memory, RING_BYTES, RING_CAPACITY);
    if (error == 0)
        error = ring_produce(&producer.ring, memory, RING_BYTES, RING_CAPACITY);
    if (error == 0)
        error = ring_consume(&consumer, memory, RING_BYTES, RING_CAPACITY);
    if (error != 0) {
        bench_fail(bench, "ring", (int)-error);
        return;
    }
    error = bench_thread_start(&thread, produce, &producer);
    if (error != 0) {
        bench_fail(bench, "thread", (int)error);
        return;
    }
    bench_start(bench);
    __atomic_store_n(&producer.may_begin, 1, __ATOMIC_RELEASE);
    bench_futex_wake(&producer.may_begin);
    for (long i = 0; i < bench->operations; i++) {
        long popped = ring_pop(&consumer, message, sizeof(message));
        if (popped != MESSAGE_BYTES || message[0] != 1) {
            /* The producer may wait for room for ever: there is no going on. */
            bench_fail(bench, "pop", popped < 0 ? (int)-popped : EBADMSG);
            return;
        }
    }
    bench_stop(bench);
    error = bench_thread_join(&thread);
    if (error != 0)
        bench_fail(bench, "join", (int)error);
}

/* One operation: a message that one thread pushes and the other one pops. */
void row_ring(struct bench *bench)
{
    const int flags = MAP_SHARED | MAP_ANONYMOUS | MAP_POPULATE;
    void *memory = mmap(NULL, RING_BYTES, PROT_READ | PROT_WRITE, flags, -1, 0);
    if (memory == MAP_FAILED) {
        bench_fail(bench, "mmap", errno);
        return;
    }
    consume(bench, memory);
    munmap(memory, RING_BYTES);
}

/* Who sends back what comes. */
struct returner {
    int end;
    long rounds;
};

static void send_back(void *argument)
{
    struct returner *self = argument;
    char message[MESSAGE_BYTES];
    int handle;
    for (long i = 0; i < self->rounds; i++)
        if (pass_receive(self->end, message, sizeof(message), &handle) != 0 ||
            pass_send(self->end, message, sizeof(message), handle) != 0)
            return;
}

static void round_trip(struct bench *bench, int end, int *handle)
{
    char message[MESSAGE_BYTES] = {1};
    long error = pass_send(end, message, sizeof(message), *handle);
    if (error == 0)
        error = pass_receive(end, message, sizeof(message), handle);
    if (error != 0)
        bench_fail(bench, "pass", (int)-error);
}

/* One operation: a message with a handle to another thread, and both back. */
void row_channel(struct bench *bench)
{
    int ends[2], handle;
    struct bench_thread thread;
    long error = pass_open(ends);
    if (error != 0) {
        bench_fail(bench, "channel", (int)-error);
        return;
    }
    handle = open(BENCH_FILE, O_RDONLY);
    if (handle < 0) {
        bench_fail(bench, "open", errno);
        return;
    }
    /* One round more than is measured: after it the other one is known to wait. */
    struct returner returner = {ends[1], bench->operations + 1};
    error = bench_thread_start(&thread, send_back, &returner);
    if (error != 0) {
        bench_fail(bench, "thread", (int)error);
        return;
    }
    round_trip(bench, ends[0], &handle);
    bench_start(bench);
    for (long i = 0; i < bench->operations && bench->failed == NULL; i++)
        round_trip(bench, ends[0], &handle);
    bench_stop(bench);
    close(ends[0]);
    error = bench_thread_join(&thread);
    if (error != 0)
        bench_fail(bench, "join", (int)error);
    close(ends[1]);
    close(handle);
}
