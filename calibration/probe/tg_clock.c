#include "tg_clock.h"

#include <stdlib.h>

enum { BRACKETS = 20000 };

static int compare(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

static uint64_t monotonic_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/* Both clocks at one moment: the narrowest of some pairs, so that an interrupt between is not taken for a
 * difference. */
static void read_both(uint64_t *ticks, uint64_t *ns)
{
    uint64_t narrowest = UINT64_MAX;
    *ticks = *ns = 0;
    for (int i = 0; i < 50; i++) {
        uint64_t before = tg_clock_begin(), now = monotonic_ns(), after = tg_clock_end();
        if (after - before < narrowest) {
            narrowest = after - before;
            *ticks = before + (after - before) / 2;
            *ns = now;
        }
    }
}

static double measure_tick(void)
{
    uint64_t ticks0, ticks1, ns0, ns1;
    struct timespec pause = {.tv_nsec = 50000000};
    read_both(&ticks0, &ns0);
    nanosleep(&pause, NULL);
    read_both(&ticks1, &ns1);
    return (double)(ns1 - ns0) / (double)(ticks1 - ticks0);
}

/* The median of the steps in which the counter is seen to move. Some counters move in wide steps and now and
 * then in a narrow one, so the smallest would flatter them. */
static uint64_t usual_step(uint64_t *steps)
{
    size_t count = 0;
    uint64_t last = tg_clock_glance();
    while (count < BRACKETS) {
        uint64_t now = tg_clock_glance();
        if (now > last)
            steps[count++] = now - last;
        last = now;
    }
    qsort(steps, count, sizeof *steps, compare);
    return steps[count / 2];
}

/* The mean, not the smallest: where the counter moves in steps wider than the bracket, single differences are
 * 0 or a step, and only their mean is the bracket. */
static double mean_empty_bracket(uint64_t *brackets)
{
    for (int i = 0; i < BRACKETS; i++) {
        uint64_t begin = tg_clock_begin();
        brackets[i] = tg_clock_end() - begin;
    }
    qsort(brackets, BRACKETS, sizeof *brackets, compare);
    int kept = BRACKETS - BRACKETS / 100;
    double sum = 0;
    for (int i = 0; i < kept; i++)
        sum += (double)brackets[i];
    return sum / kept;
}

void tg_clock_init(struct tg_clock *clock)
{
    static uint64_t brackets[BRACKETS];
    clock->is_tsc = 0;
#if defined __x86_64__
    clock->is_tsc = 1;
#endif
    clock->ns_per_tick = measure_tick();
    mean_empty_bracket(brackets);
    clock->overhead_ns = mean_empty_bracket(brackets) * clock->ns_per_tick;
    clock->resolution_ns = (double)usual_step(brackets) * clock->ns_per_tick;
    clock->epoch = tg_clock_begin();
}
