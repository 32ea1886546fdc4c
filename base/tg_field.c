#include "tg_field.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tg_text.h"

static void *member_of(const struct tg_field *field, void *object)
{
    return (char *)object + field->offset;
}

static int check_range(const struct tg_field *field, double value, struct tg_error *err)
{
    if (!isfinite(value))
        return tg_error_set(err, TG_EINPUT, "%g is not a finite number", value);
    if ((field->flags & TG_POSITIVE) && value <= 0)
        return tg_error_set(err, TG_EINPUT, "%g must be greater than zero", value);
    if ((field->flags & TG_NONNEGATIVE) && value < 0)
        return tg_error_set(err, TG_EINPUT, "%g must not be negative", value);
    if (field->max > field->min && (value < field->min || value > field->max))
        return tg_error_set(err, TG_EINPUT, "%g is outside %g to %g", value, field->min, field->max);
    return TG_OK;
}

int tg_field_set_number(const struct tg_field *field, void *object, double value, struct tg_error *err)
{
    int rc = check_range(field, value, err);
    if (rc)
        return rc;
    void *member = member_of(field, object);
    switch (field->kind) {
    case TG_INTEGER:
        if (value != floor(value) || fabs(value) > 9007199254740992.0)
            return tg_error_set(err, TG_EINPUT, "%g is not a whole number", value);
        *(int64_t *)member = (int64_t)value;
        return TG_OK;
    case TG_TIME:
        if (fabs(value) > 9e6)
            return tg_error_set(err, TG_EINPUT, "%g s is beyond what simulated time can hold (9e6 s)", value);
        *(tg_ps *)member = tg_ps_from_s(value);
        return TG_OK;
    case TG_NUMBER:
    case TG_FREQUENCY:
    case TG_RATE:
    case TG_BITRATE:
    case TG_BYTES:
        *(double *)member = value;
        return TG_OK;
    default:
        return tg_error_set(err, TG_EINPUT, "a number does not fit here");
    }
}

static int set_string(char **member, const char *text, struct tg_error *err)
{
    char *copy = strdup(text);
    if (!copy)
        return tg_error_set(err, TG_ENOMEM, "out of memory");
    free(*member);
    *member = copy;
    return TG_OK;
}

static int set_choice(const struct tg_field *field, int *member, const char *text, struct tg_error *err)
{
    for (int i = 0; field->choices[i]; i++) {
        if (strcmp(field->choices[i], text) == 0) {
            *member = i;
            return TG_OK;
        }
    }
    struct tg_text list = {0};
    for (int i = 0; field->choices[i]; i++)
        tg_text_printf(&list, "%s%s", i ? ", " : "", field->choices[i]);
    int rc = tg_error_set(err, TG_EINPUT, "'%s' is none of: %s", text, list.data ? list.data : "");
    tg_text_release(&list);
    return rc;
}

static int set_flag(bool *member, const char *text, struct tg_error *err)
{
    bool yes = strcmp(text, "true") == 0, no = strcmp(text, "false") == 0;
    if (!yes && !no)
        return tg_error_set(err, TG_EINPUT, "'%s' is neither true nor false", text);
    *member = yes;
    return TG_OK;
}

static int set_integer(const struct tg_field *field, int64_t *member, const char *text, struct tg_error *err)
{
    char *end;
    errno = 0;
    int64_t value = strtoll(text, &end, 10);
    if (end == text || *end || errno)
        return tg_error_set(err, TG_EINPUT, "'%s' is not a whole number", text);
    int rc = check_range(field, (double)value, err);
    if (!rc)
        *member = value;
    return rc;
}

static enum tg_dimension dimension_of(enum tg_kind kind)
{
    static const enum tg_dimension dims[] = {
        [TG_NUMBER] = TG_DIM_NUMBER, [TG_TIME] = TG_DIM_TIME,       [TG_FREQUENCY] = TG_DIM_FREQUENCY,
        [TG_RATE] = TG_DIM_RATE,     [TG_BITRATE] = TG_DIM_BITRATE, [TG_BYTES] = TG_DIM_BYTES,
    };
    return dims[kind];
}

int tg_field_set_text(const struct tg_field *field, void *object, const char *text, struct tg_error *err)
{
    void *member = member_of(field, object);
    switch (field->kind) {
    case TG_FLAG:
        return set_flag(member, text, err);
    case TG_STRING:
        return set_string(member, text, err);
    case TG_STRINGS:
        return tg_strings_add(member, text) ? tg_error_set(err, TG_ENOMEM, "out of memory") : TG_OK;
    case TG_CHOICE:
        return set_choice(field, member, text, err);
    case TG_INTEGER:
        return set_integer(field, member, text, err);
    case TG_CUSTOM:
        return tg_error_set(err, TG_EINPUT, "'%s': a text does not fit here", text);
    default:
        break;
    }
    double value;
    int rc = tg_quantity_parse(text, dimension_of(field->kind), &value, err);
    return rc ? rc : tg_field_set_number(field, object, value, err);
}

int tg_field_defaults(const struct tg_field *fields, size_t count, void *object, struct tg_error *err)
{
    for (size_t i = 0; i < count; i++) {
        if (!fields[i].fallback)
            continue;
        int rc = tg_field_set_text(&fields[i], object, fields[i].fallback, err);
        if (rc)
            return tg_error_wrap(err, TG_EBUG, "default of '%s'", fields[i].name);
    }
    return TG_OK;
}

void tg_field_release(const struct tg_field *fields, size_t count, void *object)
{
    for (size_t i = 0; i < count; i++) {
        void *member = member_of(&fields[i], object);
        if (fields[i].kind == TG_STRING) {
            free(*(char **)member);
            *(char **)member = NULL;
        } else if (fields[i].kind == TG_STRINGS) {
            tg_strings_release(member);
        }
    }
}

const struct tg_field *tg_field_find(const struct tg_field *fields, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(fields[i].name, name) == 0)
            return &fields[i];
    }
    return NULL;
}

const char *tg_field_nearest(const struct tg_field *fields, size_t count, const char *name)
{
    enum { ROWS_MAX = 128 };
    const char *names[ROWS_MAX + 1];
    size_t n = 0;
    for (; n < count && n < ROWS_MAX; n++)
        names[n] = fields[n].name;
    names[n] = NULL;
    return tg_text_nearest(name, names);
}

int tg_strings_add(struct tg_strings *strings, const char *text)
{
    char **items = realloc(strings->items, (strings->count + 1) * sizeof *items);
    if (!items)
        return TG_ENOMEM;
    strings->items = items;
    items[strings->count] = strdup(text);
    if (!items[strings->count])
        return TG_ENOMEM;
    strings->count++;
    return TG_OK;
}

void tg_strings_release(struct tg_strings *strings)
{
    for (size_t i = 0; i < strings->count; i++)
        free(strings->items[i]);
    free(strings->items);
    *strings = (struct tg_strings){0};
}
