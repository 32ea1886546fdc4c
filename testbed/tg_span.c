#include "tg_span.h"

#include <gsl/gsl_cdf.h>
#include <math.h>

#include "tg_order.h"

struct tg_span tg_span_student(const double *values, size_t count)
{
    double sum = 0, squares = 0;
    if (!count)
        return (struct tg_span){NAN, NAN, NAN};
    for (size_t i = 0; i < count; i++)
        sum += values[i];
    double mean = sum / (double)count;
    if (count < 2)
        return (struct tg_span){mean, NAN, NAN};
    for (size_t i = 0; i < count; i++)
        squares += (values[i] - mean) * (values[i] - mean);
    double freedom = (double)count - 1;
    double half = gsl_cdf_tdist_Pinv(0.975, freedom) * sqrt(squares / freedom / (double)count);
    return (struct tg_span){mean, mean - half, mean + half};
}

struct tg_span tg_span_quantiles(double *values, size_t count)
{
    tg_order_sort(values, count);
    return (struct tg_span){.mid = tg_order_quantile(values, count, 0.5),
                            .low = tg_order_quantile(values, count, 0.025),
                            .high = tg_order_quantile(values, count, 0.975)};
}

struct tg_span tg_span_range(double *values, size_t count)
{
    tg_order_sort(values, count);
    return (struct tg_span){.mid = tg_order_quantile(values, count, 0.5),
                            .low = tg_order_quantile(values, count, 0),
                            .high = tg_order_quantile(values, count, 1)};
}

bool tg_span_overlap(const struct tg_span *a, const struct tg_span *b)
{
    return a->low <= b->high && b->low <= a->high;
}
