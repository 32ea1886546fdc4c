/* tg_timing: how long a repeated operation takes, for choosing batch sizes and for what is to be subtracted;
 * inner header.
 *
 * A body does an operation `ops` times. A batch is resolved by the clock when it takes TG_STEPS_WANTED of the
 * clock's steps, so that rounding stays below 1 %. */
#ifndef TG_TIMING_H
#define TG_TIMING_H

#include <stddef.h>
#include <stdint.h>

#include "tg_clock.h"

enum { TG_STEPS_WANTED = 100, TG_BASELINE_SAMPLES = 201 };

typedef void (*tg_body)(void *state, uint64_t ops);

/* One batch; *begin is its time stamp. */
double tg_time_body(const struct tg_clock *clock, tg_body body, void *state, uint64_t ops, uint64_t *begin);

/* The smallest power of two of operations that the clock resolves. */
uint64_t tg_time_resolve(const struct tg_clock *clock, tg_body body, void *state);

/* Nanoseconds an operation: the median of TG_BASELINE_SAMPLES resolved batches. */
double tg_time_per_op_ns(const struct tg_clock *clock, tg_body body, void *state);

/* The median; sorts the values. count is 1 or more. */
double tg_median(double *values, size_t count);

/* The mean of the middle half: as deaf to outliers as the median, and finer than the clock's step. Sorts. */
double tg_middle_mean(double *values, size_t count);

#endif
