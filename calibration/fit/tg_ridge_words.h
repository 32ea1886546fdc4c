/* tg_ridge_words: in a sentence, why data do not identify the values of a scenario, and what they do tell. */
#ifndef TG_RIDGE_WORDS_H
#define TG_RIDGE_WORDS_H

#include "tg_likelihood_profile.h"
#include "tg_tunable.h"

/* TG_EINPUT, always: for a profile with an open side, whose parameters are the tunable's keys. A value that
 * moves nothing comes first; then one that is bounded from one side alone; then the pair that varies least
 * along its ridge. */
int tg_ridge_refuse(const struct tg_likelihood_profile *profile, const struct tg_tunable *tunable,
                    struct tg_error *err);

#endif
