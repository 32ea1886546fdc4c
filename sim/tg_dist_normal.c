/* Normal and lognormal. */
#include <float.h>
#include <gsl/gsl_cdf.h>

#include "tg_dist_family.h"
#include "tg_field.h"
#include "tg_math.h"

/* normal: w[0] the mean, w[1] the standard deviation */

static const struct tg_dist_parameter normal_parameters[] = {
    {.name = "mean", .help = "mean", .min = -DBL_MAX, .max = DBL_MAX, .scale = true},
    {.name = "deviation", .help = "standard deviation", .max = DBL_MAX, .min_open = true, .scale = true},
};

static int normal_init(struct tg_dist *dist, const double *p, size_t n, struct tg_error *err)
{
    (void)n, (void)err;
    dist->w[0] = p[0];
    dist->w[1] = p[1];
    return TG_OK;
}

static double normal_mean(const struct tg_dist *dist)
{
    return dist->w[0];
}

static double normal_variance(const struct tg_dist *dist)
{
    return dist->w[1] * dist->w[1];
}

static double normal_cdf(const struct tg_dist *dist, double x)
{
    return gsl_cdf_ugaussian_P((x - dist->w[0]) / dist->w[1]);
}

static double normal_quantile(const struct tg_dist *dist, double p)
{
    return dist->w[0] + dist->w[1] * gsl_cdf_ugaussian_Pinv(p);
}

static inline double normal_sample(const struct tg_dist *dist, struct tg_rng *rng)
{
    return dist->w[0] + dist->w[1] * tg_rng_normal(rng);
}
TG_DIST_DEFINE_MANY(normal)

const struct tg_dist_family tg_dist_normal = {
    .name = "normal",
    .help = "the bell curve; has negative values: truncate it for times",
    .parameters = normal_parameters,
    .parameter_count = TG_COUNT(normal_parameters),
    .init = normal_init,
    .mean = normal_mean,
    .variance = normal_variance,
    .cdf = normal_cdf,
    .quantile = normal_quantile,
    .sample = normal_sample,
    .sample_many = normal_many,
};

/* lognormal: w[0] the median, w[1] sigma */

static const struct tg_dist_parameter lognormal_parameters[] = {
    {.name = "median", .help = "median", .max = DBL_MAX, .min_open = true, .scale = true},
    {.name = "sigma", .help = "standard deviation of the logarithm", .max = 10, .min_open = true},
};

static double lognormal_mean(const struct tg_dist *dist)
{
    return dist->w[0] * tg_exp(0.5 * dist->w[1] * dist->w[1]);
}

static double lognormal_variance(const struct tg_dist *dist)
{
    double mean = lognormal_mean(dist);
    return mean * mean * tg_expm1(dist->w[1] * dist->w[1]);
}

static double lognormal_cdf(const struct tg_dist *dist, double x)
{
    return x <= 0 ? 0 : gsl_cdf_ugaussian_P(tg_log(x / dist->w[0]) / dist->w[1]);
}

static double lognormal_quantile(const struct tg_dist *dist, double p)
{
    return dist->w[0] * tg_exp(dist->w[1] * gsl_cdf_ugaussian_Pinv(p));
}

static inline double lognormal_sample(const struct tg_dist *dist, struct tg_rng *rng)
{
    return dist->w[0] * tg_exp(dist->w[1] * tg_rng_normal(rng));
}
TG_DIST_DEFINE_MANY(lognormal)

const struct tg_dist_family tg_dist_lognormal = {
    .name = "lognormal",
    .help = "its logarithm is normal: interrupts, service times",
    .parameters = lognormal_parameters,
    .parameter_count = TG_COUNT(lognormal_parameters),
    .init = normal_init, /* both keep their parameters as they are */
    .mean = lognormal_mean,
    .variance = lognormal_variance,
    .cdf = lognormal_cdf,
    .quantile = lognormal_quantile,
    .sample = lognormal_sample,
    .sample_many = lognormal_many,
};
