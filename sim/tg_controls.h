/* tg_controls: control variates. What a simulation draws at random it also draws by chance too high or too
 * low, and where the true mean of that is known, the chance can be taken back out of the estimate: a run
 * whose services came out short gave a delay that is too short.
 *
 * From n independent replications (or batches long enough to be independent), each with an output and m
 * controls whose means are known - the sample means of service times and of gaps between arrivals, as a rule
 * - the output is regressed on the controls' deviations from their means. The intercept estimates the
 * output's mean; its interval is Student's with n - m - 1 degrees of freedom, exact where outputs and
 * controls are jointly normal (Lavenberg and Welch, "A perspective on the use of control variables to
 * increase the efficiency of Monte Carlo simulations", Management Science 27, 1981). Each control costs a
 * degree of freedom: the variance grows by (n - 2) / (n - m - 2), and falls to 1 - R^2 of what it was. Few
 * controls, chosen for what they explain.
 *
 * Fitted by GSL (least squares by singular values, so that controls that repeat each other do no harm).
 */
#ifndef TG_CONTROLS_H
#define TG_CONTROLS_H

#include <stddef.h>

#include "tg_error.h"
#include "tg_interval.h"

enum { TG_CONTROLS_MAX = 8 };

struct tg_controlled {
    struct tg_estimate estimate;
    double explained;               /* R^2: the share of the output's variance that the controls explain */
    double slopes[TG_CONTROLS_MAX]; /* of the output on each control */
};

/* controls: n rows of m. means: the m true means. TG_EUSAGE where m is 0 or beyond TG_CONTROLS_MAX, or
 * n < m + 3; TG_ENOMEM. */
int tg_controls_estimate(const double *outputs, const double *controls, const double *means, size_t n,
                         size_t m, double level, struct tg_controlled *result, struct tg_error *err);

#endif
