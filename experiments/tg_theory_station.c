/* Models of one station with renewal arrivals. Services last 1 us on average, so that times in us are in
 * units of the mean service. */
#include <math.h>
#include <stdlib.h>

#include "tg_closed_forms.h"
#include "tg_station.h"
#include "tg_theory_models.h"

struct law {
    const char *family;
    double parameters[6]; /* in us */
    size_t count;
};

struct queue {
    uint32_t servers;
    uint64_t room;   /* 0: infinite */
    double load;     /* offered, for each server */
    struct law gaps; /* family NULL: exponential; else stretched to the load */
    struct law services;
    uint64_t warm_up, customers; /* served before and while counting, in each replication */
    /* The quantities, in the order of the model's row. */
    double (*measure[TG_THEORY_QUANTITIES])(const struct tg_station *station);
    double (*expected[TG_THEORY_QUANTITIES])(const struct queue *queue);
};

enum { ROOM_ENOUGH = 1 << 20 };

struct run {
    struct tg_sim sim;
    struct tg_arrivals arrivals;
    struct tg_station station;
};

static int make_arrivals(const struct queue *q, struct tg_arrivals *arrivals, struct tg_error *err)
{
    if (!q->gaps.family)
        return tg_arrivals_init_poisson(arrivals, 1, err);
    struct tg_dist gap;
    int rc = tg_dist_init(&gap, q->gaps.family, q->gaps.parameters, q->gaps.count, err);
    return rc ? rc : tg_arrivals_init_renewal(arrivals, &gap, (double)TG_PS_PER_US, err);
}

static int make_station(const struct queue *q, struct run *run, struct tg_error *err)
{
    struct tg_station_plan plan = {
        .servers = q->servers, .room = q->room ? q->room : ROOM_ENOUGH, .lossy = q->room > 0};
    struct tg_dist law;
    struct tg_work work = {0};
    int rc = tg_dist_init(&law, q->services.family, q->services.parameters, q->services.count, err);
    if (!rc)
        rc = tg_work_init(&work, &law, (double)TG_PS_PER_US, err);
    return rc ? rc : tg_station_init(&run->station, &run->sim, &plan, &work, err);
}

static void release(struct run *run)
{
    tg_station_release(&run->station);
    tg_arrivals_release(&run->arrivals);
    tg_sim_release(&run->sim);
    free(run);
}

static int make(const struct queue *q, struct run **out, struct tg_error *err)
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

static int run_queue(const struct queue *q, struct run *run, uint64_t seed, uint64_t replication,
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

static int replicate(const struct tg_theory_model *model, uint64_t seed, uint64_t replication, double *values,
                     struct tg_error *err)
{
    const struct queue *q = model->parameters;
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

static int expect(const struct tg_theory_model *model, double *values, struct tg_error *err)
{
    const struct queue *q = model->parameters;
    (void)err;
    for (size_t i = 0; i < tg_theory_quantity_count(model); i++)
        values[i] = q->expected[i](q);
    return TG_OK;
}

static double mean_sojourn(const struct tg_station *station)
{
    return tg_hist_mean(&station->sojourns) * 1e-6;
}

static double deviation(const struct tg_station *station)
{
    return tg_hist_stddev(&station->sojourns) * 1e-6;
}

static double p99(const struct tg_station *station)
{
    return tg_hist_quantile(&station->sojourns, 0.99) * 1e-6;
}

static double delayed(const struct tg_station *station)
{
    return (double)station->counts.delayed / (double)tg_station_served(station);
}

static double mm1_mean(const struct queue *q)
{
    return 1 / (1 - q->load);
}

static double mm1_p99(const struct queue *q)
{
    return -log(0.01) / (1 - q->load);
}

static double load_of(const struct queue *q)
{
    return q->load;
}

static const struct queue mm1 = {
    .servers = 1,
    .load = 0.9,
    .services = {"exponential", {1}, 1},
    .warm_up = 20000,
    .customers = 400000,
    .measure = {mean_sojourn, deviation, p99, delayed},
    .expected = {mm1_mean, mm1_mean, mm1_p99, load_of},
};

const struct tg_theory_model tg_theory_mm1 = {
    .name = "mm1",
    .title = "M/M/1 at load 0.9",
    .quantities = {{"sojourn_mean", "us"},
                   {"sojourn_deviation", "us"},
                   {"sojourn_p99", "us"},
                   {"delayed", ""}},
    .replications = 40,
    .parameters = &mm1,
    .expect = expect,
    .replicate = replicate,
};

static double md1_mean(const struct queue *q)
{
    return 1 + tg_mg1_wait(q->load, 1, 0);
}

static const struct queue md1 = {
    .servers = 1,
    .load = 0.8,
    .services = {"constant", {1}, 1},
    .warm_up = 10000,
    .customers = 200000,
    .measure = {mean_sojourn, delayed},
    .expected = {md1_mean, load_of},
};

const struct tg_theory_model tg_theory_md1 = {
    .name = "md1",
    .title = "M/D/1 at load 0.8 (Pollaczek-Khinchine)",
    .quantities = {{"sojourn_mean", "us"}, {"delayed", ""}},
    .replications = 40,
    .parameters = &md1,
    .expect = expect,
    .replicate = replicate,
};

/* A lognormal of mean 1 and squared coefficient of variation 2: median 3^-1/2, sigma^2 = log 3. */
#define LOGNORMAL_MEDIAN 0.57735026918962576
#define LOGNORMAL_SIGMA 1.0481470739682084

static double lognormal_mean(const struct queue *q)
{
    return 1 + tg_mg1_wait(q->load, 1, 2);
}

static const struct queue mg1_lognormal = {
    .servers = 1,
    .load = 0.7,
    .services = {"lognormal", {LOGNORMAL_MEDIAN, LOGNORMAL_SIGMA}, 2},
    .warm_up = 20000,
    .customers = 400000,
    .measure = {mean_sojourn, delayed},
    .expected = {lognormal_mean, load_of},
};

const struct tg_theory_model tg_theory_mg1_lognormal = {
    .name = "mg1_lognormal",
    .title = "M/G/1 at load 0.7, lognormal services of squared variation 2 (Pollaczek-Khinchine)",
    .quantities = {{"sojourn_mean", "us"}, {"delayed", ""}},
    .replications = 40,
    .parameters = &mg1_lognormal,
    .expect = expect,
    .replicate = replicate,
};

/* 0.9 at mean 0.5, 0.1 at mean 5.5: mean 1; second moment 2 (0.9 * 0.25 + 0.1 * 30.25) = 6.5. */
static double hyperexponential_mean(const struct queue *q)
{
    return 1 + tg_mg1_wait(q->load, 1, 5.5);
}

static const struct queue mg1_hyperexponential = {
    .servers = 1,
    .load = 0.7,
    .services = {"hyperexponential", {0.9, 0.5, 0.1, 5.5}, 4},
    .warm_up = 20000,
    .customers = 400000,
    .measure = {mean_sojourn, delayed},
    .expected = {hyperexponential_mean, load_of},
};

const struct tg_theory_model tg_theory_mg1_hyperexponential = {
    .name = "mg1_hyperexponential",
    .title = "M/G/1 at load 0.7, hyperexponential services of squared variation 5.5 (Pollaczek-Khinchine)",
    .quantities = {{"sojourn_mean", "us"}, {"delayed", ""}},
    .replications = 40,
    .parameters = &mg1_hyperexponential,
    .expect = expect,
    .replicate = replicate,
};
