/* Hyperexponential and general phase-type laws. */
#include <float.h>
#include <math.h>
#include <string.h>

#include "tg_alias.h"
#include "tg_chain.h"
#include "tg_dist_family.h"
#include "tg_field.h"
#include "tg_math.h"

/* hyperexponential: table = means[n], probabilities[n], keep[n]; index = alias[n] */

static const struct tg_dist_parameter hyper_parameters[] = {
    {.name = "weight", .help = "weight of a branch; weights need not add up to 1", .max = DBL_MAX},
    {.name = "mean", .help = "mean of that branch", .max = DBL_MAX, .min_open = true, .scale = true},
};

static int hyper_init(struct tg_dist *dist, const double *p, size_t count, struct tg_error *err)
{
    size_t n = count / 2;
    int rc = tg_dist_allocate(dist, 3 * n, n, 0, err);
    if (rc)
        return rc;
    double *means = dist->table, *probabilities = means + n, *keep = probabilities + n, sum = 0;
    for (size_t i = 0; i < n; i++) {
        probabilities[i] = p[2 * i];
        means[i] = p[2 * i + 1];
        sum += p[2 * i];
    }
    rc = tg_alias_build(probabilities, n, keep, dist->index, err);
    if (rc)
        return tg_error_wrap(err, rc, "hyperexponential");
    for (size_t i = 0; i < n; i++)
        probabilities[i] /= sum;
    return TG_OK;
}

static double hyper_mean(const struct tg_dist *dist)
{
    uint32_t n = dist->index_count;
    double sum = 0;
    for (uint32_t i = 0; i < n; i++)
        sum += dist->table[n + i] * dist->table[i];
    return sum;
}

static double hyper_variance(const struct tg_dist *dist)
{
    uint32_t n = dist->index_count;
    double sum = 0, mean = hyper_mean(dist);
    for (uint32_t i = 0; i < n; i++)
        sum += dist->table[n + i] * dist->table[i] * dist->table[i];
    return 2 * sum - mean * mean;
}

static double hyper_cdf(const struct tg_dist *dist, double x)
{
    uint32_t n = dist->index_count;
    double sum = 0;
    for (uint32_t i = 0; i < n && x > 0; i++)
        sum -= dist->table[n + i] * tg_expm1(-x / dist->table[i]);
    return fmin(sum, 1);
}

static double search_from_zero(const struct tg_dist *dist, double p)
{
    return tg_dist_search_quantile(dist, p, 0);
}

static inline double hyper_sample(const struct tg_dist *dist, struct tg_rng *rng)
{
    uint32_t n = dist->index_count;
    uint32_t branch = tg_alias_pick(dist->table + 2 * (size_t)n, dist->index, n, rng);
    return dist->table[branch] * tg_rng_exponential(rng);
}
TG_DIST_DEFINE_MANY(hyper)

const struct tg_dist_family tg_dist_hyperexponential = {
    .name = "hyperexponential",
    .help = "one of several exponentials: more variable than any of them",
    .parameters = hyper_parameters,
    .parameter_count = TG_COUNT(hyper_parameters),
    .repeats = true,
    .least_groups = 1,
    .init = hyper_init,
    .mean = hyper_mean,
    .variance = hyper_variance,
    .cdf = hyper_cdf,
    .quantile = search_from_zero,
    .sample = hyper_sample,
    .sample_many = hyper_many,
};

/* phase_type of n states: w[0] the mean, w[1] the variance; table = initial[n], generator[n * n] (its
 * diagonal set to minus the whole rate of leaving), stays[n] (mean stay), keep[(n + 1) * (n + 1)]; index =
 * alias[(n + 1) * (n + 1)]. Rows of the alias table: from each state to the next, n being absorption; the
 * last row picks the first state. */

static const struct tg_dist_parameter phase_parameters[] = {
    {.name = "entry",
     .help = "n initial probabilities, then n rows of n rates a unit of time; what a row's diagonal has "
             "beyond its "
             "other rates is its rate of absorption",
     .min = -DBL_MAX,
     .max = DBL_MAX},
};

static uint32_t phase_states(const struct tg_dist *dist)
{
    return (uint32_t)dist->w[2];
}

/* The rate of absorption from a state: minus the sum of its row. What rounding leaves of zero is zero. */
static double exit_rate(const double *row, size_t n, size_t state)
{
    double others = 0;
    for (size_t j = 0; j < n; j++)
        others += j == state ? 0 : row[j];
    double rate = -row[state] - others;
    return fabs(rate) <= 1e-12 * others ? 0 : rate;
}

static int check_generator(const double *generator, size_t n, double *exits, struct tg_error *err)
{
    for (size_t i = 0; i < n; i++) {
        exits[i] = exit_rate(generator + i * n, n, i);
        if (!(generator[i * n + i] < 0))
            return tg_error_set(err, TG_EINPUT,
                                "phase_type: the diagonal of row %zu is %g, but must be below 0", i + 1,
                                generator[i * n + i]);
        if (exits[i] < 0)
            return tg_error_set(err, TG_EINPUT,
                                "phase_type: the rates of row %zu add up to more than its diagonal", i + 1);
    }
    return TG_OK;
}

/* Mean and variance, from the mean times to absorption m and the second moments, whose rewards are 2 m. */
static int phase_moments(struct tg_dist *dist, const double *initial, const double *generator,
                         const double *exits, size_t n, struct tg_error *err)
{
    double ones[TG_CHAIN_MAX], first[TG_CHAIN_MAX], second[TG_CHAIN_MAX], mean = 0, square = 0, total = 0;
    for (size_t i = 0; i < n; i++)
        ones[i] = 1;
    int rc = tg_chain_reward(generator, exits, n, ones, first, err);
    if (!rc)
        rc = tg_chain_reward(generator, exits, n, first, second, err);
    if (rc)
        return tg_error_wrap(err, rc, "phase_type");
    for (size_t i = 0; i < n; i++) {
        mean += initial[i] * first[i];
        square += 2 * initial[i] * second[i];
        total += initial[i];
    }
    mean /= total;
    dist->w[0] = mean;
    dist->w[1] = square / total - mean * mean;
    return TG_OK;
}

static int fill_phase(struct tg_dist *dist, const double *initial, const double *generator,
                      const double *exits, size_t n, struct tg_error *err)
{
    double *stays = dist->table + n + n * n, *keep = stays + n, weights[TG_CHAIN_MAX + 1], total = 0;
    for (size_t i = 0; i < n; i++) {
        memcpy(weights, generator + i * n, n * sizeof *weights);
        weights[i] = 0;
        weights[n] = exits[i];
        int rc = tg_alias_build(weights, n + 1, keep + i * (n + 1), dist->index + i * (n + 1), err);
        if (rc)
            return tg_error_wrap(err, rc, "phase_type: row %zu", i + 1);
        stays[i] = -1 / generator[i * n + i];
        total += initial[i];
    }
    memcpy(weights, initial, n * sizeof *weights);
    weights[n] = 0;
    int rc = tg_alias_build(weights, n + 1, keep + n * (n + 1), dist->index + n * (n + 1), err);
    if (rc)
        return tg_error_wrap(err, rc, "phase_type: initial probabilities");
    memcpy(dist->table + n, generator, n * n * sizeof *generator);
    for (size_t i = 0; i < n; i++)
        dist->table[i] = initial[i] / total;
    dist->w[2] = (double)n;
    return TG_OK;
}

static int phase_init(struct tg_dist *dist, const double *p, size_t count, struct tg_error *err)
{
    size_t n = (size_t)((sqrt(1 + 4 * (double)count) - 1) / 2 + 0.5);
    double exits[TG_CHAIN_MAX];
    if (n < 1 || n + n * n != count)
        return tg_error_set(err, TG_EINPUT,
                            "phase_type takes n initial probabilities and n x n rates, not %zu numbers",
                            count);
    if (n > TG_CHAIN_MAX)
        return tg_error_set(err, TG_EINPUT, "phase_type has %zu states, but at most %d are allowed", n,
                            TG_CHAIN_MAX);
    int rc = check_generator(p + n, n, exits, err);
    if (!rc)
        rc = tg_dist_allocate(dist, n + n * n + n + (n + 1) * (n + 1), (n + 1) * (n + 1), 0, err);
    if (!rc)
        rc = fill_phase(dist, p, p + n, exits, n, err);
    if (!rc)
        rc = phase_moments(dist, p, p + n, exits, n, err);
    return rc;
}

int tg_dist_init_phase_type(struct tg_dist *dist, const double *initial, const double *generator, size_t n,
                            struct tg_error *err)
{
    double numbers[TG_CHAIN_MAX * (TG_CHAIN_MAX + 1)];
    *dist = (struct tg_dist){0};
    if (n < 1 || n > TG_CHAIN_MAX)
        return tg_error_set(err, TG_EINPUT, "phase_type has %zu states, but 1 to %d are allowed", n,
                            TG_CHAIN_MAX);
    memcpy(numbers, initial, n * sizeof *numbers);
    memcpy(numbers + n, generator, n * n * sizeof *numbers);
    return tg_dist_init(dist, tg_dist_phase_type.name, numbers, n + n * n, err);
}

static double phase_mean(const struct tg_dist *dist)
{
    return dist->w[0];
}

static double phase_variance(const struct tg_dist *dist)
{
    return dist->w[1];
}

/* 1 - initial exp(generator x) 1. */
static double phase_cdf(const struct tg_dist *dist, double x)
{
    uint32_t n = phase_states(dist);
    double matrix[TG_CHAIN_MAX * TG_CHAIN_MAX], left = 0;
    if (x <= 0)
        return 0;
    tg_chain_transient(dist->table + n, n, x, matrix);
    for (uint32_t i = 0; i < n; i++)
        for (uint32_t j = 0; j < n; j++)
            left += dist->table[i] * matrix[i * n + j];
    return fmax(0, 1 - left);
}

static inline double phase_sample(const struct tg_dist *dist, struct tg_rng *rng)
{
    uint32_t n = phase_states(dist), outcomes = n + 1;
    const double *stays = dist->table + n + (size_t)n * n, *keep = stays + n;
    double time = 0;
    for (uint32_t state = n;;) {
        size_t row = (size_t)state * outcomes;
        state = tg_alias_pick(keep + row, dist->index + row, outcomes, rng);
        if (state == n)
            return time;
        time += stays[state] * tg_rng_exponential(rng);
    }
}
TG_DIST_DEFINE_MANY(phase)

const struct tg_dist_family tg_dist_phase_type = {
    .name = "phase_type",
    .help = "the time to absorption of a Markov chain",
    .parameters = phase_parameters,
    .parameter_count = TG_COUNT(phase_parameters),
    .repeats = true,
    .least_groups = 2,
    .init = phase_init,
    .mean = phase_mean,
    .variance = phase_variance,
    .cdf = phase_cdf,
    .quantile = search_from_zero,
    .sample = phase_sample,
    .sample_many = phase_many,
};
