#include "tg_uncertain.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "tg_json.h"

const char *const tg_uncertain_tags[] = {"published", "scaled", "assumed", "fitted", NULL};

struct document {
    struct tg_uncertain number;
    char *source, *name;
    int tag;
    bool flat;
};

/* One of the three values. All have the form of the first that is read. */
static int read_part(const cJSON *object, const char *path, const char *key, bool first,
                     struct tg_uncertain *u, double *out, struct tg_error *err)
{
    char where[TG_PATH_MAX];
    enum tg_dimension dimension = TG_DIM_NUMBER;
    const cJSON *part = cJSON_GetObjectItemCaseSensitive(object, key);
    tg_json_path(where, path, key);
    if (!part)
        return tg_error_set(err, TG_EINPUT, "%s: required key is missing", where);
    if (cJSON_IsNumber(part)) {
        *out = part->valuedouble;
    } else if (cJSON_IsString(part)) {
        int rc = tg_quantity_guess(part->valuestring, &dimension, out, err);
        if (rc)
            return tg_error_wrap(err, rc, "%s", where);
    } else {
        return tg_error_set(err, TG_EINPUT, "%s: expected a number, or a text with a unit", where);
    }
    if (!isfinite(*out))
        return tg_error_set(err, TG_EINPUT, "%s: not a finite number", where);
    if (first) {
        u->text = cJSON_IsString(part);
        u->dimension = dimension;
    } else if (u->text != cJSON_IsString(part) || u->dimension != dimension) {
        return tg_error_set(err, TG_EINPUT, "%s: of another kind than 'value'", where);
    }
    return TG_OK;
}

/* The values are read by hand, because their kind is not known before. */
static int accept_any(const cJSON *value, const char *path, void *member, struct tg_error *err)
{
    (void)value, (void)path, (void)member, (void)err;
    return TG_OK;
}

const struct tg_field tg_uncertain_fields[] = {
    {.name = "value", .kind = TG_CUSTOM, .read = accept_any, .flags = TG_REQUIRED, .help = "the best guess"},
    {.name = "low", .kind = TG_CUSTOM, .read = accept_any, .help = "lower end of its range"},
    {.name = "high", .kind = TG_CUSTOM, .read = accept_any, .help = "upper end of its range"},
    {.name = "source",
     .kind = TG_STRING,
     .offset = offsetof(struct document, source),
     .help = "where value and range come from"},
    {.name = "tag",
     .kind = TG_CHOICE,
     .offset = offsetof(struct document, tag),
     .fallback = "assumed",
     .choices = tg_uncertain_tags,
     .help = "published, scaled, assumed or fitted"},
    {.name = "name",
     .kind = TG_STRING,
     .offset = offsetof(struct document, name),
     .help = "those of one name in a file move together, in proportion to the one that has the range"},
    {.name = "flat",
     .kind = TG_FLAG,
     .offset = offsetof(struct document, flat),
     .fallback = "false",
     .help = "no value within the range is likelier than another"},
};
const size_t tg_uncertain_field_count = TG_COUNT(tg_uncertain_fields);

bool tg_uncertain_is(const cJSON *value)
{
    if (!cJSON_IsObject(value) || !cJSON_HasObjectItem(value, "value"))
        return false;
    return cJSON_HasObjectItem(value, "low") || cJSON_HasObjectItem(value, "high") ||
           cJSON_HasObjectItem(value, "source") || cJSON_HasObjectItem(value, "tag") ||
           cJSON_HasObjectItem(value, "name");
}

static int read_range(const cJSON *value, const char *path, struct tg_uncertain *u, struct tg_error *err)
{
    int rc = read_part(value, path, "low", false, u, &u->low, err);
    rc = rc ? rc : read_part(value, path, "high", false, u, &u->high, err);
    if (rc)
        return rc;
    if (!(u->low <= u->value && u->value <= u->high))
        return tg_error_set(err, TG_EINPUT, "%s: 'value' must lie between 'low' and 'high'", path);
    if (!u->source)
        return tg_error_set(err, TG_EINPUT, "%s.source: required key is missing (a range needs one)", path);
    return TG_OK;
}

int tg_uncertain_read(const cJSON *value, const char *path, struct tg_uncertain *out, struct tg_error *err)
{
    struct document document = {0};
    struct tg_uncertain u = {0};
    int rc = tg_json_read_object(value, path, tg_uncertain_fields, tg_uncertain_field_count, &document, err);
    if (rc)
        return rc;
    tg_field_release(tg_uncertain_fields, tg_uncertain_field_count, &document);
    u.source = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(value, "source"));
    u.name = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(value, "name"));
    u.flat = document.flat;
    u.tag = tg_uncertain_tags[document.tag];
    rc = read_part(value, path, "value", true, &u, &u.value, err);
    u.low = u.high = u.value;
    u.ranged = cJSON_HasObjectItem(value, "low") || cJSON_HasObjectItem(value, "high");
    if (!rc && u.ranged)
        rc = read_range(value, path, &u, err);
    if (!rc)
        *out = u;
    return rc;
}

int tg_uncertain_open(const cJSON *value, const char *path, const cJSON **plain, struct tg_error *err)
{
    *plain = value;
    if (!tg_uncertain_is(value))
        return TG_OK;
    struct tg_uncertain u;
    int rc = tg_uncertain_read(value, path, &u, err);
    if (!rc)
        *plain = cJSON_GetObjectItemCaseSensitive(value, "value");
    return rc;
}

int tg_uncertain_put(cJSON *value, double number, struct tg_error *err)
{
    struct tg_uncertain u;
    int rc = tg_uncertain_read(value, "value", &u, err);
    if (rc)
        return rc;
    char text[64];
    snprintf(text, sizeof text, "%.17g %s", number, tg_dimension_base_unit(u.dimension));
    if (u.dimension == TG_DIM_NUMBER)
        snprintf(text, sizeof text, "%.17g", number);
    cJSON *item = u.text ? cJSON_CreateString(text) : cJSON_CreateNumber(number);
    if (!item || !cJSON_ReplaceItemInObjectCaseSensitive(value, "value", item)) {
        cJSON_Delete(item);
        return tg_error_set(err, TG_ENOMEM, "out of memory");
    }
    return TG_OK;
}
