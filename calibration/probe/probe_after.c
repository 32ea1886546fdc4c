/* What a crossing costs the code that runs after it: caches, translations and predictors that the crossing
 * displaced. A piece of user code of about a microsecond is timed right after a crossing and without one. */
#include <stdlib.h>
#include <string.h>

#include "tg_cross.h"
#include "tg_timing.h"

enum {
    LINES = 512, /* of memory that the piece goes through, in the order of a fixed permutation */
    LINE_BYTES = 64,
    STEP = 97,        /* prime to LINES: visits every line once, and no neighbours in turn */
    QUIET_EVERY = 16, /* samples, between two of the same piece without a crossing */
    QUIETS = 255,
    CROSSINGS = 8, /* of a sample: their mean is finer than the clock's step */
};

struct after {
    struct tg_cross cross;
    unsigned char *memory;
    double quiets[QUIETS], quiet_ns;
    unsigned samples, quiet_count;
};

/* Every line once, and a branch a line that depends on what is there. */
static unsigned piece(const unsigned char *memory)
{
    unsigned sum = 0, at = 0;
    for (int i = 0; i < LINES; i++) {
        at = (at + STEP) % LINES;
        unsigned char value = memory[at * LINE_BYTES];
        if (value & 1)
            sum += value;
        else
            sum ^= (unsigned)value << 3;
        __asm__ volatile("" : "+r"(sum));
    }
    return sum;
}

static int after_setup(const struct tg_probe *probe, const struct tg_bench *bench, double argument,
                       void **state, struct tg_error *err)
{
    struct after *a = calloc(1, sizeof *a);
    (void)argument;
    if (!a)
        return tg_error_set(err, TG_ENOMEM, "out of memory");
    *state = a;
    a->memory = malloc(LINES * LINE_BYTES);
    if (!a->memory)
        return tg_error_set(err, TG_ENOMEM, "out of memory");
    for (size_t i = 0; i < LINES * LINE_BYTES; i++)
        a->memory[i] = (unsigned char)(i * i / 64 * 31 >> 3);
    return tg_cross_open(&a->cross, bench, (enum tg_cross_kind)probe->selector, err);
}

static void after_teardown(void *state)
{
    struct after *a = state;
    tg_cross_close(&a->cross);
    free(a->memory);
    free(a);
}

static double time_piece(const struct tg_bench *bench, const struct after *a, uint64_t *begin)
{
    *begin = tg_clock_begin();
    unsigned sum = piece(a->memory);
    uint64_t end = tg_clock_end();
    __asm__ volatile("" ::"r"(sum));
    return tg_clock_cost_ns(&bench->clock, *begin, end);
}

/* Without a crossing, now and then, so that both see the same mood of the machine. */
static void refresh_quiet(const struct tg_bench *bench, struct after *a, unsigned times)
{
    double sorted[QUIETS];
    uint64_t begin;
    for (unsigned i = 0; i < times; i++) {
        time_piece(bench, a, &begin);
        a->quiets[a->quiet_count++ % QUIETS] = time_piece(bench, a, &begin);
    }
    unsigned count = a->quiet_count < QUIETS ? a->quiet_count : QUIETS;
    memcpy(sorted, a->quiets, count * sizeof *sorted);
    a->quiet_ns = tg_middle_mean(sorted, count);
}

static int after_sample(const struct tg_bench *bench, void *state, struct tg_sample *sample,
                        struct tg_error *err)
{
    struct after *a = state;
    uint64_t begin;
    if (a->samples++ % QUIET_EVERY == 0)
        refresh_quiet(bench, a, a->samples == 1 ? QUIETS : QUIET_EVERY);
    int rc = TG_OK;
    sample->begin = tg_clock_glance();
    sample->cost_ns = -CROSSINGS * a->quiet_ns;
    sample->ops = CROSSINGS;
    for (int i = 0; i < CROSSINGS && !rc; i++) {
        time_piece(bench, a, &begin);
        rc = tg_cross_once(&a->cross, err);
        sample->cost_ns += time_piece(bench, a, &begin);
    }
    return rc;
}

#define AFTER_PROBE(label, crossing_kind, is_available, sentence)                              \
    {                                                                                          \
        .name = label, .what = sentence, .selector = crossing_kind, .available = is_available, \
        .setup = after_setup, .sample = after_sample, .teardown = after_teardown               \
    }

static const struct tg_probe probes[] = {
    AFTER_PROBE(
        "after_syscall", TG_CROSS_SYSTEM_CALL, NULL,
        "how much longer the next microsecond of user code takes after a system call than without one"),
    AFTER_PROBE("after_signal", TG_CROSS_SIGNAL, NULL, "the same after a signal handled"),
    AFTER_PROBE("after_switch", TG_CROSS_SWITCH, NULL,
                "the same after a round trip to another process of this core"),
    AFTER_PROBE("after_vm_exit", TG_CROSS_VM_EXIT, tg_cross_exit_available,
                "the same after an exit to the hypervisor"),
};

const struct tg_probe_family tg_probes_after = {.probes = probes, .count = TG_COUNT(probes)};
