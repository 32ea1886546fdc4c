/* Tests of fit shared by the tests of random things. */
#ifndef TG_GOODNESS_H
#define TG_GOODNESS_H

#include <math.h>
#include <stdlib.h>

static inline int tg_goodness_compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* The Kolmogorov-Smirnov statistic times sqrt(n). Sorts the sample. */
static inline double tg_goodness_ks(double *sample, size_t n, double (*cdf)(double x, const void *law),
                                    const void *law)
{
    double worst = 0;
    qsort(sample, n, sizeof *sample, tg_goodness_compare);
    for (size_t i = 0; i < n; i++) {
        double f = cdf(sample[i], law);
        worst = fmax(worst, fmax(f - (double)i / n, (double)(i + 1) / n - f));
    }
    return worst * sqrt(n);
}

/* What tg_goodness_ks() exceeds with probability alpha when the law is right (Kolmogorov's asymptote, whose
 * later terms are below alpha^4). */
static inline double tg_goodness_ks_limit(double alpha)
{
    return sqrt(-log(alpha / 2) / 2);
}

#endif
