/* Constant, uniform and exponential. */
#include <float.h>
#include <math.h>

#include "tg_dist_family.h"
#include "tg_field.h"

/* constant: w[0] the value */

static const struct tg_dist_parameter constant_parameters[] = {
    {.name = "value", .help = "the value", .min = -DBL_MAX, .max = DBL_MAX, .scale = true},
};

static int constant_init(struct tg_dist *dist, const double *p, size_t n, struct tg_error *err)
{
    (void)n, (void)err;
    dist->w[0] = p[0];
    dist->hot = TG_DIST_CONSTANT;
    return TG_OK;
}

static double constant_mean(const struct tg_dist *dist)
{
    return dist->w[0];
}

static double constant_variance(const struct tg_dist *dist)
{
    (void)dist;
    return 0;
}

static double constant_cdf(const struct tg_dist *dist, double x)
{
    return x >= dist->w[0];
}

static double constant_quantile(const struct tg_dist *dist, double p)
{
    (void)p;
    return dist->w[0];
}

static double constant_sample(const struct tg_dist *dist, struct tg_rng *rng)
{
    (void)rng;
    return dist->w[0];
}
TG_DIST_DEFINE_MANY(constant)

const struct tg_dist_family tg_dist_constant = {
    .name = "constant",
    .atoms = true,
    .help = "always the same value",
    .parameters = constant_parameters,
    .parameter_count = TG_COUNT(constant_parameters),
    .init = constant_init,
    .mean = constant_mean,
    .variance = constant_variance,
    .cdf = constant_cdf,
    .quantile = constant_quantile,
    .sample = constant_sample,
    .sample_many = constant_many,
};

void tg_dist_init_constant(struct tg_dist *dist, double value)
{
    *dist = (struct tg_dist){.family = &tg_dist_constant, .w = {value}, .hot = TG_DIST_CONSTANT};
}

/* uniform: w[0] low, w[1] high - low */

static const struct tg_dist_parameter uniform_parameters[] = {
    {.name = "low", .help = "lower end", .min = -DBL_MAX, .max = DBL_MAX, .scale = true},
    {.name = "high", .help = "upper end", .min = -DBL_MAX, .max = DBL_MAX, .scale = true},
};

static int uniform_init(struct tg_dist *dist, const double *p, size_t n, struct tg_error *err)
{
    (void)n;
    if (!(p[0] < p[1]))
        return tg_error_set(err, TG_EINPUT, "uniform: high is %g, but must be above low, %g", p[1], p[0]);
    if (!isfinite(p[1] - p[0]))
        return tg_error_set(err, TG_EINPUT, "uniform: the range from %g to %g is too wide", p[0], p[1]);
    dist->w[0] = p[0];
    dist->w[1] = p[1] - p[0];
    return TG_OK;
}

static double uniform_mean(const struct tg_dist *dist)
{
    return dist->w[0] + dist->w[1] / 2;
}

static double uniform_variance(const struct tg_dist *dist)
{
    return dist->w[1] * dist->w[1] / 12;
}

static double uniform_cdf(const struct tg_dist *dist, double x)
{
    return fmin(1, fmax(0, (x - dist->w[0]) / dist->w[1]));
}

static double uniform_quantile(const struct tg_dist *dist, double p)
{
    return dist->w[0] + p * dist->w[1];
}

static inline double uniform_sample(const struct tg_dist *dist, struct tg_rng *rng)
{
    return dist->w[0] + tg_rng_unit(rng) * dist->w[1];
}
TG_DIST_DEFINE_MANY(uniform)

const struct tg_dist_family tg_dist_uniform = {
    .name = "uniform",
    .help = "equally likely anywhere between two ends",
    .parameters = uniform_parameters,
    .parameter_count = TG_COUNT(uniform_parameters),
    .init = uniform_init,
    .mean = uniform_mean,
    .variance = uniform_variance,
    .cdf = uniform_cdf,
    .quantile = uniform_quantile,
    .sample = uniform_sample,
    .sample_many = uniform_many,
};

/* exponential: w[0] the mean */

static const struct tg_dist_parameter exponential_parameters[] = {
    {.name = "mean", .help = "mean", .min = 0, .max = DBL_MAX, .min_open = true, .scale = true},
};

static int exponential_init(struct tg_dist *dist, const double *p, size_t n, struct tg_error *err)
{
    (void)n, (void)err;
    dist->w[0] = p[0];
    dist->hot = TG_DIST_EXPONENTIAL;
    return TG_OK;
}

static double exponential_mean(const struct tg_dist *dist)
{
    return dist->w[0];
}

static double exponential_variance(const struct tg_dist *dist)
{
    return dist->w[0] * dist->w[0];
}

static double exponential_cdf(const struct tg_dist *dist, double x)
{
    return x <= 0 ? 0 : -expm1(-x / dist->w[0]);
}

static double exponential_quantile(const struct tg_dist *dist, double p)
{
    return -log1p(-p) * dist->w[0];
}

static inline double exponential_sample(const struct tg_dist *dist, struct tg_rng *rng)
{
    return dist->w[0] * tg_rng_exponential(rng);
}
TG_DIST_DEFINE_MANY(exponential)

const struct tg_dist_family tg_dist_exponential = {
    .name = "exponential",
    .help = "without memory: the gaps of a Poisson process",
    .parameters = exponential_parameters,
    .parameter_count = TG_COUNT(exponential_parameters),
    .init = exponential_init,
    .mean = exponential_mean,
    .variance = exponential_variance,
    .cdf = exponential_cdf,
    .quantile = exponential_quantile,
    .sample = exponential_sample,
    .sample_many = exponential_many,
};
