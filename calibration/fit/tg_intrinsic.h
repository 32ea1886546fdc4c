/* tg_intrinsic: a trace's own cost, told apart from the jitter that hit its samples.
 *
 * A sample that takes c by itself is hit with the rate r of jitter in a program's own time: it stays
 * untouched with probability exp(-r c), and else grows by one gap or the sum of two (tg_jitter gives rate and
 * laws; more than two are not told from two). So the density of what is observed is f(d) exp(-r d) + g(d),
 * where g, the density of samples that were hit, follows from the cost's quantiles and the jitter alone. Each
 * duration d gets the probability that a sample there was not hit:
 * - below the least cost plus the shortest gap it is 1;
 * - then cells of equal counts take 1 - n g / count, none below 0;
 * - the highest samples (a twentieth, 20 to the larger of 3000 and
 *   twice the hits expected; of more than 3000 every k-th is looked at) are split by likelihood: a
 * generalized Pareto tail of free weight, scale and shape beside the known g, by EM (Dempster, Laird and
 * Rubin, 1977).
 * - among these highest, turns of other processes, which the jitter trace leaves out, are a component too: of
 *   free weight, from 20 us to 1 s, as dense in each decade.
 * - jitter may have come more or less often while the trace was taken: where the highest samples that are
 *   surely hit differ clearly in number from those expected, beyond three standard deviations and a factor of
 *   1.5, its intensity is theirs.
 * Samples that stayed untouched stand for those of their duration that did not: the weight is the probability
 * times exp(r d). Weighted so, mean and quantiles estimate the cost itself, long tail included, also where
 * costs overlap with lengths of jitter. Where samples differ in ops, all count as though of the median ops.
 *
 * Where a typical sample lasts so long that it is hit with probability above a quarter, none can be called
 * untouched: then every cost is divided by one plus the time stolen per unit of own time ("diluted"); the
 * mean is right, the spread is that of cost and jitter together.
 *
 * What the split itself leaves uncertain is told in two numbers: `lost`, the missing information of EM
 * (Louis, 1982), by which standard errors grow to 1 / (1 - lost); and `systematic`, the standard error of the
 * mean from the jitter trace's own finite length.
 */
#ifndef TG_INTRINSIC_H
#define TG_INTRINSIC_H

#include "tg_jitter.h"
#include "tg_sample.h"
#include "tg_trace.h"

enum tg_intrinsic_method { TG_UNTOUCHED, TG_SEPARATED, TG_DILUTED };

enum { TG_INTRINSIC_CELLS = 400, TG_INTRINSIC_NODES = 48, TG_INTRINSIC_GRID = 1024 };

struct tg_intrinsic {
    struct tg_sample sample; /* cost of one operation in ns, with weights; all samples of the trace */
    enum tg_intrinsic_method method;
    double hits;           /* samples hit, from the split */
    double gaps, turns;    /* those of them by jitter, and by turns of other processes */
    double turns_ns;       /* what the turns add to the mean */
    double longest_gap_ns; /* the most that jitter probably added to a sample */
    double expected_hits;  /* from rate and durations alone */
    double raw_mean_ns;    /* of all samples */
    double raw_fastest_ns; /* mean of the fastest tenth of all samples */
    double lost, systematic_ns;

    /* The weight as a function of a whole sample's duration. */
    const struct tg_jitter *jitter;
    double ops, scale;
    double zone_ns, tail_ns;
    double cell_end_ns[TG_INTRINSIC_CELLS], cell_untouched[TG_INTRINSIC_CELLS];
    size_t cells;
    double tail_weight, tail_scale, tail_shape, turn_weight;
    double intensity; /* of jitter while the trace was taken, relative to the jitter trace */
    double grid[TG_INTRINSIC_GRID + 1], grid_low, grid_step; /* of the density of hits */
    double nodes[TG_INTRINSIC_NODES], mean_ns;               /* of the cost of whole samples */
};

/* jitter must outlive the result. The trace must not be empty. */
int tg_intrinsic_split(const struct tg_trace *trace, const struct tg_jitter *jitter, struct tg_intrinsic *out,
                       struct tg_error *err);
void tg_intrinsic_release(struct tg_intrinsic *intrinsic);

/* Cost of one operation and weight of the trace's sample i. */
double tg_intrinsic_cost(const struct tg_intrinsic *in, const struct tg_trace *trace, size_t i);
double tg_intrinsic_weight(const struct tg_intrinsic *in, double cost_ns);
/* The probability that a sample of that cost an operation was not hit. */
double tg_intrinsic_untouched(const struct tg_intrinsic *in, double cost_ns);

#endif
