/* tg_trace_check: whether a trace can be what it says.
 *
 * Faults of the numbers are TG_EINPUT: a cost or gap that is negative or not a number, ops that are not at
 * least 1, a clock that steps back, samples that overlap (their costs add up to more than the time they were
 * taken in: a unit too small for the numbers), and samples that all take less than a nanosecond (a unit too
 * large).
 */
#ifndef TG_TRACE_CHECK_H
#define TG_TRACE_CHECK_H

#include "tg_trace.h"

int tg_trace_check(const struct tg_trace *trace, struct tg_error *err);

#endif
