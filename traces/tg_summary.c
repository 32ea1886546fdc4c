#include "tg_summary.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCKS = 10 };

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median_of_sorted(const double *sorted, size_t count)
{
    return count % 2 ? sorted[count / 2] : (sorted[count / 2 - 1] + sorted[count / 2]) / 2;
}

static double median_of(const double *costs, size_t count, double *scratch)
{
    memcpy(scratch, costs, count * sizeof *costs);
    qsort(scratch, count, sizeof *scratch, compare);
    return median_of_sorted(scratch, count);
}

static void widen_by_ranks(const double *sorted, struct tg_summary *s)
{
    double n = (double)s->samples, half = 1.96 * sqrt(n) / 2;
    double low = floor(n / 2 - half), high = ceil(n / 2 + half);
    s->low = sorted[low > 0 ? (size_t)low : 0];
    s->high = sorted[high < n - 1 ? (size_t)high : s->samples - 1];
}

static void widen_by_blocks(const double *costs, double *scratch, struct tg_summary *s)
{
    const double t = 2.262; /* Student's t, 9 degrees of freedom, two-sided 95 % */
    double sum = 0, squares = 0, medians[BLOCKS];
    for (size_t b = 0; b < BLOCKS; b++) {
        size_t from = s->samples * b / BLOCKS, to = s->samples * (b + 1) / BLOCKS;
        medians[b] = median_of(costs + from, to - from, scratch);
        sum += medians[b];
    }
    for (size_t b = 0; b < BLOCKS; b++)
        squares += (medians[b] - sum / BLOCKS) * (medians[b] - sum / BLOCKS);
    double half = t * sqrt(squares / (BLOCKS - 1) / BLOCKS);
    s->low = fmin(s->low, fmax(s->median - half, s->minimum));
    s->high = fmax(s->high, fmin(s->median + half, s->maximum));
}

static void describe_sorted(const double *sorted, struct tg_summary *s)
{
    size_t tenth = s->samples / 10 ? s->samples / 10 : 1;
    double sum = 0;
    for (size_t i = 0; i < tenth; i++)
        sum += sorted[i];
    s->fastest_decile_mean = sum / (double)tenth;
    s->minimum = sorted[0];
    s->maximum = sorted[s->samples - 1];
    s->median = median_of_sorted(sorted, s->samples);
}

int tg_summarize(const double *costs, size_t count, struct tg_summary *summary)
{
    if (!count)
        return TG_EINPUT;
    double *scratch = malloc(count * sizeof *scratch);
    if (!scratch)
        return TG_ENOMEM;
    struct tg_summary s = {.samples = count};
    double sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += costs[i];
    s.mean = sum / (double)count;
    median_of(costs, count, scratch);
    describe_sorted(scratch, &s);
    widen_by_ranks(scratch, &s);
    if (count >= 4 * BLOCKS)
        widen_by_blocks(costs, scratch, &s);
    if (count >= 6) {
        double first = median_of(costs, count / 3, scratch);
        double last = median_of(costs + count - count / 3, count / 3, scratch);
        s.drift = first > 0 ? last / first - 1 : 0;
    }
    *summary = s;
    free(scratch);
    return TG_OK;
}

int tg_summarize_trace(const struct tg_trace *trace, const double *argument, struct tg_summary *summary)
{
    double *costs = malloc((trace->count + 1) * sizeof *costs);
    size_t n = 0;
    if (!costs)
        return TG_ENOMEM;
    for (size_t i = 0; i < trace->count; i++) {
        if (!argument || !trace->argument || trace->argument[i] == *argument)
            costs[n++] = tg_trace_cost_per_op_ns(trace, i);
    }
    int rc = tg_summarize(costs, n, summary);
    free(costs);
    return rc;
}

int tg_trace_argument_values(const struct tg_trace *trace, double **values, size_t *count)
{
    *values = NULL;
    *count = 0;
    if (!trace->argument || !trace->count)
        return TG_OK;
    double *sorted = malloc(trace->count * sizeof *sorted);
    if (!sorted)
        return TG_ENOMEM;
    memcpy(sorted, trace->argument, trace->count * sizeof *sorted);
    qsort(sorted, trace->count, sizeof *sorted, compare);
    size_t n = 1;
    for (size_t i = 1; i < trace->count; i++) {
        if (sorted[i] != sorted[n - 1])
            sorted[n++] = sorted[i];
    }
    *values = sorted;
    *count = n;
    return TG_OK;
}
