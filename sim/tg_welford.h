/* tg_welford: count, mean, variance and extremes of a stream of doubles, in one pass and constant memory.
 *
 * Updating after Welford (1962), merging after Chan, Golub and LeVeque (1983): both keep the sum of squared
 * deviations, not of squares, and so lose no digits when the spread is small beside the mean. Results depend
 * on the order of adding and merging in the last bits; keep the order fixed where bits matter.
 *
 * A zeroed struct is an empty one. Of an empty one, mean, min and max are 0.
 */
#ifndef TG_WELFORD_H
#define TG_WELFORD_H

#include <stdint.h>

struct tg_welford {
    uint64_t count;
    double mean;
    double deviations; /* sum of squared deviations from the mean */
    double min, max;
};

static inline void tg_welford_add(struct tg_welford *w, double x)
{
    double delta = x - w->mean;
    if (!w->count || x < w->min)
        w->min = x;
    if (!w->count || x > w->max)
        w->max = x;
    w->count++;
    w->mean += delta / (double)w->count;
    w->deviations += delta * (x - w->mean);
}

void tg_welford_merge(struct tg_welford *into, const struct tg_welford *from);

/* Divisor n - 1; 0 for fewer than two samples. */
double tg_welford_variance(const struct tg_welford *w);
double tg_welford_stddev(const struct tg_welford *w);

#endif
