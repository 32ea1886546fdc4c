#include "tg_study_curves.h"

#include <math.h>

#include "tg_measure.h"
#include "tg_welford.h"
#include "tg_workers.h"

struct work {
    const struct tg_study *study;
    uint64_t seed;
    const double *fits;
    struct tg_study_curve *curves;
    struct tg_estimator_spread *spreads;
};

static int best_guess(const struct work *w, struct tg_study_draw **draw, struct tg_error *err)
{
    int rc = tg_study_draw_new(w->study, w->seed, TG_DRAW_BEST, draw, err);
    for (size_t i = 0; !rc && w->fits && i < w->study->fit_count; i++)
        for (size_t k = 0; !rc && k < w->study->fits[i].key_count; k++)
            rc = tg_study_draw_set(*draw, w->study->fits[i].keys[k], w->fits[i], err);
    return rc;
}

static int point_job(void *context, unsigned worker, size_t index, struct tg_error *err)
{
    struct work *w = context;
    struct tg_study_curve *curve = w->curves;
    struct tg_study_draw *draw = NULL;
    (void)worker;
    for (; index >= curve->count; curve++)
        index -= curve->count;
    struct tg_case what = {.system = curve->system,
                           .patch = curve->patch,
                           .rate_per_s = curve->rates_per_s[index],
                           .horizon_ps = curve->horizon_ps,
                           .warm_up_ps = curve->warm_up_ps};
    int rc = best_guess(w, &draw, err);
    rc = rc ? rc : tg_study_draw_see(draw, &what, &curve->sights[index], err);
    tg_study_draw_free(draw);
    return rc;
}

int tg_study_curves_run(const struct tg_study *study, uint64_t seed, const double *fits,
                        struct tg_study_curve *curves, size_t count, unsigned threads, struct tg_error *err)
{
    struct work w = {.study = study, .seed = seed, .fits = fits, .curves = curves};
    struct tg_workers workers = {.threads = threads, .job = point_job, .context = &w};
    size_t points = 0;
    for (size_t i = 0; i < count; i++)
        points += curves[i].count;
    return tg_workers_run(&workers, points, err);
}

enum { PAIRS = 24 };

static int spread_job(void *context, unsigned worker, size_t index, struct tg_error *err)
{
    struct work *w = context;
    struct tg_estimator_spread *spread = &w->spreads[index];
    struct tg_study_draw *draw = NULL;
    struct tg_welford mean = {0}, fastest = {0};
    (void)worker;
    int rc = best_guess(w, &draw, err);
    for (uint64_t pair = 0; !rc && pair < PAIRS; pair++) {
        struct tg_series_means m;
        rc = tg_measure_series(draw, spread->length, pair, NULL, &m, err);
        tg_welford_add(&mean, m.mean[1] - m.mean[0]);
        tg_welford_add(&fastest, m.fastest[1] - m.fastest[0]);
    }
    tg_study_draw_free(draw);
    spread->mean_us = sqrt(tg_welford_variance(&mean));
    spread->fastest_us = sqrt(tg_welford_variance(&fastest));
    /* 8 us = 1.96 times the deviation of the difference of two means. */
    spread->needed_us = 8 / 1.96 * sqrt((double)spread->length / 2);
    return rc;
}

int tg_study_estimators(const struct tg_study *study, uint64_t seed, struct tg_estimator_spread *spreads,
                        size_t count, unsigned threads, struct tg_error *err)
{
    struct work w = {.study = study, .seed = seed, .spreads = spreads};
    struct tg_workers workers = {.threads = threads, .job = spread_job, .context = &w};
    return tg_workers_run(&workers, count, err);
}
