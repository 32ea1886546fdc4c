/* tg_span: a value with an interval about it, of a handful of repetitions or draws.
 *
 * Ends that cannot be told are NaN.
 */
#ifndef TG_SPAN_H
#define TG_SPAN_H

#include <stdbool.h>
#include <stddef.h>

struct tg_span {
    double mid, low, high;
};

/* The mean with Student's 95 % interval (Student, 1908); one value alone has none. Values are finite. */
struct tg_span tg_span_student(const double *values, size_t count);

/* The median, and the 2.5 % and 97.5 % quantiles. Sorts the values, which are finite. */
struct tg_span tg_span_quantiles(double *values, size_t count);

/* The median, the least and the greatest. Sorts the values, which are finite. */
struct tg_span tg_span_range(double *values, size_t count);

/* Unknown ends make it false. */
bool tg_span_overlap(const struct tg_span *a, const struct tg_span *b);

#endif
