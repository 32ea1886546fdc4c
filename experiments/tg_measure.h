/* tg_measure: how each claim of a study is measured in a draw. docs/model.md tells what each number is. */
#ifndef TG_MEASURE_H
#define TG_MEASURE_H

#include "tg_study_draw.h"

enum { TG_MEASURE_PARTS_MAX = 6 };

/* The number that is compared with the published one, and the numbers that it is made of. */
struct tg_measured {
    double value;
    struct {
        const char *name;
        double value;
    } parts[TG_MEASURE_PARTS_MAX];
    size_t part_count;
};

struct tg_measure {
    const char *study, *id;
    int (*measure)(struct tg_study_draw *draw, struct tg_measured *measured, struct tg_error *err);
    /* A target's: about the same, for less work; or NULL. */
    int (*quick)(struct tg_study_draw *draw, struct tg_measured *measured, struct tg_error *err);
};

/* The way to measure a claim of a study, or NULL. */
const struct tg_measure *tg_measure_find(const char *study, const char *id);

void tg_measured_part(struct tg_measured *measured, const char *name, double value);

extern const struct tg_measure tg_measures_plugins[], tg_measures_osv[]; /* ended by a row without id */

/* The means of the first and the second series of `count` latencies, and of the fastest tenth of each, us: of
 * the server alone and with a null plugin, one after another. */
struct tg_series_means {
    double mean[2], fastest[2];
};
int tg_measure_series(struct tg_study_draw *draw, size_t count, uint64_t pair, const char *patch,
                      struct tg_series_means *means, struct tg_error *err);

/* What the prototype's plugin call takes: from the recorded trace of the project's own, scaled by cycles. */
struct tg_prototype {
    const char *profile;     /* of the machine it was recorded on */
    double cycles, price_ns; /* mean, there and at the study's clock */
};

/* Puts the law of the prototype's call in the place of the published price, in all draws of the study to
 * come. */
int tg_measure_prototype(struct tg_study *study, struct tg_prototype *prototype, struct tg_error *err);

/* The claims that hang on the price of a plugin call, ended by NULL. */
extern const char *const tg_prototype_claims[];

#endif
