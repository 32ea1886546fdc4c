#include <math.h>
#include <stdio.h>

#include "tg_brief.h"
#include "tg_json.h"
#include "tg_report.h"
#include "tg_run.h"

static void add_text(cJSON *object, const char *key, const char *text)
{
    cJSON_AddItemToObject(object, key, text ? cJSON_CreateString(text) : cJSON_CreateNull());
}

static cJSON *add_object(cJSON *parent, const char *key)
{
    cJSON *object = cJSON_CreateObject();
    cJSON_AddItemToObject(parent, key, object);
    return object;
}

static void add_estimate(cJSON *parent, const char *key, struct tg_run_estimate e)
{
    cJSON *object = add_object(parent, key);
    tg_json_add_number(object, "value", e.value);
    tg_json_add_number(object, "low", e.low);
    tg_json_add_number(object, "high", e.high);
}

/* Stored JSON goes in as JSON. */
static void add_document(cJSON *parent, const char *key, const char *text)
{
    cJSON *document = text ? cJSON_Parse(text) : NULL;
    cJSON_AddItemToObject(parent, key, document ? document : cJSON_CreateNull());
}

static void add_shares(cJSON *parent, const char *key, const struct tg_run_share *shares, size_t count)
{
    cJSON *object = add_object(parent, key);
    for (size_t i = 0; i < count; i++)
        add_estimate(object, shares[i].name, shares[i].ratio);
}

static void add_toll_parts(cJSON *parent, const struct tg_run_estimate *parts)
{
    if (!parts) {
        cJSON_AddNullToObject(parent, "toll_parts_ps");
        return;
    }
    cJSON *object = add_object(parent, "toll_parts_ps");
    for (int i = 0; i < TG_RUN_PARTS; i++)
        add_estimate(object, tg_run_part_names[i], parts[i]);
}

static cJSON *point_as_json(const struct tg_run_point *point)
{
    cJSON *object = cJSON_CreateObject();
    cJSON_AddNumberToObject(object, "offered_per_s", point->offered_per_s);
    add_text(object, "status", tg_run_status_name(point->status));
    cJSON_AddNumberToObject(object, "replications", (double)point->replication_count);
    for (int i = 0; i < TG_RUN_FIGURES; i++)
        add_estimate(object, tg_run_figure_name((enum tg_run_figure)i), point->figures[i]);
    cJSON *tolls = cJSON_AddArrayToObject(object, "tolls");
    for (size_t i = 0; i < point->toll_count; i++) {
        cJSON *toll = cJSON_CreateObject();
        add_text(toll, "primitive", point->tolls[i].primitive);
        add_text(toll, "place", point->tolls[i].place);
        add_estimate(toll, "toll_ps", point->tolls[i].toll_ps);
        cJSON_AddItemToArray(tolls, toll);
    }
    add_toll_parts(object, point->toll_parts);
    add_shares(object, "lost_by_cause_ratio", point->losses, point->loss_count);
    add_shares(object, "dropped_by_place_ratio", point->drops, point->drop_count);
    return object;
}

static cJSON *curve_as_json(const struct tg_run_curve *curve)
{
    const struct tg_run_point *half = tg_brief_half_load(curve);
    cJSON *object = cJSON_CreateObject();
    add_text(object, "technique", curve->technique);
    add_text(object, "title", curve->title);
    add_estimate(object, "saturation_per_s", curve->saturation_per_s);
    add_text(object, "saturation_rule", curve->saturation_rule);
    add_text(object, "limited_by", curve->limited_by);
    tg_json_add_number(object, "half_load_per_s", half ? half->offered_per_s : (double)NAN);
    cJSON *points = cJSON_AddArrayToObject(object, "points");
    for (size_t i = 0; i < curve->point_count; i++)
        cJSON_AddItemToArray(points, point_as_json(&curve->points[i]));
    return object;
}

static void add_prices(cJSON *parent, const struct tg_run_price *prices, size_t count)
{
    cJSON *list = cJSON_AddArrayToObject(parent, "prices");
    for (size_t i = 0; i < count; i++) {
        const struct tg_run_price *p = &prices[i];
        cJSON *price = cJSON_CreateObject();
        add_text(price, "primitive", p->primitive);
        add_text(price, "per", p->per);
        add_estimate(price, "mean_ns", p->mean_ns);
        tg_json_add_number(price, "range_low_ns", p->range_low_ns);
        tg_json_add_number(price, "range_high_ns", p->range_high_ns);
        tg_json_add_number(price, "p50_ns", p->p50_ns);
        tg_json_add_number(price, "p99_ns", p->p99_ns);
        tg_json_add_number(price, "samples", p->samples ? (double)p->samples : (double)NAN);
        add_text(price, "provenance", p->provenance);
        add_text(price, "source", p->source);
        add_text(price, "inherited_from", p->inherited_from);
        if (p->belongs_to)
            add_text(price, "belongs_to", p->belongs_to);
        cJSON_AddItemToArray(list, price);
    }
}

static void add_profile(cJSON *parent, const struct tg_run_profile *profile)
{
    if (!profile) {
        cJSON_AddNullToObject(parent, "profile");
        return;
    }
    cJSON *object = add_object(parent, "profile");
    add_text(object, "name", profile->name);
    add_text(object, "sha256", profile->sha256);
    add_prices(object, profile->prices, profile->price_count);
}

static cJSON *run_as_json(const struct tg_run *run)
{
    char seed[24];
    snprintf(seed, sizeof seed, "%llu", (unsigned long long)run->seed);
    cJSON *object = cJSON_CreateObject();
    cJSON_AddNumberToObject(object, "schema", 1);
    cJSON_AddNumberToObject(object, "id", (double)run->id);
    add_text(object, "kind", run->kind);
    add_text(object, "title", run->title);
    add_text(object, "status", tg_run_status_name(run->status));
    add_text(object, "started_utc", run->started_utc);
    add_text(object, "finished_utc", run->finished_utc);
    cJSON_AddRawToObject(object, "seed", seed);
    add_text(object, "tool_version", run->tool_version);
    add_text(object, "git_commit", run->git_commit);
    add_text(object, "compiler", run->compiler);
    add_text(object, "command_line", run->command_line);
    add_document(object, "host", run->host_json);
    add_document(object, "scenario", run->scenario_json);
    add_prices(object, run->prices, run->price_count);
    add_profile(object, run->profile);
    cJSON *curves = cJSON_AddArrayToObject(object, "curves");
    for (size_t i = 0; i < run->curve_count; i++)
        cJSON_AddItemToArray(curves, curve_as_json(&run->curves[i]));
    return object;
}

int tg_report_json(struct tg_store *store, int64_t run_id, struct cJSON **document, struct tg_error *err)
{
    struct tg_run run;
    int rc = tg_run_load(store, run_id, 0, &run, err);
    if (rc)
        return rc;
    *document = run_as_json(&run);
    tg_run_release(&run);
    return *document ? TG_OK : tg_error_set(err, TG_ENOMEM, "out of memory");
}
