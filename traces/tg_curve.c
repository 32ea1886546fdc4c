#include "tg_curve.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "tg_columns.h"
#include "tg_decimal.h"
#include "tg_file.h"

static const char *const names[TG_CURVE_COLUMNS] = {
    [TG_CURVE_OFFERED] = "offered_per_s",        [TG_CURVE_REPLY] = "reply_per_s",
    [TG_CURVE_LATENCY_MEAN] = "latency_mean_ns", [TG_CURVE_LATENCY_SD] = "latency_sd_ns",
    [TG_CURVE_LATENCY_P50] = "latency_p50_ns",   [TG_CURVE_LATENCY_P90] = "latency_p90_ns",
    [TG_CURVE_LATENCY_P99] = "latency_p99_ns",   [TG_CURVE_LATENCY_MAX] = "latency_max_ns",
    [TG_CURVE_LOST] = "lost_fraction",
};

const char *tg_curve_column_name(enum tg_curve_column column)
{
    return names[column];
}

struct tg_curve_point tg_curve_unknown(void)
{
    struct tg_curve_point point;
    for (int i = 0; i < TG_CURVE_COLUMNS; i++)
        point.values[i] = NAN;
    return point;
}

int tg_curve_add(struct tg_curve *curve, const struct tg_curve_point *point, struct tg_error *err)
{
    struct tg_curve_point *points = realloc(curve->points, (curve->count + 1) * sizeof *points);
    if (!points)
        return tg_error_set(err, TG_ENOMEM, "out of memory");
    size_t place = curve->count++;
    curve->points = points;
    for (; place > 0 && points[place - 1].values[TG_CURVE_OFFERED] > point->values[TG_CURVE_OFFERED]; place--)
        points[place] = points[place - 1];
    points[place] = *point;
    return TG_OK;
}

static int check_columns(const struct tg_columns *c, int where_is[TG_CURVE_COLUMNS], const char *where,
                         struct tg_error *err)
{
    for (size_t k = 0; k < c->count; k++) {
        bool known = false;
        for (int i = 0; i < TG_CURVE_COLUMNS; i++)
            known = known || strcmp(c->names[k], names[i]) == 0;
        if (!known)
            return tg_error_set(err, TG_EINPUT, "%s: line 1: a curve has no column '%s'", where, c->names[k]);
    }
    for (int i = 0; i < TG_CURVE_COLUMNS; i++) {
        where_is[i] = tg_columns_find(c, names[i]);
        if (where_is[i] < 0 && i <= TG_CURVE_REPLY)
            return tg_error_set(err, TG_EINPUT, "%s: line 1: column '%s' is missing", where, names[i]);
    }
    return TG_OK;
}

static int check_point(const struct tg_curve *curve, const struct tg_curve_point *point, size_t line,
                       const char *where, struct tg_error *err)
{
    for (int i = 0; i < TG_CURVE_COLUMNS; i++) {
        if (point->values[i] < 0)
            return tg_error_set(err, TG_EINPUT, "%s: line %zu: %s is negative", where, line, names[i]);
        if (i <= TG_CURVE_REPLY && isnan(point->values[i]))
            return tg_error_set(err, TG_EINPUT, "%s: line %zu: %s: no value", where, line, names[i]);
    }
    if (point->values[TG_CURVE_LOST] > 1)
        return tg_error_set(err, TG_EINPUT, "%s: line %zu: lost_fraction is more than 1", where, line);
    if (curve->count &&
        point->values[TG_CURVE_OFFERED] < curve->points[curve->count - 1].values[TG_CURVE_OFFERED])
        return tg_error_set(err, TG_EINPUT,
                            "%s: line %zu: offered_per_s is below the row above: rates must rise", where,
                            line);
    return TG_OK;
}

int tg_curve_read_text(struct tg_curve *curve, const char *text, size_t size, const char *where,
                       struct tg_error *err)
{
    struct tg_columns c;
    int where_is[TG_CURVE_COLUMNS];
    *curve = (struct tg_curve){0};
    int rc = tg_columns_read(&c, text, size, where, true, err);
    if (rc)
        return rc;
    rc = check_columns(&c, where_is, where, err);
    for (size_t row = 0; row < c.rows && !rc; row++) {
        struct tg_curve_point point = tg_curve_unknown();
        for (int i = 0; i < TG_CURVE_COLUMNS; i++) {
            if (where_is[i] >= 0)
                point.values[i] = c.values[where_is[i]][row];
        }
        rc = check_point(curve, &point, row + 2, where, err);
        if (!rc)
            rc = tg_curve_add(curve, &point, err);
    }
    if (!rc && !curve->count)
        rc = tg_error_set(err, TG_EINPUT, "%s: line 2: no points after the header row", where);
    tg_columns_release(&c);
    if (rc)
        tg_curve_release(curve);
    return rc;
}

int tg_curve_read(struct tg_curve *curve, const char *path, struct tg_error *err)
{
    char *text;
    size_t size;
    int rc = tg_file_read(path, &text, &size, err);
    if (rc)
        return rc;
    rc = tg_curve_read_text(curve, text, size, path, err);
    free(text);
    return rc;
}

static bool is_known(const struct tg_curve *curve, int column)
{
    for (size_t i = 0; i < curve->count; i++) {
        if (!isnan(curve->points[i].values[column]))
            return true;
    }
    return column <= TG_CURVE_REPLY;
}

static void write_value(FILE *stream, double value)
{
    char text[TG_DECIMAL_MAX];
    if (!isnan(value))
        fwrite(text, 1, (size_t)(tg_decimal_write(text, value) - text), stream);
}

int tg_curve_write(const struct tg_curve *curve, const char *path, struct tg_error *err)
{
    struct tg_file_writer writer;
    bool shown[TG_CURVE_COLUMNS];
    int rc = tg_file_begin(&writer, path, err);
    if (rc)
        return rc;
    for (int i = 0; i < TG_CURVE_COLUMNS; i++) {
        shown[i] = is_known(curve, i);
        if (shown[i])
            fprintf(writer.stream, "%s%s", i ? "," : "", names[i]);
    }
    fputc('\n', writer.stream);
    for (size_t p = 0; p < curve->count; p++) {
        for (int i = 0; i < TG_CURVE_COLUMNS; i++) {
            if (!shown[i])
                continue;
            if (i)
                fputc(',', writer.stream);
            write_value(writer.stream, curve->points[p].values[i]);
        }
        fputc('\n', writer.stream);
    }
    return tg_file_commit(&writer, err);
}

void tg_curve_release(struct tg_curve *curve)
{
    free(curve->points);
    *curve = (struct tg_curve){0};
}
