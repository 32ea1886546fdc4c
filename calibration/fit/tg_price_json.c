#include "tg_price_json.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tg_field.h"
#include "tg_law.h"
#include "tg_profile.h"
#include "tg_tail.h"

enum {
    BODY = 200,       /* quantiles at equal steps up to the tail */
    TAIL_DECADE = 20, /* quantiles for each tenth part of the tail */
    TABLE_MAX = 512,
    FIT_MAX = 20000, /* samples that fits look at */
    FIT_MIN = 20,
    TAIL_SAMPLES = 500, /* 50 of them above the lowest threshold */
};

/* A straight line between far apart quantiles would make a heavy tail heavier. */
cJSON *tg_price_json_table(const struct tg_sample *sample)
{
    double probabilities[TABLE_MAX], values[TABLE_MAX], tail = 0.01;
    size_t count = 0;
    for (int i = 0; i <= BODY * 99 / 100; i++)
        probabilities[count++] = (double)i / BODY;
    for (int i = 1; tail > 2 / sample->total && count < TABLE_MAX - 1; i++) {
        tail = 0.01 * pow(10, -(double)i / TAIL_DECADE);
        probabilities[count++] = 1 - tail;
    }
    /* The end is where the last whole sample lies: one that hardly counts must not stretch the table. */
    probabilities[count++] = 1 - 0.5 / sample->total;
    tg_sample_quantiles(sample, probabilities, values, count);
    probabilities[count - 1] = 1;
    cJSON *law = tg_law_quantiles_json(values, count);
    cJSON_AddItemToObject(law, "probabilities", cJSON_CreateDoubleArray(probabilities, (int)count));
    return law;
}

/* Below the threshold the table, above it the tail. */
static cJSON *table_with_tail(const struct tg_sample *sample, const struct tg_tail *tail)
{
    size_t body = sample->n;
    while (body > 0 && sample->x[body - 1] > tail->threshold)
        body--;
    struct tg_sample below = {.x = sample->x, .w = sample->w, .n = body};
    tg_sample_sum(&below);
    cJSON *law = cJSON_CreateObject(), *pareto = cJSON_CreateObject();
    cJSON_AddStringToObject(law, "family", "mixture");
    cJSON_AddItemToObject(law, "weights",
                          cJSON_CreateDoubleArray((double[]){1 - tail->share, tail->share}, 2));
    cJSON *parts = cJSON_AddArrayToObject(law, "parts");
    cJSON_AddItemToArray(parts, tg_price_json_table(&below));
    cJSON_AddStringToObject(pareto, "family", "generalized_pareto");
    cJSON_AddStringToObject(pareto, "unit", "ns");
    cJSON *parameters = cJSON_AddObjectToObject(pareto, "parameters");
    cJSON_AddNumberToObject(parameters, "location", tail->threshold);
    cJSON_AddNumberToObject(parameters, "scale", tail->scale);
    cJSON_AddNumberToObject(parameters, "shape", tail->shape);
    cJSON_AddItemToArray(parts, pareto);
    return law;
}

static void add_tail(cJSON *price, const struct tg_tail *tail)
{
    cJSON *json = cJSON_AddObjectToObject(price, "tail");
    cJSON_AddNumberToObject(json, "threshold_ns", tail->threshold);
    cJSON_AddNumberToObject(json, "share", tail->share);
    cJSON_AddNumberToObject(json, "scale_ns", tail->scale);
    cJSON_AddNumberToObject(json, "shape", tail->shape);
    cJSON_AddNumberToObject(json, "p", tail->p);
}

static void add_fit(cJSON *price, const struct tg_fit *fits, int count, const struct tg_fit_test *test,
                    const struct tg_sample *fitted, bool passes)
{
    char name[64];
    cJSON *json = cJSON_AddObjectToObject(price, "fit");
    cJSON_AddStringToObject(json, "family", tg_fit_name(&fits[0], name, sizeof name));
    cJSON_AddBoolToObject(json, "passes", passes);
    cJSON_AddNumberToObject(json, "samples", round(fitted->total));
    cJSON_AddNumberToObject(json, "tested", (double)test->samples);
    cJSON_AddNumberToObject(json, "bic", fits[0].bic);
    cJSON_AddNumberToObject(json, "ks", test->ks);
    cJSON_AddNumberToObject(json, "ks_p", test->ks_p);
    cJSON_AddNumberToObject(json, "ad", test->ad);
    cJSON_AddNumberToObject(json, "ad_p", test->ad_p);
    cJSON_AddItemToObject(json, "law", tg_fit_json(&fits[0]));
    cJSON *rivals = cJSON_AddObjectToObject(json, "rivals");
    for (int i = 1; i < count; i++)
        cJSON_AddNumberToObject(rivals, tg_fit_name(&fits[i], name, sizeof name), fits[i].bic);
}

static bool mean_agrees(const struct tg_fit *fit, const struct tg_pooled *p, struct tg_error *err)
{
    struct tg_dist dist;
    if (tg_fit_dist(fit, &dist, err))
        return false;
    double mean = tg_dist_mean(&dist);
    bool inside =
        mean >= p->precision.mean.low && mean <= p->precision.mean.high && tg_dist_quantile(&dist, 0) >= 0;
    tg_dist_release(&dist);
    return inside;
}

/* Fits, tests, and chooses the law. Mixtures are tried where no single family passes. */
static int add_law(cJSON *price, const struct tg_pooled *p, const char *name, struct tg_error *err)
{
    struct tg_fit fits[TG_FIT_MAX];
    struct tg_fit_test test;
    struct tg_sample part;
    struct tg_tail tail;
    struct tg_error ignored;
    int rc = tg_fit_test_part(&p->sample, FIT_MAX, name, &part, err);
    if (rc)
        return rc;
    bool passes = false;
    int count = part.n >= FIT_MIN ? tg_fit_all(&part, false, fits, err) : 0;
    if (count) {
        rc = tg_fit_test(&fits[0], &part, name, &test, err);
        bool atom = tg_sample_largest_atom(&part) * sqrt(fmin(part.total, 2000)) > 4.4;
        if (!rc && !test.passes && !atom) {
            count = tg_fit_all(&part, true, fits, err);
            rc = tg_fit_test(&fits[0], &part, name, &test, err);
        }
        passes = !rc && test.passes && mean_agrees(&fits[0], p, &ignored);
        if (!rc)
            add_fit(price, fits, count, &test, &part, passes);
    }
    bool has_tail = !rc && p->sample.total >= TAIL_SAMPLES && tg_tail_fit(&p->sample, name, &tail);
    tg_sample_release(&part);
    if (rc)
        return rc;
    if (has_tail)
        add_tail(price, &tail);
    cJSON *table =
        has_tail && tail.shape <= 0.5 ? table_with_tail(&p->sample, &tail) : tg_price_json_table(&p->sample);
    if (passes)
        cJSON_AddItemToObject(price, "law", tg_fit_json(&fits[0]));
    cJSON_AddItemToObject(price, passes ? "table" : "law", table);
    return TG_OK;
}

static void add_constant(cJSON *price, double ns)
{
    cJSON *law = cJSON_AddObjectToObject(price, "law");
    cJSON_AddStringToObject(law, "family", "constant");
    cJSON_AddStringToObject(law, "unit", "ns");
    cJSON_AddNumberToObject(cJSON_AddObjectToObject(law, "parameters"), "value", ns);
}

static void add_interval(cJSON *price, const char *low, const char *high, const struct tg_estimate *e)
{
    if (isfinite(e->low) && isfinite(e->high)) {
        cJSON_AddNumberToObject(price, low, e->low);
        cJSON_AddNumberToObject(price, high, e->high);
    }
}

static void add_numbers(cJSON *price, const struct tg_pooled *p)
{
    const struct tg_precision *precision = &p->precision;
    cJSON_AddNumberToObject(price, "samples", (double)p->count - round(p->aside));
    cJSON_AddNumberToObject(price, "jitter_hits", round(p->hits));
    cJSON_AddStringToObject(price, "jitter_method", tg_jitter_method_names[p->method]);
    cJSON_AddNumberToObject(price, "mean_ns", precision->mean.mean);
    add_interval(price, "low_ns", "high_ns", &precision->mean);
    cJSON_AddNumberToObject(price, "raw_mean_ns", p->raw_mean_ns);
    cJSON_AddNumberToObject(price, "median_ns", precision->median.mean);
    add_interval(price, "median_low_ns", "median_high_ns", &precision->median);
    cJSON_AddNumberToObject(price, "p99_ns", precision->p99.mean);
    add_interval(price, "p99_low_ns", "p99_high_ns", &precision->p99);
    cJSON_AddNumberToObject(price, "fastest_decile_mean_ns", tg_sample_lowest_mean(&p->sample, 0.1));
    cJSON_AddNumberToObject(price, "explained_ns", p->explained_ns);
    cJSON_AddNumberToObject(price, "turns_ns", p->turns_ns);
    cJSON_AddNumberToObject(price, "unexplained_ns",
                            p->raw_mean_ns - p->raw_fastest_ns - p->explained_ns - p->turns_ns);
    if (!isnan(precision->ljung_box_p))
        cJSON_AddNumberToObject(price, "ljung_box_p", precision->ljung_box_p);
    cJSON_AddNumberToObject(price, "block", (double)precision->block);
    if (p->sessions > 1)
        cJSON_AddNumberToObject(price, "disagreement", p->disagreement);
}

int tg_price_json(const struct tg_pooled *pooled, const char *name, cJSON **out, struct tg_error *err)
{
    const struct tg_sample *s = &pooled->sample;
    cJSON *price = cJSON_CreateObject();
    if (!price)
        return tg_error_set(err, TG_ENOMEM, "out of memory");
    add_numbers(price, pooled);
    int rc = TG_OK;
    if (s->x[0] == s->x[s->n - 1])
        add_constant(price, s->x[0]);
    else
        rc = add_law(price, pooled, name, err);
    if (rc)
        cJSON_Delete(price);
    else
        *out = price;
    return rc;
}
