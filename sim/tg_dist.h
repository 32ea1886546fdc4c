/* tg_dist: probability distributions, each a row in a table: name, parameters, mean, variance, cdf, quantile,
 * sample and bulk sample.
 *
 * Values are doubles in whatever unit the caller gives the parameters marked as scales (cost profiles use
 * nanoseconds); the other parameters are pure numbers. Drawing allocates nothing, calls no C library function
 * whose bits may vary, and takes all its randomness from the stream passed in: the same stream gives the same
 * bits on every compiler and machine. mean, variance, cdf and quantile are for reporting and may differ in
 * the last bits.
 *
 * A tg_dist owns its tables and parts: release each with tg_dist_release(); a plain assignment of the struct
 * moves it, tg_dist_copy() duplicates it. A zeroed tg_dist may be released. Once made, it is read only and
 * may be shared by threads. Parameters out of range are TG_EINPUT with a sentence that names family,
 * parameter and range.
 */
#ifndef TG_DIST_H
#define TG_DIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tg_error.h"
#include "tg_rng.h"
#include "tg_ziggurat.h"

struct tg_dist;

struct tg_dist_parameter {
    const char *name;
    const char *help;
    double min, max; /* the range, both ends included unless open */
    bool min_open;   /* must be above min */
    bool scale;      /* carries the unit of the values; else a pure number */
};

struct tg_dist_family {
    const char *name;
    const char *help;
    const struct tg_dist_parameter *parameters;
    size_t parameter_count;
    bool atoms;   /* has values of positive probability */
    bool repeats; /* the parameters are a group given any number of times, at least least_groups */
    size_t least_groups;
    /* NULL: made of other distributions, by a function of its own */
    int (*init)(struct tg_dist *dist, const double *parameters, size_t n, struct tg_error *err);
    double (*mean)(const struct tg_dist *dist);
    double (*variance)(const struct tg_dist *dist); /* infinite or NaN where the law has none */
    double (*cdf)(const struct tg_dist *dist, double x);
    double (*quantile)(const struct tg_dist *dist, double p); /* 0 <= p <= 1 */
    double (*sample)(const struct tg_dist *dist, struct tg_rng *rng);
    void (*sample_many)(const struct tg_dist *dist, struct tg_rng *rng, double *out, size_t n);
};

/* Families that tg_dist_sample() draws without an indirect call. */
enum tg_dist_hot {
    TG_DIST_VIRTUAL,
    TG_DIST_CONSTANT,
    TG_DIST_EXPONENTIAL,
};

struct tg_dist {
    const struct tg_dist_family *family;
    double w[6];           /* constants worked out from the parameters; each family says which */
    double *table;         /* owned, or NULL */
    uint32_t *index;       /* owned, or NULL */
    struct tg_dist *parts; /* owned, or NULL */
    uint32_t table_count, index_count, part_count;
    enum tg_dist_hot hot;
};

/* The table of families. */
const struct tg_dist_family *const *tg_dist_families(size_t *count);
const struct tg_dist_family *tg_dist_family_find(const char *name);

/* Makes a distribution of a family from its parameters, in the order of the row. Unknown names are refused
 * with the nearest known one. */
int tg_dist_init(struct tg_dist *dist, const char *family, const double *parameters, size_t n,
                 struct tg_error *err);

/* The constant: the simplest there is, and cannot fail. Owns nothing. */
void tg_dist_init_constant(struct tg_dist *dist, double value);

/* A quantile table: values[i] is the quantile at probabilities[i], n >= 2 of both, ascending, from
 * probability 0 to 1; linear between them. probabilities NULL: equally spaced. (The family "quantiles" is the
 * latter.) */
int tg_dist_init_quantiles(struct tg_dist *dist, const double *values, const double *probabilities, size_t n,
                           struct tg_error *err);

/* The time to absorption of a Markov chain of n states: initial[n] probabilities (weights) and generator[n *
 * n] in row order, rates a unit of time with minus the whole rate of leaving on the diagonal; what the
 * diagonal has beyond the other rates of its row is the rate of absorption. (The family "phase_type" takes
 * the same numbers in one list.) */
int tg_dist_init_phase_type(struct tg_dist *dist, const double *initial, const double *generator, size_t n,
                            struct tg_error *err);

/* One of n parts, with these weights, which need not add up to 1. Takes the parts over: on success and on
 * failure they are moved or released, and each parts[i] is zeroed. So do the two below. */
int tg_dist_init_mixture(struct tg_dist *dist, const double *weights, struct tg_dist *parts, size_t n,
                         struct tg_error *err);

/* offset + factor * part, factor > 0. */
int tg_dist_init_shifted(struct tg_dist *dist, struct tg_dist *part, double offset, double factor,
                         struct tg_error *err);

/* The part, given that it lies above low and up to high, either of which may be infinite. Draws by rejection:
 * TG_EINPUT where fewer than 1 draw in 1,000 would be kept, or where the part has values of positive
 * probability (leave those out of the part instead). Mean and variance by quadrature, good to about 1e-6; the
 * mean is rounded to 32 bits, so that it does not depend on the last bits of the C library. */
int tg_dist_init_truncated(struct tg_dist *dist, struct tg_dist *part, double low, double high,
                           struct tg_error *err);

int tg_dist_copy(struct tg_dist *copy, const struct tg_dist *dist, struct tg_error *err);
void tg_dist_release(struct tg_dist *dist);

double tg_dist_mean(const struct tg_dist *dist);
double tg_dist_variance(const struct tg_dist *dist);
double tg_dist_cdf(const struct tg_dist *dist, double x);
double tg_dist_quantile(const struct tg_dist *dist, double p);

/* One draw. */
static inline double tg_dist_sample(const struct tg_dist *dist, struct tg_rng *rng)
{
    if (dist->hot == TG_DIST_EXPONENTIAL)
        return dist->w[0] * tg_rng_exponential(rng);
    if (dist->hot == TG_DIST_CONSTANT)
        return dist->w[0];
    return dist->family->sample(dist, rng);
}

/* n draws, the same as n calls of tg_dist_sample(). */
static inline void tg_dist_sample_many(const struct tg_dist *dist, struct tg_rng *rng, double *out, size_t n)
{
    dist->family->sample_many(dist, rng, out, n);
}

#endif
