/* The rows: names, in the order they run, and how many operations one run makes. */

#include "bench.h"

const struct row bench_rows[] = {
    {"null-call", 20000, row_null_call},
    {"read", 4000, row_read},
    {"write", 4000, row_write},
    {"open-close", 4000, row_open_close},
    {"stat", 4000, row_stat},
    {"mmap-fault", 8192, row_mmap_fault},
    {"fork-exit", 100, row_fork_exit},
    {"fork-exec", 100, row_fork_exec},
    {"spawn", 100, row_spawn},
    {"pipe-ping-pong", 2000, row_pipe},
    {"futex-ping-pong", 2000, row_futex},
    {"context-switch", 4000, row_context_switch},
    {"thread", 500, row_thread},
    {"ring-message", 20000, row_ring},
    {"channel", 2000, row_channel},
    {"memory-copy", 500, row_memory_copy},
    {"memory-fill", 500, row_memory_fill},
    {"string-length", 2000, row_string_length},
    {0},
};
