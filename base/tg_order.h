/* tg_order: order statistics of a list of doubles.
 *
 * Values are finite; what is unknown is left out by the caller. Of no values every statistic is NaN.
 */
#ifndef TG_ORDER_H
#define TG_ORDER_H

#include <stddef.h>

/* Rising, in place. */
void tg_order_sort(double *values, size_t count);

/* Of sorted values: between two neighbours linearly (definition 7 of Hyndman and Fan, 1996); quantile from 0
 * to 1. */
double tg_order_quantile(const double *sorted, size_t count, double quantile);

/* Sorts first. */
double tg_order_median(double *values, size_t count);

#endif
