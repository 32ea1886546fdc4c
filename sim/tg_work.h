/* tg_work: how long servers work, as a sequence of durations in whole picoseconds: draws of a distribution
 * from a stream of its own, each rounded to the nearest picosecond.
 *
 * Durations are never negative (a law that can be is TG_EINPUT) and never above TG_WORK_MAX, 53 days, to
 * which longer draws are cut. Owns its distribution: release with tg_work_release(); a zeroed one may be
 * released; a plain assignment moves it. The same stream gives the same durations on every machine.
 */
#ifndef TG_WORK_H
#define TG_WORK_H

#include "tg_dist.h"
#include "tg_units.h"

#define TG_WORK_MAX (INT64_C(1) << 62)

struct tg_work {
    struct tg_dist law; /* owned */
    double unit_ps;     /* picoseconds in its unit */
    struct tg_rng rng;
};

/* Takes the distribution over: it is moved or, on failure, released. */
int tg_work_init(struct tg_work *work, struct tg_dist *law, double unit_ps, struct tg_error *err);
void tg_work_release(struct tg_work *work);

/* (Re)starts on a copy of the stream. */
static inline void tg_work_start(struct tg_work *work, const struct tg_rng *rng)
{
    work->rng = *rng;
}

/* The next duration. */
static inline tg_ps tg_work_next(struct tg_work *work)
{
    double ps = tg_dist_sample(&work->law, &work->rng) * work->unit_ps + 0.5;
    return __builtin_expect(ps < (double)TG_WORK_MAX, 1) ? (tg_ps)ps : TG_WORK_MAX;
}

#endif
