/* Pareto and generalized Pareto: heavy tails, by inversion of an exponential draw. */
#include <float.h>
#include <math.h>

#include "tg_dist_family.h"
#include "tg_field.h"
#include "tg_math.h"

/* pareto: w[0] 1 / shape, w[1] the minimum, w[2] the shape */

static const struct tg_dist_parameter pareto_parameters[] = {
    {.name = "shape",
     .help = "tail index: no mean at 1 or below, no variance at 2 or below",
     .min = 0.1,
     .max = 1e6},
    {.name = "minimum", .help = "least value", .max = DBL_MAX, .min_open = true, .scale = true},
};

static int pareto_init(struct tg_dist *dist, const double *p, size_t n, struct tg_error *err)
{
    (void)n, (void)err;
    dist->w[0] = 1 / p[0];
    dist->w[1] = p[1];
    dist->w[2] = p[0];
    return TG_OK;
}

static double pareto_mean(const struct tg_dist *dist)
{
    double shape = dist->w[2];
    return shape > 1 ? dist->w[1] * shape / (shape - 1) : HUGE_VAL;
}

static double pareto_variance(const struct tg_dist *dist)
{
    double shape = dist->w[2], minimum = dist->w[1];
    if (shape <= 2)
        return HUGE_VAL;
    return minimum * minimum * shape / ((shape - 1) * (shape - 1) * (shape - 2));
}

static double pareto_cdf(const struct tg_dist *dist, double x)
{
    return x <= dist->w[1] ? 0 : -tg_expm1(-dist->w[2] * tg_log(x / dist->w[1]));
}

static double pareto_quantile(const struct tg_dist *dist, double p)
{
    return dist->w[1] * tg_exp(-tg_log1p(-p) * dist->w[0]);
}

static inline double pareto_sample(const struct tg_dist *dist, struct tg_rng *rng)
{
    return dist->w[1] * tg_exp(tg_rng_exponential(rng) * dist->w[0]);
}
TG_DIST_DEFINE_MANY(pareto)

const struct tg_dist_family tg_dist_pareto = {
    .name = "pareto",
    .help = "a power-law tail above a least value: rare long stalls",
    .parameters = pareto_parameters,
    .parameter_count = TG_COUNT(pareto_parameters),
    .init = pareto_init,
    .mean = pareto_mean,
    .variance = pareto_variance,
    .cdf = pareto_cdf,
    .quantile = pareto_quantile,
    .sample = pareto_sample,
    .sample_many = pareto_many,
};

/* generalized_pareto: w[0] the location, w[1] the scale, w[2] the shape, w[3] scale / shape (0 for shape 0)
 */

static const struct tg_dist_parameter generalized_parameters[] = {
    {.name = "location", .help = "least value", .min = -DBL_MAX, .max = DBL_MAX, .scale = true},
    {.name = "scale", .help = "scale", .max = DBL_MAX, .min_open = true, .scale = true},
    {.name = "shape",
     .help = "0 is exponential, above it a power law of index 1/shape, below it bounded",
     .min = -10,
     .max = 10},
};

static int generalized_init(struct tg_dist *dist, const double *p, size_t n, struct tg_error *err)
{
    (void)n, (void)err;
    dist->w[0] = p[0];
    dist->w[1] = p[1];
    dist->w[2] = p[2];
    dist->w[3] = p[2] != 0 ? p[1] / p[2] : 0;
    return TG_OK;
}

static double generalized_mean(const struct tg_dist *dist)
{
    double shape = dist->w[2];
    return shape < 1 ? dist->w[0] + dist->w[1] / (1 - shape) : HUGE_VAL;
}

static double generalized_variance(const struct tg_dist *dist)
{
    double shape = dist->w[2], scale = dist->w[1];
    return shape < 0.5 ? scale * scale / ((1 - shape) * (1 - shape) * (1 - 2 * shape)) : HUGE_VAL;
}

static double generalized_cdf(const struct tg_dist *dist, double x)
{
    double z = (x - dist->w[0]) / dist->w[1], shape = dist->w[2];
    if (z <= 0)
        return 0;
    if (shape == 0)
        return -tg_expm1(-z);
    return shape * z <= -1 ? 1 : -tg_expm1(-tg_log1p(shape * z) / shape);
}

/* Where an exponential draw of mean 1 lands. */
static inline double generalized_at(const struct tg_dist *dist, double e)
{
    if (dist->w[2] == 0)
        return dist->w[0] + dist->w[1] * e;
    return dist->w[0] + dist->w[3] * tg_expm1(dist->w[2] * e);
}

static double generalized_quantile(const struct tg_dist *dist, double p)
{
    return generalized_at(dist, -tg_log1p(-p));
}

static inline double generalized_sample(const struct tg_dist *dist, struct tg_rng *rng)
{
    return generalized_at(dist, tg_rng_exponential(rng));
}
TG_DIST_DEFINE_MANY(generalized)

const struct tg_dist_family tg_dist_generalized_pareto = {
    .name = "generalized_pareto",
    .help = "what exceeds a high threshold: fitted tails",
    .parameters = generalized_parameters,
    .parameter_count = TG_COUNT(generalized_parameters),
    .init = generalized_init,
    .mean = generalized_mean,
    .variance = generalized_variance,
    .cdf = generalized_cdf,
    .quantile = generalized_quantile,
    .sample = generalized_sample,
    .sample_many = generalized_many,
};
