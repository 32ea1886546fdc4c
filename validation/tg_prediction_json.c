/* Predictions as JSON. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tg_json.h"
#include "tg_prediction.h"

static const struct {
    const char *name;
    size_t offset;
} columns[] = {
    {"reply_per_s", offsetof(struct tg_predicted_point, reply_per_s)},
    {"latency_mean_ns", offsetof(struct tg_predicted_point, mean_ns)},
    {"latency_p50_ns", offsetof(struct tg_predicted_point, p50_ns)},
    {"latency_p99_ns", offsetof(struct tg_predicted_point, p99_ns)},
    {"lost_fraction", offsetof(struct tg_predicted_point, lost_fraction)},
};
enum { COLUMNS = sizeof columns / sizeof *columns };

static cJSON *number_or_null(double value)
{
    return isfinite(value) ? cJSON_CreateNumber(value) : cJSON_CreateNull();
}

/* [value, low, high] */
static cJSON *span_to_json(const struct tg_span *span)
{
    cJSON *list = cJSON_CreateArray();
    cJSON_AddItemToArray(list, number_or_null(span->mid));
    cJSON_AddItemToArray(list, number_or_null(span->low));
    cJSON_AddItemToArray(list, number_or_null(span->high));
    return list;
}

static cJSON *point_to_json(const struct tg_predicted_point *point)
{
    cJSON *o = cJSON_CreateObject();
    cJSON_AddNumberToObject(o, "offered_per_s", point->offered_per_s);
    for (size_t c = 0; c < COLUMNS; c++)
        cJSON_AddItemToObject(
            o, columns[c].name,
            span_to_json((const struct tg_span *)((const char *)point + columns[c].offset)));
    return o;
}

static cJSON *predicted_to_json(const struct tg_predicted *p)
{
    cJSON *o = cJSON_CreateObject();
    cJSON_AddStringToObject(o, "name", p->system->name);
    if (*p->skipped) {
        cJSON_AddStringToObject(o, "skipped", p->skipped);
        return o;
    }
    cJSON_AddItemToObject(o, "saturation_per_s", span_to_json(&p->saturation_per_s));
    cJSON_AddStringToObject(o, "limited_by", tg_limit_name(p->limited_by));
    cJSON_AddItemToObject(o, "draws_per_s", cJSON_CreateDoubleArray(p->draws_per_s, (int)p->draw_count));
    cJSON *points = cJSON_AddArrayToObject(o, "points");
    for (size_t i = 0; i < p->point_count; i++)
        cJSON_AddItemToArray(points, point_to_json(&p->points[i]));
    return o;
}

cJSON *tg_prediction_to_json(const struct tg_prediction *prediction)
{
    cJSON *systems = cJSON_CreateArray();
    for (size_t i = 0; systems && i < prediction->count; i++)
        cJSON_AddItemToArray(systems, predicted_to_json(&prediction->systems[i]));
    return systems;
}

/* Back. */

static double read_number(const cJSON *value)
{
    return cJSON_IsNumber(value) ? value->valuedouble : NAN;
}

static struct tg_span read_span(const cJSON *object, const char *key)
{
    const cJSON *list = cJSON_GetObjectItemCaseSensitive(object, key);
    return (struct tg_span){.mid = read_number(cJSON_GetArrayItem(list, 0)),
                            .low = read_number(cJSON_GetArrayItem(list, 1)),
                            .high = read_number(cJSON_GetArrayItem(list, 2))};
}

static void read_point(const cJSON *o, struct tg_predicted_point *point)
{
    point->offered_per_s = read_number(cJSON_GetObjectItemCaseSensitive(o, "offered_per_s"));
    for (size_t c = 0; c < COLUMNS; c++)
        *(struct tg_span *)((char *)point + columns[c].offset) = read_span(o, columns[c].name);
}

static int read_predicted(const cJSON *o, struct tg_predicted *p, struct tg_error *err)
{
    const char *name = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(o, "name"));
    const char *skipped = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(o, "skipped"));
    const char *limit = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(o, "limited_by"));
    const cJSON *item;
    p->system = name ? tg_bed_system_find(name) : NULL;
    if (!p->system)
        return tg_error_set(err, TG_EINPUT, "the testbed has no system '%s'", name ? name : "");
    if (skipped) {
        snprintf(p->skipped, sizeof p->skipped, "%s", skipped);
        return TG_OK;
    }
    p->saturation_per_s = read_span(o, "saturation_per_s");
    cJSON_ArrayForEach(item, cJSON_GetObjectItemCaseSensitive(o, "draws_per_s"))
    {
        if (p->draw_count < TG_PREDICTION_DRAWS_MAX)
            p->draws_per_s[p->draw_count++] = read_number(item);
    }
    cJSON_ArrayForEach(item, cJSON_GetObjectItemCaseSensitive(o, "points"))
    {
        if (p->point_count < TG_PREDICTION_LOADS_MAX)
            read_point(item, &p->points[p->point_count++]);
    }
    return tg_limit_parse(limit ? limit : "", &p->limited_by, err);
}

int tg_prediction_from_json(const cJSON *systems, struct tg_prediction *prediction, struct tg_error *err)
{
    const cJSON *item;
    *prediction = (struct tg_prediction){0};
    if (!cJSON_IsArray(systems))
        return tg_error_set(err, TG_EINPUT, "systems: expected a list");
    prediction->systems = calloc((size_t)cJSON_GetArraySize(systems) + 1, sizeof *prediction->systems);
    if (!prediction->systems)
        return tg_error_set(err, TG_ENOMEM, "out of memory");
    cJSON_ArrayForEach(item, systems)
    {
        int rc = read_predicted(item, &prediction->systems[prediction->count++], err);
        if (rc) {
            char path[32];
            snprintf(path, sizeof path, "systems[%zu]", prediction->count - 1);
            tg_prediction_release(prediction);
            return tg_error_wrap(err, rc, "%s", path);
        }
    }
    return TG_OK;
}
