/* Discrete values with weights, by an alias table. */
#include <float.h>
#include <stdlib.h>

#include "tg_alias.h"
#include "tg_dist_family.h"
#include "tg_field.h"

/* table = values[n] ascending, cumulative probabilities[n], keep[n]; index = alias[n] */

static const struct tg_dist_parameter discrete_parameters[] = {
    {.name = "value", .help = "a value", .min = -DBL_MAX, .max = DBL_MAX, .scale = true},
    {.name = "weight", .help = "its weight; weights need not add up to 1", .max = DBL_MAX},
};

/* By value, then by weight: a total order, so that every qsort() gives the same table. */
static int compare_pairs(const void *a, const void *b)
{
    const double *x = a, *y = b;
    if (x[0] != y[0])
        return x[0] > y[0] ? 1 : -1;
    return (x[1] > y[1]) - (x[1] < y[1]);
}

/* Splits sorted (value, weight) pairs into the table; the weights end in `cumulative`. */
static int fill(struct tg_dist *dist, const double (*pairs)[2], struct tg_error *err)
{
    uint32_t n = dist->index_count;
    double *values = dist->table, *cumulative = values + n, *keep = cumulative + n, sum = 0;
    for (uint32_t i = 0; i < n; i++) {
        values[i] = pairs[i][0];
        cumulative[i] = pairs[i][1];
    }
    int rc = tg_alias_build(cumulative, n, keep, dist->index, err);
    if (rc)
        return tg_error_wrap(err, rc, "discrete");
    for (uint32_t i = 0; i < n; i++)
        cumulative[i] = sum += cumulative[i];
    for (uint32_t i = 0; i < n; i++)
        cumulative[i] /= sum;
    return TG_OK;
}

static int discrete_init(struct tg_dist *dist, const double *p, size_t n, struct tg_error *err)
{
    size_t count = n / 2;
    double(*pairs)[2] = malloc(count * sizeof *pairs);
    if (!pairs)
        return tg_error_set(err, TG_ENOMEM, "memory ran out for %zu values", count);
    for (size_t i = 0; i < n; i++)
        pairs[i / 2][i % 2] = p[i];
    qsort(pairs, count, sizeof *pairs, compare_pairs);
    int rc = tg_dist_allocate(dist, 3 * count, count, 0, err);
    if (!rc)
        rc = fill(dist, (const double(*)[2])pairs, err);
    free(pairs);
    return rc;
}

static double probability(const struct tg_dist *dist, uint32_t i)
{
    const double *cumulative = dist->table + dist->index_count;
    return i ? cumulative[i] - cumulative[i - 1] : cumulative[0];
}

static double discrete_mean(const struct tg_dist *dist)
{
    double sum = 0;
    for (uint32_t i = 0; i < dist->index_count; i++)
        sum += probability(dist, i) * dist->table[i];
    return sum;
}

static double discrete_variance(const struct tg_dist *dist)
{
    double sum = 0, mean = discrete_mean(dist);
    for (uint32_t i = 0; i < dist->index_count; i++)
        sum += probability(dist, i) * (dist->table[i] - mean) * (dist->table[i] - mean);
    return sum;
}

static double discrete_cdf(const struct tg_dist *dist, double x)
{
    uint32_t low = 0, high = dist->index_count; /* values before low are <= x, from high on above x */
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (dist->table[middle] <= x)
            low = middle + 1;
        else
            high = middle;
    }
    return low ? dist->table[dist->index_count + low - 1] : 0;
}

static double discrete_quantile(const struct tg_dist *dist, double p)
{
    const double *cumulative = dist->table + dist->index_count;
    uint32_t low = 0, high = dist->index_count - 1;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (cumulative[middle] >= p && cumulative[middle] > 0)
            high = middle;
        else
            low = middle + 1;
    }
    return dist->table[low];
}

static inline double discrete_sample(const struct tg_dist *dist, struct tg_rng *rng)
{
    uint32_t n = dist->index_count;
    return dist->table[tg_alias_pick(dist->table + 2 * (size_t)n, dist->index, n, rng)];
}
TG_DIST_DEFINE_MANY(discrete)

const struct tg_dist_family tg_dist_discrete = {
    .name = "discrete",
    .atoms = true,
    .help = "a few values, each with its weight",
    .parameters = discrete_parameters,
    .parameter_count = TG_COUNT(discrete_parameters),
    .repeats = true,
    .least_groups = 1,
    .init = discrete_init,
    .mean = discrete_mean,
    .variance = discrete_variance,
    .cdf = discrete_cdf,
    .quantile = discrete_quantile,
    .sample = discrete_sample,
    .sample_many = discrete_many,
};
