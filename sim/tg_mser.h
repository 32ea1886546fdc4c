/* tg_mser: where the warm-up of a steady-state run ends, by the marginal standard error rule MSER-5 (White,
 * "An effective truncation heuristic for bias reduction in simulation output", Simulation 69, 1997; groups of
 * five: White, Cobb and Spratt, 2000).
 *
 * The rule drops the first d groups such that the standard error of the mean of the rest, were it
 * independent, is least: dropping on costs precision as soon as what is dropped no longer stands out. A
 * minimum in the second half of the series says that the run is too short to judge.
 *
 * A long stream is fed through tg_batches, which starts with groups of TG_MSER_GROUP and doubles them when
 * its memory is full.
 */
#ifndef TG_MSER_H
#define TG_MSER_H

#include <stddef.h>

enum { TG_MSER_GROUP = 5 };

/* The number of leading group means to drop, searched over the first half of them; `settled` (may be NULL)
 * is cleared where the least lies at the end of the search, so that the run is too short. */
size_t tg_mser_cut(const double *group_means, size_t count, int *settled);

#endif
