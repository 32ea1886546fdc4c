#include "tg_order.h"

#include <math.h>
#include <stdlib.h>

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

void tg_order_sort(double *values, size_t count)
{
    if (count)
        qsort(values, count, sizeof *values, by_value);
}

double tg_order_quantile(const double *sorted, size_t count, double quantile)
{
    if (!count)
        return NAN;
    double place = quantile * (double)(count - 1);
    size_t below = (size_t)place;
    if (below + 1 >= count)
        return sorted[count - 1];
    return sorted[below] + (place - (double)below) * (sorted[below + 1] - sorted[below]);
}

double tg_order_median(double *values, size_t count)
{
    tg_order_sort(values, count);
    return tg_order_quantile(values, count, 0.5);
}
