/* tg_level: an integer that changes at instants, averaged over time: a queue length, busy cores, open
 * connections.
 *
 * Weights are integer picoseconds and sums are integers, so that averages are exact until the one division at
 * the end, and do not depend on how the run is cut. Times must not go backwards (asserted). Limit: |level|
 * below 2^31, so that the area of squares stays below 2^126 over the whole range of time.
 */
#ifndef TG_LEVEL_H
#define TG_LEVEL_H

#include <assert.h>
#include <stdint.h>

#include "tg_units.h"

struct tg_level {
    int64_t value;
    int64_t min, max;
    tg_ps start, last;
    __int128 area;    /* integral of the level from start to last */
    __int128 squares; /* integral of its square */
};

/* Begins at `now` with `value`. Also what forgets a warm-up: tg_level_init(l, now, l->value). */
static inline void tg_level_init(struct tg_level *l, tg_ps now, int64_t value)
{
    *l = (struct tg_level){.value = value, .min = value, .max = value, .start = now, .last = now};
}

/* The level is `value` from `now` on. */
static inline void tg_level_set(struct tg_level *l, tg_ps now, int64_t value)
{
    assert(now >= l->last);
    assert(value > -(INT64_C(1) << 31) && value < (INT64_C(1) << 31));
    __int128 area = (__int128)l->value * (now - l->last);
    l->area += area;
    l->squares += area * l->value;
    l->last = now;
    l->value = value;
    if (value < l->min)
        l->min = value;
    if (value > l->max)
        l->max = value;
}

static inline void tg_level_add(struct tg_level *l, tg_ps now, int64_t change)
{
    tg_level_set(l, now, l->value + change);
}

/* Average from the start to `now`, not before the last change; the level itself where no time has passed. */
double tg_level_mean(const struct tg_level *l, tg_ps now);
/* Standard deviation over time. */
double tg_level_stddev(const struct tg_level *l, tg_ps now);

#endif
