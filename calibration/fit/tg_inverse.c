#include "tg_inverse.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tg_ridge_words.h"
#include "tg_sweep.h"

enum {
    SCAN_POINTS = 16, /* for each key */
    PASSES = 2,       /* with the noise as it is at the best curve so far */
};

static const double scan_reach = 2.302585092994046; /* a factor of 10 */
static const double profile_reach = 3;
static const double least_noise = 1e-3; /* relative: no measurement repeats better */
static const double nothing_like = 5;   /* logarithm of the ratio where nothing is replied */

static const enum tg_metric metric_of[TG_CURVE_COLUMNS] = {
    [TG_CURVE_LATENCY_MEAN] = TG_METRIC_MEAN_PS, [TG_CURVE_LATENCY_P50] = TG_METRIC_P50_PS,
    [TG_CURVE_LATENCY_P90] = TG_METRIC_P90_PS,   [TG_CURVE_LATENCY_P99] = TG_METRIC_P99_PS,
    [TG_CURVE_LATENCY_MAX] = TG_METRIC_MAX_PS,
};

/* One residual: what of which point, and its noise. */
struct target {
    size_t point;
    int column;
    double noise;
};

struct work {
    struct tg_inverse *out;
    const struct tg_inverse_options *options;
    struct target *targets;
    size_t *group;
    size_t count;
    double *noises; /* of the last simulation, point by point and column */
    const char *stage;
    size_t evaluations;
    struct tg_search search;
    double x[TG_SEARCH_PARAMETERS];
};

static double relative(const struct tg_inverse_point *p, int column)
{
    double measured = p->measured[column], simulated = p->simulated[column];
    if (column == TG_INVERSE_REPLY)
        return (simulated - measured) / p->offered_per_s;
    return simulated > 0 ? fmax(-nothing_like, fmin(nothing_like, log(simulated / measured))) : nothing_like;
}

/* The standard deviation between replications, from the interval of their mean. */
static double deviation(const struct tg_estimate *e)
{
    return (e->high - e->mean) / tg_interval_t(0.95, (double)e->n - 1) * sqrt((double)e->n);
}

static void take_point(struct work *w, size_t index, const struct tg_sweep_point *from)
{
    struct tg_inverse_point *p = &w->out->points[index];
    double *noise = &w->noises[index * TG_INVERSE_COLUMNS];
    const struct tg_estimate *reply = &from->metrics[TG_METRIC_REPLY_PER_S];
    p->simulated[TG_INVERSE_REPLY] = reply->mean;
    noise[TG_INVERSE_REPLY] = deviation(reply) / p->offered_per_s;
    if (w->out->latency == TG_CURVE_COLUMNS)
        return;
    const struct tg_estimate *latency = &from->metrics[metric_of[w->out->latency]];
    p->simulated[TG_INVERSE_LATENCY] = latency->mean * 1e-3;
    noise[TG_INVERSE_LATENCY] = deviation(latency) / latency->mean;
}

/* Simulates the points that are shown, or all. */
static int simulate(struct work *w, bool all, struct tg_error *err)
{
    struct tg_scenario scenario;
    struct tg_sweep_listener listener = {.context = w->options->context,
                                         .interrupted = w->options->interrupted};
    int rc = tg_tunable_make(&w->out->tunable, &scenario, err);
    if (rc)
        return rc;
    for (size_t i = 0; !rc && i < w->out->point_count; i++) {
        struct tg_sweep_point point;
        if (!all && !w->out->points[i].shown)
            continue;
        rc = tg_sweep_run_point(&scenario, w->options->technique, w->out->points[i].offered_per_s,
                                w->options->threads, &listener, &point, err);
        if (!rc)
            take_point(w, i, &point);
    }
    tg_scenario_release(&scenario);
    return rc;
}

static void set_keys(struct work *w, const double *x)
{
    struct tg_tunable *t = &w->out->tunable;
    for (size_t i = 0; i < t->key_count; i++)
        tg_tunable_set(t, i, t->keys[i].start * exp(x[i]));
}

static int evaluate(void *context, const double *x, double *residuals, struct tg_error *err)
{
    struct work *w = context;
    set_keys(w, x);
    int rc = simulate(w, false, err);
    if (rc)
        return rc;
    for (size_t i = 0; i < w->count; i++)
        residuals[i] =
            relative(&w->out->points[w->targets[i].point], w->targets[i].column) / w->targets[i].noise;
    if (w->options->progress)
        w->options->progress(w->options->context, w->stage, ++w->evaluations);
    return TG_OK;
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* A few replications tell a point's noise roughly: half of what is usual along the curve is added. */
static int set_noises(struct work *w, struct tg_error *err)
{
    double *column = calloc(w->count + 1, sizeof *column);
    if (!column)
        return tg_error_set(err, TG_ENOMEM, "out of memory");
    for (int c = 0; c < TG_INVERSE_COLUMNS; c++) {
        size_t n = 0;
        for (size_t i = 0; i < w->count; i++)
            if (w->targets[i].column == c)
                column[n++] = w->noises[w->targets[i].point * TG_INVERSE_COLUMNS + (size_t)c];
        if (!n)
            continue;
        for (size_t i = 0; i < n; i++)
            column[i] = isfinite(column[i]) ? column[i] : 1;
        qsort(column, n, sizeof *column, ascending);
        double usual = column[n / 2];
        for (size_t i = 0; i < w->count; i++) {
            struct target *t = &w->targets[i];
            double own = w->noises[t->point * TG_INVERSE_COLUMNS + (size_t)c];
            if (t->column == c)
                t->noise =
                    sqrt(pow(isfinite(own) ? own : 1, 2) + usual * usual / 4 + least_noise * least_noise);
        }
    }
    free(column);
    return TG_OK;
}

static int search_all(struct work *w, double replications, struct tg_error *err)
{
    struct tg_search *s = &w->search;
    size_t k = s->parameters;
    double deviance;
    struct tg_search_rule coarse = {.step = 0.4, .precision = 0.01, .enough = -HUGE_VAL, .budget = 50 * k};
    struct tg_search_rule fine = {.step = 0.05, .precision = 5e-4, .enough = -HUGE_VAL, .budget = 50 * k};
    for (size_t g = 0; g < s->groups; g++)
        s->floor[g] = 1e9; /* plain least squares */
    w->stage = "scanning";
    int rc = tg_search_scan(s, scan_reach, SCAN_POINTS * k, w->x, &deviance, err);
    w->stage = "minimizing";
    rc = rc ? rc : tg_search_minimize(s, &coarse, w->x, &deviance, err);
    for (size_t g = 0; g < s->groups; g++)
        s->floor[g] = 1 / replications;
    for (int pass = 0; !rc && pass < PASSES; pass++) {
        set_keys(w, w->x);
        rc = simulate(w, false, err);
        rc = rc ? rc : set_noises(w, err);
        rc = rc ? rc : tg_search_minimize(s, &fine, w->x, &deviance, err);
    }
    return rc;
}

static void add_error(struct tg_inverse_error *e, double error)
{
    e->mean = (e->count ? e->mean * (double)e->count + error : error) / (double)(e->count + 1);
    e->worst = e->count ? fmax(e->worst, error) : error;
    e->count++;
}

static void set_errors(struct tg_inverse *out)
{
    for (int c = 0; c < TG_INVERSE_COLUMNS; c++) {
        out->shown[c] = out->held_out[c] = (struct tg_inverse_error){.mean = NAN, .worst = NAN};
        for (size_t i = 0; i < out->point_count; i++) {
            const struct tg_inverse_point *p = &out->points[i];
            if (p->measured[c] > 0 && isfinite(p->simulated[c]))
                add_error(p->shown ? &out->shown[c] : &out->held_out[c],
                          fabs(p->simulated[c] / p->measured[c] - 1));
        }
    }
}

static int take_result(struct work *w, const struct tg_likelihood_profile *profile, struct tg_error *err)
{
    struct tg_inverse *out = w->out;
    const struct tg_tunable *t = &out->tunable;
    memcpy(w->x, profile->x, sizeof w->x);
    set_keys(w, w->x);
    for (size_t i = 0; i < t->key_count; i++) {
        out->low[i] = t->keys[i].start * exp(profile->low[i]);
        out->high[i] = t->keys[i].start * exp(profile->high[i]);
    }
    int rc = simulate(w, true, err);
    if (!rc)
        set_errors(out);
    out->evaluations = w->search.evaluations;
    return rc;
}

static int find_values(struct work *w, double replications, struct tg_error *err)
{
    struct tg_likelihood_profile profile;
    int rc = search_all(w, replications, err);
    w->stage = "walking the likelihood";
    rc = rc ? rc : tg_likelihood_profile_make(&w->search, w->x, profile_reach, &profile, err);
    if (!rc && profile.open)
        rc = tg_ridge_refuse(&profile, &w->out->tunable, err);
    return rc ? rc : take_result(w, &profile, err);
}

static enum tg_curve_column latency_of(const struct tg_curve *curve)
{
    static const enum tg_curve_column order[] = {TG_CURVE_LATENCY_MEAN, TG_CURVE_LATENCY_P50,
                                                 TG_CURVE_LATENCY_P90, TG_CURVE_LATENCY_P99,
                                                 TG_CURVE_LATENCY_MAX};
    for (size_t k = 0; k < TG_COUNT(order); k++)
        for (size_t i = 0; i < curve->count; i++)
            if (curve->points[i].values[order[k]] > 0)
                return order[k];
    return TG_CURVE_COLUMNS;
}

static int take_curve(struct tg_inverse *out, const struct tg_curve *curve,
                      const struct tg_inverse_options *o, struct tg_error *err)
{
    out->latency = o->match == TG_MATCH_THROUGHPUT ? TG_CURVE_COLUMNS : latency_of(curve);
    out->matched[TG_INVERSE_REPLY] = o->match != TG_MATCH_LATENCY;
    out->matched[TG_INVERSE_LATENCY] = out->latency != TG_CURVE_COLUMNS;
    if (o->match == TG_MATCH_LATENCY && !out->matched[TG_INVERSE_LATENCY])
        return tg_error_set(err, TG_EINPUT, "the curve has no latencies to match");
    out->points = calloc(curve->count + 1, sizeof *out->points);
    if (!out->points)
        return tg_error_set(err, TG_ENOMEM, "out of memory");
    for (size_t i = 0; i < curve->count; i++) {
        const double *values = curve->points[i].values;
        if (!(values[TG_CURVE_OFFERED] > 0))
            continue;
        struct tg_inverse_point *p = &out->points[out->point_count];
        *p = (struct tg_inverse_point){.offered_per_s = values[TG_CURVE_OFFERED],
                                       .shown = out->point_count % 3 != 2,
                                       .measured = {values[TG_CURVE_REPLY], NAN},
                                       .simulated = {NAN, NAN}};
        if (out->latency != TG_CURVE_COLUMNS)
            p->measured[TG_INVERSE_LATENCY] = values[out->latency];
        out->point_count++;
    }
    return TG_OK;
}

static int make_targets(struct work *w, struct tg_error *err)
{
    size_t most = w->out->point_count * TG_INVERSE_COLUMNS;
    w->targets = calloc(most + 1, sizeof *w->targets);
    w->group = calloc(most + 1, sizeof *w->group);
    w->noises = calloc(most + 1, sizeof *w->noises);
    if (!w->targets || !w->group || !w->noises)
        return tg_error_set(err, TG_ENOMEM, "out of memory");
    for (int c = 0; c < TG_INVERSE_COLUMNS; c++) {
        for (size_t i = 0; w->out->matched[c] && i < w->out->point_count; i++) {
            const struct tg_inverse_point *p = &w->out->points[i];
            bool known = c == TG_INVERSE_REPLY ? isfinite(p->measured[c]) : p->measured[c] > 0;
            if (!p->shown || !known)
                continue;
            w->group[w->count] = (size_t)c;
            w->targets[w->count++] = (struct target){.point = i, .column = c, .noise = 1};
        }
    }
    size_t keys = w->out->tunable.key_count;
    if (w->count < keys + 2)
        return tg_error_set(
            err, TG_EINPUT,
            "the curve has %zu values to fit %zu unknowns to (every third point is held out); give at "
            "least %zu",
            w->count, keys, keys + 2);
    return TG_OK;
}

int tg_inverse_fit(const struct tg_scenario *scenario, const char *name, const struct tg_curve *curve,
                   const char *const *keys, size_t key_count, const struct tg_inverse_options *options,
                   struct tg_inverse *out, struct tg_error *err)
{
    *out = (struct tg_inverse){.latency = TG_CURVE_COLUMNS};
    struct work w = {.out = out, .options = options};
    int rc = tg_tunable_init(&out->tunable, scenario, name, err);
    for (size_t i = 0; !rc && i < key_count; i++)
        rc = tg_tunable_add(&out->tunable, keys[i], err);
    rc = rc ? rc : take_curve(out, curve, options, err);
    rc = rc ? rc : make_targets(&w, err);
    w.search = (struct tg_search){.parameters = key_count,
                                  .residuals = w.count,
                                  .groups = TG_INVERSE_COLUMNS,
                                  .group = w.group,
                                  .evaluate = evaluate,
                                  .context = &w};
    rc = rc ? rc : find_values(&w, (double)scenario->replications, err);
    free(w.targets);
    free(w.group);
    free(w.noises);
    if (rc)
        tg_inverse_release(out);
    return rc;
}

void tg_inverse_release(struct tg_inverse *inverse)
{
    tg_tunable_release(&inverse->tunable);
    free(inverse->points);
    inverse->points = NULL;
    inverse->point_count = 0;
}
