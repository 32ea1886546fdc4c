/* tg_dist_family: what the files of distribution families share. Private to sim/. */
#ifndef TG_DIST_FAMILY_H
#define TG_DIST_FAMILY_H

#include "tg_dist.h"

/* Defines NAME_many over an inline NAME_sample, so that bulk draws need no call each. */
#define TG_DIST_DEFINE_MANY(NAME)                                                                  \
    static void NAME##_many(const struct tg_dist *dist, struct tg_rng *rng, double *out, size_t n) \
    {                                                                                              \
        struct tg_rng stream = *rng;                                                               \
        for (size_t i = 0; i < n; i++)                                                             \
            out[i] = NAME##_sample(dist, &stream);                                                 \
        *rng = stream;                                                                             \
    }

/* Allocates the tables of a distribution. On failure the distribution is released. */
int tg_dist_allocate(struct tg_dist *dist, size_t table_count, size_t index_count, size_t part_count,
                     struct tg_error *err);

/* The least x with cdf(x) >= p, by doubling from `low` (a value below all others, cdf 0) and bisection. For
 * laws without a quantile of their own. */
double tg_dist_search_quantile(const struct tg_dist *dist, double p, double low);

/* The same between two values known to enclose it. */
double tg_dist_bisect_quantile(const struct tg_dist *dist, double p, double low, double high);

extern const struct tg_dist_family tg_dist_constant;
extern const struct tg_dist_family tg_dist_discrete;
extern const struct tg_dist_family tg_dist_erlang;
extern const struct tg_dist_family tg_dist_exponential;
extern const struct tg_dist_family tg_dist_gamma;
extern const struct tg_dist_family tg_dist_generalized_pareto;
extern const struct tg_dist_family tg_dist_hyperexponential;
extern const struct tg_dist_family tg_dist_lognormal;
extern const struct tg_dist_family tg_dist_mixture;
extern const struct tg_dist_family tg_dist_normal;
extern const struct tg_dist_family tg_dist_pareto;
extern const struct tg_dist_family tg_dist_phase_type;
extern const struct tg_dist_family tg_dist_quantiles;
extern const struct tg_dist_family tg_dist_shifted;
extern const struct tg_dist_family tg_dist_truncated;
extern const struct tg_dist_family tg_dist_uniform;
extern const struct tg_dist_family tg_dist_weibull;

#endif
