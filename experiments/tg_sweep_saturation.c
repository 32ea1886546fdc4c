/* The search for the highest offered rate that is sustained. */
#include <math.h>

#include "tg_sweep_parts.h"

static bool sustained(const struct tg_sweep_trial *trial)
{
    return trial->replied_ratio >= TG_SUSTAINED;
}

/* The requests that a window client sends within what is counted when nothing holds it up: one each gap. */
static double window_offers(const struct tg_scenario *s, double rate)
{
    double gap_s = 1 / rate;
    return ceil(tg_s_from_ps(s->horizon_ps) / gap_s) - ceil(tg_s_from_ps(s->warm_up_ps) / gap_s);
}

/* One request more or less is where the window happens to begin and end. */
static double ratio_of(int64_t replied, double offered)
{
    return offered - (double)replied <= 1 ? 1 : (double)replied / offered;
}

/* Where the run ends at a time of its own, the replies of the window count: what was under way at its end
 * stands against what was under way at its beginning, and what is answered only because no more comes is not
 * sustained. Otherwise all requests end, and so do their replies. */
static double open_ratio(const struct tg_sweep_bench *b, const struct tg_result *r)
{
    bool stops = b->path.protocol == TG_TCP || b->scenario->workload.drain_ps >= 0;
    if (stops)
        return ratio_of(r->replies_in_window, (double)r->offered);
    /* Nothing offered, nothing refused. */
    return r->offered ? (double)r->replied / (double)r->offered : 1;
}

/* Of what is offered, or would be by a client that waits for its replies.
 *
 * A user who thinks offers at the rate 1 / think, so that users offer the part of their nominal rate that
 * they spend thinking of their time: known without the chance that is in the number of their requests. */
static double replied_ratio(const struct tg_sweep_bench *b, const struct tg_result *r)
{
    const struct tg_scenario *s = b->scenario;
    int64_t ended = r->offered - r->still_open;
    double whole;
    switch (s->workload.client) {
    case TG_CLIENT_WINDOW:
        return ratio_of(r->replies_in_window, window_offers(s, r->offered_per_s));
    case TG_CLIENT_CLOSED:
        whole = (double)r->users * (double)r->window_ps;
        return (double)r->thought_ps / whole * (ended ? (double)r->replied / (double)ended : 1);
    default:
        return open_ratio(b, r);
    }
}

/* Users are whole: the rate is that of so many. */
static double nominal_rate(const struct tg_scenario *s, const struct tg_result *r)
{
    return r->users ? (double)r->users / tg_s_from_ps(s->workload.think_ps) : r->offered_per_s;
}

double tg_sweep_most_rate(const struct tg_scenario *s)
{
    const struct tg_workload *w = &s->workload;
    if (w->client != TG_CLIENT_CLOSED)
        return INFINITY;
    return (double)(w->descriptors * w->clients) / tg_s_from_ps(w->think_ps);
}

int tg_sweep_try(struct tg_sweep_bench *b, unsigned worker, size_t replication, double rate,
                 struct tg_sweep_trial *trial, struct tg_error *err)
{
    struct tg_result *r = &b->scratch[worker];
    *trial = (struct tg_sweep_trial){rate, 0};
    if (rate > tg_sweep_most_rate(b->scenario))
        return TG_OK; /* more users than can have their requests open at a time */
    int rc = tg_world_run(b->worlds[worker], rate, replication, NULL, r, err);
    if (!rc)
        *trial = (struct tg_sweep_trial){nominal_rate(b->scenario, r), replied_ratio(b, r)};
    return rc;
}

/* Widens [low, high] until low is sustained and high is not. */
static int bracket(struct tg_sweep_bench *b, unsigned worker, size_t replication, struct tg_sweep_trial *low,
                   double *high, struct tg_error *err)
{
    struct tg_sweep_trial trial;
    double rate = low->offered_per_s;
    int rc = tg_sweep_try(b, worker, replication, rate, low, err);
    for (int i = 0; !rc && !sustained(low) && i < 60; i++) {
        /* One user is the least. */
        if (low->offered_per_s <= 1 / tg_s_from_ps(b->scenario->workload.think_ps) &&
            b->scenario->workload.client == TG_CLIENT_CLOSED)
            return TG_OK;
        *high = rate;
        rate *= 0.7;
        rc = tg_sweep_try(b, worker, replication, rate, low, err);
    }
    for (int i = 0; !rc && i < 60; i++) {
        rc = tg_sweep_try(b, worker, replication, *high, &trial, err);
        if (rc || !sustained(&trial))
            break;
        *low = trial;
        *high *= 1.3;
    }
    return rc;
}

/* The highest offered rate that is sustained in a replication, within a thousandth. */
static int bisect(struct tg_sweep_bench *b, unsigned worker, size_t replication, double low_per_s,
                  double high_per_s, struct tg_sweep_trial *highest, struct tg_error *err)
{
    *highest = (struct tg_sweep_trial){low_per_s, 0};
    int rc = bracket(b, worker, replication, highest, &high_per_s, err);
    if (!rc && !sustained(highest)) {
        b->saturations[replication] = NAN;
        return TG_OK;
    }
    double low = highest->offered_per_s;
    while (!rc && high_per_s - low > 0.001 * high_per_s) {
        struct tg_sweep_trial trial;
        double rate = (low + high_per_s) / 2;
        rc = tg_sweep_try(b, worker, replication, rate, &trial, err);
        if (rc)
            break;
        if (sustained(&trial)) {
            *highest = trial;
            low = rate;
        } else {
            high_per_s = rate;
        }
    }
    b->saturations[replication] = highest->offered_per_s * highest->replied_ratio;
    return rc;
}

static int pilot_job(void *context, unsigned worker, size_t index, struct tg_error *err)
{
    struct tg_sweep_bench *b = context;
    struct tg_sweep_trial highest;
    double capacity = tg_world_capacity_per_s(b->scenario, &b->path);
    int rc = bisect(b, worker, index, 0.5 * capacity, 1.1 * capacity, &highest, err);
    b->pilot_per_s = highest.offered_per_s;
    return rc;
}

static int saturation_job(void *context, unsigned worker, size_t index, struct tg_error *err)
{
    struct tg_sweep_bench *b = context;
    struct tg_sweep_trial highest;
    if (index == 0)
        return TG_OK; /* the pilot's */
    return bisect(b, worker, index, 0.97 * b->pilot_per_s, 1.03 * b->pilot_per_s, &highest, err);
}

static int check_capacity(const struct tg_sweep_bench *b, struct tg_error *err)
{
    if (isfinite(tg_world_capacity_per_s(b->scenario, &b->path)))
        return TG_OK;
    return tg_error_set(err, TG_EINPUT, "technique '%s': a request costs no time, so that nothing saturates",
                        b->curve.technique->name);
}

int tg_sweep_find_saturation(struct tg_sweep_bench *b, struct tg_error *err)
{
    int rc = check_capacity(b, err);
    if (!rc)
        rc = tg_sweep_run_jobs(b, pilot_job, 1, err);
    if (!rc)
        rc = tg_sweep_run_jobs(b, saturation_job, (size_t)b->scenario->replications, err);
    if (!rc)
        b->curve.saturation_per_s = tg_metric_estimate(b->saturations, 1, (size_t)b->scenario->replications);
    return rc;
}
