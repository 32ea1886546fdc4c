/* tg_steady: the mean of a correlated, skewed stream with an interval, from the means of k equal batches in
 * the order of time (see tg_batches).
 *
 * Three estimators of the variance of the overall mean, each with its degrees of freedom:
 *   plain        s^2 / k: right when batches are so long that they are independent (Law and Carson, 1979)
 *   overlapping  windows of w neighbouring batches, a new one at every batch (Meketon and Schmeiser, 1984):
 *                right when windows are independent; a third less noise than plain batches of that length
 *   flat-top     (c0 + 2 c1) / k, of the variance c0 and the covariance c1 of neighbours: right when batches
 *                that do not touch are independent; the bias of c0 from correlation across a border cancels
 *                (the flat-top window of Politis and Romano, 1995, cut after one lag). c1 counts only where
 *                positive: an estimate is never below the plain one.
 *
 * An estimator with lag weights v_h has k / sum v_h^2 - 1 degrees of freedom on normal data: k - 1 for plain,
 * 3 k w / (2 w^2 + 1) - 1 for overlapping, k / 3 - 1 for flat-top.
 *
 * tg_steady_interval() is flat-top, with two corrections that matter for queues, whose batch means have a
 * long right tail. Kurtosis and skewness are taken from overlapping pairs of batches, which carry the
 * correlation of neighbours.
 *
 * Degrees of freedom. On normal data the variance of a variance estimate, relative to its square, is
 * 2 / freedom; an excess kurtosis g of k batch means adds g / k (Box, 1953). Freedom is what gives the sum, g
 * estimated and taken as 0 where negative. A sequential run stops sooner where its variance estimate is low:
 * if the run length varies with relative variance c about what is needed, coverage falls by
 * c z (1 + z^2) phi(z) / 4, and Student's t with 2 / c degrees of freedom gives just that back, to the same
 * order. The true noise of the estimate must therefore be in the freedom, or stopping is optimistic.
 *
 * Skewness. Student's t of skewed data is shifted, because a low mean comes with a low variance. The interval
 * is that of Willink ("A confidence interval and test for the mean of an asymmetric distribution",
 * Communications in Statistics 34, 2005), after the inversion of Hall (1992); Tafazzoli and Wilson (2011)
 * brought it to batch means. It is not symmetric about the point.
 */
#ifndef TG_STEADY_H
#define TG_STEADY_H

#include <stddef.h>

#include "tg_interval.h"

enum { TG_STEADY_LEAST = 8 }; /* fewer batches than this give no interval */

struct tg_steady_variance {
    double of_mean; /* estimated variance of the mean of all k batches */
    double freedom;
};

/* k >= 2; window from 1 to k / 2 (asserted). */
struct tg_steady_variance tg_steady_plain(const double *means, size_t k);
struct tg_steady_variance tg_steady_overlapping(const double *means, size_t k, size_t window);
struct tg_steady_variance tg_steady_flat_top(const double *means, size_t k);

/* The estimate and its interval; open for fewer than TG_STEADY_LEAST batches. */
struct tg_estimate tg_steady_interval(const double *means, size_t k, double level);

/* von Neumann's ratio (1941) as a standard normal deviate: near 0 for independent batches, positive where
 * neighbours resemble each other. 0 where all are equal or there are fewer than 4. Every `stride` neighbours
 * are averaged first; 1 takes the batches as they are. */
double tg_steady_correlation(const double *means, size_t k, size_t stride);

/* What a sequential run must know of its batches, besides the interval, before it may trust it. */
struct tg_steady_quality {
    double correlation; /* tg_steady_correlation() of pairs of batches */
    double worth;       /* how many independent observations would tell the mean as well */
};

/* variance: of single observations. Worth is infinite where batches do not vary at all. */
struct tg_steady_quality tg_steady_quality(const double *means, size_t k, double variance);

#endif
