/* The empirical quantile table.
 *
 * Draws invert the distribution function: one random number picks the interval and the place within it, so
 * that draws of one stream from two tables keep their order (common random numbers). With equally spaced
 * probabilities the interval is a multiplication away; otherwise a guide table (Chen and Asau, "On generating
 * random variates from an empirical distribution", AIIE Transactions 6, 1974) with as many cells as intervals
 * leaves fewer than one step of search on average.
 */
#include <float.h>
#include <string.h>

#include "tg_dist_family.h"
#include "tg_field.h"

/* w[0] intervals, as a double. Equally spaced: table = values[n]. Otherwise: table = values[n],
 * probabilities[n], slopes[n - 1]; index = guide[n - 1]: the interval that holds the lower end of each cell.
 */

static const struct tg_dist_parameter quantiles_parameters[] = {
    {.name = "value", .help = "quantile, in ascending order", .min = -DBL_MAX, .max = DBL_MAX, .scale = true},
};

static uint32_t value_count(const struct tg_dist *dist)
{
    return (uint32_t)dist->w[0] + 1;
}

static double probability_at(const struct tg_dist *dist, uint32_t i)
{
    return dist->index ? dist->table[value_count(dist) + i] : i / dist->w[0];
}

static int check_ascending(const char *what, const double *values, size_t n, struct tg_error *err)
{
    for (size_t i = 0; i < n; i++) {
        if (!(values[i] >= -DBL_MAX && values[i] <= DBL_MAX))
            return tg_error_set(err, TG_EINPUT, "quantiles: %s %zu is not finite", what, i + 1);
        if (i && values[i] < values[i - 1])
            return tg_error_set(err, TG_EINPUT, "quantiles: %s %zu is %g, less than the one before, %g", what,
                                i + 1, values[i], values[i - 1]);
    }
    return TG_OK;
}

static int equal_init(struct tg_dist *dist, const double *values, size_t n, struct tg_error *err)
{
    int rc = check_ascending("value", values, n, err);
    if (!rc)
        rc = tg_dist_allocate(dist, n, 0, 0, err);
    if (rc)
        return rc;
    memcpy(dist->table, values, n * sizeof *values);
    dist->w[0] = (double)(n - 1);
    dist->family = &tg_dist_quantiles;
    return TG_OK;
}

static void fill_guide(struct tg_dist *dist, size_t intervals, const double *probabilities)
{
    uint32_t interval = 0;
    for (size_t cell = 0; cell < intervals; cell++) {
        double low = (double)cell / (double)intervals;
        while (interval + 1 < intervals && probabilities[interval + 1] <= low)
            interval++;
        dist->index[cell] = interval;
    }
}

static int spaced_init(struct tg_dist *dist, const double *values, const double *probabilities, size_t n,
                       struct tg_error *err)
{
    int rc = check_ascending("value", values, n, err);
    if (!rc)
        rc = check_ascending("probability", probabilities, n, err);
    if (rc)
        return rc;
    if (probabilities[0] != 0 || probabilities[n - 1] != 1)
        return tg_error_set(err, TG_EINPUT, "quantiles: the probabilities run from %g to %g, not from 0 to 1",
                            probabilities[0], probabilities[n - 1]);
    rc = tg_dist_allocate(dist, 3 * n - 1, n - 1, 0, err);
    if (rc)
        return rc;
    memcpy(dist->table, values, n * sizeof *values);
    memcpy(dist->table + n, probabilities, n * sizeof *probabilities);
    for (size_t i = 0; i + 1 < n; i++) {
        double step = probabilities[i + 1] - probabilities[i];
        dist->table[2 * n + i] = step > 0 ? (values[i + 1] - values[i]) / step : 0;
    }
    fill_guide(dist, n - 1, probabilities);
    dist->w[0] = (double)(n - 1);
    dist->family = &tg_dist_quantiles;
    return TG_OK;
}

int tg_dist_init_quantiles(struct tg_dist *dist, const double *values, const double *probabilities, size_t n,
                           struct tg_error *err)
{
    *dist = (struct tg_dist){0};
    if (n < 2)
        return tg_error_set(err, TG_EINPUT, "quantiles: a table needs at least 2 values, not %zu", n);
    return probabilities ? spaced_init(dist, values, probabilities, n, err)
                         : equal_init(dist, values, n, err);
}

static double quantiles_mean(const struct tg_dist *dist)
{
    double sum = 0;
    const double *v = dist->table;
    for (uint32_t i = 0; i + 1 < value_count(dist); i++)
        sum += (probability_at(dist, i + 1) - probability_at(dist, i)) * (v[i] + v[i + 1]) / 2;
    return sum;
}

static double quantiles_variance(const struct tg_dist *dist)
{
    double sum = 0, mean = quantiles_mean(dist);
    const double *v = dist->table;
    for (uint32_t i = 0; i + 1 < value_count(dist); i++) {
        double a = v[i] - mean, b = v[i + 1] - mean;
        sum += (probability_at(dist, i + 1) - probability_at(dist, i)) * (a * a + a * b + b * b) / 3;
    }
    return sum;
}

static double quantiles_cdf(const struct tg_dist *dist, double x)
{
    const double *v = dist->table;
    uint32_t low = 0, high = value_count(dist) - 1;
    if (x < v[0])
        return 0;
    if (x >= v[high])
        return 1;
    while (high - low > 1) { /* v[low] <= x < v[high] */
        uint32_t middle = low + (high - low) / 2;
        if (v[middle] <= x)
            low = middle;
        else
            high = middle;
    }
    double p = probability_at(dist, low), q = probability_at(dist, high);
    return p + (q - p) * (x - v[low]) / (v[high] - v[low]);
}

static inline double equal_at(const struct tg_dist *dist, double position)
{
    const double *v = dist->table;
    uint32_t last = value_count(dist) - 2;
    uint32_t i = (uint32_t)position;
    i = i < last ? i : last;
    return v[i] + (position - i) * (v[i + 1] - v[i]);
}

static inline double spaced_at(const struct tg_dist *dist, double u)
{
    uint32_t n = value_count(dist), last = n - 2;
    const double *v = dist->table, *p = v + n, *slope = p + n;
    uint32_t cell = (uint32_t)(u * dist->w[0]);
    uint32_t i = dist->index[cell < last ? cell : last];
    while (i < last && p[i + 1] <= u)
        i++;
    i -= p[i] > u; /* the product above may have rounded up into the next cell; p[0] is 0 */
    return v[i] + (u - p[i]) * slope[i];
}

static double quantiles_quantile(const struct tg_dist *dist, double p)
{
    return dist->index ? spaced_at(dist, p) : equal_at(dist, p * dist->w[0]);
}

static inline double quantiles_sample(const struct tg_dist *dist, struct tg_rng *rng)
{
    double u = tg_rng_unit(rng);
    return dist->index ? spaced_at(dist, u) : equal_at(dist, u * dist->w[0]);
}
TG_DIST_DEFINE_MANY(quantiles)

const struct tg_dist_family tg_dist_quantiles = {
    .name = "quantiles",
    .help = "an empirical table of equally spaced quantiles, from the least to the greatest value",
    .parameters = quantiles_parameters,
    .parameter_count = TG_COUNT(quantiles_parameters),
    .repeats = true,
    .least_groups = 2,
    .init = equal_init,
    .mean = quantiles_mean,
    .variance = quantiles_variance,
    .cdf = quantiles_cdf,
    .quantile = quantiles_quantile,
    .sample = quantiles_sample,
    .sample_many = quantiles_many,
};
