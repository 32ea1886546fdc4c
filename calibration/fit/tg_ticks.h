/* tg_ticks: the gaps of a jitter trace that come with a periodic tick.
 *
 * Candidates are the tick rates that Linux is built with: 100, 250, 300 and 1000 Hz. For each the phases of
 * the gaps are counted in 200 cells of the period, for periods up to 50 ppm off (the clocks' calibration);
 * the fullest cell with its neighbours on both sides is where ticks would be. What it holds beyond its share
 * of all gaps is the excess. The rate with the greatest excess is a tick's if at least half of the periods
 * watched have one and the excess is six standard deviations of the background. At most one gap a period
 * counts as its tick: the one nearest to the middle of the cells.
 */
#ifndef TG_TICKS_H
#define TG_TICKS_H

#include <stdbool.h>

#include "tg_trace.h"

struct tg_ticks {
    double period_ns;
    double phase_ns; /* of the middle of the window, from the trace's zero */
    double presence; /* share of the periods watched in which a tick was seen, at most 1 */
};

/* Among the gaps not taken already; taken and is_tick have trace->count entries, is_tick is filled on
 * success. False where there is no tick. */
bool tg_ticks_find(const struct tg_trace *trace, const bool *taken, struct tg_ticks *ticks, bool *is_tick);

#endif
