/* tg_inverse: the unknown values of a scenario that make its simulated curve match a measured one.
 *
 * The scenario is simulated at the curve's offered rates, always with its own seed (common random numbers).
 * Residuals are the difference of reply rates over the offered rate, and the logarithm of the ratio of
 * latencies: of the first latency column that the curve has, of mean, p50, p90, p99 and max. Each is in units
 * of its standard deviation between replications, which tells where on the curve a measurement is noisy; how
 * noisy this measurement was on the whole, each of the two columns by itself, is estimated from how far it
 * lies off the best curve, but never below what the simulation's own replications leave open.
 *
 * Every third point (the third, the sixth, ...) is not shown to the fit; it tells the error.
 *
 * The search (tg_search): a scan over a factor of 10 either way and a simplex by plain least squares, then
 * two more with the noise as it is at the best curve so far. Intervals are of the profile likelihood, over a
 * factor of 3 either way. Where one of them is open the data do not identify the value: TG_EINPUT, and the
 * sentence names what they do tell: a bound, or the combination of two values that is known.
 */
#ifndef TG_INVERSE_H
#define TG_INVERSE_H

#include "tg_curve.h"
#include "tg_likelihood_profile.h"
#include "tg_tunable.h"

enum tg_inverse_match { TG_MATCH_BOTH, TG_MATCH_THROUGHPUT, TG_MATCH_LATENCY };
enum { TG_INVERSE_REPLY, TG_INVERSE_LATENCY, TG_INVERSE_COLUMNS };

struct tg_inverse_options {
    size_t technique; /* of the scenario */
    int match;        /* enum tg_inverse_match; both: latency where the curve has it */
    unsigned threads;
    void *context;
    void (*progress)(void *context, const char *stage, size_t evaluations); /* or NULL */
    bool (*interrupted)(void *context);                                     /* or NULL */
};

struct tg_inverse_point {
    double offered_per_s;
    bool shown;
    double measured[TG_INVERSE_COLUMNS], simulated[TG_INVERSE_COLUMNS]; /* per s, ns; NaN where not known */
};

/* How far the simulated curve is off the measured one, relative to that. */
struct tg_inverse_error {
    size_t count;
    double mean, worst; /* of absolute values; NaN where count is 0 */
};

struct tg_inverse {
    struct tg_tunable tunable;                                  /* its keys hold the fitted values */
    double low[TG_TUNABLE_KEYS_MAX], high[TG_TUNABLE_KEYS_MAX]; /* 95 % */
    bool matched[TG_INVERSE_COLUMNS];
    enum tg_curve_column latency;    /* the column compared; TG_CURVE_COLUMNS where there is none */
    struct tg_inverse_point *points; /* owned */
    size_t point_count;
    struct tg_inverse_error shown[TG_INVERSE_COLUMNS], held_out[TG_INVERSE_COLUMNS];
    size_t evaluations;
};

int tg_inverse_fit(const struct tg_scenario *scenario, const char *name, const struct tg_curve *curve,
                   const char *const *keys, size_t key_count, const struct tg_inverse_options *options,
                   struct tg_inverse *out, struct tg_error *err);
void tg_inverse_release(struct tg_inverse *inverse);

#endif
