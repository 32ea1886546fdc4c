/* M/G/infinity: the number present is Poisson whatever the law of services, so that its mean and variance are
 * both what is offered. It is observed at equal intervals, long beside a service. */
#include <math.h>
#include <stdlib.h>

#include "tg_theory_queue.h"

enum { SERVERS = 256, WARM_UP = 100, OBSERVATIONS = 4000 };

#define OFFERED 12.0
#define INTERVAL_PS (4 * TG_PS_PER_US)

/* Mean 1 us, squared variation 2. */
static const struct tg_theory_law services = {"lognormal", {0.57735026918962576, 1.0481470739682084}, 2};

struct run {
    struct tg_sim sim;
    struct tg_arrivals arrivals;
    struct tg_station station;
    struct tg_welford present;
    unsigned observations;
};

static void observe(struct tg_sim *sim, void *object)
{
    struct run *run = object;
    if (run->observations++ >= WARM_UP)
        tg_welford_add(&run->present, (double)run->station.present);
    if (run->observations < WARM_UP + OBSERVATIONS)
        tg_sim_after(sim, INTERVAL_PS, 0, observe, run);
    else
        tg_sim_stop(sim);
}

static int start(struct run *run, uint64_t seed, uint64_t replication, struct tg_error *err)
{
    struct tg_rng rng;
    tg_rng_seed(&rng, seed, replication, "services");
    tg_station_start(&run->station, &rng);
    tg_rng_seed(&rng, seed, replication, "arrivals");
    int rc = tg_arrivals_start(&run->arrivals, 0, &rng, err);
    if (rc)
        return rc;
    tg_station_feed(&run->station, &run->arrivals);
    tg_sim_after(&run->sim, INTERVAL_PS, 0, observe, run);
    return TG_OK;
}

static int replicate(const struct tg_theory_model *model, uint64_t seed, uint64_t replication, double *values,
                     struct tg_error *err)
{
    struct tg_station_plan plan = {.servers = SERVERS, .room = SERVERS};
    struct run *run = calloc(1, sizeof *run);
    (void)model;
    if (!run)
        return tg_error_set(err, TG_ENOMEM, "out of memory for a queue");
    int rc = tg_sim_init(&run->sim, SERVERS + 2, err);
    if (!rc)
        rc = tg_theory_station(&run->station, &run->sim, &plan, &services, err);
    if (!rc)
        rc = tg_arrivals_init_poisson(&run->arrivals, OFFERED * 1e6, err);
    if (!rc)
        rc = start(run, seed, replication, err);
    if (!rc)
        rc = tg_sim_run(&run->sim, TG_PS_MAX, err);
    if (!rc)
        rc = tg_station_check(&run->station, err);
    values[0] = run->present.mean;
    values[1] = tg_welford_variance(&run->present);
    tg_arrivals_release(&run->arrivals);
    tg_station_release(&run->station);
    tg_sim_release(&run->sim);
    free(run);
    return rc;
}

static int expect(const struct tg_theory_model *model, double *values, struct tg_error *err)
{
    (void)model, (void)err;
    values[0] = values[1] = OFFERED;
    return TG_OK;
}

const struct tg_theory_model tg_theory_mginf = {
    .name = "mginf",
    .title = "M/G/infinity offered 12 erlangs, lognormal services",
    .quantities = {{"present_mean", ""}, {"present_variance", ""}},
    .replications = 40,
    .expect = expect,
    .replicate = replicate,
};
