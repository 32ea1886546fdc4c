#include "tg_steady.h"

#include <assert.h>
#include <math.h>

#include "tg_math.h"

static double mean_of(const double *x, size_t k)
{
    double sum = 0;
    for (size_t i = 0; i < k; i++)
        sum += x[i];
    return sum / (double)k;
}

/* The covariance of x[i] and x[i + lag], with the divisor of the variance. */
static double covariance(const double *x, size_t k, double mean, size_t lag)
{
    double sum = 0;
    for (size_t i = lag; i < k; i++)
        sum += (x[i] - mean) * (x[i - lag] - mean);
    return sum / (double)(k - 1);
}

struct tg_steady_variance tg_steady_plain(const double *means, size_t k)
{
    assert(k >= 2);
    double variance = covariance(means, k, mean_of(means, k), 0);
    return (struct tg_steady_variance){.of_mean = variance / (double)k, .freedom = (double)k - 1};
}

/* Central moments of the means of overlapping windows. */
struct moments {
    double second, third, fourth;
};

static struct moments window_moments(const double *x, size_t k, double mean, size_t window)
{
    struct moments m = {0};
    double sum = 0, width = (double)window, windows = (double)(k - window + 1);
    for (size_t i = 0; i < k; i++) {
        sum += x[i] - mean;
        if (i + 1 < window)
            continue;
        double d = sum / width, dd = d * d;
        m.second += dd / windows;
        m.third += dd * d / windows;
        m.fourth += dd * dd / windows;
        sum -= x[i + 1 - window] - mean;
    }
    return m;
}

struct tg_steady_variance tg_steady_overlapping(const double *means, size_t k, size_t window)
{
    assert(window >= 1);
    assert(window <= k / 2);
    double w = (double)window, n = (double)k;
    double second = window_moments(means, k, mean_of(means, k), window).second;
    return (struct tg_steady_variance){
        .of_mean = second * w / (n - w),
        .freedom = 3 * n * w / (2 * w * w + 1) - 1,
    };
}

struct tg_steady_variance tg_steady_flat_top(const double *means, size_t k)
{
    assert(k >= 2);
    double mean = mean_of(means, k), neighbours = covariance(means, k, mean, 1);
    double variance = covariance(means, k, mean, 0) + 2 * (neighbours > 0 ? neighbours : 0);
    return (struct tg_steady_variance){.of_mean = variance / (double)k, .freedom = (double)k / 3 - 1};
}

/* The freedom that the kurtosis of the data leaves. The sample kurtosis of n normal values is 3 (n - 1) / (n
 * + 1) on average: 3 - 6 / (n + 1). */
static double kurtosis_freedom(double freedom, const struct moments *m, double pairs)
{
    double excess = m->fourth / (m->second * m->second) - 3 + 6 / (pairs + 1);
    return 2 / (2 / freedom + (excess > 0 ? excess : 0) / pairs);
}

/* Not cbrt(), which need not be the same bits everywhere. */
static double cube_root(double x)
{
    double root = tg_pow(fabs(x), 1.0 / 3);
    return x < 0 ? -root : root;
}

/* Willink's G: the standardized distance of an end from the mean; r as shift goes to 0. */
static double skewed(double shift, double r)
{
    if (fabs(shift) < 1e-5)
        return r - shift - 2 * shift * (r - shift) * (r - shift);
    return (cube_root(1 + 6 * shift * (r - shift)) - 1) / (2 * shift);
}

struct tg_estimate tg_steady_interval(const double *means, size_t k, double level)
{
    if (k < TG_STEADY_LEAST)
        return tg_interval_make(k ? mean_of(means, k) : 0, 0, 0, k, level);
    struct tg_estimate e = {.mean = mean_of(means, k), .level = level, .n = k};
    struct tg_steady_variance v = tg_steady_flat_top(means, k);
    struct moments m = window_moments(means, k, e.mean, 2);
    double shift = 0, pairs = (double)k / 2;
    e.freedom = v.freedom;
    if (m.second > 0) {
        e.freedom = kurtosis_freedom(v.freedom, &m, pairs);
        shift = m.third / (m.second * sqrt(m.second)) / (6 * sqrt(pairs));
    }
    double t = tg_interval_t(level, e.freedom), error = sqrt(v.of_mean);
    e.low = e.mean - skewed(shift, t) * error;
    e.high = e.mean - skewed(shift, -t) * error;
    return e;
}

double tg_steady_correlation(const double *means, size_t k, size_t stride)
{
    assert(stride >= 1);
    size_t groups = k / stride;
    if (groups < 4)
        return 0;
    double mean = mean_of(means, groups * stride), squares = 0, steps = 0, last = 0;
    for (size_t i = 0; i < groups; i++) {
        double d = mean_of(means + i * stride, stride) - mean;
        squares += d * d;
        if (i)
            steps += (d - last) * (d - last);
        last = d;
    }
    if (!(squares > 0))
        return 0;
    double n = (double)groups, variance = 4 * (n - 2) / ((n - 1) * (n + 1));
    return (2 - steps / squares) / sqrt(variance);
}

struct tg_steady_quality tg_steady_quality(const double *means, size_t k, double variance)
{
    struct tg_steady_quality quality = {.correlation = tg_steady_correlation(means, k, 2)};
    double of_mean = k >= TG_STEADY_LEAST ? tg_steady_flat_top(means, k).of_mean : variance;
    quality.worth = of_mean > 0 ? variance / of_mean : INFINITY;
    return quality;
}
