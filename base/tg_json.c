#include "tg_json.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tg_file.h"
#include "tg_text.h"
#include "tg_uncertain.h"

static void place_of(const char *text, const char *at, int *line, int *column)
{
    *line = 1;
    *column = 1;
    for (const char *p = text; p < at && *p; p++) {
        if (*p == '\n') {
            ++*line;
            *column = 1;
        } else {
            ++*column;
        }
    }
}

int tg_json_read_text(const char *text, const char *name, cJSON **document, struct tg_error *err)
{
    const char *end = text;
    cJSON *root = cJSON_ParseWithOpts(text, &end, 1);
    if (!root) {
        int line, column;
        place_of(text, end, &line, &column);
        if (!*end)
            return tg_error_set(err, TG_EINPUT, "%s: line %d, column %d: JSON ends too early", name, line,
                                column);
        return tg_error_set(err, TG_EINPUT, "%s: line %d, column %d: not valid JSON here", name, line,
                            column);
    }
    if (!cJSON_IsObject(root)) {
        cJSON_Delete(root);
        return tg_error_set(err, TG_EINPUT, "%s: line 1, column 1: expected a JSON object, '{...}'", name);
    }
    *document = root;
    return TG_OK;
}

int tg_json_read_file(const char *path, cJSON **document, struct tg_error *err)
{
    char *text;
    size_t size;
    int rc = tg_file_read(path, &text, &size, err);
    if (rc)
        return rc;
    if (memchr(text, '\0', size))
        rc = tg_error_set(err, TG_EINPUT, "%s: not a text file (it holds a zero byte)", path);
    else
        rc = tg_json_read_text(text, path, document, err);
    free(text);
    return rc;
}

char *tg_json_path(char buf[TG_PATH_MAX], const char *path, const char *key)
{
    snprintf(buf, TG_PATH_MAX, "%s%s%s", path, *path ? "." : "", key);
    return buf;
}

static int read_string(const cJSON *value, const struct tg_field *field, void *out, struct tg_error *err)
{
    return tg_field_set_text(field, out, value->valuestring, err);
}

static int read_strings(const cJSON *value, const struct tg_field *field, void *out, struct tg_error *err)
{
    const cJSON *item;
    cJSON_ArrayForEach(item, value)
    {
        if (!cJSON_IsString(item))
            return tg_error_set(err, TG_EINPUT, "expected a list of texts");
        int rc = read_string(item, field, out, err);
        if (rc)
            return rc;
    }
    return TG_OK;
}

static int read_plain(const cJSON *value, const struct tg_field *field, void *out, struct tg_error *err)
{
    bool bare = field->kind == TG_NUMBER || field->kind == TG_INTEGER;
    if (field->kind == TG_FLAG && cJSON_IsBool(value)) {
        *(bool *)((char *)out + field->offset) = cJSON_IsTrue(value);
        return TG_OK;
    }
    if (bare && cJSON_IsNumber(value))
        return tg_field_set_number(field, out, value->valuedouble, err);
    if (field->kind == TG_STRINGS && cJSON_IsArray(value))
        return read_strings(value, field, out, err);
    if (field->kind != TG_STRINGS && field->kind != TG_FLAG && field->kind != TG_INTEGER &&
        cJSON_IsString(value))
        return read_string(value, field, out, err);
    static const char *const wanted[] = {
        [TG_FLAG] = "true or false",
        [TG_STRING] = "a text",
        [TG_INTEGER] = "a whole number",
        [TG_NUMBER] = "a number",
        [TG_TIME] = "a time with its unit, like \"20 us\"",
        [TG_FREQUENCY] = "a frequency with its unit, like \"866 MHz\"",
        [TG_RATE] = "a rate with its unit, like \"4000/s\"",
        [TG_BITRATE] = "a bit rate with its unit, like \"100 Mb/s\"",
        [TG_BYTES] = "a size with its unit, like \"1500 B\"",
        [TG_CHOICE] = "a text",
        [TG_STRINGS] = "a list of texts",
    };
    return tg_error_set(err, TG_EINPUT, "expected %s", wanted[field->kind]);
}

static bool takes_uncertain(enum tg_kind kind)
{
    return kind != TG_FLAG && kind != TG_STRING && kind != TG_CHOICE && kind != TG_STRINGS;
}

static int read_uncertain(const cJSON *value, const char *path, const struct tg_field *field, void *out,
                          struct tg_error *err)
{
    const cJSON *plain;
    int rc = tg_uncertain_open(value, path, &plain, err);
    if (rc)
        return rc;
    if (field->kind == TG_INTEGER && cJSON_IsNumber(plain))
        rc = tg_field_set_number(field, out, nearbyint(plain->valuedouble), err);
    else
        rc = read_plain(plain, field, out, err);
    return rc ? tg_error_wrap(err, rc, "%s.value", path) : TG_OK;
}

int tg_json_read_value(const cJSON *value, const char *path, const struct tg_field *field, void *out,
                       struct tg_error *err)
{
    if (field->kind == TG_CUSTOM)
        return field->read(value, path, (char *)out + field->offset, err);
    if (takes_uncertain(field->kind) && tg_uncertain_is(value))
        return read_uncertain(value, path, field, out, err);
    int rc = read_plain(value, field, out, err);
    return rc ? tg_error_wrap(err, rc, "%s", path) : TG_OK;
}

static int refuse_key(const cJSON *item, const char *path, const struct tg_field *fields, size_t count,
                      struct tg_error *err)
{
    char where[TG_PATH_MAX];
    const char *near = tg_field_nearest(fields, count, item->string);
    tg_json_path(where, path, item->string);
    if (near)
        return tg_error_set(err, TG_EINPUT, "%s: unknown key; did you mean '%s'?", where, near);
    return tg_error_set(err, TG_EINPUT, "%s: unknown key", where);
}

static int read_item(const cJSON *object, const cJSON *item, const char *path, const struct tg_field *fields,
                     size_t count, void *out, struct tg_error *err)
{
    char where[TG_PATH_MAX];
    if (strcmp(item->string, "comment") == 0)
        return TG_OK;
    const struct tg_field *field = tg_field_find(fields, count, item->string);
    if (!field)
        return refuse_key(item, path, fields, count, err);
    tg_json_path(where, path, item->string);
    if (cJSON_GetObjectItemCaseSensitive(object, item->string) != item)
        return tg_error_set(err, TG_EINPUT, "%s: key given twice", where);
    return tg_json_read_value(item, where, field, out, err);
}

int tg_json_read_object(const cJSON *object, const char *path, const struct tg_field *fields, size_t count,
                        void *out, struct tg_error *err)
{
    if (!cJSON_IsObject(object))
        return tg_error_set(err, TG_EINPUT, "%s: expected an object, '{...}'", *path ? path : "document");
    int rc = tg_field_defaults(fields, count, out, err);
    const cJSON *item;
    cJSON_ArrayForEach(item, object)
    {
        if (rc)
            break;
        rc = read_item(object, item, path, fields, count, out, err);
    }
    for (size_t i = 0; !rc && i < count; i++) {
        char where[TG_PATH_MAX];
        if ((fields[i].flags & TG_REQUIRED) && !cJSON_GetObjectItemCaseSensitive(object, fields[i].name))
            rc = tg_error_set(err, TG_EINPUT, "%s: required key is missing",
                              tg_json_path(where, path, fields[i].name));
    }
    if (rc)
        tg_field_release(fields, count, out);
    return rc;
}

/* The shortest text that reads back as the same number. */
static void format_number(double value, char text[32])
{
    for (int digits = 15; digits <= 17; digits++) {
        snprintf(text, 32, "%.*g", digits, value);
        if (strtod(text, NULL) == value)
            return;
    }
}

/* The library prints 15 digits where it finds them near enough; exactness needs the text to be given. */
static int give_number_texts(cJSON *item)
{
    for (; item; item = item->next) {
        if (cJSON_IsNumber(item) && isfinite(item->valuedouble)) {
            char text[32];
            format_number(item->valuedouble, text);
            item->valuestring = cJSON_malloc(strlen(text) + 1);
            if (!item->valuestring)
                return TG_ENOMEM;
            strcpy(item->valuestring, text);
            item->type = (item->type & ~0xff) | cJSON_Raw;
        }
        if (give_number_texts(item->child))
            return TG_ENOMEM;
    }
    return TG_OK;
}

char *tg_json_print(const cJSON *document)
{
    cJSON *copy = cJSON_Duplicate(document, 1);
    char *text = copy && !give_number_texts(copy) ? cJSON_Print(copy) : NULL;
    cJSON_Delete(copy);
    return text;
}

void tg_json_add_number(cJSON *object, const char *key, double value)
{
    if (isfinite(value))
        cJSON_AddNumberToObject(object, key, value);
    else
        cJSON_AddNullToObject(object, key);
}
