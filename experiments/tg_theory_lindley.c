/* G/G/1 customer by customer against Lindley's recursion on the same streams: not one wait may differ, by a
 * single picosecond. */
#include <stdlib.h>

#include "tg_lindley.h"
#include "tg_theory_queue.h"

enum { CUSTOMERS = 200000 };

/* Mean gap 1.03 us, mean service 0.75 us. */
static const struct tg_theory_law gaps = {"lognormal", {0.5, 1.2}, 2};
static const struct tg_theory_law services = {"weibull", {0.6, 0.5}, 2};

struct run {
    struct tg_sim sim;
    struct tg_arrivals arrivals, arrivals_again;
    struct tg_work work_again;
    struct tg_station station;
    struct tg_lindley oracle;
    uint64_t unequal;
};

static void compare(struct tg_station *station, tg_ps waited_ps)
{
    struct run *run = station->hooks.context;
    tg_lindley_next(&run->oracle);
    run->unequal +=
        waited_ps != run->oracle.waited_ps || tg_sim_now(station->sim) - waited_ps != run->oracle.arrived_ps;
}

static int make(struct run *run, struct tg_error *err)
{
    struct tg_station_plan plan = {
        .servers = 1, .room = 1 << 20, .hooks = {.began = compare, .context = run}};
    struct tg_dist law;
    int rc = tg_sim_init(&run->sim, 2, err);
    if (!rc)
        rc = tg_theory_station(&run->station, &run->sim, &plan, &services, err);
    if (!rc)
        rc = tg_dist_init(&law, gaps.family, gaps.parameters, gaps.count, err);
    if (!rc)
        rc = tg_arrivals_init_renewal(&run->arrivals, &law, (double)TG_PS_PER_US, err);
    if (!rc)
        rc = tg_arrivals_copy(&run->arrivals_again, &run->arrivals, err);
    if (!rc)
        rc = tg_dist_init(&law, services.family, services.parameters, services.count, err);
    if (!rc)
        rc = tg_work_init(&run->work_again, &law, (double)TG_PS_PER_US, err);
    return rc;
}

static int run_both(struct run *run, uint64_t seed, uint64_t replication, struct tg_error *err)
{
    struct tg_rng rng;
    tg_rng_seed(&rng, seed, replication, "services");
    tg_station_start(&run->station, &rng);
    tg_work_start(&run->work_again, &rng);
    tg_rng_seed(&rng, seed, replication, "arrivals");
    int rc = tg_arrivals_start(&run->arrivals, 0, &rng, err);
    if (!rc)
        rc = tg_arrivals_start(&run->arrivals_again, 0, &rng, err);
    if (rc)
        return rc;
    tg_lindley_init(&run->oracle, &run->arrivals_again, &run->work_again);
    tg_station_feed(&run->station, &run->arrivals);
    run->station.stop_at = CUSTOMERS;
    return tg_sim_run(&run->sim, TG_PS_MAX, err);
}

static int replicate(const struct tg_theory_model *model, uint64_t seed, uint64_t replication, double *values,
                     struct tg_error *err)
{
    struct run *run = calloc(1, sizeof *run);
    (void)model;
    if (!run)
        return tg_error_set(err, TG_ENOMEM, "out of memory for a queue");
    int rc = make(run, err);
    if (!rc)
        rc = run_both(run, seed, replication, err);
    values[0] = (double)run->unequal;
    tg_work_release(&run->work_again);
    tg_arrivals_release(&run->arrivals_again);
    tg_arrivals_release(&run->arrivals);
    if (run->station.sim)
        tg_station_release(&run->station);
    tg_sim_release(&run->sim);
    free(run);
    return rc;
}

static int expect(const struct tg_theory_model *model, double *values, struct tg_error *err)
{
    (void)model, (void)err;
    values[0] = 0;
    return TG_OK;
}

const struct tg_theory_model tg_theory_gg1_lindley = {
    .name = "gg1_lindley",
    .title = "G/G/1 at load 0.73, lognormal gaps, Weibull services (Lindley's recursion)",
    .quantities = {{"unequal_waits", ""}},
    .replications = 5,
    .expect = expect,
    .replicate = replicate,
};
