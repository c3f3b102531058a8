/* See system.h. */

#include "system.h"

#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

#define FUTEX_WAIT_PRIVATE 128
#define FUTEX_WAKE_PRIVATE 129

long bench_futex_wait(uint32_t *word, uint32_t value)
{
    return bench_call(BENCH_FUTEX, (long)word, FUTEX_WAIT_PRIVATE, value, 0);
}

long bench_futex_wake(uint32_t *word)
{
    return bench_call(BENCH_FUTEX, (long)word, FUTEX_WAKE_PRIVATE, 1, 0);
}

#if !defined(__kpio__) || __has_include(<pthread.h>)

#include <pthread.h>

static void *enter(void *thread)
{
    struct bench_thread *self = thread;
    self->body(self->argument);
    return NULL;
}

int bench_thread_start(struct bench_thread *thread, void (*body)(void *), void *argument)
{
    pthread_t made;
    thread->body = body;
    thread->argument = argument;
    int error = pthread_create(&made, NULL, enter, thread);
    thread->handle = (uintptr_t)made;
    return error;
}

int bench_thread_join(struct bench_thread *thread)
{
    return pthread_join((pthread_t)thread->handle, NULL);
}

#else

/* The work that musl's pthread_create and pthread_join do, with KPIO's own calls. */

#include <kpio/types.h>

#define STACK_BYTES (128L << 10)
#define GUARD_BYTES 4096L

void *__kpio_thread_block_new(void);
void __kpio_thread_block_free(void *block);

static _Noreturn void enter(void *thread)
{
    struct bench_thread *self = thread;
    self->body(self->argument);
    bench_call(KPIO_SYS_THREAD_EXIT, (long)&self->running, 0, 0, 0);
    __builtin_trap();
}

int bench_thread_start(struct bench_thread *thread, void (*body)(void *), void *argument)
{
    const int flags = MAP_PRIVATE | MAP_ANONYMOUS;
    thread->body = body;
    thread->argument = argument;
    thread->running = 1;
    thread->stack = mmap(NULL, GUARD_BYTES + STACK_BYTES, PROT_NONE, flags, -1, 0);
    if (thread->stack == MAP_FAILED)
        return errno;
    char *stack = (char *)thread->stack + GUARD_BYTES;
    if (mprotect(stack, STACK_BYTES, PROT_READ | PROT_WRITE) != 0)
        return errno;
    thread->block = __kpio_thread_block_new();
    if (thread->block == NULL)
        return ENOMEM;
    const struct kpio_thread_create_args start = {
        .entry = (uint64_t)enter,
        /* As if `enter` had been called: 8 below a multiple of 16 (System V ABI). */
        .stack_pointer = (uint64_t)stack + STACK_BYTES - 8,
        .argument = (uint64_t)thread,
        .thread_pointer = (uint64_t)thread->block,
    };
    long made = bench_call(KPIO_SYS_THREAD_CREATE, (long)&start, sizeof(start), 0, 0);
    return made < 0 ? (int)-made : 0;
}

int bench_thread_join(struct bench_thread *thread)
{
    while (__atomic_load_n(&thread->running, __ATOMIC_ACQUIRE) != 0) {
        long waited = bench_futex_wait(&thread->running, 1);
        if (waited < 0 && waited != -EAGAIN && waited != -EINTR)
            return (int)-waited;
    }
    __kpio_thread_block_free(thread->block);
    return munmap(thread->stack, GUARD_BYTES + STACK_BYTES) == 0 ? 0 : errno;
}

#endif

#ifdef __kpio__

_Noreturn void bench_exit(int status)
{
    /* The kernel powers off with the status of process 1. */
    _exit(status);
}

#else

#include <sys/io.h>

/* BENCH_EXIT_PORT and BENCH_EXIT_* come from the contract: the same wire that KPIO's kernel ends
 * the machine with. */
_Noreturn void bench_exit(int status)
{
    if (getpid() == 1 && ioperm(BENCH_EXIT_PORT, 2, 1) == 0)
        outw(status == 0 ? BENCH_EXIT_SUCCESS : BENCH_EXIT_INIT_FAILED, BENCH_EXIT_PORT);
    _exit(status);
}

#endif
