/* Memory: pages at their first touch, and the library's string functions. */

#include "../bench.h"
#include "../system.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#define PAGE_BYTES 4096L
#define FAULTS_A_MAPPING 256L
#define BLOCK_BYTES (64L << 10)
#define TEXT_BYTES 4096L

static char source[BLOCK_BYTES] __attribute__((aligned(4096)));
static char target[BLOCK_BYTES] __attribute__((aligned(4096)));

/* Keeps the compiler from knowing what lies in memory. */
static void *hidden(void *memory)
{
    __asm__ volatile("" : "+r"(memory) : : "memory");
    return memory;
}

/* Of a mapping of 1 MiB, every page is touched once; the two calls belong to its 256 faults. */
void row_mmap_fault(struct bench *bench)
{
    const int flags = MAP_PRIVATE | MAP_ANONYMOUS;
    const long len_bytes = FAULTS_A_MAPPING * PAGE_BYTES;
    bench_start(bench);
    for (long done = 0; done < bench->operations; done += FAULTS_A_MAPPING) {
        char *memory = mmap(NULL, len_bytes, PROT_READ | PROT_WRITE, flags, -1, 0);
        if (memory == MAP_FAILED) {
            bench_fail(bench, "mmap", errno);
            return;
        }
        for (long offset = 0; offset < len_bytes; offset += PAGE_BYTES)
            *(volatile char *)(memory + offset) = 1;
        if (munmap(memory, len_bytes) != 0)
            bench_fail(bench, "munmap", errno);
    }
    bench_stop(bench);
}

void row_memory_copy(struct bench *bench)
{
    bench_start(bench);
    for (long i = 0; i < bench->operations; i++)
        memcpy(hidden(target), hidden(source), BLOCK_BYTES);
    bench_stop(bench);
}

void row_memory_fill(struct bench *bench)
{
    bench_start(bench);
    for (long i = 0; i < bench->operations; i++)
        memset(hidden(target), (int)i, BLOCK_BYTES);
    bench_stop(bench);
}

void row_string_length(struct bench *bench)
{
    memset(source, 'x', TEXT_BYTES);
    source[TEXT_BYTES] = 0;
    bench_start(bench);
    for (long i = 0; i < bench->operations; i++)
        if (strlen(hidden(source)) != (size_t)TEXT_BYTES)
            bench_fail(bench, "strlen", EINVAL);
    bench_stop(bench);
}
