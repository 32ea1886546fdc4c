#include "tg_price_detail.h"

#include <math.h>
#include <stdlib.h>

#include "tg_json.h"
#include "tg_law.h"

static int read_law(const cJSON *value, const char *path, void *member, struct tg_error *err)
{
    return tg_law_read(value, path, member, err);
}

static int read_rivals(const cJSON *value, const char *path, void *member, struct tg_error *err)
{
    const cJSON *item;
    (void)member;
    if (!cJSON_IsObject(value))
        return tg_error_set(err, TG_EINPUT, "%s: expected an object, '{...}'", path);
    cJSON_ArrayForEach(item, value)
    {
        if (!cJSON_IsNumber(item))
            return tg_error_set(err, TG_EINPUT, "%s.%s: expected a number", path, item->string);
    }
    return TG_OK;
}

#define NUMBER(type, key, what)                                                      \
    {                                                                                \
        .name = #key, .kind = TG_NUMBER, .offset = offsetof(type, key), .help = what \
    }

const struct tg_field tg_price_fit_fields[] = {
    {.name = "family",
     .kind = TG_STRING,
     .offset = offsetof(struct tg_price_fit, family),
     .flags = TG_REQUIRED,
     .help = "the family with the least BIC, in words"},
    {.name = "passes",
     .kind = TG_FLAG,
     .offset = offsetof(struct tg_price_fit, passes),
     .flags = TG_REQUIRED,
     .help = "whether it passes both tests; then the price's law is the fit, else the table"},
    {.name = "samples",
     .kind = TG_INTEGER,
     .offset = offsetof(struct tg_price_fit, samples),
     .flags = TG_NONNEGATIVE,
     .help = "samples that were fitted"},
    {.name = "tested",
     .kind = TG_INTEGER,
     .offset = offsetof(struct tg_price_fit, tested),
     .flags = TG_NONNEGATIVE,
     .help = "samples that the tests used"},
    NUMBER(struct tg_price_fit, bic, "Bayesian information criterion"),
    NUMBER(struct tg_price_fit, ks, "Kolmogorov-Smirnov distance times the square root of the samples"),
    NUMBER(struct tg_price_fit, ks_p, "its p-value by parametric bootstrap"),
    NUMBER(struct tg_price_fit, ad, "Anderson-Darling statistic"),
    NUMBER(struct tg_price_fit, ad_p, "its p-value by parametric bootstrap"),
    {.name = "law",
     .kind = TG_CUSTOM,
     .offset = offsetof(struct tg_price_fit, law),
     .read = read_law,
     .flags = TG_REQUIRED,
     .help = "the fitted law"},
    {.name = "rivals",
     .kind = TG_CUSTOM,
     .offset = offsetof(struct tg_price_fit, rivals),
     .read = read_rivals,
     .help = "BIC of the other families tried, by name"},
};
const size_t tg_price_fit_field_count = TG_COUNT(tg_price_fit_fields);

const struct tg_field tg_price_tail_fields[] = {
    NUMBER(struct tg_price_tail, threshold_ns, "where the tail begins, ns"),
    NUMBER(struct tg_price_tail, share, "share of the costs above the threshold"),
    NUMBER(struct tg_price_tail, scale_ns, "scale of the generalized Pareto law of what exceeds it, ns"),
    NUMBER(struct tg_price_tail, shape, "its shape: above 0.3 means and quantiles converge slowly"),
    NUMBER(struct tg_price_tail, p, "p-value of its Anderson-Darling test"),
};
const size_t tg_price_tail_field_count = TG_COUNT(tg_price_tail_fields);

const struct tg_field tg_price_slope_fields[] = {
    {.name = "argument",
     .kind = TG_STRING,
     .offset = offsetof(struct tg_price_slope, argument),
     .flags = TG_REQUIRED,
     .help = "the trace's argument, its unit in the name"},
    NUMBER(struct tg_price_slope, fixed_ns, "cost at argument 0 on the line, ns"),
    NUMBER(struct tg_price_slope, fixed_low_ns, "lower end of its 95 % interval"),
    NUMBER(struct tg_price_slope, fixed_high_ns, "upper end"),
    NUMBER(struct tg_price_slope, ns_per_unit, "cost of one more unit of the argument, ns"),
    NUMBER(struct tg_price_slope, low_ns_per_unit, "lower end of its 95 % interval"),
    NUMBER(struct tg_price_slope, high_ns_per_unit, "upper end"),
    NUMBER(struct tg_price_slope, from, "least argument measured"),
    NUMBER(struct tg_price_slope, to, "greatest argument measured"),
    NUMBER(struct tg_price_slope, misfit, "greatest distance of a median from the line, relative to it"),
    {.name = "samples",
     .kind = TG_INTEGER,
     .offset = offsetof(struct tg_price_slope, samples),
     .flags = TG_NONNEGATIVE,
     .help = "samples behind the line"},
};
const size_t tg_price_slope_field_count = TG_COUNT(tg_price_slope_fields);

int tg_price_fit_read(const cJSON *value, const char *path, void *member, struct tg_error *err)
{
    struct tg_price_fit *fit = member;
    *fit = (struct tg_price_fit){.bic = NAN, .ks = NAN, .ks_p = NAN, .ad = NAN, .ad_p = NAN};
    return tg_json_read_object(value, path, tg_price_fit_fields, tg_price_fit_field_count, fit, err);
}

int tg_price_tail_read(const cJSON *value, const char *path, void *member, struct tg_error *err)
{
    tg_price_tail_clear(member);
    return tg_json_read_object(value, path, tg_price_tail_fields, tg_price_tail_field_count, member, err);
}

int tg_price_slope_read(const cJSON *value, const char *path, void *member, struct tg_error *err)
{
    tg_price_slope_clear(member);
    return tg_json_read_object(value, path, tg_price_slope_fields, tg_price_slope_field_count, member, err);
}

void tg_price_fit_release(struct tg_price_fit *fit)
{
    tg_field_release(tg_price_fit_fields, tg_price_fit_field_count, fit);
    tg_dist_release(&fit->law);
}

void tg_price_slope_release(struct tg_price_slope *slope)
{
    tg_field_release(tg_price_slope_fields, tg_price_slope_field_count, slope);
}

void tg_price_tail_clear(struct tg_price_tail *tail)
{
    *tail = (struct tg_price_tail){NAN, NAN, NAN, NAN, NAN};
}

void tg_price_slope_clear(struct tg_price_slope *slope)
{
    *slope = (struct tg_price_slope){.fixed_ns = NAN,
                                     .fixed_low_ns = NAN,
                                     .fixed_high_ns = NAN,
                                     .ns_per_unit = NAN,
                                     .low_ns_per_unit = NAN,
                                     .high_ns_per_unit = NAN,
                                     .from = NAN,
                                     .to = NAN,
                                     .misfit = NAN};
}

double tg_price_slope_at(const struct tg_price_slope *slope, double argument)
{
    return slope->argument ? slope->fixed_ns + slope->ns_per_unit * argument : NAN;
}
