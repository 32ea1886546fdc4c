#include "tg_scale.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "tg_json.h"

const char *const tg_scale_memory_bound[] = {"memory", "copy_byte", "cached_switch", NULL};

static const double cycles_factor = 1.25;

/* Times of a price that go with the clock. */
static const char *const times[] = {"mean_ns",       "raw_mean_ns",    "median_ns",
                                    "median_low_ns", "median_high_ns", "p99_ns",
                                    "p99_low_ns",    "p99_high_ns",    "fastest_decile_mean_ns",
                                    "range_low_ns",  "range_high_ns"};
/* What describes the measurement, not the price. */
static const char *const dropped[] = {
    "fit",          "tail",     "table",          "slope",       "samples", "jitter_hits",  "sha256",
    "explained_ns", "turns_ns", "unexplained_ns", "ljung_box_p", "block",   "disagreement", "jitter_method"};

static bool is_memory_bound(const char *name, const struct tg_strings *more)
{
    for (size_t i = 0; tg_scale_memory_bound[i]; i++)
        if (strcmp(name, tg_scale_memory_bound[i]) == 0)
            return true;
    for (size_t i = 0; i < more->count; i++)
        if (strcmp(name, more->items[i]) == 0)
            return true;
    return false;
}

static void put(cJSON *object, const char *key, cJSON *value)
{
    if (cJSON_HasObjectItem(object, key))
        cJSON_ReplaceItemInObjectCaseSensitive(object, key, value);
    else
        cJSON_AddItemToObject(object, key, value);
}

static cJSON *scaled_law(const cJSON *law, double factor)
{
    cJSON *json = cJSON_CreateObject();
    cJSON_AddStringToObject(json, "family", "shifted");
    cJSON_AddNumberToObject(json, "factor", factor);
    cJSON_AddItemToObject(json, "part", cJSON_Duplicate(law, 1));
    return json;
}

static void widen(cJSON *price, double factor)
{
    const cJSON *mean = cJSON_GetObjectItemCaseSensitive(price, "mean_ns");
    const cJSON *low = cJSON_GetObjectItemCaseSensitive(price, "low_ns");
    const cJSON *high = cJSON_GetObjectItemCaseSensitive(price, "high_ns");
    double m = cJSON_IsNumber(mean) ? mean->valuedouble : NAN;
    if (!(m > 0))
        return;
    double below = cJSON_IsNumber(low) && low->valuedouble > 0 ? log(m / low->valuedouble) : 0;
    double above = cJSON_IsNumber(high) ? log(high->valuedouble / m) : 0;
    put(price, "low_ns", cJSON_CreateNumber(m * factor * exp(-hypot(below, log(cycles_factor)))));
    put(price, "high_ns", cJSON_CreateNumber(m * factor * exp(hypot(above, log(cycles_factor)))));
}

/* All that is told in numbers, and the law. */
static void scale_numbers(cJSON *price, double factor)
{
    widen(price, factor);
    for (size_t i = 0; i < TG_COUNT(times); i++) {
        cJSON *value = cJSON_GetObjectItemCaseSensitive(price, times[i]);
        if (cJSON_IsNumber(value))
            cJSON_SetNumberValue(value, value->valuedouble * factor);
    }
    for (size_t i = 0; i < TG_COUNT(dropped); i++)
        cJSON_DeleteItemFromObjectCaseSensitive(price, dropped[i]);
    put(price, "law", scaled_law(cJSON_GetObjectItemCaseSensitive(price, "law"), factor));
}

static void scale_price(cJSON *price, double mean_ns, double factor, const char *rule)
{
    char text[512];
    const cJSON *source = cJSON_GetObjectItemCaseSensitive(price, "source");
    cJSON *more, *by = cJSON_GetObjectItemCaseSensitive(price, "by_argument");
    if (!cJSON_HasObjectItem(price, "mean_ns"))
        cJSON_AddNumberToObject(price, "mean_ns", mean_ns);
    scale_numbers(price, factor);
    cJSON_ArrayForEach(more, cJSON_GetObjectItemCaseSensitive(by, "more")) scale_numbers(more, factor);
    snprintf(text, sizeof text, "%s: %s", cJSON_IsString(source) ? source->valuestring : "", rule);
    put(price, "source", cJSON_CreateString(text));
    put(price, "provenance", cJSON_CreateString(tg_provenance_names[TG_SCALED]));
}

static void scale_noise(cJSON *noise, double factor, const char *rule)
{
    char text[512];
    const cJSON *source = cJSON_GetObjectItemCaseSensitive(noise, "source");
    snprintf(text, sizeof text, "%s: %s", cJSON_IsString(source) ? source->valuestring : "", rule);
    put(noise, "source", cJSON_CreateString(text));
    put(noise, "provenance", cJSON_CreateString(tg_provenance_names[TG_SCALED]));
    put(noise, "length", scaled_law(cJSON_GetObjectItemCaseSensitive(noise, "length"), factor));
    cJSON_DeleteItemFromObjectCaseSensitive(noise, "sha256");
}

static int check(const struct tg_profile *profile, double clock_hz, const struct tg_strings *memory_bound,
                 struct tg_error *err)
{
    if (!(profile->clock_hz > 0))
        return tg_error_set(err, TG_EINPUT, "%s: the profile does not tell its clock: it cannot be scaled",
                            profile->name);
    if (!(clock_hz > 0))
        return tg_error_set(err, TG_EINPUT, "the clock to scale to must be above 0");
    for (size_t i = 0; i < memory_bound->count; i++)
        if (!tg_profile_price(profile, memory_bound->items[i]))
            return tg_error_set(err, TG_EINPUT, "%s has no price of '%s', which is to be memory-bound",
                                profile->name, memory_bound->items[i]);
    return TG_OK;
}

int tg_scale(const struct tg_profile *profile, double clock_hz, const struct tg_strings *memory_bound,
             cJSON **document, struct tg_error *err)
{
    char rule[128], text[128];
    cJSON *json, *item;
    int rc = check(profile, clock_hz, memory_bound, err);
    if (!rc)
        rc = tg_json_read_text(profile->text, profile->name, &json, err);
    if (rc)
        return rc;
    double factor = profile->clock_hz / clock_hz;
    snprintf(rule, sizeof rule, "cycles at %.6g MHz in the place of %.6g MHz", clock_hz / 1e6,
             profile->clock_hz / 1e6);
    cJSON_ArrayForEach(item, cJSON_GetObjectItemCaseSensitive(json, "costs"))
    {
        const struct tg_price *price = tg_profile_price(profile, item->string);
        if (price && !is_memory_bound(item->string, memory_bound))
            scale_price(item, price->mean_ns, factor, rule);
    }
    cJSON_ArrayForEach(item, cJSON_GetObjectItemCaseSensitive(json, "jitter"))
        scale_noise(item, factor, rule);
    snprintf(text, sizeof text, "%.6g MHz", clock_hz / 1e6);
    put(json, "clock", cJSON_CreateString(text));
    snprintf(text, sizeof text, "%s at %.6g MHz", profile->name, clock_hz / 1e6);
    put(json, "title", cJSON_CreateString(text));
    snprintf(text, sizeof text, "%s-%.0f-mhz", profile->name, clock_hz / 1e6);
    put(json, "name", cJSON_CreateString(text));
    *document = json;
    return TG_OK;
}
