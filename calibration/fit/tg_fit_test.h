/* tg_fit_test: whether a sample could have come from its fit.
 *
 * Kolmogorov-Smirnov and Anderson-Darling with p-values by parametric bootstrap: at most 2,000 values of the
 * sample are fitted anew, then 99 samples of that size are drawn from this fit and fitted alike; p is the
 * part of them that is at least as far from its own fit, the sample itself counted as one. Drawing ends early
 * once 20 are (Besag and Clifford, 1991), and after 19 where none is: p is then 1 / 20. Where one value holds
 * more of the sample than any continuous law could pass with, or KS is beyond 2.2, nothing is drawn and p is
 * 1 / 100, the least there is. Draws come from the stream that the caller names, seed 1. A fit passes where
 * both p are above 0.05.
 */
#ifndef TG_FIT_TEST_H
#define TG_FIT_TEST_H

#include "tg_fit.h"

struct tg_fit_test {
    double ks, ks_p, ad, ad_p;
    size_t samples; /* that were tested */
    bool passes;
};

int tg_fit_test(const struct tg_fit *fit, const struct tg_sample *sample, const char *stream,
                struct tg_fit_test *test, struct tg_error *err);

/* A random part of at most about `most` values, all of weight 1; none that are rather something else's, their
 * weight below a half: a single one far out would decide between families. */
int tg_fit_test_part(const struct tg_sample *sample, size_t most, const char *stream, struct tg_sample *part,
                     struct tg_error *err);

#endif
