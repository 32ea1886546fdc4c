/* tg_fit_distance: how far a sample is from a law: Kolmogorov-Smirnov and Anderson-Darling.
 *
 * Both take the law's probabilities p[i] of the sorted values, with weights (NULL: all 1), and the number of
 * independent values that the sample is worth. KS is sqrt(n) times the greatest distance of the two
 * distribution functions; AD is n times the integral of (F_n - F)^2 / (F (1 - F)) dF.
 */
#ifndef TG_FIT_DISTANCE_H
#define TG_FIT_DISTANCE_H

#include <stddef.h>

double tg_fit_distance_ks(const double *p, const double *w, size_t n, double effective);
double tg_fit_distance_ad(const double *p, const double *w, size_t n, double effective);

#endif
