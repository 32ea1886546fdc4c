#include "bench_draws.h"

#include <gsl/gsl_randist.h>
#include <math.h>
#include <time.h>

#include "tg_dist.h"

static double gsl_uniform(const gsl_rng *rng, const double *p)
{
    return gsl_ran_flat(rng, p[0], p[1]);
}

static double gsl_exponential(const gsl_rng *rng, const double *p)
{
    return gsl_ran_exponential(rng, p[0]);
}

static double gsl_normal(const gsl_rng *rng, const double *p)
{
    return p[0] + gsl_ran_gaussian_ziggurat(rng, p[1]);
}

static double gsl_lognormal(const gsl_rng *rng, const double *p)
{
    return gsl_ran_lognormal(rng, p[0] - 1, p[1]); /* the median is 1, its logarithm 0 */
}

static double gsl_gamma(const gsl_rng *rng, const double *p)
{
    return gsl_ran_gamma(rng, p[0], p[1]);
}

static double gsl_weibull(const gsl_rng *rng, const double *p)
{
    return gsl_ran_weibull(rng, p[1], p[0]);
}

static double gsl_pareto(const gsl_rng *rng, const double *p)
{
    return gsl_ran_pareto(rng, p[0], p[1]);
}

static gsl_ran_discrete_t *discrete_table;

static double gsl_discrete(const gsl_rng *rng, const double *p)
{
    return p[2 * gsl_ran_discrete(rng, discrete_table)];
}

static const struct {
    const char *name, *family;
    double p[8];
    size_t n;
    double (*gsl)(const gsl_rng *, const double *);
} cases[] = {
    {"constant", "constant", {1}, 1, NULL},
    {"discrete, 4 values", "discrete", {1, 1, 2, 2, 3, 3, 4, 4}, 8, gsl_discrete},
    {"erlang, 4 stages", "erlang", {4, 1}, 2, gsl_gamma},
    {"exponential", "exponential", {1}, 1, gsl_exponential},
    {"gamma, shape 0.5", "gamma", {0.5, 1}, 2, gsl_gamma},
    {"gamma, shape 2.5", "gamma", {2.5, 1}, 2, gsl_gamma},
    {"generalized_pareto, shape 0.3", "generalized_pareto", {0, 1, 0.3}, 3, NULL},
    {"hyperexponential, 2 branches", "hyperexponential", {0.9, 1, 0.1, 10}, 4, NULL},
    {"lognormal", "lognormal", {1, 0.5}, 2, gsl_lognormal},
    {"normal", "normal", {0, 1}, 2, gsl_normal},
    {"pareto", "pareto", {2.5, 1}, 2, gsl_pareto},
    {"phase_type, 2 states", "phase_type", {1, 0, -2, 1, 0, -1}, 6, NULL},
    {"quantiles, 7 intervals", "quantiles", {0, 1, 2, 3, 5, 8, 13, 21}, 8, NULL},
    {"uniform", "uniform", {0, 1}, 2, gsl_uniform},
    {"weibull, shape 0.7", "weibull", {0.7, 1}, 2, gsl_weibull},
};

enum { COUNT = sizeof cases / sizeof *cases, BATCH = 4096, ROUNDS = 10 };

size_t bench_draws_count(void)
{
    return COUNT;
}

/* What is timed: a batch of draws of one sort. Sums are kept, so that no draw can be left out. */
struct subject {
    const struct tg_dist *dist;
    double (*gsl)(const gsl_rng *, const double *);
    const double *p;
    struct tg_rng rng;
    double buffer[BATCH];
    volatile double sink;
};

static void batch_one(struct subject *subject)
{
    double sum = 0;
    for (int i = 0; i < BATCH; i++)
        sum += tg_dist_sample(subject->dist, &subject->rng);
    subject->sink = sum;
}

static void batch_many(struct subject *subject)
{
    tg_dist_sample_many(subject->dist, &subject->rng, subject->buffer, BATCH);
    subject->sink = subject->buffer[BATCH - 1];
}

static void batch_gsl(struct subject *subject)
{
    gsl_rng view = tg_rng_gsl(&subject->rng);
    double sum = 0;
    for (int i = 0; i < BATCH; i++)
        sum += subject->gsl(&view, subject->p);
    subject->sink = sum;
}

static double now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

/* Nanoseconds a draw: the least over the rounds. */
static double measure(void (*batch)(struct subject *), struct subject *subject, double seconds)
{
    double least = HUGE_VAL;
    for (int round = 0; round < ROUNDS; round++) {
        double begin = now_ns(), end = begin;
        long batches = 0;
        for (; end - begin < seconds * 1e9 / ROUNDS; end = now_ns(), batches++)
            batch(subject);
        least = fmin(least, (end - begin) / ((double)batches * BATCH));
    }
    return least;
}

static int measure_case(size_t i, struct bench_draw *row, double seconds, struct tg_error *err)
{
    static struct subject subject;
    struct tg_dist dist;
    int rc = tg_dist_init(&dist, cases[i].family, cases[i].p, cases[i].n, err);
    if (rc)
        return rc;
    subject.dist = &dist;
    subject.gsl = cases[i].gsl;
    subject.p = cases[i].p;
    tg_rng_seed(&subject.rng, 1, 0, "bench");
    row->name = cases[i].name;
    row->one_ns = measure(batch_one, &subject, seconds);
    row->many_ns = measure(batch_many, &subject, seconds);
    row->gsl_ns = subject.gsl ? measure(batch_gsl, &subject, seconds) : NAN;
    tg_dist_release(&dist);
    return TG_OK;
}

int bench_draws(struct bench_draw *rows, double seconds_each, struct tg_error *err)
{
    static const double weights[] = {1, 2, 3, 4};
    int rc = TG_OK;
    discrete_table = gsl_ran_discrete_preproc(4, weights);
    for (size_t i = 0; i < COUNT && rc == TG_OK; i++)
        rc = measure_case(i, &rows[i], seconds_each, err);
    gsl_ran_discrete_free(discrete_table);
    return rc;
}
