#include "tg_trace_check.h"

#include <math.h>

static int check_row(const struct tg_trace *trace, size_t i, struct tg_error *err)
{
    const char *column = trace->is_jitter ? "stolen_ns" : "cost_ns";
    if (!isfinite(trace->cost_ns[i]))
        return tg_error_set(err, TG_EINPUT, "%s: sample %zu: %s is not a number", trace->name, i + 1, column);
    if (trace->cost_ns[i] < 0)
        return tg_error_set(err, TG_EINPUT, "%s: sample %zu: %s is negative (%g)", trace->name, i + 1, column,
                            trace->cost_ns[i]);
    if (trace->ops && !(trace->ops[i] >= 1))
        return tg_error_set(err, TG_EINPUT, "%s: sample %zu: ops is %g, but must be at least 1", trace->name,
                            i + 1, trace->ops[i]);
    if (!isfinite(trace->t_ns[i]))
        return tg_error_set(err, TG_EINPUT, "%s: sample %zu: t_ns is not a number", trace->name, i + 1);
    if (i && trace->t_ns[i] < trace->t_ns[i - 1])
        return tg_error_set(err, TG_EINPUT, "%s: sample %zu: the clock steps back, from %.17g to %.17g ns",
                            trace->name, i + 1, trace->t_ns[i - 1], trace->t_ns[i]);
    return TG_OK;
}

/* A cost may have been reduced by what else ran in the sample, but never grown: the samples fit into the
 * time. Imported traces may lack times; then all are equal, and there is nothing to compare. */
static int check_unit(const struct tg_trace *trace, double total, double greatest, struct tg_error *err)
{
    double span = trace->count ? trace->t_ns[trace->count - 1] - trace->t_ns[0] + greatest : 0;
    if (trace->count > 1 && trace->t_ns[trace->count - 1] > trace->t_ns[0] && total > 2 * span)
        return tg_error_set(err, TG_EINPUT,
                            "%s: its samples cost %g ns together, but were taken within %g ns: a column has "
                            "another unit than ns",
                            trace->name, total, span);
    if (greatest > 0 && greatest < 1)
        return tg_error_set(
            err, TG_EINPUT,
            "%s: no sample takes longer than %g ns, below what any clock can tell: its unit is "
            "not ns",
            trace->name, greatest);
    return TG_OK;
}

int tg_trace_check(const struct tg_trace *trace, struct tg_error *err)
{
    double total = 0, greatest = 0;
    for (size_t i = 0; i < trace->count; i++) {
        int rc = check_row(trace, i, err);
        if (rc)
            return rc;
        total += trace->cost_ns[i];
        greatest = fmax(greatest, trace->cost_ns[i]);
    }
    return trace->is_jitter ? TG_OK : check_unit(trace, total, greatest, err);
}
