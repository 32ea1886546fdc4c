/* One technique under way: its path, its worlds, and the replications of a point. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tg_sweep_parts.h"

/* Its texts are not const for those that own theirs. */
static char plain_name[] = "plain", plain_title[] = "plain path",
            plain_help[] = "the server without any technique";
static const struct tg_technique plain = {.name = plain_name, .title = plain_title, .help = plain_help};

void tg_sweep_bench_release(struct tg_sweep_bench *b)
{
    for (unsigned i = 0; b->worlds && i < b->threads; i++)
        tg_world_free(b->worlds[i]);
    for (unsigned i = 0; b->scratch && i < b->threads; i++)
        tg_result_release(&b->scratch[i]);
    for (size_t i = 0; i < TG_SWEEP_BATCH; i++)
        tg_result_release(&b->results[i]);
    for (int64_t i = 0; b->carries && i < b->scenario->replications; i++)
        tg_carry_free(b->carries[i]);
    free(b->worlds);
    free(b->scratch);
    free(b->rows);
    free(b->saturations);
    free(b->carries);
    tg_server_release(&b->server);
}

static int allocate(struct tg_sweep_bench *b, struct tg_error *err)
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
    for (size_t i = 0; !rc && i < TG_SWEEP_BATCH && i < n; i++)
        rc = tg_result_init(&b->results[i], err);
    return rc;
}

static int build_path(struct tg_sweep_bench *b, const struct tg_technique *technique, struct tg_error *err)
{
    int rc = tg_server_copy(&b->server, &b->scenario->server, err);
    if (!rc && technique)
        rc = tg_technique_apply(technique, &b->server, err);
    if (rc)
        return rc;
    rc = tg_path_build(&b->path, b->scenario, technique, &b->server, err);
    return rc && technique ? tg_error_wrap(err, rc, "technique '%s'", technique->name) : rc;
}

int tg_sweep_bench_init(struct tg_sweep_bench *b, const struct tg_scenario *scenario, size_t technique,
                        unsigned threads, const struct tg_sweep_listener *listener, struct tg_error *err)
{
    *b =
        (struct tg_sweep_bench){.scenario = scenario, .listener = listener, .threads = threads ? threads : 1};
    const struct tg_technique *t = technique == TG_SWEEP_PLAIN ? NULL : &scenario->techniques[technique];
    b->curve.technique = t ? t : &plain;
    b->curve.path = &b->path;
    int rc = build_path(b, t, err);
    rc = rc ? rc : allocate(b, err);
    if (rc)
        tg_sweep_bench_release(b);
    return rc;
}

int tg_sweep_bench_begin_ladder(struct tg_sweep_bench *b, struct tg_error *err)
{
    size_t n = (size_t)b->scenario->replications;
    int rc = TG_OK;
    b->carries = calloc(n, sizeof *b->carries);
    if (!b->carries)
        return tg_error_set(err, TG_ENOMEM, "out of memory for %zu replications", n);
    for (size_t i = 0; !rc && i < n; i++)
        rc = tg_carry_new(b->scenario, &b->path, &b->carries[i], err);
    return rc;
}

int tg_sweep_run_jobs(struct tg_sweep_bench *b, int (*job)(void *, unsigned, size_t, struct tg_error *),
                      size_t count, struct tg_error *err)
{
    struct tg_workers workers = {.threads = b->threads,
                                 .job = job,
                                 .context = b,
                                 .interrupted = b->listener->interrupted,
                                 .interrupted_context = b->listener->context};
    return tg_workers_run(&workers, count, err);
}

static int replication_job(void *context, unsigned worker, size_t index, struct tg_error *err)
{
    struct tg_sweep_bench *b = context;
    size_t number = b->first + index;
    int rc = tg_world_run(b->worlds[worker], b->offered_per_s, number, b->carries ? b->carries[number] : NULL,
                          &b->results[index], err);
    b->complete[index] = !rc;
    return rc;
}

static void fill_row(const struct tg_sweep_bench *b, const struct tg_result *r, struct tg_sweep_row *row)
{
    double replied = r->replied ? (double)r->replied : NAN, offered = r->offered ? (double)r->offered : NAN;
    tg_metric_compute(r, row->metrics);
    for (uint32_t i = 0; i < b->path.cost_count; i++)
        row->paid_ps[i] = (double)r->paid_ps[i] / replied;
    for (unsigned i = 0; i < b->path.wait_count; i++)
        row->waited_ps[i] = (double)r->waited_ps[i] / replied;
    for (unsigned i = 0; i < b->path.loss_count; i++) {
        row->lost_ratio[i] = (double)r->lost[i] / offered;
        row->dropped_ratio[i] = (double)r->dropped[i] / offered;
    }
}

static int tell_replications(struct tg_sweep_bench *b, size_t count, struct tg_error *err)
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

static int run_batch(struct tg_sweep_bench *b, size_t count, struct tg_error *err)
{
    struct tg_error told_err = {0};
    for (size_t i = 0; i < count; i++)
        b->complete[i] = false;
    int rc = tg_sweep_run_jobs(b, replication_job, count, err);
    /* What is finished is told even after an interrupt. */
    int told = tell_replications(b, count, &told_err);
    if (rc || !told)
        return rc;
    if (err)
        *err = told_err;
    return told;
}

/* Each of `count` numbers of the rows, which begin at `first` in the first of them. */
static void estimate_each(const double *first, size_t count, size_t rows, struct tg_estimate *out)
{
    for (size_t i = 0; i < count; i++)
        out[i] = tg_metric_estimate(first + i, sizeof(struct tg_sweep_row) / sizeof(double), rows);
}

static void estimate(const struct tg_sweep_bench *b, struct tg_sweep_point *point)
{
    const size_t n = (size_t)b->scenario->replications;
    const struct tg_sweep_row *first = b->rows;
    *point = (struct tg_sweep_point){.offered_per_s = b->offered_per_s, .replications = n};
    estimate_each(first->metrics, TG_METRIC_COUNT, n, point->metrics);
    estimate_each(first->paid_ps, b->path.cost_count, n, point->paid_ps);
    estimate_each(first->waited_ps, b->path.wait_count, n, point->waited_ps);
    estimate_each(first->lost_ratio, b->path.loss_count, n, point->lost_ratio);
    estimate_each(first->dropped_ratio, b->path.loss_count, n, point->dropped_ratio);
    for (size_t m = 0; m < TG_METRIC_COUNT; m++) {
        if (tg_metric_kind((enum tg_metric)m) == TG_METRIC_SHARE)
            point->metrics[m].high = fmin(point->metrics[m].high, 1);
    }
    for (unsigned i = 0; i < b->path.loss_count; i++)
        point->lost_ratio[i].high = fmin(point->lost_ratio[i].high, 1);
}

int tg_sweep_bench_point(struct tg_sweep_bench *b, double offered_per_s, struct tg_sweep_point *point,
                         struct tg_error *err)
{
    size_t n = (size_t)b->scenario->replications;
    int rc = TG_OK;
    b->offered_per_s = offered_per_s;
    for (b->first = 0; !rc && b->first < n; b->first += TG_SWEEP_BATCH)
        rc = run_batch(b, n - b->first < TG_SWEEP_BATCH ? n - b->first : TG_SWEEP_BATCH, err);
    if (rc)
        return rc;
    estimate(b, point);
    return b->listener->point ? b->listener->point(b->listener->context, &b->curve, point, err) : TG_OK;
}
