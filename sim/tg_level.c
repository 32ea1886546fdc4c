#include "tg_level.h"

#include <math.h>

/* The same level, taken up to `now`. */
static struct tg_level until(const struct tg_level *l, tg_ps now)
{
    struct tg_level copy = *l;
    tg_level_set(&copy, now, l->value);
    return copy;
}

double tg_level_mean(const struct tg_level *l, tg_ps now)
{
    struct tg_level end = until(l, now);
    tg_ps length = end.last - end.start;
    return length ? (double)end.area / (double)length : (double)end.value;
}

/* The sum of squared deviations is taken about a whole number next to the mean, in integers, or a small
 * spread on a high level would be lost in the difference. */
double tg_level_stddev(const struct tg_level *l, tg_ps now)
{
    struct tg_level end = until(l, now);
    tg_ps length = end.last - end.start;
    if (!length)
        return 0;
    __int128 whole = end.area / length, rest = end.area - whole * length;
    __int128 about = end.squares - 2 * whole * end.area + whole * whole * length;
    double shift = (double)rest / (double)length;
    double variance = (double)about / (double)length - shift * shift;
    return variance > 0 ? sqrt(variance) : 0;
}
