#include "tg_calibrate.h"

#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tg_interval.h"
#include "tg_intrinsic.h"
#include "tg_json.h"
#include "tg_law.h"
#include "tg_welford.h"

enum {
    BODY = 200,       /* quantiles at equal steps up to the tail */
    TAIL_DECADE = 20, /* quantiles for each tenth part of the tail */
    TABLE_MAX = 512,
    BATCHES = 20, /* 19 degrees of freedom: enough for the interval, few enough to be long */
};

static double quantile(const double *sorted, size_t n, double p)
{
    return gsl_stats_quantile_from_sorted_data(sorted, 1, n, p);
}

/* Equal steps up to 0.99, then steps that shrink with the tail, down to the last sample: a straight line
 * between far apart quantiles would make a heavy tail heavier. */
static cJSON *quantile_law(const double *sorted, size_t n)
{
    double probabilities[TABLE_MAX], values[TABLE_MAX];
    size_t count = 0;
    double tail = 0.01;
    for (int i = 0; i <= BODY * 99 / 100; i++)
        probabilities[count++] = (double)i / BODY;
    for (int i = 1; tail > 1.0 / (double)n && count < TABLE_MAX - 1; i++) {
        tail = 0.01 * pow(10, -(double)i / TAIL_DECADE);
        probabilities[count++] = 1 - tail;
    }
    probabilities[count++] = 1;
    for (size_t i = 0; i < count; i++) {
        values[i] = quantile(sorted, n, probabilities[i]);
        /* Between equal samples the interpolation may fall short of them in the last bit. */
        if (i && values[i] < values[i - 1])
            values[i] = values[i - 1];
    }
    cJSON *law = tg_law_quantiles_json(values, count);
    cJSON_AddItemToObject(law, "probabilities", cJSON_CreateDoubleArray(probabilities, (int)count));
    return law;
}

/* From the means of consecutive batches, which carry the correlation of neighbours. */
static struct tg_estimate mean_interval(const double *values, size_t n)
{
    struct tg_welford w = {0};
    size_t batches = n >= 2 * BATCHES ? BATCHES : n;
    for (size_t b = 0; b < batches; b++) {
        size_t from = b * n / batches, to = (b + 1) * n / batches;
        tg_welford_add(&w, gsl_stats_mean(values + from, 1, to - from));
    }
    struct tg_estimate e = tg_interval_welford(&w, 0.95);
    double shift = gsl_stats_mean(values, 1, n) - e.mean;
    e.mean += shift;
    e.low += shift;
    e.high += shift;
    return e;
}

static void add_source(cJSON *object, const struct tg_trace *trace, const char *set_name, double argument)
{
    char text[512];
    if (trace->argument)
        snprintf(text, sizeof text, "%s/%s.csv, rows with %s = %g", set_name, trace->name,
                 trace->argument_name, argument);
    else
        snprintf(text, sizeof text, "%s/%s.csv", set_name, trace->name);
    cJSON_AddStringToObject(object, "source", text);
    if (*trace->sha256)
        cJSON_AddStringToObject(object, "sha256", trace->sha256);
}

static cJSON *price_json(const struct tg_intrinsic *in, const struct tg_trace *trace, const char *set_name,
                         double argument)
{
    cJSON *price = cJSON_CreateObject();
    double *sorted = malloc(in->count * sizeof *sorted);
    if (!price || !sorted) {
        cJSON_Delete(price);
        free(sorted);
        return NULL;
    }
    memcpy(sorted, in->cost_ns, in->count * sizeof *sorted);
    gsl_sort(sorted, 1, in->count);
    struct tg_estimate mean = mean_interval(in->cost_ns, in->count);
    size_t tenth = in->count / 10 ? in->count / 10 : 1;
    cJSON_AddStringToObject(price, "provenance", tg_provenance_names[TG_MEASURED]);
    add_source(price, trace, set_name, argument);
    cJSON_AddNumberToObject(price, "samples", (double)in->count);
    cJSON_AddNumberToObject(price, "jitter_hits", (double)in->hits);
    cJSON_AddNumberToObject(price, "mean_ns", mean.mean);
    cJSON_AddNumberToObject(price, "low_ns", mean.low);
    cJSON_AddNumberToObject(price, "high_ns", mean.high);
    cJSON_AddNumberToObject(price, "raw_mean_ns", in->raw_mean_ns);
    cJSON_AddNumberToObject(price, "median_ns", quantile(sorted, in->count, 0.5));
    cJSON_AddNumberToObject(price, "p99_ns", quantile(sorted, in->count, 0.99));
    cJSON_AddNumberToObject(price, "fastest_decile_mean_ns", gsl_stats_mean(sorted, 1, tenth));
    cJSON_AddItemToObject(price, "law", quantile_law(sorted, in->count));
    free(sorted);
    return price;
}

/* The rows of the smallest argument; a view into a copy that the caller releases. */
static int smallest_argument(const struct tg_trace *trace, struct tg_trace *rows, double *argument,
                             struct tg_error *err)
{
    *argument = gsl_stats_min(trace->argument, 1, trace->count);
    int rc = tg_trace_init(rows, trace->name, NULL, trace->ops != NULL, err);
    if (!rc)
        rc = tg_trace_reserve(rows, trace->count, err);
    for (size_t i = 0; !rc && i < trace->count; i++) {
        if (trace->argument[i] == *argument)
            tg_trace_append(rows, trace->t_ns[i], trace->cost_ns[i], trace->ops ? trace->ops[i] : 1, 0);
    }
    return rc;
}

static int add_price(cJSON *costs, cJSON *left_out, const struct tg_trace *trace,
                     const struct tg_trace *jitter, const char *set_name, struct tg_error *err)
{
    struct tg_trace rows = {0};
    struct tg_intrinsic in = {0};
    double argument = 0;
    int rc = trace->argument ? smallest_argument(trace, &rows, &argument, err) : TG_OK;
    if (!rc)
        rc = tg_intrinsic_split(trace->argument ? &rows : trace, jitter, &in, err);
    if (!rc && in.count < TG_CALIBRATE_SAMPLES_MIN) {
        char reason[64];
        snprintf(reason, sizeof reason, "%zu samples are too few for a price (at least %d)", in.count,
                 TG_CALIBRATE_SAMPLES_MIN);
        cJSON_AddStringToObject(left_out, trace->name, reason);
    } else if (!rc) {
        cJSON *price = price_json(&in, trace, set_name, argument);
        if (!price || !cJSON_AddItemToObject(costs, trace->name, price))
            rc = tg_error_set(err, TG_ENOMEM, "out of memory");
    }
    tg_intrinsic_release(&in);
    tg_trace_release(&rows);
    return rc;
}

/* Gaps as one Poisson process. A trace without gaps, or whose time of watching is not known, gives none. */
static int add_jitter(cJSON *list, const struct tg_trace *jitter, const char *set_name, struct tg_error *err)
{
    if (!jitter->count || !(jitter->observed_ns > 0))
        return TG_OK;
    double *sorted = malloc(jitter->count * sizeof *sorted);
    cJSON *noise = cJSON_CreateObject();
    if (!sorted || !noise) {
        free(sorted);
        cJSON_Delete(noise);
        return tg_error_set(err, TG_ENOMEM, "out of memory");
    }
    char text[64];
    memcpy(sorted, jitter->cost_ns, jitter->count * sizeof *sorted);
    gsl_sort(sorted, 1, jitter->count);
    snprintf(text, sizeof text, "%.9g/s", (double)jitter->count / jitter->observed_ns * 1e9);
    cJSON_AddStringToObject(noise, "name", "interrupts");
    cJSON_AddStringToObject(noise, "arrivals", "poisson");
    cJSON_AddStringToObject(noise, "rate", text);
    cJSON_AddStringToObject(noise, "provenance", tg_provenance_names[TG_MEASURED]);
    add_source(noise, jitter, set_name, 0);
    cJSON_AddItemToObject(noise, "length", quantile_law(sorted, jitter->count));
    cJSON_AddItemToArray(list, noise);
    free(sorted);
    return TG_OK;
}

static void add_machine(cJSON *document, const struct tg_host *host)
{
    char slug[128], clock[48];
    cJSON_AddStringToObject(document, "format", "tollgate profile");
    cJSON_AddNumberToObject(document, "version", 1);
    cJSON_AddStringToObject(document, "name", tg_host_slug(host, slug, sizeof slug));
    cJSON_AddStringToObject(document, "title", host->cpu_model ? host->cpu_model : "");
    cJSON_AddStringToObject(document, "cpu", host->cpu_model ? host->cpu_model : "");
    if (host->frequency_hz > 0) {
        snprintf(clock, sizeof clock, "%.6g MHz", host->frequency_hz / 1e6);
        cJSON_AddStringToObject(document, "clock", clock);
    }
    cJSON_AddNumberToObject(document, "cores", host->cores > 0 ? (double)host->cores : 1);
}

/* Copies from the base's document what the set lacks. */
static int inherit(cJSON *costs, cJSON *jitter, const struct tg_profile *base, struct tg_error *err)
{
    cJSON *json;
    int rc = tg_json_read_text(base->text, base->name, &json, err);
    if (rc)
        return rc;
    const cJSON *item;
    cJSON_ArrayForEach(item, cJSON_GetObjectItemCaseSensitive(json, "costs"))
    {
        if (cJSON_GetObjectItemCaseSensitive(costs, item->string))
            continue;
        cJSON *copy = cJSON_Duplicate(item, 1);
        if (!cJSON_GetObjectItemCaseSensitive(copy, "inherited_from"))
            cJSON_AddStringToObject(copy, "inherited_from", base->name);
        cJSON_AddItemToObject(costs, item->string, copy);
    }
    bool has_jitter = cJSON_GetArraySize(jitter) > 0;
    cJSON_ArrayForEach(item, cJSON_GetObjectItemCaseSensitive(json, "jitter"))
    {
        if (!has_jitter)
            cJSON_AddItemToArray(jitter, cJSON_Duplicate(item, 1));
    }
    cJSON_Delete(json);
    return TG_OK;
}

int tg_calibrate(const struct tg_trace_set *set, const char *set_name, const struct tg_profile *base,
                 cJSON **document, struct tg_error *err)
{
    const struct tg_trace *jitter = tg_trace_set_find(set, "jitter");
    cJSON *json = cJSON_CreateObject();
    if (!json)
        return tg_error_set(err, TG_ENOMEM, "out of memory");
    add_machine(json, &set->host);
    cJSON *costs = cJSON_AddObjectToObject(json, "costs"), *noises = cJSON_AddArrayToObject(json, "jitter");
    cJSON *left_out = cJSON_AddObjectToObject(json, "left_out");
    int rc = TG_OK;
    for (size_t i = 0; !rc && i < set->count; i++) {
        if (set->traces[i].is_jitter)
            rc = add_jitter(noises, &set->traces[i], set_name, err);
        else
            rc = add_price(costs, left_out, &set->traces[i], jitter, set_name, err);
    }
    if (!rc && !cJSON_GetArraySize(costs))
        rc = tg_error_set(err, TG_EINPUT, "%s: no trace in it has the %d samples that a price needs",
                          set_name, TG_CALIBRATE_SAMPLES_MIN);
    if (!rc && base)
        rc = inherit(costs, noises, base, err);
    if (rc) {
        cJSON_Delete(json);
        return rc;
    }
    *document = json;
    return TG_OK;
}
