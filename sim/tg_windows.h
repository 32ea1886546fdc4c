/* tg_windows: events counted in consecutive windows of equal width, and the spread of their rates, as load
 * generators sample reply rates (httperf: one sample each 5 s).
 *
 * Window i holds the events with start + i width <= t < start + (i + 1) width. A window counts once it is
 * over, empty ones too; one cut by the end of the run does not. Memory is constant. Times must not go
 * backwards (asserted).
 */
#ifndef TG_WINDOWS_H
#define TG_WINDOWS_H

#include <assert.h>
#include <stdint.h>

#include "tg_units.h"
#include "tg_welford.h"

struct tg_windows {
    tg_ps width;
    tg_ps end;      /* of the current window */
    uint64_t count; /* events in it */
    struct tg_welford rates_per_s;
};

/* width > 0 (asserted). */
void tg_windows_init(struct tg_windows *w, tg_ps start, tg_ps width);

/* Closes the windows that are over at `now`. Call it once at the end of the run, with the end's time. */
void tg_windows_advance(struct tg_windows *w, tg_ps now);

/* One event at `now`. */
static inline void tg_windows_count(struct tg_windows *w, tg_ps now)
{
    assert(now >= w->end - w->width);
    if (now >= w->end)
        tg_windows_advance(w, now);
    w->count++;
}

#endif
