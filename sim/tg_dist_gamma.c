/* Gamma, Erlang and Weibull.
 *
 * Gamma draws: Marsaglia and Tsang, "A simple method for generating gamma variables", ACM TOMS 26, 2000, with
 * their boost for shapes below 1 (the power of a uniform number taken as the exponential of an exponential
 * draw). */
#include <float.h>
#include <gsl/gsl_cdf.h>
#include <math.h>

#include "tg_dist_family.h"
#include "tg_field.h"
#include "tg_math.h"

/* gamma, erlang: w[0] d = shape - 1/3, w[1] 1 / sqrt(9 d), w[2] the scale, w[3] 1 / shape where the shape is
 * below 1 (then d is that of shape + 1), else 0, w[4] the shape */

static const struct tg_dist_parameter gamma_parameters[] = {
    {.name = "shape", .help = "shape", .min = 0.01, .max = 1e9},
    {.name = "scale",
     .help = "scale: the mean is shape times scale",
     .max = DBL_MAX,
     .min_open = true,
     .scale = true},
};

static int gamma_init(struct tg_dist *dist, const double *p, size_t n, struct tg_error *err)
{
    (void)n, (void)err;
    double boosted = p[0] < 1 ? p[0] + 1 : p[0];
    dist->w[0] = boosted - 1.0 / 3;
    dist->w[1] = 1 / sqrt(9 * dist->w[0]);
    dist->w[2] = p[1];
    dist->w[3] = p[0] < 1 ? 1 / p[0] : 0;
    dist->w[4] = p[0];
    return TG_OK;
}

static double gamma_mean(const struct tg_dist *dist)
{
    return dist->w[4] * dist->w[2];
}

static double gamma_variance(const struct tg_dist *dist)
{
    return dist->w[4] * dist->w[2] * dist->w[2];
}

static double gamma_cdf(const struct tg_dist *dist, double x)
{
    return x <= 0 ? 0 : gsl_cdf_gamma_P(x, dist->w[4], dist->w[2]);
}

static double gamma_quantile(const struct tg_dist *dist, double p)
{
    /* GSL's inverse gives up on some arguments: bisect its cdf instead. */
    return tg_dist_search_quantile(dist, p, 0);
}

static inline double gamma_sample(const struct tg_dist *dist, struct tg_rng *rng)
{
    double d = dist->w[0], c = dist->w[1], x, v, u;
    do {
        do {
            x = tg_rng_normal(rng);
            v = 1 + c * x;
        } while (v <= 0);
        v = v * v * v;
        u = tg_rng_unit(rng);
        x *= x;
    } while (u >= 1 - 0.0331 * (x * x) && tg_log(u) >= 0.5 * x + d * (1 - v + tg_log(v)));
    double value = d * v * dist->w[2];
    return dist->w[3] > 0 ? value * tg_exp(-tg_rng_exponential(rng) * dist->w[3]) : value;
}
TG_DIST_DEFINE_MANY(gamma)

const struct tg_dist_family tg_dist_gamma = {
    .name = "gamma",
    .help = "a sum of exponential stages, their number any positive real",
    .parameters = gamma_parameters,
    .parameter_count = TG_COUNT(gamma_parameters),
    .init = gamma_init,
    .mean = gamma_mean,
    .variance = gamma_variance,
    .cdf = gamma_cdf,
    .quantile = gamma_quantile,
    .sample = gamma_sample,
    .sample_many = gamma_many,
};

static const struct tg_dist_parameter erlang_parameters[] = {
    {.name = "stages", .help = "number of stages, a whole number", .min = 1, .max = 1e9},
    {.name = "mean", .help = "mean of the whole", .max = DBL_MAX, .min_open = true, .scale = true},
};

static int erlang_init(struct tg_dist *dist, const double *p, size_t n, struct tg_error *err)
{
    if (p[0] != floor(p[0]))
        return tg_error_set(err, TG_EINPUT, "erlang: stages is %g, but must be a whole number", p[0]);
    return gamma_init(dist, (const double[]){p[0], p[1] / p[0]}, n, err);
}

const struct tg_dist_family tg_dist_erlang = {
    .name = "erlang",
    .help = "a sum of equal exponential stages",
    .parameters = erlang_parameters,
    .parameter_count = TG_COUNT(erlang_parameters),
    .init = erlang_init,
    .mean = gamma_mean,
    .variance = gamma_variance,
    .cdf = gamma_cdf,
    .quantile = gamma_quantile,
    .sample = gamma_sample,
    .sample_many = gamma_many,
};

/* weibull: w[0] 1 / shape, w[1] the scale, w[2] the shape */

static const struct tg_dist_parameter weibull_parameters[] = {
    {.name = "shape", .help = "shape: 1 is exponential, less has a heavier tail", .min = 0.02, .max = 1e6},
    {.name = "scale",
     .help = "scale: 63.2 % of the values lie below it",
     .max = DBL_MAX,
     .min_open = true,
     .scale = true},
};

static int weibull_init(struct tg_dist *dist, const double *p, size_t n, struct tg_error *err)
{
    (void)n, (void)err;
    dist->w[0] = 1 / p[0];
    dist->w[1] = p[1];
    dist->w[2] = p[0];
    return TG_OK;
}

static double weibull_mean(const struct tg_dist *dist)
{
    return dist->w[1] * tg_gamma(1 + dist->w[0]);
}

static double weibull_variance(const struct tg_dist *dist)
{
    double mean = weibull_mean(dist);
    return dist->w[1] * dist->w[1] * tg_gamma(1 + 2 * dist->w[0]) - mean * mean;
}

static double weibull_cdf(const struct tg_dist *dist, double x)
{
    return x <= 0 ? 0 : -tg_expm1(-tg_pow(x / dist->w[1], dist->w[2]));
}

static double weibull_quantile(const struct tg_dist *dist, double p)
{
    return dist->w[1] * tg_pow(-tg_log1p(-p), dist->w[0]);
}

static inline double weibull_sample(const struct tg_dist *dist, struct tg_rng *rng)
{
    /* The power by exp and log errs by a few ulp of a random number, at half the cost of tg_pow(). */
    return dist->w[1] * tg_exp(tg_log(tg_rng_exponential(rng)) * dist->w[0]);
}
TG_DIST_DEFINE_MANY(weibull)

const struct tg_dist_family tg_dist_weibull = {
    .name = "weibull",
    .help = "a power of an exponential: times to failure",
    .parameters = weibull_parameters,
    .parameter_count = TG_COUNT(weibull_parameters),
    .init = weibull_init,
    .mean = weibull_mean,
    .variance = weibull_variance,
    .cdf = weibull_cdf,
    .quantile = weibull_quantile,
    .sample = weibull_sample,
    .sample_many = weibull_many,
};
