/* tg_pooled: one cost from the traces of one or several sessions on one machine.
 *
 * Each trace is split from the jitter of its own session; the weighted samples are joined. With one trace the
 * intervals are tg_precision's. With several, the mean's follows a random-effects model (DerSimonian and
 * Laird, 1986): what the sessions' means spread beyond their own intervals, `disagreement` relative to the
 * mean, widens it; a quantile's interval is the range of the sessions' intervals. The sessions agree where
 * Cochran's Q has a p-value of at least 0.01 or the means lie within 5 % of each other.
 */
#ifndef TG_POOLED_H
#define TG_POOLED_H

#include <stdbool.h>

#include "tg_intrinsic.h"
#include "tg_precision.h"

struct tg_pooled {
    struct tg_sample sample;
    struct tg_precision precision;
    enum tg_intrinsic_method method; /* the strongest of the sessions' */
    double raw_mean_ns, raw_fastest_ns;
    double hits, aside;  /* samples hit; those of them whose weight is gone */
    double explained_ns; /* raw mean less fastest tenth, as cost and jitter together would have it */
    double turns_ns;     /* what turns of other processes add to the raw mean */
    size_t count;        /* samples read */
    size_t sessions;
    double q_p, disagreement;
    bool agree;
};

/* traces[i] of session i with its jitter; the name is that of the random stream. */
int tg_pooled_make(const struct tg_trace *const *traces, const struct tg_jitter *const *jitters, size_t n,
                   const char *name, struct tg_pooled *out, struct tg_error *err);
void tg_pooled_release(struct tg_pooled *pooled);

#endif
