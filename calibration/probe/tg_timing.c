#include "tg_timing.h"

#include <stdlib.h>

enum { OPS_MAX = 1 << 20, RESOLVE_SAMPLES = 11 };

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

double tg_median(double *values, size_t count)
{
    qsort(values, count, sizeof *values, compare);
    return values[count / 2];
}

double tg_middle_mean(double *values, size_t count)
{
    double sum = 0;
    size_t from = count / 4, to = count - count / 4;
    qsort(values, count, sizeof *values, compare);
    for (size_t i = from; i < to; i++)
        sum += values[i];
    return sum / (double)(to - from);
}

double tg_time_body(const struct tg_clock *clock, tg_body body, void *state, uint64_t ops, uint64_t *begin)
{
    *begin = tg_clock_begin();
    body(state, ops);
    return tg_clock_cost_ns(clock, *begin, tg_clock_end());
}

static double median_batch(const struct tg_clock *clock, tg_body body, void *state, uint64_t ops,
                           size_t count)
{
    double costs[TG_BASELINE_SAMPLES];
    uint64_t begin;
    for (size_t i = 0; i < count; i++)
        costs[i] = tg_time_body(clock, body, state, ops, &begin);
    return tg_median(costs, count);
}

uint64_t tg_time_resolve(const struct tg_clock *clock, tg_body body, void *state)
{
    uint64_t ops = 1;
    while (ops < OPS_MAX &&
           median_batch(clock, body, state, ops, RESOLVE_SAMPLES) < TG_STEPS_WANTED * clock->resolution_ns)
        ops *= 2;
    return ops;
}

double tg_time_per_op_ns(const struct tg_clock *clock, tg_body body, void *state)
{
    uint64_t ops = tg_time_resolve(clock, body, state);
    return median_batch(clock, body, state, ops, TG_BASELINE_SAMPLES) / (double)ops;
}
