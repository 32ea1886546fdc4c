/* tg_reproduce: a published study simulated over draws of all that is not known about it.
 *
 * For each draw of the priors the fitted keys are chosen so that the targets have their published values, and
 * then every claim is measured. A claim's estimate is the median over draws with the interval from the 5th to
 * the 95th percentile. Verdicts: met         the median is in the published range, or within 10 % of the
 * published value consistent  the interval reaches into the published range, or holds the published value
 *   missed      neither
 * The prior that dominates a claim is the one whose draws have the greatest rank correlation with it
 * (Spearman).
 *
 * Results depend on study, seed and number of draws alone: not on threads.
 */
#ifndef TG_REPRODUCE_H
#define TG_REPRODUCE_H

#include "tg_measure.h"
#include "tg_workers.h"

enum tg_verdict { TG_MET, TG_CONSISTENT, TG_MISSED };
extern const char *const tg_verdict_names[]; /* NULL-terminated */

enum { TG_SUSPECTS = 3 };

/* A prior that moves a claim. */
struct tg_suspect {
    const struct tg_prior *prior; /* NULL: none */
    double correlation;
    /* What the prior would have to be, all else at its best guess, for the claim to have its published value;
     * NaN where not asked for, or where no value within ten times its range gives it. */
    double needed;
};

struct tg_claim_outcome {
    const struct tg_study_claim *claim;
    double *values; /* one a draw; NULL: the claim is left out */
    double median, low, high;
    enum tg_verdict verdict;
    struct tg_measured parts; /* medians; value is the best guess's */
    struct tg_suspect suspects[TG_SUSPECTS];
};

struct tg_fit_outcome {
    const char *key, *unit;
    double prior, prior_low, prior_high;
    double *values; /* one a draw */
    double median, low, high;
};

struct tg_reproduction {
    const struct tg_study *study;
    struct tg_priors priors;
    size_t draws;
    uint64_t seed;
    double *drawn; /* priors by draws: prior i in draw d at [i * draws + d] */
    struct tg_claim_outcome claims[TG_STUDY_CLAIMS_MAX];
    struct tg_fit_outcome fits[TG_STUDY_CLAIMS_MAX];
    double best_fit[TG_STUDY_CLAIMS_MAX]; /* what the fits give with all else at its best guess */
};

struct tg_reproduce_options {
    size_t draws;
    uint64_t seed;
    unsigned threads;
    const char *const
        *only; /* ids of claims, NULL-terminated: nothing is fitted, and the others are left out; or NULL */
    bool explain; /* find what the suspects of claims that are not met would have to be */
    void *context;
    void (*progress)(void *context, size_t done, size_t total); /* or NULL; from one thread at a time */
    bool (*interrupted)(void *context);                         /* or NULL */
};

int tg_reproduce(const struct tg_study *study, const struct tg_reproduce_options *options,
                 struct tg_reproduction *out, struct tg_error *err);
void tg_reproduction_release(struct tg_reproduction *r);

/* Sets the fitted keys of a draw so that the targets have their values; values gets what each fit found. */
int tg_reproduce_fit(struct tg_study_draw *draw, double *values, struct tg_error *err);

#endif
