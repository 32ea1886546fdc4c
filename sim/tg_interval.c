#include "tg_interval.h"

#include <assert.h>
#include <gsl/gsl_cdf.h>
#include <math.h>

static double rounded(double critical)
{
    return rint(critical * 0x1p32) * 0x1p-32;
}

double tg_interval_t(double level, double freedom)
{
    assert(level > 0);
    assert(level < 1);
    double p = 0.5 + level / 2;
    return rounded(isfinite(freedom) ? gsl_cdf_tdist_Pinv(p, freedom) : gsl_cdf_ugaussian_Pinv(p));
}

struct tg_estimate tg_interval_make(double mean, double standard_error, double freedom, uint64_t n,
                                    double level)
{
    struct tg_estimate e = {.mean = mean, .level = level, .n = n};
    if (!(freedom > 0)) {
        e.low = -INFINITY;
        e.high = INFINITY;
        return e;
    }
    double half = tg_interval_t(level, freedom) * standard_error;
    e.low = mean - half;
    e.high = mean + half;
    e.freedom = freedom;
    return e;
}

struct tg_estimate tg_interval_mean(uint64_t n, double mean, double stddev, double level)
{
    double count = (double)n;
    return tg_interval_make(mean, n ? stddev / sqrt(count) : 0, n ? count - 1 : 0, n, level);
}

struct tg_estimate tg_interval_welford(const struct tg_welford *w, double level)
{
    return tg_interval_mean(w->count, w->mean, tg_welford_stddev(w), level);
}

struct tg_estimate tg_interval_difference(const double *a, const double *b, size_t n, double level)
{
    struct tg_welford w = {0};
    for (size_t i = 0; i < n; i++)
        tg_welford_add(&w, a[i] - b[i]);
    return tg_interval_welford(&w, level);
}

/* Means of n pairs, and the variances and covariance of these means. */
struct pairs {
    double a, b, aa, bb, ab;
};

static struct pairs pair_moments(const double *a, const double *b, size_t n)
{
    struct pairs p = {0};
    for (size_t i = 0; i < n; i++) {
        double da = a[i] - p.a, db = b[i] - p.b, k = (double)(i + 1);
        p.a += da / k;
        p.b += db / k;
        p.aa += da * (a[i] - p.a);
        p.bb += db * (b[i] - p.b);
        p.ab += da * (b[i] - p.b);
    }
    double divisor = (double)n * (double)(n - 1);
    p.aa /= divisor;
    p.bb /= divisor;
    p.ab /= divisor;
    return p;
}

/* The ratios r that the data do not refute: (a - r b)^2 <= t^2 (aa - 2 r ab + r^2 bb), a quadratic in r. */
struct tg_estimate tg_interval_ratio(const double *a, const double *b, size_t n, double level)
{
    struct tg_estimate e = {.mean = NAN, .low = -INFINITY, .high = INFINITY, .level = level, .n = n};
    if (!n)
        return e;
    if (n == 1) {
        e.mean = a[0] / b[0];
        return e;
    }
    struct pairs p = pair_moments(a, b, n);
    e.mean = p.a / p.b;
    e.freedom = (double)(n - 1);
    double t = tg_interval_t(level, e.freedom), tt = t * t;
    double square = p.b * p.b - tt * p.bb, cross = p.a * p.b - tt * p.ab, constant = p.a * p.a - tt * p.aa;
    if (!(square > 0))
        return e;
    double discriminant = cross * cross - square * constant;
    double root = sqrt(discriminant > 0 ? discriminant : 0);
    e.low = (cross - root) / square;
    e.high = (cross + root) / square;
    return e;
}

struct tg_estimate tg_interval_proportion(uint64_t hits, uint64_t n, double level)
{
    assert(hits <= n);
    struct tg_estimate e = {.low = 0, .high = 1, .level = level, .n = n};
    if (!n)
        return e;
    double count = (double)n, z = tg_interval_t(level, INFINITY), zz = z * z;
    e.mean = (double)hits / count;
    double centre = (e.mean + zz / (2 * count)) / (1 + zz / count);
    double half = z / (1 + zz / count) * sqrt(e.mean * (1 - e.mean) / count + zz / (4 * count * count));
    e.low = hits ? centre - half : 0;
    e.high = hits < n ? centre + half : 1;
    return e;
}

double tg_estimate_half_width(const struct tg_estimate *e)
{
    return (e->high - e->low) / 2;
}

double tg_estimate_relative_half_width(const struct tg_estimate *e)
{
    double half = tg_estimate_half_width(e);
    return half > 0 ? half / fabs(e->mean) : 0;
}

int tg_estimate_contains(const struct tg_estimate *e, double truth)
{
    return e->low <= truth && truth <= e->high;
}
