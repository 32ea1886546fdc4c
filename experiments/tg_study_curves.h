/* tg_study_curves: the systems of a study over a range of rates, at the best guesses with the fits made: the
 * data of its figures. */
#ifndef TG_STUDY_CURVES_H
#define TG_STUDY_CURVES_H

#include "tg_study_draw.h"

enum { TG_CURVE_POINTS_MAX = 24 };

struct tg_study_curve {
    const char *system;
    const char *patch;            /* or NULL */
    tg_ps horizon_ps, warm_up_ps; /* 0: the scenario's */
    double rates_per_s[TG_CURVE_POINTS_MAX];
    size_t count;
    struct tg_sight sights[TG_CURVE_POINTS_MAX];
};

/* fits: the values of the study's fits, in their order. */
int tg_study_curves_run(const struct tg_study *study, uint64_t seed, const double *fits,
                        struct tg_study_curve *curves, size_t count, unsigned threads, struct tg_error *err);

/* How the two estimators of a plugin's cost spread over pairs of series of one length: standard deviations,
 * us. */
struct tg_estimator_spread {
    size_t length;
    double mean_us, fastest_us;
    double needed_us; /* the deviation of latencies for which 8 us lie inside the central 95 % of mean
                         differences */
};
int tg_study_estimators(const struct tg_study *study, uint64_t seed, struct tg_estimator_spread *spreads,
                        size_t count, unsigned threads, struct tg_error *err);

#endif
