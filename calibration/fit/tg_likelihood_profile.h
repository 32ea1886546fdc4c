/* tg_likelihood_profile: intervals of searched parameters, and which of them the data tell at all.
 *
 * Around the best point of a tg_search each parameter is walked away from its best value, down and up, while
 * the others follow where the deviance is least (profile likelihood). Its 95 % interval ends where that least
 * deviance has risen by n log(1 + t^2 / (n - k)), n residuals, k parameters, t Student's 97.5 % point: what
 * 3.84 becomes when the noise is estimated from few residuals. A side where it has not risen that far at a
 * factor of `reach` is open: the data do not bound the parameter there.
 *
 * The walk may find a better point than the best: then it begins anew from there.
 *
 * `alone` is how well a parameter would be known if the others were: the standard error of its logarithm, by
 * differences of the residuals at the best point, infinite where it moves none of them.
 */
#ifndef TG_LIKELIHOOD_PROFILE_H
#define TG_LIKELIHOOD_PROFILE_H

#include "tg_search.h"

struct tg_likelihood_profile {
    size_t parameters;
    double x[TG_SEARCH_PARAMETERS], deviance, threshold, reach;
    double low[TG_SEARCH_PARAMETERS], high[TG_SEARCH_PARAMETERS]; /* -infinity, infinity: open */
    double alone[TG_SEARCH_PARAMETERS];
    /* The farthest points within the threshold, down [0] and up [1] from each parameter's best value. */
    double farthest[TG_SEARCH_PARAMETERS][2][TG_SEARCH_PARAMETERS];
    size_t open; /* parameters with an open side */
};

/* x: the best point. reach: a factor above 1. */
int tg_likelihood_profile_make(struct tg_search *search, const double *x, double reach,
                               struct tg_likelihood_profile *profile, struct tg_error *err);

/* What the data do tell of two parameters that they do not tell apart, in the parameters' own scale, `first`
 * and `second` their values at x = 0: first + weight * second where `sum`, else first * second^weight, and
 * how far it is known (95 %, from `alone`). Whichever of the two varies less along the walks. */
struct tg_ridge {
    bool sum;
    double weight, value, low, high;
    double variation; /* relative, along the walks */
};
struct tg_ridge tg_likelihood_profile_ridge(const struct tg_likelihood_profile *profile, size_t p, size_t q,
                                            double first, double second);

#endif
