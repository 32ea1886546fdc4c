/* tg_jitter: what a jitter trace says about the noise of one CPU.
 *
 * Two views of the same gaps:
 * - The law of any gap, smoothed, and how often one begins in the time that a program runs for itself (the
 *   time watched less the time stolen). They answer how likely a sample of a given duration was hit, and by
 *   how much it then grew. The density is a Gaussian kernel estimate over the logarithm of the length with
 *   Silverman's bandwidth (1986); the sum of two gaps has one of its own, from pairs drawn from the stream
 *   ("jitter", seed 1).
 * - Up to four processes for the simulator. Ticks, of up to two rates (tg_ticks). Stalls: Poisson, the
 * longest of the other gaps, above the threshold from which a generalized Pareto law fits them (tg_tail).
 *   Interrupts: Poisson, all the rest.
 *
 * Times are ns. A trace without gaps, or whose time of watching is not known, is no jitter: rate 0.
 */
#ifndef TG_JITTER_H
#define TG_JITTER_H

#include <stdbool.h>

#include "tg_sample.h"
#include "tg_trace.h"

enum { TG_JITTER_CELLS = 256, TG_JITTER_PROCESSES = 4 };

/* A law of lengths on cells of equal width in the logarithm. */
struct tg_jitter_law {
    double log_low, log_step;
    double density[TG_JITTER_CELLS + 1];    /* of the logarithm, at the cell's ends */
    double cumulative[TG_JITTER_CELLS + 1]; /* probability up to there */
};

struct tg_jitter_process {
    char name[32];
    bool periodic;
    double rate_per_s; /* of time watched */
    double presence;   /* ticks: the share of periods with a tick long enough to be seen; else 1 */
    struct tg_sample lengths;
    double tail_shape; /* stalls: of the generalized Pareto law; else NaN */
};

struct tg_jitter {
    size_t count;
    double per_ns;                        /* gaps begun per ns of the program's own time */
    double stolen_share;                  /* time stolen per unit of own time */
    double stolen_error;                  /* its relative standard error */
    double shortest_ns, mean_ns, long_ns; /* the last: that one gap in a hundred is as long as */
    struct tg_jitter_law one, two;
    struct tg_jitter_process processes[TG_JITTER_PROCESSES];
    size_t process_count;
};

/* trace may be NULL: no jitter. */
int tg_jitter_init(struct tg_jitter *jitter, const struct tg_trace *trace, struct tg_error *err);
void tg_jitter_release(struct tg_jitter *jitter);

/* Density per ns, and probability of lengths up to x. */
double tg_jitter_density(const struct tg_jitter_law *law, double x);
double tg_jitter_cdf(const struct tg_jitter_law *law, double x);

/* The mean of the lengths up to x. */
double tg_jitter_mean_to(const struct tg_jitter_law *law, double x);

#endif
