#include "tg_search.h"

#include <gsl/gsl_multimin.h>
#include <gsl/gsl_qrng.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

double tg_search_deviance(const struct tg_search *s, const double *residuals)
{
    double squares[TG_SEARCH_GROUPS] = {0}, deviance = 0;
    size_t n[TG_SEARCH_GROUPS] = {0};
    for (size_t i = 0; i < s->residuals; i++) {
        squares[s->group[i]] += residuals[i] * residuals[i];
        n[s->group[i]]++;
    }
    for (size_t g = 0; g < s->groups; g++) {
        if (!n[g])
            continue;
        double mean = squares[g] / (double)n[g], variance = fmax(mean, s->floor[g]);
        deviance += (double)n[g] * (log(variance) + mean / variance);
    }
    return deviance;
}

static bool within_reach(const struct tg_search *s, const double *x)
{
    for (size_t i = 0; i < s->parameters; i++)
        if (!(fabs(x[i]) <= log(TG_SEARCH_REACH)))
            return false;
    return true;
}

int tg_search_at(struct tg_search *s, const double *x, double *deviance, struct tg_error *err)
{
    *deviance = HUGE_VAL;
    if (!within_reach(s, x))
        return TG_OK;
    double *residuals = calloc(s->residuals + 1, sizeof *residuals);
    if (!residuals)
        return tg_error_set(err, TG_ENOMEM, "out of memory");
    s->evaluations++;
    int rc = s->evaluate(s->context, x, residuals, err);
    if (!rc)
        *deviance = tg_search_deviance(s, residuals);
    free(residuals);
    return rc;
}

int tg_search_scan(struct tg_search *s, double reach, size_t n, double *x, double *deviance,
                   struct tg_error *err)
{
    double center[TG_SEARCH_PARAMETERS], unit[TG_SEARCH_PARAMETERS], here[TG_SEARCH_PARAMETERS], value;
    memcpy(center, x, s->parameters * sizeof *x);
    int rc = tg_search_at(s, x, deviance, err);
    gsl_qrng *points = gsl_qrng_alloc(gsl_qrng_sobol, (unsigned)s->parameters);
    if (!points)
        return tg_error_set(err, TG_ENOMEM, "out of memory");
    for (size_t k = 0; !rc && k < n; k++) {
        gsl_qrng_get(points, unit);
        for (size_t i = 0; i < s->parameters; i++)
            here[i] = center[i] + reach * (2 * unit[i] - 1);
        rc = tg_search_at(s, here, &value, err);
        if (!rc && value < *deviance) {
            *deviance = value;
            memcpy(x, here, s->parameters * sizeof *x);
        }
    }
    gsl_qrng_free(points);
    return rc;
}

/* The free parameters of one minimization, with the best point seen. */
struct descent {
    struct tg_search *search;
    size_t at[TG_SEARCH_PARAMETERS], free;
    double x[TG_SEARCH_PARAMETERS];
    double best, best_x[TG_SEARCH_PARAMETERS];
    int rc;
    struct tg_error *err;
};

static double value_at(const gsl_vector *v, void *opaque)
{
    struct descent *d = opaque;
    double value;
    for (size_t i = 0; i < d->free; i++)
        d->x[d->at[i]] = gsl_vector_get(v, i);
    if (!d->rc)
        d->rc = tg_search_at(d->search, d->x, &value, d->err);
    if (d->rc)
        return 1e300; /* GSL takes no number for an error of its own */
    if (value < d->best) {
        d->best = value;
        memcpy(d->best_x, d->x, sizeof d->x);
    }
    return fmin(value, 1e300); /* the simplex turns away from what is beyond reach */
}

static int descend(struct descent *d, const struct tg_search_rule *rule)
{
    gsl_multimin_fminimizer *m = gsl_multimin_fminimizer_alloc(gsl_multimin_fminimizer_nmsimplex2, d->free);
    gsl_vector *start = gsl_vector_alloc(d->free), *step = gsl_vector_alloc(d->free);
    int rc = m && start && step ? TG_OK : tg_error_set(d->err, TG_ENOMEM, "out of memory");
    if (!rc) {
        gsl_multimin_function f = {.f = value_at, .n = d->free, .params = d};
        size_t before = d->search->evaluations;
        for (size_t i = 0; i < d->free; i++)
            gsl_vector_set(start, i, d->x[d->at[i]]);
        gsl_vector_set_all(step, rule->step);
        int status = gsl_multimin_fminimizer_set(m, &f, start, step);
        /* Points beyond reach are no evaluations: rounds are counted too. */
        for (size_t round = 0; round < rule->budget && !status && !d->rc && d->best > rule->enough &&
                               d->search->evaluations - before < rule->budget &&
                               gsl_multimin_fminimizer_size(m) > rule->precision;
             round++)
            status = gsl_multimin_fminimizer_iterate(m);
        rc = d->rc;
    }
    gsl_vector_free(start);
    gsl_vector_free(step);
    gsl_multimin_fminimizer_free(m);
    return rc;
}

int tg_search_minimize(struct tg_search *s, const struct tg_search_rule *rule, double *x, double *deviance,
                       struct tg_error *err)
{
    struct descent d = {.search = s, .best = HUGE_VAL, .err = err};
    memcpy(d.x, x, s->parameters * sizeof *x);
    memcpy(d.best_x, d.x, sizeof d.x);
    for (size_t i = 0; i < s->parameters; i++)
        if (!rule->fixed || !rule->fixed[i])
            d.at[d.free++] = i;
    int rc = d.free ? descend(&d, rule) : tg_search_at(s, x, &d.best, err);
    if (rc)
        return rc;
    memcpy(x, d.best_x, s->parameters * sizeof *x);
    *deviance = d.best;
    return TG_OK;
}
