/* Threads: made and joined, waking each other, and taking turns. */

#include "../bench.h"
#include "../system.h"

#include <errno.h>
#include <sched.h>

static void nothing(void *argument)
{
    (void)argument;
}

void row_thread(struct bench *bench)
{
    bench_start(bench);
    for (long i = 0; i < bench->operations && bench->failed == NULL; i++) {
        struct bench_thread thread;
        int error = bench_thread_start(&thread, nothing, NULL);
        if (error == 0)
            error = bench_thread_join(&thread);
        if (error != 0)
            bench_fail(bench, "thread", error);
    }
    bench_stop(bench);
}

/* Two words, each with a turn to pass: who waits sleeps on one and wakes on the other. */
struct table {
    uint32_t ping, pong;
    long rounds;
};

static void pass(uint32_t *word)
{
    __atomic_store_n(word, 1, __ATOMIC_RELEASE);
    bench_futex_wake(word);
}

static void take(uint32_t *word)
{
    while (__atomic_exchange_n(word, 0, __ATOMIC_ACQUIRE) == 0)
        bench_futex_wait(word, 0);
}

static void answer(void *argument)
{
    struct table *table = argument;
    for (long i = 0; i < table->rounds; i++) {
        take(&table->ping);
        pass(&table->pong);
    }
}

/* One operation: there and back. */
void row_futex(struct bench *bench)
{
    /* One round more than is measured: after it the partner is known to wait. */
    struct table table = {.rounds = bench->operations + 1};
    struct bench_thread partner;
    int error = bench_thread_start(&partner, answer, &table);
    if (error != 0) {
        bench_fail(bench, "thread", error);
        return;
    }
    pass(&table.ping);
    take(&table.pong);
    bench_start(bench);
    for (long i = 0; i < bench->operations; i++) {
        pass(&table.ping);
        take(&table.pong);
    }
    bench_stop(bench);
    error = bench_thread_join(&partner);
    if (error != 0)
        bench_fail(bench, "join", error);
}

/* Who ran last, and how often that was not who runs now. */
static volatile int last_runner;
static volatile long switches, switches_wanted;

static void take_turns(void *argument)
{
    int self = *(int *)argument;
    while (switches < switches_wanted) {
        if (last_runner != self) {
            last_runner = self;
            switches = switches + 1;
        }
        sched_yield();
    }
}

/* One operation: the processor goes from one thread to the other, because the first one yields. */
void row_context_switch(struct bench *bench)
{
    int first = 1, second = 2;
    struct bench_thread partner;
    last_runner = first;
    switches = 0;
    switches_wanted = bench->operations + 2;
    int error = bench_thread_start(&partner, take_turns, &second);
    if (error != 0) {
        bench_fail(bench, "thread", error);
        return;
    }
    /* There and back once, so that both are in their loops. */
    while (switches < 1)
        sched_yield();
    last_runner = first;
    switches = 2;
    bench_start(bench);
    take_turns(&first);
    bench_stop(bench);
    error = bench_thread_join(&partner);
    if (error != 0)
        bench_fail(bench, "join", error);
}
