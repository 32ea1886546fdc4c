/* tg_fit: a law of a known family for a sample, by maximum likelihood, and the choice among families.
 *
 * Families: exponential, gamma, lognormal, Weibull, generalized Pareto, normal (cut off at 0), uniform,
 * hyperexponential of two branches; the first five also shifted by an offset of their own (at least a
 * (1 / n)-th of the distance from least value to median below the least value: closer, some likelihoods have
 * no maximum); and mixtures of two or three gamma or lognormal laws by EM. Each counts its free parameters;
 * the Bayesian information criterion chooses: k ln n - 2 ln L, least is best (Schwarz, 1978). An exponential
 * law within 6 of the best is preferred: the others contain it.
 *
 * Mixtures are found on at most 400 groups of neighbouring values, and judged on all. They are tried only
 * where asked: they cost more time than the others together.
 */
#ifndef TG_FIT_H
#define TG_FIT_H

#include <cjson/cJSON.h>
#include <stdbool.h>

#include "tg_dist.h"
#include "tg_sample.h"

enum { TG_FIT_PARTS = 3 };

/* One law of two parameters at most. */
struct tg_fit_part {
    double weight;
    double parameters[2];
    double log_constant; /* of weight and density, while a mixture is fitted */
};

struct tg_fit {
    const struct tg_fit_family *family; /* NULL: none */
    bool shifted;
    double offset;
    int parts; /* above 1: a mixture */
    struct tg_fit_part part[TG_FIT_PARTS];
    int free_parameters;
    double log_likelihood, bic;
};

struct tg_fit_family {
    const char *name;    /* of sim/ */
    int parameter_count; /* free ones */
    bool may_shift, may_mix;
    /* From the sample less the offset, all values above 0; the log-likelihood is returned, -infinity where
     * the family does not apply. logs are the logarithms of the values less the offset. */
    double (*fit)(const struct tg_sample *sample, double offset, const double *logs, double parameters[2]);
    /* The logarithm of the density is log_density + log_constant, of which the latter is dear for some. */
    double (*log_density)(double x, double log_x, const double parameters[2]);
    double (*log_constant)(const double parameters[2]);
};

extern const struct tg_fit_family tg_fit_families[];
extern const size_t tg_fit_family_count;
const struct tg_fit_family *tg_fit_family_find(const char *name);

enum { TG_FIT_MAX = 24 };

/* All fits of single families, best first; then mixtures too where asked. Returns how many. The sample must
 * have at least two different values, none negative. */
int tg_fit_all(const struct tg_sample *sample, bool mixtures, struct tg_fit fits[TG_FIT_MAX],
               struct tg_error *err);

/* The same form fitted to another sample. */
int tg_fit_again(const struct tg_fit *form, const struct tg_sample *sample, struct tg_fit *fit,
                 struct tg_error *err);

/* "gamma", "shifted gamma", "mixture of 2 gamma". Returns buf. */
char *tg_fit_name(const struct tg_fit *fit, char *buf, size_t size);

/* The law as a distribution, and as JSON in ns. */
int tg_fit_dist(const struct tg_fit *fit, struct tg_dist *dist, struct tg_error *err);
cJSON *tg_fit_json(const struct tg_fit *fit);

#endif
