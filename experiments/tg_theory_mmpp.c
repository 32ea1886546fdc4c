/* MMPP/M/1: arrivals in bursts, against the matrix-geometric solution. */
#include <stdlib.h>

#include "tg_closed_forms.h"
#include "tg_theory_queue.h"

enum { STATES = 3, WARM_UP = 30000, CUSTOMERS = 300000 };

/* Per us: a quiet, a busy and an overloaded state; the mean rate is 0.6. */
static const double generator[STATES * STATES] = {0, 0.02, 0, 0.02, 0, 0.02, 0, 0.04, 0};
static const double rates[STATES] = {0.2, 0.5, 1.6};
static const struct tg_theory_law services = {"exponential", {1}, 1};

struct run {
    struct tg_sim sim;
    struct tg_arrivals arrivals;
    struct tg_station station;
};

static int make_arrivals(struct tg_arrivals *arrivals, struct tg_error *err)
{
    double generator_per_s[STATES * STATES], rates_per_s[STATES];
    for (int i = 0; i < STATES * STATES; i++)
        generator_per_s[i] = generator[i] * 1e6;
    for (int i = 0; i < STATES; i++)
        rates_per_s[i] = rates[i] * 1e6;
    return tg_arrivals_init_mmpp(arrivals, generator_per_s, rates_per_s, STATES, err);
}

static int run_queue(struct run *run, uint64_t seed, uint64_t replication, struct tg_error *err)
{
    struct tg_rng rng;
    tg_rng_seed(&rng, seed, replication, "services");
    tg_station_start(&run->station, &rng);
    tg_rng_seed(&rng, seed, replication, "arrivals");
    int rc = tg_arrivals_start(&run->arrivals, 0, &rng, err);
    if (rc)
        return rc;
    tg_station_feed(&run->station, &run->arrivals);
    run->station.stop_at = WARM_UP;
    rc = tg_sim_run(&run->sim, TG_PS_MAX, err);
    tg_station_forget(&run->station);
    run->station.stop_at = CUSTOMERS;
    if (!rc)
        rc = tg_sim_run(&run->sim, TG_PS_MAX, err);
    return rc ? rc : tg_station_check(&run->station, err);
}

static int replicate(const struct tg_theory_model *model, uint64_t seed, uint64_t replication, double *values,
                     struct tg_error *err)
{
    struct tg_station_plan plan = {.servers = 1, .room = 1 << 20};
    struct run *run = calloc(1, sizeof *run);
    (void)model;
    if (!run)
        return tg_error_set(err, TG_ENOMEM, "out of memory for a queue");
    int rc = tg_sim_init(&run->sim, 2, err);
    if (!rc)
        rc = tg_theory_station(&run->station, &run->sim, &plan, &services, err);
    if (!rc)
        rc = make_arrivals(&run->arrivals, err);
    if (!rc)
        rc = run_queue(run, seed, replication, err);
    if (!rc) {
        values[0] = tg_theory_mean(&run->station);
        values[1] = tg_theory_delayed(&run->station);
    }
    tg_arrivals_release(&run->arrivals);
    tg_station_release(&run->station);
    tg_sim_release(&run->sim);
    free(run);
    return rc;
}

static int expect(const struct tg_theory_model *model, double *values, struct tg_error *err)
{
    (void)model;
    return tg_mmpp_m1(generator, rates, STATES, 1, &values[0], &values[1], err);
}

const struct tg_theory_model tg_theory_mmpp_m1 = {
    .name = "mmpp_m1",
    .title = "MMPP/M/1 with 3 states, one overloaded (matrix-geometric)",
    .quantities = {{"sojourn_mean", "us"}, {"delayed", ""}},
    .replications = 40,
    .expect = expect,
    .replicate = replicate,
};
