/* tg_saturation: the highest rate of replies that a server was measured to sustain.
 *
 * Of each repetition: the rate of replies of the highest offer that was sustained (tg_point: 98 % of it
 * answered); or, where two or more higher offers brought replies within 10 % of one another, and no more than
 * 10 % below that, the mean of those: the plateau. Where no offer was too much, what was measured is only a
 * lower bound. The value is the mean over the repetitions, its interval Student's at 95 %.
 */
#ifndef TG_SATURATION_H
#define TG_SATURATION_H

#include <stdbool.h>
#include <stddef.h>

#include "tg_point.h"

struct tg_saturation {
    double per_s, low, high; /* NaN of no points; low and high NaN of one repetition */
    unsigned repetitions;
    bool plateau;             /* in most repetitions */
    bool reached;             /* in most repetitions some offer was too much */
    enum tg_limit limited_by; /* what limited most of the points that were not sustained */
    double disturbed_share;   /* of those points, the mean */
};

/* Points in any order; those of one repetition belong together. */
struct tg_saturation tg_saturation_of(const struct tg_point *points, size_t count);

#endif
