/* The checks that every distribution must pass, whatever its family. */
#ifndef TG_DIST_CHECK_H
#define TG_DIST_CHECK_H

#include <math.h>
#include <string.h>

#include "tg_dist.h"
#include "tg_goodness.h"
#include "tg_test.h"

enum { TG_DIST_CHECK_DRAWS = 200000 };

static inline double tg_dist_check_own_cdf(double x, const void *law)
{
    return tg_dist_cdf(law, x);
}

/* quantile() is the inverse of cdf(), and cdf() agrees with the reference everywhere. */
static inline void tg_dist_check_functions(const struct tg_dist *dist, double (*cdf)(double, const void *),
                                           const void *law)
{
    for (int i = 1; i < 200; i++) {
        double p = i / 200.0, x = tg_dist_quantile(dist, p);
        ck_assert_double_eq_tol(tg_dist_cdf(dist, x), p, 1e-9);
        ck_assert_double_eq_tol(cdf(x, law), p, 1e-9);
    }
    ck_assert(!(tg_dist_quantile(dist, 0) > tg_dist_quantile(dist, 0.005)));
    ck_assert(!(tg_dist_quantile(dist, 1) < tg_dist_quantile(dist, 0.995)));
}

/* The sample's mean and variance are within 6 of their standard errors of the law's (estimated from the
 * sample; false alarm below 1e-6, allowing for skewness). Moments that are infinite are not looked for in the
 * sample. */
static inline void tg_dist_check_moments(const struct tg_dist *dist, const double *sample, double mean,
                                         double variance)
{
    enum { N = TG_DIST_CHECK_DRAWS };
    double sum = 0, square = 0, fourth = 0;
    ck_assert(tg_dist_mean(dist) == mean || fabs(tg_dist_mean(dist) - mean) <= 1e-9 * fabs(mean) + 1e-12);
    ck_assert(tg_dist_variance(dist) == variance ||
              fabs(tg_dist_variance(dist) - variance) <= 1e-9 * variance + 1e-12);
    if (!isfinite(variance))
        return;
    for (int i = 0; i < N; i++) {
        double d = sample[i] - mean;
        sum += d;
        square += d * d;
        fourth += d * d * d * d;
    }
    square /= N;
    ck_assert_double_le(fabs(sum / N), 6 * sqrt(variance / N) + 1e-12);
    ck_assert_double_le(fabs(square - variance), 6 * sqrt((fourth / N - square * square) / N) + 1e-12);
}

/* Draws fit the reference cdf (the distribution's own where none is given; false alarm 1e-6), bulk draws are
 * the same draws, a copy draws the same, moments agree. */
static inline void tg_dist_check(const struct tg_dist *dist, double (*cdf)(double, const void *),
                                 const void *law, double mean, double variance)
{
    static double sample[TG_DIST_CHECK_DRAWS], bulk[TG_DIST_CHECK_DRAWS];
    struct tg_rng rng, bulk_rng;
    struct tg_dist copy;
    struct tg_error err = {0};
    tg_rng_seed(&rng, 21, 0, "dist");
    bulk_rng = rng;
    for (int i = 0; i < TG_DIST_CHECK_DRAWS; i++)
        sample[i] = tg_dist_sample(dist, &rng);
    ck_assert_tg_ok(tg_dist_copy(&copy, dist, &err), err);
    tg_dist_sample_many(&copy, &bulk_rng, bulk, TG_DIST_CHECK_DRAWS);
    tg_dist_release(&copy);
    ck_assert(memcmp(sample, bulk, sizeof sample) == 0);
    ck_assert_mem_eq(&rng, &bulk_rng, sizeof rng);
    tg_dist_check_moments(dist, sample, mean, variance);
    if (dist->family->atoms)
        return;
    cdf = cdf ? cdf : tg_dist_check_own_cdf;
    law = law ? law : dist;
    tg_dist_check_functions(dist, cdf, law);
    ck_assert_double_lt(tg_goodness_ks(sample, TG_DIST_CHECK_DRAWS, cdf, law), tg_goodness_ks_limit(1e-6));
}

#endif
