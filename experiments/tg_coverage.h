/* tg_coverage: do intervals mean what they say? M/M/1 at load 0.9, started empty, is run by the engine until
 * the half-width is 5 % of the estimate, at a nominal level of 95 %, once for each seed; the experiment
 * counts how many of the intervals hold the true value, and how long the runs were.
 *
 * Honest intervals can be bought by waste: `needed` is the run length for which theory gives the wanted
 * half-width, were the asymptotic variance known and the normal distribution exact.
 *
 * Verdict: met where the measured coverage is from 93 % to 97 % and the mean run is at most 1.5 times as long
 * as needed; with fewer than 1,000 seeds, where the 99 % intervals of the two reach into these ranges. At
 * 1,000 seeds a procedure of 95 % misses the range with probability 0.4 %. The same seed gives the same
 * results, whatever the number of threads.
 */
#ifndef TG_COVERAGE_H
#define TG_COVERAGE_H

#include "tg_interval.h"
#include "tg_workers.h"

enum { TG_COVERAGE_MEAN, TG_COVERAGE_P99, TG_COVERAGES, TG_COVERAGE_SEEDS = 1000 };

struct tg_coverage {
    const char *quantity;
    double truth_us;
    double nominal;
    struct tg_estimate
        measured; /* the fraction of intervals that hold the truth, with its own interval of 99 % */
    size_t seeds;
    double mean_estimate_us;
    struct tg_estimate customers; /* the mean length of a run, with an interval of 99 % */
    double needed_customers;
    bool met;
};

/* `workers` gives the threads and the interrupt. */
int tg_coverage_run(uint64_t seed, size_t seeds, const struct tg_workers *workers,
                    struct tg_coverage coverages[TG_COVERAGES], struct tg_error *err);

#endif
