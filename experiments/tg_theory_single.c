/* Queues with one server: M/M/1, M/D/1, M/G/1, G/M/1. */
#include <math.h>

#include "tg_closed_forms.h"
#include "tg_theory_queue.h"

static double mm1_mean(const struct tg_theory_queue *q)
{
    return 1 / (1 - q->load);
}

static double mm1_p99(const struct tg_theory_queue *q)
{
    return -log(0.01) / (1 - q->load);
}

static double load_of(const struct tg_theory_queue *q)
{
    return q->load;
}

static const struct tg_theory_queue mm1 = {
    .servers = 1,
    .load = 0.9,
    .services = {"exponential", {1}, 1},
    .warm_up = 20000,
    .customers = 400000,
    .measure = {tg_theory_mean, tg_theory_deviation, tg_theory_p99, tg_theory_delayed},
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
    .expect = tg_theory_queue_expect,
    .replicate = tg_theory_queue_replicate,
};

static double md1_mean(const struct tg_theory_queue *q)
{
    return 1 + tg_mg1_wait(q->load, 1, 0);
}

static const struct tg_theory_queue md1 = {
    .servers = 1,
    .load = 0.8,
    .services = {"constant", {1}, 1},
    .warm_up = 10000,
    .customers = 200000,
    .measure = {tg_theory_mean, tg_theory_delayed},
    .expected = {md1_mean, load_of},
};

const struct tg_theory_model tg_theory_md1 = {
    .name = "md1",
    .title = "M/D/1 at load 0.8 (Pollaczek-Khinchine)",
    .quantities = {{"sojourn_mean", "us"}, {"delayed", ""}},
    .replications = 40,
    .parameters = &md1,
    .expect = tg_theory_queue_expect,
    .replicate = tg_theory_queue_replicate,
};

/* A lognormal of mean 1 and squared coefficient of variation 2: median 3^-1/2, sigma^2 = log 3. */
#define LOGNORMAL_MEDIAN 0.57735026918962576
#define LOGNORMAL_SIGMA 1.0481470739682084

static double lognormal_mean(const struct tg_theory_queue *q)
{
    return 1 + tg_mg1_wait(q->load, 1, 2);
}

static const struct tg_theory_queue mg1_lognormal = {
    .servers = 1,
    .load = 0.7,
    .services = {"lognormal", {LOGNORMAL_MEDIAN, LOGNORMAL_SIGMA}, 2},
    .warm_up = 20000,
    .customers = 400000,
    .measure = {tg_theory_mean, tg_theory_delayed},
    .expected = {lognormal_mean, load_of},
};

const struct tg_theory_model tg_theory_mg1_lognormal = {
    .name = "mg1_lognormal",
    .title = "M/G/1 at load 0.7, lognormal services of squared variation 2 (Pollaczek-Khinchine)",
    .quantities = {{"sojourn_mean", "us"}, {"delayed", ""}},
    .replications = 40,
    .parameters = &mg1_lognormal,
    .expect = tg_theory_queue_expect,
    .replicate = tg_theory_queue_replicate,
};

/* 0.9 at mean 0.5, 0.1 at mean 5.5: mean 1; second moment 2 (0.9 * 0.25 + 0.1 * 30.25) = 6.5. */
static double hyperexponential_mean(const struct tg_theory_queue *q)
{
    return 1 + tg_mg1_wait(q->load, 1, 5.5);
}

static const struct tg_theory_queue mg1_hyperexponential = {
    .servers = 1,
    .load = 0.7,
    .services = {"hyperexponential", {0.9, 0.5, 0.1, 5.5}, 4},
    .warm_up = 20000,
    .customers = 400000,
    .measure = {tg_theory_mean, tg_theory_delayed},
    .expected = {hyperexponential_mean, load_of},
};

const struct tg_theory_model tg_theory_mg1_hyperexponential = {
    .name = "mg1_hyperexponential",
    .title = "M/G/1 at load 0.7, hyperexponential services of squared variation 5.5 (Pollaczek-Khinchine)",
    .quantities = {{"sojourn_mean", "us"}, {"delayed", ""}},
    .replications = 40,
    .parameters = &mg1_hyperexponential,
    .expect = tg_theory_queue_expect,
    .replicate = tg_theory_queue_replicate,
};

/* The transforms of gaps of mean 1 / load. */
static double constant_gaps(double at, const struct tg_theory_queue *q)
{
    return exp(-at / q->load);
}

static double uniform_gaps(double at, const struct tg_theory_queue *q)
{
    double x = 2 * at / q->load;
    return x > 0 ? -expm1(-x) / x : 1;
}

static double call_transform(double at, const void *law)
{
    const struct tg_theory_queue *q = law;
    return q->transform(at, q);
}

static double gm1_root(const struct tg_theory_queue *q)
{
    double root;
    return tg_gm1_root(call_transform, q, 1, &root, NULL) ? NAN : root;
}

static double gm1_mean(const struct tg_theory_queue *q)
{
    return 1 / (1 - gm1_root(q));
}

static double gm1_p99(const struct tg_theory_queue *q)
{
    return -log(0.01) / (1 - gm1_root(q));
}

static const struct tg_theory_queue dm1 = {
    .servers = 1,
    .load = 0.8,
    .gaps = {"constant", {1}, 1},
    .services = {"exponential", {1}, 1},
    .warm_up = 10000,
    .customers = 200000,
    .transform = constant_gaps,
    .measure = {tg_theory_mean, tg_theory_p99, tg_theory_delayed},
    .expected = {gm1_mean, gm1_p99, gm1_root},
};

const struct tg_theory_model tg_theory_dm1 = {
    .name = "dm1",
    .title = "D/M/1 at load 0.8",
    .quantities = {{"sojourn_mean", "us"}, {"sojourn_p99", "us"}, {"delayed", ""}},
    .replications = 40,
    .parameters = &dm1,
    .expect = tg_theory_queue_expect,
    .replicate = tg_theory_queue_replicate,
};

static const struct tg_theory_queue gm1 = {
    .servers = 1,
    .load = 0.8,
    .gaps = {"uniform", {0, 2}, 2},
    .services = {"exponential", {1}, 1},
    .warm_up = 10000,
    .customers = 200000,
    .transform = uniform_gaps,
    .measure = {tg_theory_mean, tg_theory_p99, tg_theory_delayed},
    .expected = {gm1_mean, gm1_p99, gm1_root},
};

const struct tg_theory_model tg_theory_gm1 = {
    .name = "gm1",
    .title = "G/M/1 at load 0.8, uniform gaps",
    .quantities = {{"sojourn_mean", "us"}, {"sojourn_p99", "us"}, {"delayed", ""}},
    .replications = 40,
    .parameters = &gm1,
    .expect = tg_theory_queue_expect,
    .replicate = tg_theory_queue_replicate,
};
