/* calibrate_words: a calibrated price told in words, and a table of how a profile predicts another set. */
#ifndef TG_CALIBRATE_WORDS_H
#define TG_CALIBRATE_WORDS_H

#include "tg_heldout.h"
#include "tg_profile.h"

/* Prints on stdout what was fitted to a primitive, its rivals, goodness, jitter, and why its mean and the
 * mean of the fastest tenth differ. TG_EINPUT where the profile has no such price. */
int tg_calibrate_explain(const struct tg_profile *profile, const char *primitive, struct tg_error *err);

void tg_calibrate_print_heldout(const struct tg_heldout *heldout, const char *set, double tolerance);

/* "4.13 us", or "-" for NaN. Returns buf. */
char *tg_calibrate_ns(double ns, char *buf, size_t size);

#endif
