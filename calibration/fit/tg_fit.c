#include "tg_fit.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tg_fit_mixture.h"
#include "tg_golden.h"
#include "tg_law.h"

const struct tg_fit_family *tg_fit_family_find(const char *name)
{
    for (size_t i = 0; i < tg_fit_family_count; i++)
        if (strcmp(tg_fit_families[i].name, name) == 0)
            return &tg_fit_families[i];
    return NULL;
}

static bool needs_positive(const struct tg_fit_family *family)
{
    return strcmp(family->name, "exponential") != 0 && strcmp(family->name, "generalized_pareto") != 0;
}

struct search {
    const struct tg_fit_family *family;
    const struct tg_sample *sample;
    double parameters[2];
};

static double fit_at(const struct tg_fit_family *family, const struct tg_sample *s, double offset,
                     double parameters[2])
{
    double *logs = s->scratch + s->n;
    if (needs_positive(family)) {
        if (!(s->x[0] > offset))
            return -HUGE_VAL;
        for (size_t i = 0; i < s->n; i++)
            logs[i] = log(s->x[i] - offset);
    } else {
        memset(logs, 0, s->n * sizeof *logs);
    }
    double likelihood = family->fit(s, offset, logs, parameters);
    return isfinite(likelihood) ? likelihood : -HUGE_VAL;
}

/* By the logarithm of the distance from the offset to the least value. */
static double minus_likelihood(double log_distance, void *opaque)
{
    struct search *search = opaque;
    return -fit_at(search->family, search->sample, search->sample->x[0] - exp(log_distance),
                   search->parameters);
}

static double best_offset(const struct tg_fit_family *family, const struct tg_sample *s)
{
    enum { GRID = 10 };
    double least = s->x[0], median = s->x[s->n / 2], points[GRID], value;
    if (!needs_positive(family)) /* the least value estimates it, less what it is above on average */
        return fmax(0, least - (tg_sample_mean(s) - least) / fmax(1, s->total - 1));
    double nearest = fmax(median - least, 1e-9 * median) / s->total, farthest = fmax(least, 2 * nearest);
    struct search search = {.family = family, .sample = s};
    for (int i = 0; i < GRID; i++)
        points[i] = log(nearest) + (log(farthest) - log(nearest)) * i / (GRID - 1);
    return least - exp(tg_golden(minus_likelihood, &search, points, GRID, 1e-3, &value));
}

static void finish(struct tg_fit *fit, const struct tg_sample *s, double likelihood, int free_parameters)
{
    fit->log_likelihood = likelihood;
    fit->free_parameters = free_parameters;
    fit->bic = free_parameters * log(s->total) - 2 * likelihood;
}

static bool fit_single(const struct tg_fit_family *family, const struct tg_sample *s, bool shifted,
                       struct tg_fit *fit)
{
    *fit = (struct tg_fit){.family = family, .shifted = shifted, .parts = 1};
    if (shifted)
        fit->offset = best_offset(family, s);
    if (shifted && !(fit->offset > 0))
        return false;
    fit->part[0].weight = 1;
    double likelihood = fit_at(family, s, fit->offset, fit->part[0].parameters);
    if (!(likelihood > -HUGE_VAL))
        return false;
    finish(fit, s, likelihood, family->parameter_count + shifted);
    return true;
}

static int by_bic(const void *a, const void *b)
{
    const struct tg_fit *x = a, *y = b;
    return (x->bic > y->bic) - (x->bic < y->bic);
}

static void fit_mixtures(const struct tg_sample *s, struct tg_fit *fits, int *count)
{
    for (size_t f = 0; f < tg_fit_family_count; f++) {
        const struct tg_fit_family *family = &tg_fit_families[f];
        int most = strcmp(family->name, "exponential") == 0 ? 2 : TG_FIT_PARTS;
        for (int parts = 2; family->may_mix && parts <= most && *count < TG_FIT_MAX; parts++) {
            struct tg_fit *fit = &fits[*count];
            *fit = (struct tg_fit){.family = family, .parts = parts};
            double likelihood;
            if (!tg_fit_mixture(s, fit, false, &likelihood))
                continue;
            finish(fit, s, likelihood, parts * family->parameter_count + parts - 1);
            ++*count;
        }
    }
}

/* Gamma, Weibull and generalized Pareto laws contain the exponential, and shifted ones gain on it by the bend
 * of their density at the least value alone. They must be better by what counts as strong evidence (Kass and
 * Raftery, 1995). */
static void prefer_exponential(struct tg_fit *fits, int count)
{
    for (int i = 1; i < count && fits[i].bic - fits[0].bic < 6; i++) {
        if (strcmp(fits[i].family->name, "exponential") == 0 && fits[i].parts == 1) {
            struct tg_fit simplest = fits[i];
            memmove(fits + 1, fits, (size_t)i * sizeof *fits);
            fits[0] = simplest;
            return;
        }
    }
}

int tg_fit_all(const struct tg_sample *sample, bool mixtures, struct tg_fit fits[TG_FIT_MAX],
               struct tg_error *err)
{
    int count = 0;
    /* The scratch belongs to the sample and changes nothing a caller sees. */
    if (tg_sample_scratch((struct tg_sample *)sample, err))
        return 0;
    for (size_t f = 0; f < tg_fit_family_count; f++)
        for (int shifted = 0; shifted <= (tg_fit_families[f].may_shift ? 1 : 0); shifted++)
            count += fit_single(&tg_fit_families[f], sample, shifted, &fits[count]);
    if (mixtures)
        fit_mixtures(sample, fits, &count);
    qsort(fits, (size_t)count, sizeof *fits, by_bic);
    prefer_exponential(fits, count);
    return count;
}

int tg_fit_again(const struct tg_fit *form, const struct tg_sample *sample, struct tg_fit *fit,
                 struct tg_error *err)
{
    int rc = tg_sample_scratch((struct tg_sample *)sample, err);
    bool fitted;
    if (rc)
        return rc;
    if (form->parts > 1) {
        double likelihood = 0;
        *fit = *form;
        fitted = tg_fit_mixture(sample, fit, true, &likelihood);
        finish(fit, sample, likelihood, form->free_parameters);
    } else {
        fitted = fit_single(form->family, sample, form->shifted, fit);
        if (!fitted && form->shifted) /* its offset fell to 0 */
            fitted = fit_single(form->family, sample, false, fit);
    }
    return fitted ? TG_OK : tg_error_set(err, TG_EINPUT, "%s does not fit", form->family->name);
}

char *tg_fit_name(const struct tg_fit *fit, char *buf, size_t size)
{
    if (fit->parts > 1 && strcmp(fit->family->name, "exponential") == 0)
        snprintf(buf, size, "hyperexponential");
    else if (fit->parts > 1)
        snprintf(buf, size, "mixture of %d %s", fit->parts, fit->family->name);
    else
        snprintf(buf, size, "%s%s", fit->shifted ? "shifted " : "", fit->family->name);
    return buf;
}

static cJSON *part_json(const struct tg_fit *fit, const struct tg_fit_part *part)
{
    const struct tg_dist_family *family = tg_dist_family_find(fit->family->name);
    cJSON *law = cJSON_CreateObject();
    cJSON_AddStringToObject(law, "family", family->name);
    cJSON_AddStringToObject(law, "unit", "ns");
    cJSON *parameters = cJSON_AddObjectToObject(law, "parameters");
    size_t own = 0;
    for (size_t i = 0; i < family->parameter_count; i++) {
        bool location = strcmp(family->parameters[i].name, "location") == 0;
        cJSON_AddNumberToObject(parameters, family->parameters[i].name,
                                location ? fit->offset : part->parameters[own++]);
    }
    return law;
}

static cJSON *within(cJSON *part, const char *family, const char *key, double value)
{
    cJSON *law = cJSON_CreateObject();
    cJSON_AddStringToObject(law, "family", family);
    cJSON_AddStringToObject(law, "unit", "ns");
    cJSON_AddNumberToObject(law, key, value);
    cJSON_AddItemToObject(law, "part", part);
    return law;
}

static cJSON *hyperexponential_json(const struct tg_fit *fit)
{
    cJSON *law = cJSON_CreateObject();
    cJSON_AddStringToObject(law, "family", "hyperexponential");
    cJSON_AddStringToObject(law, "unit", "ns");
    cJSON *values = cJSON_AddArrayToObject(law, "values");
    for (int i = 0; i < fit->parts; i++) {
        cJSON_AddItemToArray(values, cJSON_CreateNumber(fit->part[i].weight));
        cJSON_AddItemToArray(values, cJSON_CreateNumber(fit->part[i].parameters[0]));
    }
    return law;
}

static cJSON *mixture_json(const struct tg_fit *fit)
{
    if (strcmp(fit->family->name, "exponential") == 0)
        return hyperexponential_json(fit);
    cJSON *law = cJSON_CreateObject();
    cJSON_AddStringToObject(law, "family", "mixture");
    cJSON *weights = cJSON_AddArrayToObject(law, "weights"), *parts = cJSON_AddArrayToObject(law, "parts");
    for (int i = 0; i < fit->parts; i++) {
        cJSON_AddItemToArray(weights, cJSON_CreateNumber(fit->part[i].weight));
        cJSON_AddItemToArray(parts, part_json(fit, &fit->part[i]));
    }
    return law;
}

cJSON *tg_fit_json(const struct tg_fit *fit)
{
    if (fit->parts > 1)
        return mixture_json(fit);
    cJSON *law = part_json(fit, &fit->part[0]);
    if (strcmp(fit->family->name, "normal") == 0)
        return within(law, "truncated", "low", 0);
    if (fit->shifted && strcmp(fit->family->name, "generalized_pareto") != 0)
        return within(law, "shifted", "offset", fit->offset);
    return law;
}

int tg_fit_dist(const struct tg_fit *fit, struct tg_dist *dist, struct tg_error *err)
{
    cJSON *json = tg_fit_json(fit);
    if (!json)
        return tg_error_set(err, TG_ENOMEM, "out of memory");
    int rc = tg_law_read(json, "law", dist, err);
    cJSON_Delete(json);
    return rc;
}
