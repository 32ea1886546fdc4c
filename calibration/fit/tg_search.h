/* tg_search: the parameters that make residuals least, for whatever gives residuals.
 *
 * Parameters are logarithms of factors on a place to start from, x = 0. The caller's function turns them into
 * residuals: prediction less target, each in units of its noise up to a factor that its group shares. The
 * groups' factors are unknown and eliminated (concentrated likelihood): the deviance, -2 log L up to a
 * constant, is the sum over groups of n (log v + r / v), r the mean square of the group's n residuals and v =
 * max(r, floor). With a high floor it is plain least squares.
 *
 * For simulations the function must use the same random streams each time (common random numbers): the
 * deviance is then a nearly smooth function of x. Minimization is by the simplex of Nelder and Mead (GSL's
 * nmsimplex2), which takes what roughness is left, from the best of a quasi-random scan (Sobol).
 *
 * A step beyond a factor of TG_SEARCH_REACH from the start is refused: the deviance there is infinite.
 */
#ifndef TG_SEARCH_H
#define TG_SEARCH_H

#include <stdbool.h>
#include <stddef.h>

#include "tg_error.h"

enum { TG_SEARCH_PARAMETERS = 8, TG_SEARCH_GROUPS = 8, TG_SEARCH_REACH = 1000 };

struct tg_search {
    size_t parameters, residuals, groups;
    const size_t *group;            /* of each residual */
    double floor[TG_SEARCH_GROUPS]; /* least mean square of a group */
    int (*evaluate)(void *context, const double *x, double *residuals, struct tg_error *err);
    void *context;

    size_t evaluations; /* counted */
};

double tg_search_deviance(const struct tg_search *search, const double *residuals);
int tg_search_at(struct tg_search *search, const double *x, double *deviance, struct tg_error *err);

/* Looks at n points of the box of `reach` around x in all directions, and puts x at the best, itself
 * included. */
int tg_search_scan(struct tg_search *search, double reach, size_t n, double *x, double *deviance,
                   struct tg_error *err);

/* From x, where the deviance is not known or *deviance; parameters marked fixed (NULL: none) stay. Ends when
 * the simplex is smaller than `precision`, the deviance falls to `enough`, or `budget` evaluations are used.
 */
struct tg_search_rule {
    const bool *fixed;
    double step, precision, enough;
    size_t budget;
};
int tg_search_minimize(struct tg_search *search, const struct tg_search_rule *rule, double *x,
                       double *deviance, struct tg_error *err);

#endif
