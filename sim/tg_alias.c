#include "tg_alias.h"

#include <float.h>
#include <stdbool.h>

static int add_weights(const double *weights, size_t n, double *total, struct tg_error *err)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++) {
        if (!(weights[i] >= 0 && weights[i] <= DBL_MAX))
            return tg_error_set(err, TG_EINPUT, "weight %zu is %g, but must be at least 0", i + 1,
                                weights[i]);
        sum += weights[i];
    }
    if (!(sum > 0 && sum <= DBL_MAX))
        return tg_error_set(err, TG_EINPUT, "the weights add up to %g, which is no positive number", sum);
    *total = sum;
    return TG_OK;
}

/* alias[] first threads the cells into two lists, poor (less than an even share) and rich; keep[] holds the
 * shares. Each step fills a poor cell for good from a rich one. */
int tg_alias_build(const double *weights, size_t n, double *keep, uint32_t *alias, struct tg_error *err)
{
    double total = 0;
    int rc = n < UINT32_MAX ? add_weights(weights, n, &total, err)
                            : tg_error_set(err, TG_ELIMIT, "%zu outcomes are too many", n);
    if (rc)
        return rc;
    const uint32_t none = UINT32_MAX;
    uint32_t poor = none, rich = none;
    for (uint32_t i = 0; i < n; i++) {
        keep[i] = weights[i] / total * (double)n;
        uint32_t *list = keep[i] < 1 ? &poor : &rich;
        alias[i] = *list;
        *list = i;
    }
    while (poor != none && rich != none) {
        uint32_t cell = poor, giver = rich;
        poor = alias[cell];
        alias[cell] = giver;
        keep[giver] = (keep[giver] + keep[cell]) - 1;
        if (keep[giver] < 1) {
            rich = alias[giver];
            alias[giver] = poor;
            poor = giver;
        }
    }
    /* What is left over differs from an even share by rounding alone. */
    uint32_t left[2] = {poor, rich};
    for (int i = 0; i < 2; i++) {
        for (uint32_t cell = left[i], next; cell != none; cell = next) {
            next = alias[cell];
            keep[cell] = 1;
            alias[cell] = cell;
        }
    }
    return TG_OK;
}
