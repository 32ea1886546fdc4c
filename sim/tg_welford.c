#include "tg_welford.h"

#include <math.h>

void tg_welford_merge(struct tg_welford *into, const struct tg_welford *from)
{
    if (!from->count)
        return;
    if (!into->count) {
        *into = *from;
        return;
    }
    double a = (double)into->count, b = (double)from->count, delta = from->mean - into->mean;
    into->count += from->count;
    into->mean += delta * (b / (a + b));
    into->deviations += from->deviations + delta * delta * (a * (b / (a + b)));
    if (from->min < into->min)
        into->min = from->min;
    if (from->max > into->max)
        into->max = from->max;
}

double tg_welford_variance(const struct tg_welford *w)
{
    return w->count > 1 ? w->deviations / (double)(w->count - 1) : 0;
}

double tg_welford_stddev(const struct tg_welford *w)
{
    return sqrt(tg_welford_variance(w));
}
