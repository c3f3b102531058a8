/* Messages between threads of execution: a pipe, a ring in shared memory, a channel with a handle. */

#include "../bench.h"
#include "../system.h"

#include <errno.h>
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

/* KPIO has no rings and no channels yet. */

void row_ring(struct bench *bench)
{
    bench_fail(bench, "ring", ENOSYS);
}

void row_channel(struct bench *bench)
{
    bench_fail(bench, "channel", ENOSYS);
}
