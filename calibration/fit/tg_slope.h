/* tg_slope: a cost with an argument as a fixed part and a slope.
 *
 * Cost of one operation against the argument, by robust regression with Tukey's biweight (GSL; Beaton and
 * Tukey, 1974), which gives samples far off the line, those that jitter hit among them, little or no weight.
 * Intervals are Student's from the variance between 20 consecutive parts of the trace (the sandwich of Huber,
 * 1967, with parts as clusters), so that neither unequal spread nor correlation shortens them. Of traces of
 * more than 20,000 samples every k-th is used. How far the medians lie from the line is told, not judged:
 * costs need not be linear.
 */
#ifndef TG_SLOPE_H
#define TG_SLOPE_H

#include "tg_price_detail.h"
#include "tg_trace.h"

/* slope->argument is left NULL. TG_EINPUT where the argument has fewer than two values. */
int tg_slope_fit(const struct tg_trace *trace, struct tg_price_slope *slope, struct tg_error *err);

#endif
