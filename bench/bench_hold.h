/* bench_hold: the hold model (Jones 1986): N events are pending; take the earliest, schedule one more a
 * random gap later, and so on. Nanoseconds a hold, by the engine's calendar and by the two rivals of
 * bench_rivals.
 *
 * Gaps are drawn beforehand and not timed. All three start from the same events, replay the same gaps, and
 * are compared by a checksum of the times that they take. Figures are medians of interleaved repetitions,
 * after a warm-up of at least 2 N holds; the ideal calendar takes the best of a grid of widths and sizes,
 * found before.
 */
#ifndef BENCH_HOLD_H
#define BENCH_HOLD_H

#include <stddef.h>

#include "tg_error.h"

enum bench_law { BENCH_EXPONENTIAL, BENCH_BIMODAL, BENCH_CLUSTERED, BENCH_LAWS };

extern const char *const bench_law_names[BENCH_LAWS];

struct bench_hold {
    double engine_ns;
    double min_scan_ns;
    double ideal_ns;
};

/* TG_EBUG where the three do not take the same times. */
int bench_hold(enum bench_law law, size_t n, unsigned repetitions, struct bench_hold *result,
               struct tg_error *err);

#endif
