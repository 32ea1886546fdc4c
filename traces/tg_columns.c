#include "tg_columns.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tg_decimal.h"

struct place {
    const char *where, *line;
    size_t number;
};

static int fault(const struct place *place, const char *at, struct tg_error *err, const char *cause)
{
    return tg_error_set(err, TG_EINPUT, "%s: line %zu, column %zu: %s", place->where, place->number,
                        (size_t)(at - place->line) + 1, cause);
}

static int read_header(struct tg_columns *c, const struct place *place, const char *end, struct tg_error *err)
{
    const char *p = place->line;
    for (;;) {
        size_t length = strcspn(p, ",\r\n");
        if (p + length > end)
            length = (size_t)(end - p);
        if (length == 0)
            return fault(place, p, err, "a column without a name");
        if (length > TG_COLUMN_NAME_MAX)
            return fault(place, p, err, "a column's name is longer than 64 characters");
        if (c->count == TG_COLUMNS_MAX)
            return fault(place, p, err, "more than 32 columns");
        memcpy(c->names[c->count], p, length);
        c->names[c->count][length] = '\0';
        if (tg_columns_find(c, c->names[c->count]) >= 0)
            return fault(place, p, err, "a column that is there already");
        c->count++;
        if (p[length] != ',')
            return TG_OK;
        p += length + 1;
    }
}

int tg_columns_find(const struct tg_columns *columns, const char *name)
{
    for (size_t i = 0; i < columns->count; i++) {
        if (strcmp(columns->names[i], name) == 0)
            return (int)i;
    }
    return -1;
}

static int value_fault(const struct tg_columns *c, size_t column, const struct place *place, const char *at,
                       struct tg_error *err)
{
    char sentence[160], token[40];
    size_t length = strcspn(at, ",\r\n");
    size_t shown = length < sizeof token ? length : sizeof token - 1;
    memcpy(token, at, shown);
    token[shown] = '\0';
    for (char *p = token; *p; p++) {
        if (*p < 32 || *p > 126)
            *p = '?';
    }
    if (length)
        snprintf(sentence, sizeof sentence, "%s: '%s' is not a number", c->names[column], token);
    else
        snprintf(sentence, sizeof sentence, "%s: no value", c->names[column]);
    return fault(place, at, err, sentence);
}

static int read_row(struct tg_columns *c, const struct place *place, bool allow_missing, struct tg_error *err)
{
    const char *p = place->line;
    for (size_t i = 0; i < c->count; i++) {
        double value = NAN;
        const char *after = tg_decimal_read(p, &value);
        bool missing = *p == ',' || *p == '\r' || *p == '\n';
        bool last = i + 1 == c->count;
        if (missing && allow_missing)
            after = p;
        if (!after || (*after != ',' && *after != '\r' && *after != '\n'))
            return value_fault(c, i, place, p, err);
        if (last && *after == ',')
            return fault(place, after, err, "more values than the header has columns");
        if (!last && *after != ',')
            return fault(place, after, err, "fewer values than the header has columns");
        c->values[i][c->rows] = value;
        p = after + 1;
    }
    c->rows++;
    return TG_OK;
}

static size_t count_lines(const char *text, size_t size)
{
    size_t lines = 0;
    for (const char *p = text; (p = memchr(p, '\n', size - (size_t)(p - text))); p++)
        lines++;
    return lines;
}

static int allocate(struct tg_columns *c, size_t rows, struct tg_error *err)
{
    for (size_t i = 0; i < c->count; i++) {
        c->values[i] = malloc((rows + 1) * sizeof(double));
        if (!c->values[i])
            return tg_error_set(err, TG_ENOMEM, "out of memory");
    }
    return TG_OK;
}

int tg_columns_read(struct tg_columns *columns, const char *text, size_t size, const char *where,
                    bool allow_missing, struct tg_error *err)
{
    struct place place = {.where = where, .line = text, .number = 1};
    *columns = (struct tg_columns){0};
    if (!size)
        return tg_error_set(err, TG_EINPUT, "%s: the file is empty: it starts with a header row", where);
    if (text[size - 1] != '\n')
        return tg_error_set(err, TG_EINPUT, "%s: line %zu: the last line is cut short (it has no line end)",
                            where, count_lines(text, size) + 1);
    if (memchr(text, '\0', size))
        return tg_error_set(err, TG_EINPUT, "%s: not a text file (it holds a zero byte)", where);
    int rc = read_header(columns, &place, text + size, err);
    if (!rc)
        rc = allocate(columns, count_lines(text, size), err);
    for (;;) {
        place.line = strchr(place.line, '\n') + 1;
        place.number++;
        if (rc || place.line >= text + size)
            break;
        rc = read_row(columns, &place, allow_missing, err);
    }
    if (rc)
        tg_columns_release(columns);
    return rc;
}

void tg_columns_release(struct tg_columns *columns)
{
    for (size_t i = 0; i < columns->count; i++)
        free(columns->values[i]);
    *columns = (struct tg_columns){0};
}
