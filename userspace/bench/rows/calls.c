/* Calls that take the kernel no waiting: nothing at all, and files that are in memory. */

#include "../bench.h"
#include "../system.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#define PIECE_BYTES 4096L
#define PIECES ((long)BENCH_FILE_BYTES / PIECE_BYTES)

void row_null_call(struct bench *bench)
{
    bench_start(bench);
    for (long i = 0; i < bench->operations; i++)
        bench_call(BENCH_GETPID, 0, 0, 0, 0);
    bench_stop(bench);
}

typedef ssize_t transfer(int fd, void *buffer);

/* Moves pieces of 4 KiB from the start of a file to its end, and begins again. */
static void transfer_pieces(struct bench *bench, int fd, transfer *move, const char *name)
{
    static char buffer[PIECE_BYTES] __attribute__((aligned(4096)));
    bench_start(bench);
    for (long i = 0; i < bench->operations; i++) {
        if (i % PIECES == 0 && lseek(fd, 0, SEEK_SET) != 0)
            bench_fail(bench, "lseek", errno);
        if (move(fd, buffer) != PIECE_BYTES)
            bench_fail(bench, name, errno);
    }
    bench_stop(bench);
}

static ssize_t read_piece(int fd, void *buffer)
{
    return read(fd, buffer, PIECE_BYTES);
}

static ssize_t write_piece(int fd, void *buffer)
{
    return write(fd, buffer, PIECE_BYTES);
}

void row_read(struct bench *bench)
{
    int fd = open(BENCH_FILE, O_RDONLY);
    if (fd < 0) {
        bench_fail(bench, "open", errno);
        return;
    }
    transfer_pieces(bench, fd, read_piece, "read");
    close(fd);
}

void row_write(struct bench *bench)
{
    int fd = open(BENCH_WRITTEN, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (fd < 0) {
        /* A system without a writable file system has no write to a file yet. */
        bool is_missing = errno == EROFS || errno == ENOENT;
        bench_fail(bench, "writable-files", is_missing ? ENOSYS : errno);
        return;
    }
    transfer_pieces(bench, fd, write_piece, "write");
    close(fd);
}

void row_open_close(struct bench *bench)
{
    bench_start(bench);
    for (long i = 0; i < bench->operations; i++) {
        int fd = open(BENCH_FILE, O_RDONLY);
        if (fd < 0)
            bench_fail(bench, "open", errno);
        if (close(fd) != 0)
            bench_fail(bench, "close", errno);
    }
    bench_stop(bench);
}

void row_stat(struct bench *bench)
{
    struct stat found;
    if (!BENCH_HAS(stat)) {
        bench_fail(bench, "stat", ENOSYS);
        return;
    }
    bench_start(bench);
    for (long i = 0; i < bench->operations; i++)
        if (stat(BENCH_FILE, &found) != 0)
            bench_fail(bench, "stat", errno);
    bench_stop(bench);
}
