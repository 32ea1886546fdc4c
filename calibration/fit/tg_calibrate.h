/* tg_calibrate: from the trace sets of one machine to its cost profile.
 *
 * For each primitive: samples are told apart from the jitter of their session (tg_intrinsic), those of
 * several sessions joined (tg_pooled); mean, median and 99th percentile with 95 % intervals (tg_precision),
 * the mean of the fastest tenth; the best law of a known family with its goodness (tg_fit, tg_fit_test), a
 * tail (tg_tail) and the quantile table. The price's law is the fit where it passes, else the table. Where a
 * trace has an argument, its smallest value makes the price, the source says so, and tg_slope says how the
 * cost grows. Where it is one that the simulator knows (tg_argument_columns), each greater value has its law,
 * mean with interval, and median, too, found in the same way: "by_argument".
 *
 * The jitter is that of the session that watched longest, as up to three processes (tg_jitter).
 *
 * A base profile gives the prices that the sets lack; they keep their provenance, and say where they come
 * from. Traces that cannot be what they say are TG_EINPUT (tg_trace_check); those with too few samples are
 * left out, with the reason. The same traces give the same profile: all random streams have fixed seeds.
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

/* The same from several sets of one machine: TG_EINPUT where their CPUs differ. */
int tg_calibrate_sets(const struct tg_trace_set *sets, const char *const *set_names, size_t count,
                      const struct tg_profile *base, cJSON **document, struct tg_error *err);

#endif
