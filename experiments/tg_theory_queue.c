#include "tg_theory_queue.h"

#include <stdlib.h>

enum { ROOM_ENOUGH = 1 << 20 };

struct run {
    struct tg_sim sim;
    struct tg_arrivals arrivals;
    struct tg_station station;
};

static int make_arrivals(const struct tg_theory_queue *q, struct tg_arrivals *arrivals, struct tg_error *err)
{
    if (!q->gaps.family)
        return tg_arrivals_init_poisson(arrivals, 1, err);
    struct tg_dist gap;
    int rc = tg_dist_init(&gap, q->gaps.family, q->gaps.parameters, q->gaps.count, err);
    return rc ? rc : tg_arrivals_init_renewal(arrivals, &gap, (double)TG_PS_PER_US, err);
}

int tg_theory_station(struct tg_station *station, struct tg_sim *sim, const struct tg_station_plan *plan,
                      const struct tg_theory_law *services, struct tg_error *err)
{
    struct tg_dist law;
    struct tg_work work = {0};
    int rc = tg_dist_init(&law, services->family, services->parameters, services->count, err);
    if (!rc)
        rc = tg_work_init(&work, &law, (double)TG_PS_PER_US, err);
    return rc ? rc : tg_station_init(station, sim, plan, &work, err);
}

static int make_station(const struct tg_theory_queue *q, struct run *run, struct tg_error *err)
{
    struct tg_station_plan plan = {
        .servers = q->servers, .room = q->room ? q->room : ROOM_ENOUGH, .lossy = q->room > 0};
    return tg_theory_station(&run->station, &run->sim, &plan, &q->services, err);
}

static void release(struct run *run)
{
    tg_station_release(&run->station);
    tg_arrivals_release(&run->arrivals);
    tg_sim_release(&run->sim);
    free(run);
}

static int make(const struct tg_theory_queue *q, struct run **out, struct tg_error *err)
{
    struct run *run = *out = calloc(1, sizeof *run);
    if (!run)
        return tg_error_set(err, TG_ENOMEM, "out of memory for a queue");
    int rc = tg_sim_init(&run->sim, q->servers + 1, err);
    if (!rc)
        rc = make_arrivals(q, &run->arrivals, err);
    if (!rc)
        rc = make_station(q, run, err);
    if (rc)
        release(run);
    return rc;
}

static int run_queue(const struct tg_theory_queue *q, struct run *run, uint64_t seed, uint64_t replication,
                     struct tg_error *err)
{
    struct tg_rng arrivals, services;
    tg_rng_seed(&arrivals, seed, replication, "arrivals");
    tg_rng_seed(&services, seed, replication, "services");
    tg_station_start(&run->station, &services);
    int rc = tg_arrivals_start(&run->arrivals, q->load * q->servers * 1e6, &arrivals, err);
    if (rc)
        return rc;
    tg_station_feed(&run->station, &run->arrivals);
    run->station.stop_at = q->warm_up;
    rc = tg_sim_run(&run->sim, TG_PS_MAX, err);
    tg_station_forget(&run->station);
    run->station.stop_at = q->customers;
    if (!rc)
        rc = tg_sim_run(&run->sim, TG_PS_MAX, err);
    return rc ? rc : tg_station_check(&run->station, err);
}

int tg_theory_queue_replicate(const struct tg_theory_model *model, uint64_t seed, uint64_t replication,
                              double *values, struct tg_error *err)
{
    const struct tg_theory_queue *q = model->parameters;
    struct run *run;
    int rc = make(q, &run, err);
    if (rc)
        return rc;
    rc = run_queue(q, run, seed, replication, err);
    for (size_t i = 0; !rc && i < tg_theory_quantity_count(model); i++)
        values[i] = q->measure[i](&run->station);
    release(run);
    return rc;
}

int tg_theory_queue_expect(const struct tg_theory_model *model, double *values, struct tg_error *err)
{
    const struct tg_theory_queue *q = model->parameters;
    (void)err;
    for (size_t i = 0; i < tg_theory_quantity_count(model); i++)
        values[i] = q->expected[i](q);
    return TG_OK;
}

double tg_theory_mean(const struct tg_station *station)
{
    return tg_hist_mean(&station->sojourns) * 1e-6;
}

double tg_theory_deviation(const struct tg_station *station)
{
    return tg_hist_stddev(&station->sojourns) * 1e-6;
}

double tg_theory_p99(const struct tg_station *station)
{
    return tg_hist_quantile(&station->sojourns, 0.99) * 1e-6;
}

double tg_theory_delayed(const struct tg_station *station)
{
    return (double)station->counts.delayed / (double)tg_station_served(station);
}

double tg_theory_lost(const struct tg_station *station)
{
    return (double)station->counts.lost / (double)station->counts.offered;
}
