/* tg_alternative: what else could lie behind a claim that the model misses: a mechanism that is not in the
 * claim's number, as no source says that it was at work. It is measured in the same draws, and labelled; it
 * decides no verdict.
 */
#ifndef TG_ALTERNATIVE_H
#define TG_ALTERNATIVE_H

#include "tg_measure.h"

struct tg_alternative {
    const char *study, *claim, *name;
    const char *text; /* what the number would be, in words */
    int (*measure)(struct tg_study_draw *draw, struct tg_measured *measured, struct tg_error *err);
};

extern const struct tg_alternative tg_alternatives[]; /* ended by a row without study */

enum { TG_ALTERNATIVES_MAX = 8 };

struct tg_alternative_outcome {
    const struct tg_alternative *alternative;
    double median, low, high; /* over draws; low and high: the 5th and the 95th percentile */
    struct tg_measured parts; /* medians */
};

struct tg_alternative_options {
    uint64_t seed;
    size_t draws;
    unsigned threads;
    void *context;
    bool (*interrupted)(void *context); /* or NULL */
};

/* All those of a study; *count may be 0. */
int tg_alternatives_run(const struct tg_study *study, const struct tg_alternative_options *options,
                        struct tg_alternative_outcome outcomes[TG_ALTERNATIVES_MAX], size_t *count,
                        struct tg_error *err);

#endif
