/* tg_lapse: how many things of one fixed lifetime are still there: connections in TIME_WAIT, memory not yet
 * reclaimed.
 *
 * Times are picoseconds and never go back by more than a lifetime (asserted where it would matter: what is
 * added late counts from its own time). The lifetime is resolved into TG_LAPSE_STEPS parts: a thing lives up
 * to one part longer, never shorter. Plain data: a copy is a copy.
 */
#ifndef TG_LAPSE_H
#define TG_LAPSE_H

#include "tg_units.h"

enum { TG_LAPSE_STEPS = 1000, TG_LAPSE_SLOTS = 1024 };

struct tg_lapse {
    tg_ps step_ps;
    int64_t first; /* the oldest step that still counts */
    int64_t alive;
    int32_t counts[TG_LAPSE_SLOTS]; /* by step, modulo the slots */
};

/* lifetime_ps > 0. */
void tg_lapse_init(struct tg_lapse *lapse, tg_ps lifetime_ps);

/* One more, whose life begins at `at`. */
void tg_lapse_add(struct tg_lapse *lapse, tg_ps at);

/* How many are still there. */
int64_t tg_lapse_alive(struct tg_lapse *lapse, tg_ps now);

#endif
