/* tg_scale: a profile for a machine of another clock, from a measured or published one.
 *
 * The rule: what a CPU does takes the same number of cycles, so a price is multiplied by the old clock over
 * the new one; what memory does takes the same time, so the primitives named as memory-bound are left alone,
 * as is how often jitter comes. Lengths of jitter are the CPU's. A scaled price has provenance `scaled`,
 * names rule and source, and its interval is widened: cycles for the same work differ between processors,
 * which is taken as a factor of 1.25 either way, combined in quadrature with the interval's own width (both
 * on a logarithmic scale). Laws at greater arguments are scaled as the price's own; the arguments are not.
 * Prices left alone keep provenance and interval.
 */
#ifndef TG_SCALE_H
#define TG_SCALE_H

#include <cjson/cJSON.h>

#include "tg_field.h"
#include "tg_profile.h"

/* The primitives that are memory-bound without being named. */
extern const char *const tg_scale_memory_bound[];

/* memory_bound: further names, which must be prices of the profile. TG_EINPUT where the profile does not tell
 * its clock or lacks a name. *document is the caller's, to free with cJSON_Delete. */
int tg_scale(const struct tg_profile *profile, double clock_hz, const struct tg_strings *memory_bound,
             cJSON **document, struct tg_error *err);

#endif
