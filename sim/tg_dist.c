#include "tg_dist.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tg_dist_family.h"
#include "tg_field.h"
#include "tg_text.h"

static const struct tg_dist_family *const families[] = {
    &tg_dist_constant,         &tg_dist_discrete,  &tg_dist_erlang,
    &tg_dist_exponential,      &tg_dist_gamma,     &tg_dist_generalized_pareto,
    &tg_dist_hyperexponential, &tg_dist_lognormal, &tg_dist_mixture,
    &tg_dist_normal,           &tg_dist_pareto,    &tg_dist_phase_type,
    &tg_dist_quantiles,        &tg_dist_shifted,   &tg_dist_truncated,
    &tg_dist_uniform,          &tg_dist_weibull,
};

const struct tg_dist_family *const *tg_dist_families(size_t *count)
{
    *count = TG_COUNT(families);
    return families;
}

const struct tg_dist_family *tg_dist_family_find(const char *name)
{
    for (size_t i = 0; i < TG_COUNT(families); i++)
        if (strcmp(families[i]->name, name) == 0)
            return families[i];
    return NULL;
}

static int unknown_family(const char *name, struct tg_error *err)
{
    const char *names[TG_COUNT(families) + 1] = {NULL};
    for (size_t i = 0; i < TG_COUNT(families); i++)
        names[i] = families[i]->name;
    const char *nearest = tg_text_nearest(name, names);
    if (nearest)
        return tg_error_set(err, TG_EINPUT, "no distribution is called '%s'; did you mean '%s'?", name,
                            nearest);
    return tg_error_set(err, TG_EINPUT, "no distribution is called '%s'", name);
}

static int check_value(const struct tg_dist_family *family, const struct tg_dist_parameter *row, double value,
                       struct tg_error *err)
{
    if (!isfinite(value))
        return tg_error_set(err, TG_EINPUT, "%s: %s is not finite", family->name, row->name);
    if (value < row->min || (row->min_open && value == row->min))
        return tg_error_set(err, TG_EINPUT, "%s: %s is %g, but must be %s %g", family->name, row->name, value,
                            row->min_open ? "above" : "at least", row->min);
    if (value > row->max)
        return tg_error_set(err, TG_EINPUT, "%s: %s is %g, but must be at most %g", family->name, row->name,
                            value, row->max);
    return TG_OK;
}

static int check_count(const struct tg_dist_family *family, size_t n, struct tg_error *err)
{
    size_t count = family->parameter_count;
    if (!family->repeats && n != count)
        return tg_error_set(err, TG_EINPUT, "%s takes %zu parameter%s, not %zu", family->name, count,
                            count == 1 ? "" : "s", n);
    if (family->repeats && (n % count || n / count < family->least_groups))
        return tg_error_set(err, TG_EINPUT,
                            "%s takes at least %zu groups of %zu parameters, not %zu parameters",
                            family->name, family->least_groups, count, n);
    return TG_OK;
}

int tg_dist_init(struct tg_dist *dist, const char *name, const double *parameters, size_t n,
                 struct tg_error *err)
{
    *dist = (struct tg_dist){0};
    const struct tg_dist_family *family = tg_dist_family_find(name);
    if (!family)
        return unknown_family(name, err);
    if (!family->init)
        return tg_error_set(err, TG_EINPUT, "%s is made of other distributions, not of numbers alone", name);
    int rc = check_count(family, n, err);
    for (size_t i = 0; i < n && rc == TG_OK; i++)
        rc = check_value(family, &family->parameters[i % family->parameter_count], parameters[i], err);
    if (rc)
        return rc;
    dist->family = family;
    rc = family->init(dist, parameters, n, err);
    if (rc)
        tg_dist_release(dist);
    return rc;
}

int tg_dist_allocate(struct tg_dist *dist, size_t table_count, size_t index_count, size_t part_count,
                     struct tg_error *err)
{
    bool fits = table_count <= UINT32_MAX && index_count <= UINT32_MAX && part_count <= UINT32_MAX;
    if (fits && table_count)
        dist->table = calloc(table_count, sizeof *dist->table);
    if (fits && index_count)
        dist->index = calloc(index_count, sizeof *dist->index);
    if (fits && part_count)
        dist->parts = calloc(part_count, sizeof *dist->parts);
    if (!fits || (table_count && !dist->table) || (index_count && !dist->index) ||
        (part_count && !dist->parts)) {
        tg_dist_release(dist);
        return tg_error_set(err, TG_ENOMEM, "memory ran out for the tables of a distribution");
    }
    dist->table_count = (uint32_t)table_count;
    dist->index_count = (uint32_t)index_count;
    dist->part_count = (uint32_t)part_count;
    return TG_OK;
}

int tg_dist_copy(struct tg_dist *copy, const struct tg_dist *dist, struct tg_error *err)
{
    *copy = *dist;
    copy->table = NULL;
    copy->index = NULL;
    copy->parts = NULL;
    copy->table_count = copy->index_count = copy->part_count = 0;
    int rc = tg_dist_allocate(copy, dist->table_count, dist->index_count, dist->part_count, err);
    if (rc)
        return rc;
    if (dist->table_count)
        memcpy(copy->table, dist->table, dist->table_count * sizeof *dist->table);
    if (dist->index_count)
        memcpy(copy->index, dist->index, dist->index_count * sizeof *dist->index);
    for (size_t i = 0; i < dist->part_count && rc == TG_OK; i++)
        rc = tg_dist_copy(&copy->parts[i], &dist->parts[i], err);
    if (rc)
        tg_dist_release(copy);
    return rc;
}

void tg_dist_release(struct tg_dist *dist)
{
    for (size_t i = 0; i < dist->part_count; i++)
        tg_dist_release(&dist->parts[i]);
    free(dist->parts);
    free(dist->index);
    free(dist->table);
    *dist = (struct tg_dist){0};
}

double tg_dist_mean(const struct tg_dist *dist)
{
    return dist->family->mean(dist);
}

double tg_dist_variance(const struct tg_dist *dist)
{
    return dist->family->variance(dist);
}

double tg_dist_cdf(const struct tg_dist *dist, double x)
{
    return dist->family->cdf(dist, x);
}

double tg_dist_quantile(const struct tg_dist *dist, double p)
{
    return dist->family->quantile(dist, p);
}

double tg_dist_bisect_quantile(const struct tg_dist *dist, double p, double low, double high)
{
    for (;;) {
        double middle = low + (high - low) / 2;
        if (middle <= low || middle >= high)
            return high;
        if (tg_dist_cdf(dist, middle) >= p)
            high = middle;
        else
            low = middle;
    }
}

double tg_dist_search_quantile(const struct tg_dist *dist, double p, double low)
{
    double step = fabs(tg_dist_mean(dist) - low);
    if (p <= 0)
        return low;
    if (p >= 1)
        return HUGE_VAL;
    while (tg_dist_cdf(dist, low + step) < p)
        step *= 2;
    return tg_dist_bisect_quantile(dist, p, low, low + step);
}
