/* A comparison as JSON. */
#include <math.h>

#include "tg_comparison.h"
#include "tg_json.h"

static void add_span(cJSON *object, const char *key, const char *interval_key, const struct tg_span *span)
{
    tg_json_add_number(object, key, span->mid);
    cJSON *interval = cJSON_AddArrayToObject(object, interval_key);
    cJSON_AddItemToArray(interval, isfinite(span->low) ? cJSON_CreateNumber(span->low) : cJSON_CreateNull());
    cJSON_AddItemToArray(interval,
                         isfinite(span->high) ? cJSON_CreateNumber(span->high) : cJSON_CreateNull());
}

static void add_both(cJSON *o, const struct tg_span *predicted, const struct tg_span *measured, double error)
{
    add_span(o, "predicted", "predicted_interval", predicted);
    add_span(o, "measured", "measured_interval", measured);
    tg_json_add_number(o, "error", error);
}

static void add_pairs(cJSON *list, const char *what, const struct tg_compared_pair *pairs, int count)
{
    for (int i = 0; i < count; i++) {
        if (!isfinite(pairs[i].load))
            continue;
        cJSON *o = cJSON_CreateObject();
        if (what)
            cJSON_AddStringToObject(o, "quantile", what);
        tg_json_add_number(o, "load", pairs[i].load);
        add_both(o, &pairs[i].predicted, &pairs[i].measured, pairs[i].error);
        cJSON_AddItemToArray(list, o);
    }
}

static cJSON *row_to_json(const struct tg_compared *row)
{
    cJSON *o = cJSON_CreateObject();
    cJSON_AddStringToObject(o, "name", row->system->name);
    cJSON_AddStringToObject(o, "what", row->system->what);
    if (*row->left_out) {
        cJSON_AddStringToObject(o, "left_out", row->left_out);
        return o;
    }
    add_both(o, &row->predicted_per_s, &row->measured_per_s, row->error);
    cJSON_AddStringToObject(o, "limited_by", tg_limit_name(row->limited_by));
    cJSON_AddStringToObject(o, "predicted_limited_by", tg_limit_name(row->predicted_limit));
    cJSON *latency = cJSON_AddArrayToObject(o, "latency_ns");
    add_pairs(latency, "p50", row->p50_ns, TG_COMPARED_LATENCIES);
    add_pairs(latency, "p99", row->p99_ns, TG_COMPARED_LATENCIES);
    add_pairs(cJSON_AddArrayToObject(o, "loss"), NULL, row->lost_fraction, TG_COMPARED_LOSSES);
    return o;
}

static void add_slopes(cJSON *list, const struct tg_comparison *c)
{
    for (size_t i = 0; i < c->slope_count; i++) {
        const struct tg_compared_slope *s = &c->slopes[i];
        cJSON *o = cJSON_CreateObject();
        cJSON_AddStringToObject(o, "crossing", s->name);
        cJSON_AddNumberToObject(o, "systems", (double)s->systems);
        cJSON_AddStringToObject(o, "unit", "ns");
        add_both(o, &s->predicted_ns, &s->measured_ns, s->error);
        cJSON_AddBoolToObject(o, "met", s->met);
        cJSON_AddItemToArray(list, o);
    }
}

static void add_summary(cJSON *o, const struct tg_comparison *c)
{
    cJSON_AddNumberToObject(o, "server_limited", (double)c->server_limited);
    cJSON_AddNumberToObject(o, "client_limited", (double)c->client_limited);
    cJSON_AddNumberToObject(o, "unclear", (double)c->unclear);
    tg_json_add_number(o, "median_error", c->median_error);
    tg_json_add_number(o, "worst_error", c->worst_error);
}

int tg_comparison_to_json(const struct tg_comparison *c, cJSON *document, struct tg_error *err)
{
    cJSON *systems = cJSON_AddArrayToObject(document, "systems");
    for (size_t i = 0; i < c->count; i++)
        cJSON_AddItemToArray(systems, row_to_json(&c->rows[i]));
    add_slopes(cJSON_AddArrayToObject(document, "slopes"), c);
    cJSON *wrong = cJSON_AddArrayToObject(document, "wrong_order");
    for (size_t i = 0; i < c->wrong_count; i++) {
        cJSON *o = cJSON_CreateObject();
        cJSON_AddStringToObject(o, "slower", c->wrong[i].slower->system->name);
        cJSON_AddStringToObject(o, "faster", c->wrong[i].faster->system->name);
        cJSON_AddItemToArray(wrong, o);
    }
    add_summary(cJSON_AddObjectToObject(document, "summary"), c);
    cJSON *checks = cJSON_AddArrayToObject(document, "checks");
    for (size_t i = 0; i < c->check_count; i++) {
        cJSON *o = cJSON_CreateObject();
        cJSON_AddStringToObject(o, "what", c->checks[i].what);
        tg_json_add_number(o, "wanted", c->checks[i].wanted);
        tg_json_add_number(o, "found", c->checks[i].found);
        cJSON_AddStringToObject(o, "unit", c->checks[i].unit);
        cJSON_AddBoolToObject(o, "met", c->checks[i].met);
        cJSON_AddItemToArray(checks, o);
    }
    return checks ? TG_OK : tg_error_set(err, TG_ENOMEM, "out of memory");
}
