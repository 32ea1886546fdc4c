/* bench_draws: nanoseconds a draw of each family of distributions, beside GSL's.
 *
 * GSL draws from the same generator (tg_rng_gsl_type), so that the comparison is of methods alone; where GSL
 * has several, its fastest is taken. Each figure is the least of several rounds: what the code takes when
 * nothing interferes.
 */
#ifndef BENCH_DRAWS_H
#define BENCH_DRAWS_H

#include <stddef.h>

#include "tg_error.h"

struct bench_draw {
    const char *name;
    double one_ns;  /* tg_dist_sample() */
    double many_ns; /* tg_dist_sample_many(), a draw */
    double gsl_ns;  /* NaN where GSL has no such draw */
};

/* How many rows bench_draws() fills. */
size_t bench_draws_count(void);

/* Measures all rows, about seconds_each for each figure. */
int bench_draws(struct bench_draw *rows, double seconds_each, struct tg_error *err);

#endif
