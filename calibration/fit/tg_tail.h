/* tg_tail: a generalized Pareto law above a threshold (Balkema and de Haan, 1974; Pickands, 1975).
 *
 * The fit is maximum likelihood over one parameter (Grimshaw, 1993), the shape kept from -0.5 to 1: below,
 * the likelihood has no maximum; above, there is no mean. The threshold is the lowest of the quantiles at
 * 0.9, 0.95, 0.975 and 0.99 with at least 50 values above it whose Anderson-Darling statistic is no larger
 * than that of one in ten samples drawn from the fit itself (49 samples, each fitted anew, of at most 300
 * values; the stream is named by the caller, seed 1).
 */
#ifndef TG_TAIL_H
#define TG_TAIL_H

#include <stdbool.h>

#include "tg_sample.h"

struct tg_tail {
    double threshold, share; /* the share of the weight above the threshold */
    double scale, shape;
    double p; /* of the Anderson-Darling statistic */
    size_t count;
};

/* False where no threshold fits. */
bool tg_tail_fit(const struct tg_sample *sample, const char *stream, struct tg_tail *tail);

/* Fits excesses y >= 0 with weights (NULL: all 1); returns the log-likelihood. */
double tg_tail_pareto(const double *y, const double *w, size_t n, double *scale, double *shape);

double tg_tail_pareto_log_density(double y, double scale, double shape);

#endif
