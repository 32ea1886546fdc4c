/* tg_calibrate: from a trace set to a cost profile.
 *
 * For each trace: the samples that jitter hit are set aside (tg_intrinsic); the others give the price: its
 * law as a quantile table, dense in the tail; the mean with a 95 % interval from the means of consecutive
 * batches, which is honest where neighbouring samples resemble each other; median, 99th percentile, and the
 * mean of the fastest tenth. Where a trace has an argument, the rows of its smallest value are taken, and the
 * source says so.
 *
 * The jitter trace becomes one Poisson process, with the lengths seen.
 *
 * A base profile gives the prices that the set lacks; they keep their provenance, and say where they come
 * from.
 */
#ifndef TG_CALIBRATE_H
#define TG_CALIBRATE_H

#include <cjson/cJSON.h>

#include "tg_profile.h"
#include "tg_trace_set.h"

/* A trace with fewer samples than this is no price: it is left out, and the profile says so. */
enum { TG_CALIBRATE_SAMPLES_MIN = 20 };

/* *document is the caller's, to free with cJSON_Delete. set_name is how sources call the set. base may be
 * NULL. */
int tg_calibrate(const struct tg_trace_set *set, const char *set_name, const struct tg_profile *base,
                 cJSON **document, struct tg_error *err);

#endif
