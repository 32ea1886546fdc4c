#include "tg_sweep.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tg_world.h"

static const double fractions[] = {0.05, 0.1, 0.2,  0.3, 0.4,  0.5, 0.6,  0.7,
                                   0.8,  0.9, 0.95, 1,   1.05, 1.1, 1.25, 1.5};

/* Replications whose results, histograms and all, are held at one time; of the others only the numbers
 * remain. */
enum { BATCH = 64 };

/* The numbers of one replication. */
struct row {
    double metrics[TG_METRIC_COUNT];
    double paid_ps[TG_PATH_COSTS_MAX]; /* means over replied requests; NaN where there were none */
    double waited_ps[TG_WAITS_MAX];
};

/* One technique under way: its path, a world a thread, and the replications of the point in hand. */
struct bench {
    const struct tg_scenario *scenario;
    const struct tg_sweep_listener *listener;
    struct tg_server server;
    struct tg_path path;
    unsigned threads;
    struct tg_world **worlds;
    struct tg_result *scratch; /* one a thread */
    struct tg_result results[BATCH];
    bool complete[BATCH];
    size_t first;     /* replication of results[0] */
    struct row *rows; /* one a replication */
    double *saturations;
    double offered_per_s;
    double pilot_per_s; /* offered rate sustained in the first replication */
    struct tg_sweep_curve curve;
};

static void bench_release(struct bench *b)
{
    for (unsigned i = 0; b->worlds && i < b->threads; i++)
        tg_world_free(b->worlds[i]);
    for (unsigned i = 0; b->scratch && i < b->threads; i++)
        tg_result_release(&b->scratch[i]);
    for (size_t i = 0; i < BATCH; i++)
        tg_result_release(&b->results[i]);
    free(b->worlds);
    free(b->scratch);
    free(b->rows);
    free(b->saturations);
    tg_server_release(&b->server);
}

static int bench_allocate(struct bench *b, struct tg_error *err)
{
    size_t n = (size_t)b->scenario->replications;
    b->worlds = calloc(b->threads, sizeof *b->worlds);
    b->scratch = calloc(b->threads, sizeof *b->scratch);
    b->rows = calloc(n, sizeof *b->rows);
    b->saturations = calloc(n, sizeof *b->saturations);
    if (!b->worlds || !b->scratch || !b->rows || !b->saturations)
        return tg_error_set(err, TG_ENOMEM, "out of memory for %zu replications", n);
    int rc = TG_OK;
    for (unsigned i = 0; !rc && i < b->threads; i++) {
        rc = tg_world_new(b->scenario, &b->path, &b->worlds[i], err);
        if (!rc)
            rc = tg_result_init(&b->scratch[i], err);
    }
    for (size_t i = 0; !rc && i < BATCH && i < n; i++)
        rc = tg_result_init(&b->results[i], err);
    return rc;
}

static int bench_init(struct bench *b, const struct tg_scenario *scenario, size_t technique, unsigned threads,
                      const struct tg_sweep_listener *listener, struct tg_error *err)
{
    *b = (struct bench){.scenario = scenario, .listener = listener, .threads = threads ? threads : 1};
    const struct tg_technique *t = &scenario->techniques[technique];
    b->curve.technique = t;
    b->curve.path = &b->path;
    int rc = tg_server_copy(&b->server, &scenario->server, err);
    if (!rc)
        rc = tg_technique_apply(t, &b->server, err);
    if (!rc) {
        rc = tg_path_build(&b->path, scenario, t, &b->server, err);
        if (rc)
            tg_error_wrap(err, rc, "technique '%s'", t->name);
    }
    if (!rc)
        rc = bench_allocate(b, err);
    if (rc)
        bench_release(b);
    return rc;
}

static int run_jobs(struct bench *b, int (*job)(void *, unsigned, size_t, struct tg_error *), size_t count,
                    struct tg_error *err)
{
    struct tg_workers workers = {.threads = b->threads,
                                 .job = job,
                                 .context = b,
                                 .interrupted = b->listener->interrupted,
                                 .interrupted_context = b->listener->context};
    return tg_workers_run(&workers, count, err);
}

/* A rate tried in one replication: what part of the requests was replied. */
struct trial {
    double offered_per_s, replied_ratio;
};

static bool sustained(const struct trial *trial)
{
    return trial->replied_ratio >= TG_SUSTAINED;
}

/* Of what was offered. A client that waits offers less than its rate when the server cannot keep up: what it
 * would have offered counts. */
static double replied_ratio(const struct bench *b, const struct tg_result *r)
{
    double nominal = r->offered_per_s * tg_s_from_ps(r->window_ps);
    if (b->scenario->workload.client != TG_CLIENT_OPEN)
        return fmin(1, (double)r->replies_in_window / nominal);
    /* Nothing offered, nothing refused. */
    return r->offered ? (double)r->replied / (double)r->offered : 1;
}

static int try_rate(struct bench *b, unsigned worker, size_t replication, double rate, struct trial *trial,
                    struct tg_error *err)
{
    struct tg_result *r = &b->scratch[worker];
    int rc = tg_world_run(b->worlds[worker], rate, replication, NULL, r, err);
    *trial = (struct trial){rate, replied_ratio(b, r)};
    return rc;
}

/* Widens [low, high] until low is sustained and high is not. */
static int bracket(struct bench *b, unsigned worker, size_t replication, struct trial *low, double *high,
                   struct tg_error *err)
{
    struct trial trial;
    int rc = try_rate(b, worker, replication, low->offered_per_s, low, err);
    for (int i = 0; !rc && !sustained(low) && i < 60; i++) {
        *high = low->offered_per_s;
        rc = try_rate(b, worker, replication, 0.7 * low->offered_per_s, low, err);
    }
    for (int i = 0; !rc && i < 60; i++) {
        rc = try_rate(b, worker, replication, *high, &trial, err);
        if (rc || !sustained(&trial))
            break;
        *low = trial;
        *high *= 1.3;
    }
    return rc;
}

/* The highest offered rate that is sustained in a replication, within a thousandth. */
static int bisect(struct bench *b, unsigned worker, size_t replication, double low_per_s, double high_per_s,
                  struct trial *highest, struct tg_error *err)
{
    *highest = (struct trial){low_per_s, 0};
    int rc = bracket(b, worker, replication, highest, &high_per_s, err);
    while (!rc && high_per_s - highest->offered_per_s > 0.001 * high_per_s) {
        struct trial trial;
        rc = try_rate(b, worker, replication, (highest->offered_per_s + high_per_s) / 2, &trial, err);
        if (sustained(&trial))
            *highest = trial;
        else
            high_per_s = trial.offered_per_s;
    }
    b->saturations[replication] = highest->offered_per_s * highest->replied_ratio;
    return rc;
}

static int pilot_job(void *context, unsigned worker, size_t index, struct tg_error *err)
{
    struct bench *b = context;
    struct trial highest;
    double capacity = tg_world_capacity_per_s(b->scenario, &b->path);
    int rc = bisect(b, worker, index, 0.5 * capacity, 1.1 * capacity, &highest, err);
    b->pilot_per_s = highest.offered_per_s;
    return rc;
}

static int saturation_job(void *context, unsigned worker, size_t index, struct tg_error *err)
{
    struct bench *b = context;
    struct trial highest;
    if (index == 0)
        return TG_OK; /* the pilot's */
    return bisect(b, worker, index, 0.97 * b->pilot_per_s, 1.03 * b->pilot_per_s, &highest, err);
}

static int check_capacity(const struct bench *b, struct tg_error *err)
{
    if (isfinite(tg_world_capacity_per_s(b->scenario, &b->path)))
        return TG_OK;
    return tg_error_set(err, TG_EINPUT, "technique '%s': a request costs no time, so that nothing saturates",
                        b->curve.technique->name);
}

static int find_saturation(struct bench *b, struct tg_error *err)
{
    int rc = check_capacity(b, err);
    if (!rc)
        rc = run_jobs(b, pilot_job, 1, err);
    if (!rc)
        rc = run_jobs(b, saturation_job, (size_t)b->scenario->replications, err);
    if (!rc)
        b->curve.saturation_per_s = tg_metric_estimate(b->saturations, 1, (size_t)b->scenario->replications);
    return rc;
}

static int replication_job(void *context, unsigned worker, size_t index, struct tg_error *err)
{
    struct bench *b = context;
    int rc = tg_world_run(b->worlds[worker], b->offered_per_s, b->first + index, NULL, &b->results[index], err);
    b->complete[index] = !rc;
    return rc;
}

static void fill_row(const struct bench *b, const struct tg_result *r, struct row *row)
{
    double replied = r->replied ? (double)r->replied : NAN;
    tg_metric_compute(r, row->metrics);
    for (uint32_t i = 0; i < b->path.cost_count; i++)
        row->paid_ps[i] = (double)r->paid_ps[i] / replied;
    for (unsigned i = 0; i < b->path.wait_count; i++)
        row->waited_ps[i] = (double)r->waited_ps[i] / replied;
}

static int tell_replications(struct bench *b, size_t count, struct tg_error *err)
{
    const struct tg_sweep_listener *l = b->listener;
    int rc = TG_OK;
    for (size_t i = 0; !rc && i < count; i++) {
        if (!b->complete[i])
            continue;
        fill_row(b, &b->results[i], &b->rows[b->first + i]);
        if (l->replication)
            rc = l->replication(l->context, &b->curve, b->offered_per_s, b->first + i, &b->results[i], err);
    }
    return rc;
}

static int run_batch(struct bench *b, size_t count, struct tg_error *err)
{
    struct tg_error told_err = {0};
    for (size_t i = 0; i < count; i++)
        b->complete[i] = false;
    int rc = run_jobs(b, replication_job, count, err);
    /* What is finished is told even after an interrupt. */
    int told = tell_replications(b, count, &told_err);
    if (rc || !told)
        return rc;
    if (err)
        *err = told_err;
    return told;
}

static void estimate(const struct bench *b, struct tg_sweep_point *point)
{
    const size_t stride = sizeof(struct row) / sizeof(double), n = (size_t)b->scenario->replications;
    const struct row *first = b->rows;
    *point = (struct tg_sweep_point){.offered_per_s = b->offered_per_s, .replications = n};
    for (size_t m = 0; m < TG_METRIC_COUNT; m++) {
        point->metrics[m] = tg_metric_estimate(&first->metrics[m], stride, n);
        if (tg_metric_is_share((enum tg_metric)m))
            point->metrics[m].high = fmin(point->metrics[m].high, 1);
    }
    for (uint32_t i = 0; i < b->path.cost_count; i++)
        point->paid_ps[i] = tg_metric_estimate(&first->paid_ps[i], stride, n);
    for (unsigned i = 0; i < b->path.wait_count; i++)
        point->waited_ps[i] = tg_metric_estimate(&first->waited_ps[i], stride, n);
}

static int run_point(struct bench *b, double offered_per_s, struct tg_sweep_point *point,
                     struct tg_error *err)
{
    size_t n = (size_t)b->scenario->replications;
    int rc = TG_OK;
    b->offered_per_s = offered_per_s;
    for (b->first = 0; !rc && b->first < n; b->first += BATCH)
        rc = run_batch(b, n - b->first < BATCH ? n - b->first : BATCH, err);
    if (rc)
        return rc;
    estimate(b, point);
    return b->listener->point ? b->listener->point(b->listener->context, &b->curve, point, err) : TG_OK;
}

/* Three significant digits, so that axes and tables read well. */
static double round_rate(double rate)
{
    double scale = pow(10, floor(log10(rate)) - 2);
    return round(rate / scale) * scale;
}

static double rate_of(const struct bench *b, size_t index)
{
    if (b->scenario->rate_count)
        return b->scenario->rates_per_s[index];
    return round_rate(b->curve.saturation_per_s.mean * fractions[index]);
}

static const char *dearest_cost(const struct bench *b, const struct tg_result *r)
{
    uint32_t dearest = 0;
    for (uint32_t i = 1; i < b->path.cost_count; i++) {
        if (r->paid_ps[i] > r->paid_ps[dearest])
            dearest = i;
    }
    return b->path.costs[dearest];
}

/* What saturates: a core that is busy all the time, and what its requests pay most for; else the link. */
static int note_limit(struct bench *b, struct tg_error *err)
{
    struct trial trial;
    double metrics[TG_METRIC_COUNT];
    const struct tg_result *r = &b->scratch[0];
    int rc = try_rate(b, 0, 0, b->pilot_per_s, &trial, err);
    if (rc)
        return rc;
    tg_metric_compute(r, metrics);
    if (metrics[TG_METRIC_UTILIZATION] > 0.95)
        snprintf(b->curve.limited_by, sizeof b->curve.limited_by, "server CPU, mostly %s",
                 dearest_cost(b, r));
    else
        strcpy(b->curve.limited_by, b->path.driver_domain ? "driver domain CPU" : "link");
    return TG_OK;
}

static int run_technique(const struct tg_scenario *scenario, size_t index, unsigned threads,
                         const struct tg_sweep_listener *listener, struct tg_error *err)
{
    struct bench b;
    int rc = bench_init(&b, scenario, index, threads, listener, err);
    if (rc)
        return rc;
    size_t points = scenario->rate_count ? scenario->rate_count : TG_COUNT(fractions);
    size_t total = (points + 1) * scenario->technique_count, done = index * (points + 1);
    b.curve.point_count = points;
    rc = find_saturation(&b, err);
    if (!rc)
        rc = note_limit(&b, err);
    if (!rc && listener->curve)
        rc = listener->curve(listener->context, &b.curve, err);
    for (size_t i = 0; !rc && i < points; i++) {
        struct tg_sweep_point point;
        if (listener->progress)
            listener->progress(listener->context, b.curve.technique, done + i + 1, total);
        rc = run_point(&b, rate_of(&b, i), &point, err);
    }
    bench_release(&b);
    return rc;
}

int tg_sweep_run(const struct tg_scenario *scenario, unsigned threads,
                 const struct tg_sweep_listener *listener, struct tg_error *err)
{
    int rc = TG_OK;
    for (size_t i = 0; !rc && i < scenario->technique_count; i++) {
        if (listener->progress)
            listener->progress(listener->context, &scenario->techniques[i], i, scenario->technique_count);
        rc = run_technique(scenario, i, threads, listener, err);
    }
    return rc;
}

int tg_sweep_run_point(const struct tg_scenario *scenario, size_t technique, double offered_per_s,
                       unsigned threads, const struct tg_sweep_listener *listener,
                       struct tg_sweep_point *point, struct tg_error *err)
{
    static const struct tg_sweep_listener silent = {0};
    struct bench b;
    int rc = bench_init(&b, scenario, technique, threads, listener ? listener : &silent, err);
    if (rc)
        return rc;
    b.curve.point_count = 1;
    if (b.listener->curve)
        rc = b.listener->curve(b.listener->context, &b.curve, err);
    if (!rc)
        rc = run_point(&b, offered_per_s, point, err);
    bench_release(&b);
    return rc;
}
