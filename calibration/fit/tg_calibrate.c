#include "tg_calibrate.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tg_json.h"
#include "tg_noise_json.h"
#include "tg_pooled.h"
#include "tg_price_json.h"
#include "tg_slope.h"
#include "tg_trace_check.h"

struct session {
    const struct tg_trace_set *set;
    const char *name;
    struct tg_jitter jitter;
};

struct work {
    struct session *sessions;
    size_t count;
    cJSON *costs, *noises, *left_out;
    struct tg_error *err;
};

/* The traces of one primitive, one a session that has it. */
struct bundle {
    const struct tg_trace **traces;
    const struct tg_jitter **jitters;
    struct tg_trace *rows; /* copies of the smallest argument's rows, where there is one */
    size_t n;
    char source[512];
};

static void bundle_release(struct bundle *b)
{
    for (size_t i = 0; b->rows && i < b->n; i++)
        tg_trace_release(&b->rows[i]);
    free(b->rows);
    free(b->traces);
    free(b->jitters);
}

/* The rows of one argument. */
static int rows_of(const struct tg_trace *trace, double argument, struct tg_trace *rows, struct tg_error *err)
{
    int rc = tg_trace_init(rows, trace->name, NULL, trace->ops != NULL, err);
    if (!rc)
        rc = tg_trace_reserve(rows, trace->count, err);
    for (size_t i = 0; !rc && i < trace->count; i++) {
        if (trace->argument[i] == argument)
            tg_trace_append(rows, trace->t_ns[i], trace->cost_ns[i], trace->ops ? trace->ops[i] : 1, 0);
    }
    return rc;
}

static double smallest_argument(const struct tg_trace *trace)
{
    double smallest = trace->argument[0];
    for (size_t i = 1; i < trace->count; i++)
        smallest = fmin(smallest, trace->argument[i]);
    return smallest;
}

static void name_source(struct bundle *b, const char *set_name, const struct tg_trace *trace, double argument)
{
    char one[300];
    snprintf(one, sizeof one, "%s%s/%s.csv", b->n ? "; " : "", set_name, trace->name);
    strncat(b->source, one, sizeof b->source - strlen(b->source) - 1);
    if (trace->argument) {
        snprintf(one, sizeof one, ", rows with %s = %g", trace->argument_name, argument);
        strncat(b->source, one, sizeof b->source - strlen(b->source) - 1);
    }
}

static int bundle_make(struct bundle *b, const struct work *w, const char *name)
{
    *b = (struct bundle){.traces = calloc(w->count, sizeof *b->traces),
                         .jitters = calloc(w->count, sizeof *b->jitters),
                         .rows = calloc(w->count, sizeof *b->rows)};
    if (!b->traces || !b->jitters || !b->rows)
        return tg_error_set(w->err, TG_ENOMEM, "out of memory");
    double argument = HUGE_VAL;
    for (size_t i = 0; i < w->count; i++) {
        const struct tg_trace *trace = tg_trace_set_find(w->sessions[i].set, name);
        if (trace && trace->argument)
            argument = fmin(argument, smallest_argument(trace));
    }
    for (size_t i = 0; i < w->count; i++) {
        const struct tg_trace *trace = tg_trace_set_find(w->sessions[i].set, name);
        if (!trace)
            continue;
        name_source(b, w->sessions[i].name, trace, argument);
        b->jitters[b->n] = &w->sessions[i].jitter;
        b->traces[b->n] = trace->argument ? &b->rows[b->n] : trace;
        int rc = trace->argument ? rows_of(trace, argument, &b->rows[b->n], w->err) : TG_OK;
        if (rc) {
            tg_trace_release(&b->rows[b->n]);
            return rc;
        }
        b->n += b->traces[b->n]->count > 0;
    }
    return TG_OK;
}

static int add_slope(cJSON *price, const struct tg_trace *trace, struct tg_error *err)
{
    struct tg_price_slope slope;
    if (tg_slope_fit(trace, &slope, err))
        return TG_OK; /* an argument of one value, or too few samples: no slope */
    cJSON *json = cJSON_AddObjectToObject(price, "slope");
    cJSON_AddStringToObject(json, "argument", trace->argument_name);
    cJSON_AddNumberToObject(json, "fixed_ns", slope.fixed_ns);
    cJSON_AddNumberToObject(json, "fixed_low_ns", slope.fixed_low_ns);
    cJSON_AddNumberToObject(json, "fixed_high_ns", slope.fixed_high_ns);
    cJSON_AddNumberToObject(json, "ns_per_unit", slope.ns_per_unit);
    cJSON_AddNumberToObject(json, "low_ns_per_unit", slope.low_ns_per_unit);
    cJSON_AddNumberToObject(json, "high_ns_per_unit", slope.high_ns_per_unit);
    cJSON_AddNumberToObject(json, "from", slope.from);
    cJSON_AddNumberToObject(json, "to", slope.to);
    cJSON_AddNumberToObject(json, "misfit", slope.misfit);
    cJSON_AddNumberToObject(json, "samples", (double)slope.samples);
    return TG_OK;
}

static int leave_out(struct work *w, const char *name, size_t samples)
{
    char reason[64];
    snprintf(reason, sizeof reason, "%zu samples are too few for a price (at least %d)", samples,
             TG_CALIBRATE_SAMPLES_MIN);
    cJSON_AddStringToObject(w->left_out, name, reason);
    return TG_OK;
}

static int price_bundle(struct work *w, const struct bundle *b, const struct tg_trace *trace)
{
    struct tg_pooled pooled;
    cJSON *price = NULL;
    int rc = tg_pooled_make(b->traces, b->jitters, b->n, trace->name, &pooled, w->err);
    if (rc)
        return rc;
    rc = tg_price_json(&pooled, trace->name, &price, w->err);
    tg_pooled_release(&pooled);
    if (rc)
        return rc;
    cJSON_AddStringToObject(price, "provenance", tg_provenance_names[TG_MEASURED]);
    cJSON_AddStringToObject(price, "source", b->source);
    if (*trace->sha256)
        cJSON_AddStringToObject(price, "sha256", trace->sha256);
    if (trace->argument)
        rc = add_slope(price, trace, w->err);
    cJSON_AddItemToObject(w->costs, trace->name, price);
    return rc;
}

static int add_price(struct work *w, const struct tg_trace *trace)
{
    struct bundle b;
    size_t samples = 0;
    int rc = bundle_make(&b, w, trace->name);
    for (size_t i = 0; i < b.n && !rc; i++)
        samples += b.traces[i]->count;
    if (!rc && samples < TG_CALIBRATE_SAMPLES_MIN)
        rc = leave_out(w, trace->name, samples);
    else if (!rc)
        rc = price_bundle(w, &b, trace);
    bundle_release(&b);
    return rc ? tg_error_wrap(w->err, rc, "%s", trace->name) : TG_OK;
}

static int add_jitter(struct work *w)
{
    const struct session *longest = NULL;
    const struct tg_trace *gaps = NULL;
    char source[300];
    for (size_t i = 0; i < w->count; i++) {
        const struct tg_trace *trace = tg_trace_set_find(w->sessions[i].set, "jitter");
        if (trace && trace->is_jitter && (!gaps || trace->observed_ns > gaps->observed_ns)) {
            longest = &w->sessions[i];
            gaps = trace;
        }
    }
    if (!gaps)
        return TG_OK;
    snprintf(source, sizeof source, "%s/jitter.csv", longest->name);
    return tg_noise_json(w->noises, &longest->jitter, source, gaps->sha256, w->err);
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
    cJSON_AddItemToObject(document, "host", tg_host_to_json(host));
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

/* Checks every trace and reads the jitter of each session. */
static int open_sessions(struct work *w, const struct tg_trace_set *sets, const char *const *names)
{
    const char *cpu = sets[0].host.cpu_model;
    for (size_t i = 0; i < w->count; i++) {
        const char *other = sets[i].host.cpu_model;
        if (cpu && other && strcmp(cpu, other) != 0)
            return tg_error_set(w->err, TG_EINPUT, "%s is of '%s', but %s of '%s': not one machine", names[0],
                                cpu, names[i], other);
        for (size_t k = 0; k < sets[i].count; k++) {
            int rc = tg_trace_check(&sets[i].traces[k], w->err);
            if (rc)
                return tg_error_wrap(w->err, rc, "%s", names[i]);
        }
        w->sessions[i] = (struct session){.set = &sets[i], .name = names[i]};
        const struct tg_trace *gaps = tg_trace_set_find(&sets[i], "jitter");
        int rc = tg_jitter_init(&w->sessions[i].jitter, gaps && gaps->is_jitter ? gaps : NULL, w->err);
        if (rc)
            return tg_error_wrap(w->err, rc, "%s", names[i]);
    }
    return TG_OK;
}

/* Each primitive once, in the order of the first set that has it. */
static int add_prices(struct work *w)
{
    for (size_t i = 0; i < w->count; i++) {
        const struct tg_trace_set *set = w->sessions[i].set;
        for (size_t k = 0; k < set->count; k++) {
            const char *name = set->traces[k].name;
            if (set->traces[k].is_jitter || cJSON_GetObjectItemCaseSensitive(w->costs, name) ||
                cJSON_GetObjectItemCaseSensitive(w->left_out, name))
                continue;
            int rc = add_price(w, &set->traces[k]);
            if (rc)
                return rc;
        }
    }
    return TG_OK;
}

static int fill(struct work *w, const struct tg_profile *base, const char *where)
{
    int rc = add_prices(w);
    if (!rc)
        rc = add_jitter(w);
    if (!rc && !cJSON_GetArraySize(w->costs))
        rc = tg_error_set(w->err, TG_EINPUT, "%s: no trace in it has the %d samples that a price needs",
                          where, TG_CALIBRATE_SAMPLES_MIN);
    if (!rc && base)
        rc = inherit(w->costs, w->noises, base, w->err);
    return rc;
}

int tg_calibrate_sets(const struct tg_trace_set *sets, const char *const *set_names, size_t count,
                      const struct tg_profile *base, cJSON **document, struct tg_error *err)
{
    cJSON *json = cJSON_CreateObject();
    struct work w = {.sessions = calloc(count, sizeof *w.sessions), .count = count, .err = err};
    if (!json || !w.sessions) {
        cJSON_Delete(json);
        free(w.sessions);
        return tg_error_set(err, TG_ENOMEM, "out of memory");
    }
    add_machine(json, &sets[0].host);
    w.costs = cJSON_AddObjectToObject(json, "costs");
    w.noises = cJSON_AddArrayToObject(json, "jitter");
    w.left_out = cJSON_AddObjectToObject(json, "left_out");
    int rc = open_sessions(&w, sets, set_names);
    if (!rc)
        rc = fill(&w, base, set_names[0]);
    for (size_t i = 0; i < count; i++)
        tg_jitter_release(&w.sessions[i].jitter);
    free(w.sessions);
    if (rc) {
        cJSON_Delete(json);
        return rc;
    }
    *document = json;
    return TG_OK;
}

int tg_calibrate(const struct tg_trace_set *set, const char *set_name, const struct tg_profile *base,
                 cJSON **document, struct tg_error *err)
{
    return tg_calibrate_sets(set, &set_name, 1, base, document, err);
}
