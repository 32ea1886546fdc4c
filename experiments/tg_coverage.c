#include "tg_coverage.h"

#include <math.h>
#include <stdlib.h>

#include "tg_closed_forms.h"
#include "tg_sequential.h"
#include "tg_station.h"

enum { ROOM = 1 << 20, STRICT_SEEDS = 1000 };

#define LOAD 0.9
#define LEVEL 0.95
#define HALF_WIDTH 0.05
#define LEAST 0.93
#define MOST 0.97
#define WASTE_MAX 1.5

/* A guide for this load and width, taken as given: it has no closed form. */
#define NEEDED_P99 2.8e6

/* Truths are those of an exponential of mean 1 / (1 - load). */
static double truth_us(int which)
{
    return which == TG_COVERAGE_MEAN ? 1 / (1 - LOAD) : -log(0.01) / (1 - LOAD);
}

static double needed(int which)
{
    double z = tg_interval_t(LEVEL, INFINITY), mean = 1 / (1 - LOAD);
    if (which == TG_COVERAGE_P99)
        return NEEDED_P99;
    return z * z * tg_mm1_sojourn_variance(LOAD) / (HALF_WIDTH * HALF_WIDTH * mean * mean);
}

struct outcome {
    double estimate_us, customers;
    bool held;
};

struct experiment {
    uint64_t seed;
    struct outcome (*outcomes)[TG_COVERAGES];
};

struct run {
    struct tg_sim sim;
    struct tg_arrivals arrivals;
    struct tg_station station;
    struct tg_sequential sequentials[TG_COVERAGES];
    unsigned open; /* which are not stopped yet: a bit each */
};

/* Both quantities watch one run; each takes its verdict at its own stop. */
static void on_departed(struct tg_station *station, tg_ps arrived_ps)
{
    struct run *run = station->hooks.context;
    tg_ps sojourn = tg_sim_now(station->sim) - arrived_ps;
    for (unsigned i = 0; i < TG_COVERAGES; i++) {
        if (run->open >> i & 1 && tg_sequential_add(&run->sequentials[i], sojourn))
            run->open &= ~(1u << i);
    }
    if (!run->open)
        tg_sim_stop(station->sim);
}

static int make_station(struct run *run, struct tg_error *err)
{
    struct tg_station_plan plan = {
        .servers = 1, .room = ROOM, .hooks = {.departed = on_departed, .context = run}};
    struct tg_dist law;
    struct tg_work work;
    int rc = tg_dist_init(&law, "exponential", (const double[]){1}, 1, err);
    if (!rc)
        rc = tg_work_init(&work, &law, (double)TG_PS_PER_US, err);
    return rc ? rc : tg_station_init(&run->station, &run->sim, &plan, &work, err);
}

static int make(struct run *run, struct tg_error *err)
{
    static const double quantiles[TG_COVERAGES] = {[TG_COVERAGE_P99] = 0.99};
    int rc = tg_sim_init(&run->sim, 2, err);
    if (!rc)
        rc = make_station(run, err);
    if (!rc)
        rc = tg_arrivals_init_poisson(&run->arrivals, LOAD * 1e6, err);
    for (unsigned i = 0; !rc && i < TG_COVERAGES; i++) {
        struct tg_sequential_plan plan = {
            .relative_half_width = HALF_WIDTH, .level = LEVEL, .quantile = quantiles[i]};
        rc = tg_sequential_init(&run->sequentials[i], &plan, err);
        run->open |= 1u << i;
    }
    return rc;
}

static int run_once(struct run *run, uint64_t seed, uint64_t replication, struct outcome *outcomes,
                    struct tg_error *err)
{
    struct tg_rng rng;
    tg_rng_seed(&rng, seed, replication, "services");
    tg_station_start(&run->station, &rng);
    tg_rng_seed(&rng, seed, replication, "arrivals");
    int rc = tg_arrivals_start(&run->arrivals, 0, &rng, err);
    if (rc)
        return rc;
    tg_station_feed(&run->station, &run->arrivals);
    rc = tg_sim_run(&run->sim, TG_PS_MAX, err);
    for (int i = 0; i < TG_COVERAGES; i++) {
        const struct tg_sequential *s = &run->sequentials[i];
        outcomes[i] = (struct outcome){.estimate_us = s->estimate.mean * 1e-6,
                                       .customers = (double)s->n,
                                       .held = tg_estimate_contains(&s->estimate, truth_us(i) * 1e6)};
    }
    return rc;
}

static int job(void *context, unsigned worker, size_t index, struct tg_error *err)
{
    const struct experiment *e = context;
    struct run *run = calloc(1, sizeof *run);
    (void)worker;
    if (!run)
        return tg_error_set(err, TG_ENOMEM, "out of memory for a coverage run");
    int rc = make(run, err);
    if (!rc)
        rc = run_once(run, e->seed, index, e->outcomes[index], err);
    for (int i = 0; i < TG_COVERAGES; i++)
        tg_sequential_release(&run->sequentials[i]);
    tg_arrivals_release(&run->arrivals);
    if (run->station.sim)
        tg_station_release(&run->station);
    tg_sim_release(&run->sim);
    free(run);
    return rc;
}

static bool is_met(const struct tg_coverage *c)
{
    double wasted = WASTE_MAX * c->needed_customers;
    if (c->seeds < STRICT_SEEDS)
        return c->measured.high >= LEAST && c->measured.low <= MOST && c->customers.low <= wasted;
    return c->measured.mean >= LEAST && c->measured.mean <= MOST && c->customers.mean <= wasted;
}

static struct tg_coverage summarize(int which, struct outcome (*outcomes)[TG_COVERAGES], size_t n)
{
    static const char *const names[TG_COVERAGES] = {"sojourn_mean", "sojourn_p99"};
    struct tg_coverage c = {.quantity = names[which],
                            .truth_us = truth_us(which),
                            .nominal = LEVEL,
                            .seeds = n,
                            .needed_customers = needed(which)};
    struct tg_welford customers = {0};
    uint64_t held = 0;
    for (size_t i = 0; i < n; i++) {
        held += outcomes[i][which].held;
        tg_welford_add(&customers, outcomes[i][which].customers);
        c.mean_estimate_us += outcomes[i][which].estimate_us / (double)n;
    }
    c.customers = tg_interval_welford(&customers, 0.99);
    c.measured = tg_interval_proportion(held, n, 0.99);
    c.met = is_met(&c);
    return c;
}

int tg_coverage_run(uint64_t seed, size_t seeds, const struct tg_workers *workers,
                    struct tg_coverage coverages[TG_COVERAGES], struct tg_error *err)
{
    struct experiment e = {.seed = seed, .outcomes = calloc(seeds, sizeof *e.outcomes)};
    struct tg_workers team = *workers;
    team.job = job;
    team.context = &e;
    if (!e.outcomes)
        return tg_error_set(err, TG_ENOMEM, "out of memory for %zu coverage runs", seeds);
    int rc = tg_workers_run(&team, seeds, err);
    for (int i = 0; !rc && i < TG_COVERAGES; i++)
        coverages[i] = summarize(i, e.outcomes, seeds);
    free(e.outcomes);
    return rc;
}
