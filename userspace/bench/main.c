/* bench [ROW…]: run the rows named, or all, and tell what each took.
 *
 * Every line is `bench <seq> <crc32> <text>`: numbered from 0, the checksum (zlib's) over
 * "<seq> <text>", so that a line that is lost or damaged on the console does not go unnoticed.
 * Ticks are the processor's time stamp counter: under QEMU's -icount it counts instructions. */

#include "bench.h"
#include "system.h"

#include <errno.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define LINE_BYTES 256
#define WARM_UP_PART 10
#define CALIBRATION_LOOPS 5000000L

static char line[LINE_BYTES];
static size_t line_len;
static unsigned long lines_written;

static void add_text(const char *text)
{
    size_t len = strlen(text);
    if (len > sizeof(line) - line_len)
        __builtin_trap();
    memcpy(line + line_len, text, len);
    line_len += len;
}

static void add_number(const char *before, uint64_t value)
{
    char digits[21];
    char *first = digits + sizeof(digits) - 1;
    *first = 0;
    do {
        *--first = (char)('0' + value % 10);
        value /= 10;
    } while (value != 0);
    add_text(before);
    add_text(first);
}

static void add_crc(uint32_t crc)
{
    char digits[9];
    for (int i = 0; i < 8; i++)
        digits[i] = "0123456789abcdef"[crc >> (28 - 4 * i) & 15];
    digits[8] = 0;
    add_text(digits);
}

static uint32_t crc32(const char *data, size_t len)
{
    uint32_t crc = 0xffffffff;
    for (size_t i = 0; i < len; i++) {
        crc ^= (unsigned char)data[i];
        for (int bit = 0; bit < 8; bit++)
            crc = crc >> 1 ^ (crc & 1 ? 0xedb88320 : 0);
    }
    return ~crc;
}

/* Write what has been added since the last call as one line, with one write. */
static void end_line(void)
{
    static char text[LINE_BYTES];
    size_t text_len = line_len;
    memcpy(text, line, text_len);
    line_len = 0;
    add_number("", lines_written++);
    add_text(" ");
    size_t seq_len = line_len;
    memcpy(line + seq_len, text, text_len);
    uint32_t crc = crc32(line, seq_len + text_len);
    line_len = 0;
    add_number("bench ", lines_written - 1);
    add_text(" ");
    add_crc(crc);
    add_text(" ");
    if (text_len + 1 > sizeof(line) - line_len)
        __builtin_trap();
    memcpy(line + line_len, text, text_len);
    line[line_len + text_len] = '\n';
    if (write(STDOUT_FILENO, line, line_len + text_len + 1) < 0)
        bench_exit(1);
    line_len = 0;
}

static uint64_t clock_ns(void)
{
    struct timespec now;
    if (clock_gettime(CLOCK_MONOTONIC, &now) != 0)
        bench_exit(1);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

/* The two places a profiler looks for: an instruction without effect that nothing else contains.
 * BENCH_MARK_* is in kpio_build/steps/bench.py, which compiles this. */
void bench_start(struct bench *bench)
{
    bench->start_ns = clock_ns();
    __asm__ volatile("nopl %c0(%%rax)" : : "i"(BENCH_MARK_START) : "memory");
    bench->start_ticks = __builtin_ia32_rdtsc();
}

void bench_stop(struct bench *bench)
{
    bench->stop_ticks = __builtin_ia32_rdtsc();
    __asm__ volatile("nopl %c0(%%rax)" : : "i"(BENCH_MARK_STOP) : "memory");
    bench->stop_ns = clock_ns();
}

void bench_fail(struct bench *bench, const char *what, int error)
{
    if (bench->failed == NULL) {
        bench->failed = what;
        bench->error = error;
    }
}

static void add_measured(const struct bench *bench)
{
    add_number(" operations=", (uint64_t)bench->operations);
    add_number(" ticks=", bench->stop_ticks - bench->start_ticks);
    add_number(" ns=", bench->stop_ns - bench->start_ns);
    end_line();
}

/* A loop of two instructions: what the clocks show for it tells what a tick is. */
static void calibrate(void)
{
    struct bench bench = {.operations = 2 * CALIBRATION_LOOPS};
    unsigned long loops = CALIBRATION_LOOPS;
    bench_start(&bench);
    __asm__ volatile(".balign 16\n1: dec %0\njnz 1b" : "+r"(loops) : : "cc");
    bench_stop(&bench);
    add_text("calibration");
    add_measured(&bench);
}

static void measure(const struct row *row)
{
    long warm_up = row->operations / WARM_UP_PART;
    struct bench bench = {.operations = warm_up > 0 ? warm_up : 1};
    row->run(&bench);
    if (bench.failed == NULL) {
        bench = (struct bench){.operations = row->operations};
        row->run(&bench);
    }
    if (bench.failed == NULL) {
        add_text("row name=");
        add_text(row->name);
        add_measured(&bench);
        return;
    }
    add_text(bench.error == ENOSYS ? "missing name=" : "failed name=");
    add_text(row->name);
    add_text(" what=");
    add_text(bench.failed);
    add_number(" errno=", (uint64_t)bench.error);
    end_line();
}

static bool is_wanted(const struct row *row, int argc, char **argv)
{
    for (int i = 1; i < argc; i++)
        if (strcmp(argv[i], row->name) == 0)
            return true;
    return argc <= 1;
}

int main(int argc, char **argv)
{
    calibrate();
    for (const struct row *row = bench_rows; row->name != NULL; row++)
        if (is_wanted(row, argc, argv))
            measure(row);
    add_text("end");
    end_line();
    bench_exit(0);
}
