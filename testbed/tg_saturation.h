/* tg_saturation: the highest rate of replies that a server was measured to sustain.
 *
 * Of each offered rate the median over the repetitions counts, so that what disturbs the machine for a moment
 * does not. An offer is sustained where 98 % of it were answered (tg_bed_point).
 *
 * There is a plateau where the two highest offers, or more, were too much, and the most replies that each of
 * them brought in any repetition are within 10 % of one another, and no more than 10 % below those of any
 * other offer: the best of the repetitions tells the shape, because a machine that is shared is slow for
 * moments and never too fast. Of each repetition the median of its replies to those offers is taken, slow
 * moments and all; the value is the mean of these, its interval Student's at 95 %.
 *
 * Otherwise there is a peak: the rate of replies to the highest offer that was sustained. All that is known
 * is that saturation lies between it and the next higher offer: that is the interval. Where no offer was too
 * much, and `reached` is false, it is a lower bound, without an end above.
 */
#ifndef TG_SATURATION_H
#define TG_SATURATION_H

#include <stdbool.h>
#include <stddef.h>

#include "tg_bed_point.h"
#include "tg_error.h"

struct tg_saturation {
    double per_s, low, high; /* NaN where unknown */
    double from_per_s;       /* the least offer of the plateau; NaN without one */
    unsigned repetitions;
    bool plateau;
    bool reached;
    enum tg_limit limited_by; /* what limited most of the points beyond */
    double disturbed_share;   /* of those points, the mean (tg_bed_point_disturbed) */
};

/* Points in any order; those of one repetition belong together, as do those of one wanted rate. TG_ENOMEM. */
int tg_saturation_of(const struct tg_bed_point *points, size_t count, struct tg_saturation *saturation,
                     struct tg_error *err);

/* What one repetition of them says: where all have a plateau, its own level there; else the rule, on its own
 * points alone. NaN where it has none. TG_ENOMEM. */
int tg_saturation_of_repetition(const struct tg_bed_point *points, size_t count, unsigned repetition,
                                const struct tg_saturation *all, double *per_s, struct tg_error *err);

#endif
