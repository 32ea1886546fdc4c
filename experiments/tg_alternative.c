#include "tg_alternative.h"

#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tg_workers.h"

static int price_of(struct tg_study_draw *draw, const char *primitive, double *ns, struct tg_error *err)
{
    struct tg_case what = {.system = "khttpd-plugin", .rate_per_s = 100};
    struct tg_rig rig;
    int rc = tg_rig_open(draw, &what, &rig, err);
    const struct tg_price *price = rc ? NULL : tg_profile_price(&rig.scenario.profile, primitive);
    *ns = price ? price->mean_ns : NAN;
    tg_rig_close(&rig);
    return rc || price ? rc : tg_error_set(err, TG_EINPUT, "no price for '%s'", primitive);
}

/* P7a, were each call to find the lines that it touches in memory. */
static int cold_lines(struct tg_study_draw *draw, struct tg_measured *m, struct tg_error *err)
{
    double lines, count, call_ns, line_ns;
    struct tg_series_means means;
    int rc = tg_study_draw_setting(draw, "cold_lines", &lines, err);
    rc = rc ? rc : tg_study_draw_setting(draw, "series", &count, err);
    rc = rc ? rc : price_of(draw, "segment_call", &call_ns, err);
    rc = rc ? rc : price_of(draw, "memory_line", &line_ns, err);
    rc = rc ? rc : tg_study_draw_set(draw, "pentium3-866/costs.segment_call", call_ns + lines * line_ns, err);
    rc = rc ? rc : tg_measure_series(draw, (size_t)count, 0, NULL, &means, err);
    if (rc)
        return rc;
    m->value = means.mean[1] - means.mean[0];
    tg_measured_part(m, "lines", lines);
    tg_measured_part(m, "lines that 8 us need", (8000 - call_ns) / line_ns);
    return TG_OK;
}

/* In step with the tick. */

enum { PHASES = 1000, REQUESTS = 10 };

static const double TICKS_PER_S = 100;

/* The response times of the requests of each phase: replications differ in the phase of the tick. */
static int see_phases(struct tg_study_draw *draw, const char *patch, tg_ps *all, struct tg_error *err)
{
    struct tg_case what = {.system = "khttpd-plugin", .patch = patch, .rate_per_s = TICKS_PER_S};
    struct tg_rig rig;
    struct tg_sight sight;
    what.horizon_ps = tg_ps_from_s((REQUESTS + 1) / TICKS_PER_S);
    int rc = tg_rig_open(draw, &what, &rig, err);
    for (size_t i = 0; !rc && i < PHASES; i++) {
        rig.result.series_ps = &all[i * REQUESTS];
        rig.result.series_room = REQUESTS;
        rc = tg_rig_run(&rig, what.rate_per_s, i, NULL, &sight, err);
        if (!rc && rig.result.series_count < REQUESTS)
            rc =
                tg_error_set(err, TG_EINPUT, "a series has %zu response times only", rig.result.series_count);
    }
    tg_rig_close(&rig);
    return rc;
}

static double median_of(double *values, size_t count)
{
    gsl_sort(values, 1, count);
    return gsl_stats_median_from_sorted_data(values, 1, count);
}

/* What jitter adds to the requests of a phase, us: the costs are the same draws with jitter and without. The
 * median is the tick's alone, where all requests meet it; rare strokes do not move it. */
static double added_us(const tg_ps *with, const tg_ps *without)
{
    double added[REQUESTS];
    for (size_t i = 0; i < REQUESTS; i++)
        added[i] = tg_us_from_ps(with[i] - without[i]);
    return median_of(added, REQUESTS);
}

/* P7a, were the gaps in step with the tick so that all requests with the plugin meet it, and none without. */
static int in_step(struct tg_study_draw *draw, struct tg_measured *m, struct tg_error *err)
{
    double call_ns, added[PHASES], most, met = 0;
    tg_ps *with = malloc(2 * PHASES * REQUESTS * sizeof *with), *without = with + PHASES * REQUESTS;
    if (!with)
        return tg_error_set(err, TG_ENOMEM, "out of memory");
    int rc = price_of(draw, "segment_call", &call_ns, err);
    rc = rc ? rc : see_phases(draw, NULL, with, err);
    rc = rc ? rc : see_phases(draw, "{\"jitter\": false}", without, err);
    for (size_t i = 0; !rc && i < PHASES; i++) {
        added[i] = added_us(&with[i * REQUESTS], &without[i * REQUESTS]);
        met += added[i] > 1;
    }
    free(with);
    if (rc)
        return rc;
    double middle = median_of(added, PHASES);
    most = added[PHASES - 1];
    m->value = most - middle + call_ns * 1e-3;
    tg_measured_part(m, "what the tick adds, us", most - middle);
    tg_measured_part(m, "share of phases that meet it", met / PHASES);
    return TG_OK;
}

const struct tg_alternative tg_alternatives[] = {
    {"plugins", "P7a", "in step with the tick",
     "gaps of 10 ms: all requests with the plugin meet the tick, and none without", in_step},
    {"plugins", "P7a", "cold lines", "each call finds the lines that it touches in memory", cold_lines},
    {NULL, NULL, NULL, NULL, NULL},
};

/* Draws. */

struct work {
    const struct tg_study *study;
    const struct tg_alternative_options *options;
    const struct tg_alternative *wanted[TG_ALTERNATIVES_MAX];
    size_t count;
    struct tg_measured *measured; /* draws by alternatives */
};

/* Each has its own draw, as it may change it. */
static int draw_job(void *context, unsigned worker, size_t index, struct tg_error *err)
{
    struct work *w = context;
    const struct tg_alternative *a = w->wanted[index % w->count];
    struct tg_study_draw *draw;
    (void)worker;
    int rc = tg_study_draw_new(w->study, w->options->seed, (int64_t)(index / w->count), &draw, err);
    if (rc)
        return rc;
    rc = a->measure(draw, &w->measured[index], err);
    tg_study_draw_free(draw);
    return rc ? tg_error_wrap(err, rc, "claim %s, %s", a->claim, a->name) : TG_OK;
}

static void conclude(const struct work *w, size_t which, double *values, struct tg_alternative_outcome *o)
{
    size_t n = w->options->draws;
    *o = (struct tg_alternative_outcome){.alternative = w->wanted[which], .parts = w->measured[which]};
    for (size_t p = 0; p < o->parts.part_count; p++) {
        for (size_t d = 0; d < n; d++)
            values[d] = w->measured[d * w->count + which].parts[p].value;
        o->parts.parts[p].value = median_of(values, n);
    }
    for (size_t d = 0; d < n; d++)
        values[d] = w->measured[d * w->count + which].value;
    o->parts.value = o->median = median_of(values, n);
    o->low = gsl_stats_quantile_from_sorted_data(values, 1, n, 0.05);
    o->high = gsl_stats_quantile_from_sorted_data(values, 1, n, 0.95);
}

int tg_alternatives_run(const struct tg_study *study, const struct tg_alternative_options *options,
                        struct tg_alternative_outcome outcomes[TG_ALTERNATIVES_MAX], size_t *count,
                        struct tg_error *err)
{
    struct work w = {.study = study, .options = options};
    struct tg_workers workers = {.threads = options->threads,
                                 .job = draw_job,
                                 .context = &w,
                                 .interrupted = options->interrupted,
                                 .interrupted_context = options->context};
    for (const struct tg_alternative *a = tg_alternatives; a->study; a++)
        if (strcmp(a->study, study->name) == 0 && w.count < TG_ALTERNATIVES_MAX)
            w.wanted[w.count++] = a;
    *count = w.count;
    if (!w.count)
        return TG_OK;
    w.measured = calloc(w.count * options->draws, sizeof *w.measured);
    double *values = malloc(options->draws * sizeof *values);
    int rc = w.measured && values ? TG_OK : tg_error_set(err, TG_ENOMEM, "out of memory");
    rc = rc ? rc : tg_workers_run(&workers, w.count * options->draws, err);
    for (size_t i = 0; !rc && i < w.count; i++)
        conclude(&w, i, values, &outcomes[i]);
    free(w.measured);
    free(values);
    return rc;
}
