/* tg_fit_figure: data and gnuplot scripts of a calibration's figures.
 *
 * For a primitive: the histogram of its samples with the law of its price, and the quantile-quantile plot of
 * the law against the samples without jitter. For a set: the timeline of its jitter. Each is a data file and
 * a script "NAME.gp" in the folder, which draws NAME.svg and NAME.png when gnuplot runs it there; running it
 * is the caller's.
 */
#ifndef TG_FIT_FIGURE_H
#define TG_FIT_FIGURE_H

#include "tg_profile.h"
#include "tg_trace_set.h"

/* TG_EINPUT where set or profile lacks the primitive. */
int tg_fit_figure_price(const struct tg_trace_set *set, const struct tg_profile *profile,
                        const char *primitive, const char *folder, struct tg_error *err);

/* "jitter.gp"; TG_EINPUT where the set has no gaps. */
int tg_fit_figure_jitter(const struct tg_trace_set *set, const char *folder, struct tg_error *err);

#endif
