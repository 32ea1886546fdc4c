/* The toll of a technique beside the server's plain path: what isolation itself needs, and the rest. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tg_sweep_parts.h"

static double sum(const double *values, size_t count)
{
    double total = 0;
    for (size_t i = 0; i < count; i++)
        total += values[i];
    return total;
}

static bool is_isolation(const struct tg_technique *technique, const char *cost)
{
    for (size_t i = 0; i < technique->isolation.count; i++) {
        if (strcmp(technique->isolation.items[i], cost) == 0)
            return true;
    }
    return false;
}

/* What a request paid for the primitives of isolation. */
static double isolation_of(const struct tg_technique *technique, const struct tg_path *path,
                           const struct tg_sweep_row *row)
{
    double total = 0;
    for (uint32_t i = 0; i < path->cost_count; i++) {
        if (is_isolation(technique, path->costs[i]))
            total += row->paid_ps[i];
    }
    return total;
}

enum { PLAIN, ISOLATION, WORK, WAIT, PARTS };

/* Differences may be negative: nothing is cut off. */
static struct tg_estimate estimate(const double (*parts)[PARTS], size_t count, int part)
{
    struct tg_welford w = {0};
    for (size_t i = 0; i < count; i++) {
        if (!isnan(parts[i][part]))
            tg_welford_add(&w, parts[i][part]);
    }
    return w.count ? tg_interval_welford(&w, 0.95)
                   : (struct tg_estimate){.mean = NAN, .low = NAN, .high = NAN, .level = 0.95};
}

static void take_apart(const struct tg_sweep_bench *b, const struct tg_sweep_bench *plain, size_t replication,
                       double parts[PARTS])
{
    const struct tg_sweep_row *with = &b->rows[replication], *without = &plain->rows[replication];
    const struct tg_technique *technique = b->curve.technique;
    double work = sum(without->paid_ps, plain->path.cost_count);
    double wait = sum(without->waited_ps, plain->path.wait_count);
    parts[PLAIN] = work + wait;
    parts[ISOLATION] =
        isolation_of(technique, &b->path, with) - isolation_of(technique, &plain->path, without);
    parts[WORK] = sum(with->paid_ps, b->path.cost_count) - work - parts[ISOLATION];
    parts[WAIT] = sum(with->waited_ps, b->path.wait_count) - wait;
}

static int tell(struct tg_sweep_bench *b, const struct tg_sweep_bench *plain,
                const struct tg_sweep_point *point, struct tg_error *err)
{
    const size_t n = (size_t)b->scenario->replications;
    double(*parts)[PARTS] = calloc(n, sizeof *parts);
    if (!parts)
        return tg_error_set(err, TG_ENOMEM, "out of memory for %zu replications", n);
    for (size_t i = 0; i < n; i++)
        take_apart(b, plain, i, parts[i]);
    struct tg_sweep_toll toll = {.plain_ps = estimate(parts, n, PLAIN),
                                 .isolation_ps = estimate(parts, n, ISOLATION),
                                 .work_ps = estimate(parts, n, WORK),
                                 .wait_ps = estimate(parts, n, WAIT)};
    free(parts);
    /* Where one of the two replied to nothing, there is nothing to compare. */
    if (isnan(toll.work_ps.mean))
        return TG_OK;
    return b->listener->toll(b->listener->context, &b->curve, point, &toll, err);
}

int tg_sweep_tell_toll(struct tg_sweep_bench *b, const struct tg_sweep_point *point, struct tg_error *err)
{
    struct tg_sweep_listener silent = {.context = b->listener->context,
                                       .interrupted = b->listener->interrupted};
    struct tg_sweep_bench plain;
    struct tg_sweep_point of_plain;
    int rc = tg_sweep_bench_init(&plain, b->scenario, TG_SWEEP_PLAIN, b->threads, &silent, err);
    if (rc == TG_EINPUT)
        return TG_OK; /* a server that runs under its technique alone */
    if (rc)
        return rc;
    rc = tg_sweep_bench_point(&plain, point->offered_per_s, &of_plain, err);
    if (!rc)
        rc = tell(b, &plain, point, err);
    tg_sweep_bench_release(&plain);
    return rc;
}
