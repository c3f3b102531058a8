/* A microbenchmark: one function, the same source for KPIO and for Linux.
 *
 * A row prepares what it needs, calls bench_start, makes `operations` operations, calls bench_stop
 * and cleans up. What it measures is what lies between the two calls. */

#ifndef BENCH_H
#define BENCH_H

#include <stdbool.h>
#include <stdint.h>

/* One run of a row. */
struct bench {
    long operations;
    uint64_t start_ticks, stop_ticks;
    uint64_t start_ns, stop_ns;
    /* What failed, and its errno; a null pointer while all is well. */
    const char *failed;
    int error;
};

struct row {
    const char *name;
    /* How many operations one run makes. */
    long operations;
    void (*run)(struct bench *bench);
};

/* Every row, in the order they run; the last one has no name. */
extern const struct row bench_rows[];

void bench_start(struct bench *bench);
void bench_stop(struct bench *bench);

/* Note that `what` failed with `error`. ENOSYS means that the system does not have it yet. */
void bench_fail(struct bench *bench, const char *what, int error);

/* Rows. */
void row_null_call(struct bench *bench);
void row_read(struct bench *bench);
void row_write(struct bench *bench);
void row_open_close(struct bench *bench);
void row_stat(struct bench *bench);
void row_mmap_fault(struct bench *bench);
void row_fork_exit(struct bench *bench);
void row_fork_exec(struct bench *bench);
void row_spawn(struct bench *bench);
void row_pipe(struct bench *bench);
void row_futex(struct bench *bench);
void row_context_switch(struct bench *bench);
void row_thread(struct bench *bench);
void row_ring(struct bench *bench);
void row_channel(struct bench *bench);
void row_memory_copy(struct bench *bench);
void row_memory_fill(struct bench *bench);
void row_string_length(struct bench *bench);

/* Files of the image; BENCH_FILE_BYTES is in kpio_build/steps/bench.py, which makes them. */
#define BENCH_NOTHING "/bench/nothing"
#define BENCH_FILE "/bench/file"
#define BENCH_WRITTEN "/data/bench"

#endif
