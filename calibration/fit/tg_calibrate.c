#include "tg_calibrate.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tg_cost_list.h"
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

/* The smallest argument above one, in all sessions; infinite where there is none. */
static double next_argument(const struct work *w, const char *name, double above)
{
    double next = HUGE_VAL;
    for (size_t i = 0; i < w->count; i++) {
        const struct tg_trace *trace = tg_trace_set_find(w->sessions[i].set, name);
        for (size_t k = 0; trace && trace->argument && k < trace->count; k++)
            if (trace->argument[k] > above)
                next = fmin(next, trace->argument[k]);
    }
    return next;
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

/* Of the rows with this argument; of all, where a trace has none. */
static int bundle_make(struct bundle *b, const struct work *w, const char *name, double argument)
{
    *b = (struct bundle){.traces = calloc(w->count, sizeof *b->traces),
                         .jitters = calloc(w->count, sizeof *b->jitters),
                         .rows = calloc(w->count, sizeof *b->rows)};
    if (!b->traces || !b->jitters || !b->rows)
        return tg_error_set(w->err, TG_ENOMEM, "out of memory");
    for (size_t i = 0; i < w->count; i++) {
        const struct tg_trace *trace = tg_trace_set_find(w->sessions[i].set, name);
        /* Rows that tell no argument count with the smallest. */
        if (!trace || (!trace->argument && argument > next_argument(w, name, -HUGE_VAL)))
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

static size_t bundle_samples(const struct bundle *b)
{
    size_t samples = 0;
    for (size_t i = 0; i < b->n; i++)
        samples += b->traces[i]->count;
    return samples;
}

static int bundle_price(struct work *w, const struct bundle *b, const char *name, cJSON **price)
{
    struct tg_pooled pooled;
    int rc = tg_pooled_make(b->traces, b->jitters, b->n, name, &pooled, w->err);
    if (rc)
        return rc;
    rc = tg_price_json(&pooled, name, price, w->err);
    tg_pooled_release(&pooled);
    return rc;
}

/* Of a price at one argument what says what it takes there, and how sure it is. */
static int add_law_at(cJSON *more, double at, const cJSON *price, struct tg_error *err)
{
    static const char *const kept[] = {"law", "mean_ns", "low_ns", "high_ns", "median_ns", "samples"};
    cJSON *entry = cJSON_CreateObject();
    if (!entry || !cJSON_AddItemToArray(more, entry))
        return tg_error_set(err, TG_ENOMEM, "out of memory");
    cJSON_AddNumberToObject(entry, "at", at);
    for (size_t i = 0; i < TG_COUNT(kept); i++) {
        const cJSON *item = cJSON_GetObjectItemCaseSensitive(price, kept[i]);
        if (item)
            cJSON_AddItemToObject(entry, kept[i], cJSON_Duplicate(item, 1));
    }
    return TG_OK;
}

/* An argument with too few samples is passed over: its neighbours speak for it. */
static int price_at(struct work *w, const char *name, double at, cJSON *more)
{
    struct bundle b;
    cJSON *price = NULL;
    int rc = bundle_make(&b, w, name, at);
    if (!rc && bundle_samples(&b) >= TG_CALIBRATE_SAMPLES_MIN) {
        rc = bundle_price(w, &b, name, &price);
        rc = rc ? rc : add_law_at(more, at, price, w->err);
        cJSON_Delete(price);
    }
    bundle_release(&b);
    return rc;
}

static bool simulator_knows(const char *argument)
{
    for (int i = 0; i < TG_ARGUMENT_COUNT; i++)
        if (tg_argument_columns[i] && strcmp(tg_argument_columns[i], argument) == 0)
            return true;
    return false;
}

static int add_by_argument(struct work *w, cJSON *price, const struct tg_trace *trace, double from)
{
    cJSON *by = cJSON_CreateObject(), *more = cJSON_CreateArray();
    int rc = TG_OK;
    cJSON_AddStringToObject(by, "argument", trace->argument_name);
    cJSON_AddNumberToObject(by, "from", from);
    for (double at = next_argument(w, trace->name, from); !rc && at < HUGE_VAL;
         at = next_argument(w, trace->name, at))
        rc = price_at(w, trace->name, at, more);
    bool any = cJSON_GetArraySize(more) > 0;
    cJSON_AddItemToObject(by, "more", more);
    if (!rc && any)
        cJSON_AddItemToObject(price, "by_argument", by);
    else
        cJSON_Delete(by);
    return rc;
}

static int leave_out(struct work *w, const char *name, size_t samples)
{
    char reason[64];
    snprintf(reason, sizeof reason, "%zu samples are too few for a price (at least %d)", samples,
             TG_CALIBRATE_SAMPLES_MIN);
    cJSON_AddStringToObject(w->left_out, name, reason);
    return TG_OK;
}

static int price_bundle(struct work *w, const struct bundle *b, const struct tg_trace *trace, double argument)
{
    cJSON *price = NULL;
    int rc = bundle_price(w, b, trace->name, &price);
    if (rc)
        return rc;
    cJSON_AddStringToObject(price, "provenance", tg_provenance_names[TG_MEASURED]);
    cJSON_AddStringToObject(price, "source", b->source);
    if (*trace->sha256)
        cJSON_AddStringToObject(price, "sha256", trace->sha256);
    if (trace->argument)
        rc = add_slope(price, trace, w->err);
    if (!rc && trace->argument && simulator_knows(trace->argument_name))
        rc = add_by_argument(w, price, trace, argument);
    cJSON_AddItemToObject(w->costs, trace->name, price);
    return rc;
}

static int add_price(struct work *w, const struct tg_trace *trace)
{
    struct bundle b;
    const double argument = next_argument(w, trace->name, -HUGE_VAL);
    int rc = bundle_make(&b, w, trace->name, argument);
    size_t samples = rc ? 0 : bundle_samples(&b);
    if (!rc && samples < TG_CALIBRATE_SAMPLES_MIN)
        rc = leave_out(w, trace->name, samples);
    else if (!rc)
        rc = price_bundle(w, &b, trace, argument);
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
