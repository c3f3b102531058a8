/* A QEMU plugin: how often each instruction was executed between the marks of the benchmark.
 *
 * kpio_build/steps/bench.py compiles the marks into the program and this with their numbers. The last
 * pair of marks counts: those before belong to the calibration and to the warm-up. At QEMU's end the
 * file of the argument `out=` gets one line an address, in hexadecimal, and its count.
 *
 * Debian has QEMU without the plugin header, so what is needed of it is declared here.
 * Source: QEMU include/qemu/qemu-plugin.h, version 1 of the interface. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef uint64_t qemu_plugin_id_t;
struct qemu_plugin_tb;
struct qemu_plugin_insn;
enum { CB_NO_REGS = 0, INLINE_ADD_U64 = 0 };

void qemu_plugin_register_vcpu_tb_trans_cb(qemu_plugin_id_t id,
                                           void (*translated)(qemu_plugin_id_t,
                                                              struct qemu_plugin_tb *));
size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *tb);
struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *tb, size_t index);
const void *qemu_plugin_insn_data(const struct qemu_plugin_insn *insn);
size_t qemu_plugin_insn_size(const struct qemu_plugin_insn *insn);
uint64_t qemu_plugin_insn_vaddr(const struct qemu_plugin_insn *insn);
void qemu_plugin_register_vcpu_insn_exec_cb(struct qemu_plugin_insn *insn,
                                            void (*executed)(unsigned, void *), int flags,
                                            void *data);
void qemu_plugin_register_vcpu_insn_exec_inline(struct qemu_plugin_insn *insn, int operation,
                                                void *counter, uint64_t added);
void qemu_plugin_register_atexit_cb(qemu_plugin_id_t id, void (*ended)(qemu_plugin_id_t, void *),
                                    void *data);

#define EXPORTED __attribute__((visibility("default")))
EXPORTED int qemu_plugin_version = 1;
EXPORTED int qemu_plugin_install(qemu_plugin_id_t id, const void *info, int argc, char **argv);

/* One address that was translated; never freed, because translated code adds to `count`. */
struct place {
    uint64_t address, count, at_start, between;
    struct place *next;
};

enum { BUCKETS = 1 << 16, NOP_BYTES = 7 };
static struct place *places[BUCKETS];
static const char *out_path;

static struct place *place_of(uint64_t address)
{
    struct place **bucket = &places[(address ^ address >> 16) % BUCKETS];
    for (struct place *place = *bucket; place != NULL; place = place->next)
        if (place->address == address)
            return place;
    struct place *made = calloc(1, sizeof(*made));
    if (made == NULL)
        abort();
    made->address = address;
    made->next = *bucket;
    *bucket = made;
    return made;
}

static void on_start(unsigned cpu, void *data)
{
    (void)cpu, (void)data;
    for (size_t i = 0; i < BUCKETS; i++)
        for (struct place *place = places[i]; place != NULL; place = place->next)
            place->at_start = place->count;
}

static void on_stop(unsigned cpu, void *data)
{
    (void)cpu, (void)data;
    for (size_t i = 0; i < BUCKETS; i++)
        for (struct place *place = places[i]; place != NULL; place = place->next)
            place->between = place->count - place->at_start;
}

/* Whether an instruction is `nopl displacement(%rax)`. Intel SDM vol. 2, "NOP". */
static bool is_mark(const struct qemu_plugin_insn *insn, uint32_t displacement)
{
    static const unsigned char nop[] = {0x0f, 0x1f, 0x80};
    const unsigned char *bytes = qemu_plugin_insn_data(insn);
    return qemu_plugin_insn_size(insn) == NOP_BYTES && memcmp(bytes, nop, sizeof(nop)) == 0 &&
           memcmp(bytes + sizeof(nop), &displacement, sizeof(displacement)) == 0;
}

static void on_translated(qemu_plugin_id_t id, struct qemu_plugin_tb *tb)
{
    (void)id;
    for (size_t i = 0; i < qemu_plugin_tb_n_insns(tb); i++) {
        struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(tb, i);
        struct place *place = place_of(qemu_plugin_insn_vaddr(insn));
        if (is_mark(insn, BENCH_MARK_START))
            qemu_plugin_register_vcpu_insn_exec_cb(insn, on_start, CB_NO_REGS, NULL);
        else if (is_mark(insn, BENCH_MARK_STOP))
            qemu_plugin_register_vcpu_insn_exec_cb(insn, on_stop, CB_NO_REGS, NULL);
        else
            qemu_plugin_register_vcpu_insn_exec_inline(insn, INLINE_ADD_U64, &place->count, 1);
    }
}

static void on_end(qemu_plugin_id_t id, void *data)
{
    (void)id, (void)data;
    FILE *out = fopen(out_path, "w");
    if (out == NULL)
        abort();
    for (size_t i = 0; i < BUCKETS; i++)
        for (const struct place *place = places[i]; place != NULL; place = place->next)
            if (place->between != 0)
                fprintf(out, "%llx %llu\n", (unsigned long long)place->address,
                        (unsigned long long)place->between);
    if (fclose(out) != 0)
        abort();
}

int qemu_plugin_install(qemu_plugin_id_t id, const void *info, int argc, char **argv)
{
    static const char option[] = "out=";
    (void)info;
    if (argc != 1 || strncmp(argv[0], option, sizeof(option) - 1) != 0)
        return -1;
    out_path = strdup(argv[0] + sizeof(option) - 1);
    if (out_path == NULL)
        return -1;
    qemu_plugin_register_vcpu_tb_trans_cb(id, on_translated);
    qemu_plugin_register_atexit_cb(id, on_end, NULL);
    return 0;
}
