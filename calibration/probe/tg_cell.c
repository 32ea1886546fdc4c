#include "tg_cell.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tg_summary.h"
#include "tg_timing.h"

enum {
    WARM_UP_SAMPLES = 50,
    LOOKS_EVERY = 32,     /* samples between looks at the clock and the interrupt flag */
    INTERVAL_EVERY = 250, /* samples between computations of the interval */
};

static double seconds_since(const struct tg_bench *bench, uint64_t ticks)
{
    return (tg_clock_ns(&bench->clock, tg_clock_begin()) - tg_clock_ns(&bench->clock, ticks)) * 1e-9;
}

static int take_sample(struct tg_cell *cell, const struct tg_bench *bench, void *state,
                       struct tg_sample *sample, struct tg_error *err)
{
    if (cell->probe->sample)
        return cell->probe->sample(bench, state, sample, err);
    double cost_ns = tg_time_body(&bench->clock, cell->probe->body, state, cell->ops, &sample->begin);
    sample->ops = (double)cell->ops;
    sample->cost_ns = cost_ns - cell->baseline_ns * sample->ops;
    return TG_OK;
}

static int grow_costs(struct tg_cell *cell, struct tg_error *err)
{
    size_t capacity = cell->capacity ? cell->capacity * 2 : 4096;
    double *costs = realloc(cell->costs, capacity * sizeof *costs);
    if (!costs)
        return tg_error_set(err, TG_ENOMEM, "out of memory");
    memset(costs + cell->count, 0, (capacity - cell->count) * sizeof *costs);
    cell->costs = costs;
    cell->capacity = capacity;
    return TG_OK;
}

static int keep_sample(struct tg_cell *cell, const struct tg_bench *bench, const struct tg_sample *sample,
                       struct tg_error *err)
{
    struct tg_trace *trace = cell->trace;
    int rc = cell->count == cell->capacity ? grow_costs(cell, err) : TG_OK;
    if (!rc && trace->count == trace->capacity)
        rc = tg_trace_reserve(trace, trace->capacity * 2 + 4096, err);
    if (rc)
        return rc;
    double t_ns = round(tg_clock_ns(&bench->clock, sample->begin));
    double cost_ns = sample->cost_ns > 0 ? round(sample->cost_ns * 1e3) / 1e3 : 0;
    double last = trace->count ? trace->t_ns[trace->count - 1] : 0;
    tg_trace_append(trace, t_ns > last ? t_ns : last, cost_ns, sample->ops, cell->argument);
    cell->costs[cell->count++] = cost_ns / sample->ops;
    return TG_OK;
}

/* True once the median is known well enough. */
static bool is_settled(const struct tg_cell *cell, double precision)
{
    struct tg_summary summary;
    if (tg_summarize(cell->costs, cell->count, &summary))
        return false;
    return (summary.high - summary.low) / 2 <= precision * summary.median;
}

/* Quick operations may use time that others left over to get their least number of samples. */
static double limit_of(const struct tg_cell *cell, const struct tg_cell_goal *goal, bool is_slow)
{
    return cell->count < goal->samples_min && !is_slow ? goal->seconds_max : goal->seconds;
}

static int take_samples(struct tg_cell *cell, const struct tg_bench *bench, void *state,
                        const struct tg_cell_goal *goal, struct tg_error *err)
{
    uint64_t start = tg_clock_begin();
    struct tg_sample sample = {0};
    int rc = TG_OK;
    for (size_t i = 0; !rc && i < WARM_UP_SAMPLES && seconds_since(bench, start) < goal->seconds * 0.1; i++)
        rc = take_sample(cell, bench, state, &sample, err);
    size_t next_look = cell->count + LOOKS_EVERY, next_interval = cell->count + INTERVAL_EVERY;
    bool is_slow = true;
    while (!rc && cell->count < goal->samples_max) {
        rc = take_sample(cell, bench, state, &sample, err);
        if (!rc)
            rc = keep_sample(cell, bench, &sample, err);
        if (is_slow || cell->count >= next_look) {
            next_look = cell->count + LOOKS_EVERY;
            is_slow = sample.cost_ns > 1e5;
            if (bench->interrupted && bench->interrupted())
                return tg_error_set(err, TG_EINTERRUPTED, "interrupted");
            if (seconds_since(bench, start) > limit_of(cell, goal, is_slow))
                break;
        }
        if (cell->count >= next_interval && cell->count >= goal->samples_min) {
            next_interval = cell->count + INTERVAL_EVERY;
            if (is_settled(cell, goal->precision))
                break;
        }
    }
    return rc;
}

static int measure(struct tg_cell *cell, const struct tg_bench *bench, void *state,
                   const struct tg_cell_goal *goal, struct tg_error *err)
{
    if (cell->probe->observe)
        return cell->probe->observe(bench, state, goal->seconds, cell->trace, err);
    if (cell->probe->body) {
        /* Kept from the first pass on, so that all samples of a trace are alike. */
        if (!cell->ops)
            cell->ops = tg_time_resolve(&bench->clock, cell->probe->body, state);
        cell->baseline_ns =
            cell->probe->baseline ? tg_time_per_op_ns(&bench->clock, cell->probe->baseline, state) : 0;
    }
    return take_samples(cell, bench, state, goal, err);
}

int tg_cell_run(struct tg_cell *cell, const struct tg_bench *bench, const struct tg_cell_goal *goal,
                struct tg_error *err)
{
    struct tg_error why = {0};
    void *state = NULL;
    int rc =
        cell->probe->setup ? cell->probe->setup(cell->probe, bench, cell->argument, &state, &why) : TG_OK;
    if (!rc)
        rc = measure(cell, bench, state, goal, &why);
    if (!rc && cell->probe->note)
        cell->probe->note(state, cell->note, sizeof cell->note);
    if (cell->probe->teardown && state)
        cell->probe->teardown(state);
    if (rc == TG_EENV) {
        cell->skipped = true;
        snprintf(cell->reason, sizeof cell->reason, "%s", why.text);
        return TG_OK;
    }
    return rc ? tg_error_set(err, rc, "%s: %s", cell->probe->name, why.text) : TG_OK;
}

void tg_cell_release(struct tg_cell *cell)
{
    free(cell->costs);
    *cell = (struct tg_cell){0};
}
