#include "tg_intrinsic.h"

#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static double median_of(const double *values, size_t n, double *scratch)
{
    memcpy(scratch, values, n * sizeof *scratch);
    gsl_sort(scratch, 1, n);
    return gsl_stats_median_from_sorted_data(scratch, 1, n);
}

static double total_time_ns(const struct tg_trace *trace)
{
    double sum = 0;
    for (size_t i = 0; i < trace->count; i++)
        sum += trace->cost_ns[i];
    return sum;
}

/* What the whole sample took above its median cost: what noise would have added to it. */
static double excess_ns(const struct tg_trace *trace, size_t i, double median_ns)
{
    double ops = trace->ops ? trace->ops[i] : 1;
    return trace->cost_ns[i] - median_ns * ops;
}

/* The excess from which a sample counts as hit: that of the largest `hits` above the threshold. */
static double hit_limit_ns(const struct tg_trace *trace, double median_ns, double threshold_ns, size_t hits,
                           double *scratch)
{
    size_t n = 0;
    for (size_t i = 0; i < trace->count; i++) {
        double excess = excess_ns(trace, i, median_ns);
        if (excess >= threshold_ns)
            scratch[n++] = excess;
    }
    if (!n || !hits)
        return INFINITY;
    gsl_sort(scratch, 1, n);
    return hits >= n ? scratch[0] : scratch[n - hits];
}

int tg_intrinsic_split(const struct tg_trace *trace, const struct tg_trace *jitter, struct tg_intrinsic *out,
                       struct tg_error *err)
{
    size_t n = trace->count;
    *out = (struct tg_intrinsic){0};
    out->cost_ns = calloc(n + 1, sizeof *out->cost_ns);
    double *scratch = calloc(n + 1, sizeof *scratch);
    if (!out->cost_ns || !scratch) {
        free(scratch);
        tg_intrinsic_release(out);
        return tg_error_set(err, TG_ENOMEM, "out of memory for %zu samples", n);
    }
    for (size_t i = 0; i < n; i++)
        out->cost_ns[i] = tg_trace_cost_per_op_ns(trace, i);
    out->raw_mean_ns = gsl_stats_mean(out->cost_ns, 1, n);
    double median_ns = median_of(out->cost_ns, n, scratch), limit_ns = INFINITY;
    if (jitter && jitter->observed_ns > 0) {
        out->expected_hits = (double)jitter->count / jitter->observed_ns * total_time_ns(trace);
        limit_ns = hit_limit_ns(trace, median_ns, jitter->threshold_ns, (size_t)llround(out->expected_hits),
                                scratch);
    }
    for (size_t i = 0; i < n; i++) {
        if (excess_ns(trace, i, median_ns) < limit_ns)
            out->cost_ns[out->count++] = out->cost_ns[i];
        else
            out->hits++;
    }
    free(scratch);
    return TG_OK;
}

void tg_intrinsic_release(struct tg_intrinsic *intrinsic)
{
    free(intrinsic->cost_ns);
    *intrinsic = (struct tg_intrinsic){0};
}
