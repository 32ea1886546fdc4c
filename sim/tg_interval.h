/* tg_interval: estimates that carry their confidence interval.
 *
 * An estimate is a point, the two ends of an interval and the level (0.95) at which the interval is meant to
 * contain the truth. Where the data do not suffice for an interval (one sample, a denominator that may be 0)
 * its ends are -infinity and infinity: never a false point. Units are those of the data.
 *
 * Critical values come from GSL, rounded to 2^-32: their last bits depend on the variant of the C library's
 * log() and exp() that the machine chooses, and an interval may decide when a run stops.
 *
 * Levels lie between 0 and 1, both excluded (asserted).
 */
#ifndef TG_INTERVAL_H
#define TG_INTERVAL_H

#include <stddef.h>
#include <stdint.h>

#include "tg_welford.h"

struct tg_estimate {
    double mean; /* the point estimate, of a mean or of whatever else is estimated */
    double low, high;
    double level;
    double freedom; /* degrees of freedom of the interval; 0 where it has none */
    uint64_t n;     /* samples, pairs or batches that the interval rests on */
};

/* The factor t such that |T| <= t with probability `level`, for Student's t; freedom > 0, infinity allowed.
 */
double tg_interval_t(double level, double freedom);

/* From a point, its standard error and degrees of freedom. */
struct tg_estimate tg_interval_make(double mean, double standard_error, double freedom, uint64_t n,
                                    double level);

/* Student's interval of the mean of n independent samples. */
struct tg_estimate tg_interval_mean(uint64_t n, double mean, double stddev, double level);
struct tg_estimate tg_interval_welford(const struct tg_welford *w, double level);

/* mean(a - b) of n pairs, as two techniques give them under common random numbers: replication i of both has
 * the same streams, so that what is common cancels. */
struct tg_estimate tg_interval_difference(const double *a, const double *b, size_t n, double level);

/* mean(a) / mean(b) of n pairs, by Fieller's theorem (1954): exact for normal pairs whatever their
 * correlation, and asymmetric as the truth is. Unbounded where mean(b) is not distinguishable from 0 at this
 * level. */
struct tg_estimate tg_interval_ratio(const double *a, const double *b, size_t n, double level);

/* A proportion, `hits` of n independent trials: the score interval of Wilson (1927), which covers at its
 * level on average over proportions and stays within 0 ... 1. */
struct tg_estimate tg_interval_proportion(uint64_t hits, uint64_t n, double level);

double tg_estimate_half_width(const struct tg_estimate *e);
/* Half-width over the absolute value of the point; infinite at 0, unless the half-width is 0 too. */
double tg_estimate_relative_half_width(const struct tg_estimate *e);
int tg_estimate_contains(const struct tg_estimate *e, double truth);

#endif
