#include "tg_trace_rows.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int out_of_memory(struct tg_error *err)
{
    return tg_error_set(err, TG_ENOMEM, "out of memory");
}

static int add_row(struct tg_trace_rows *out, const struct tg_trace_set *set, size_t index,
                   const double *argument, struct tg_error *err)
{
    struct tg_trace_row *rows = realloc(out->rows, (out->count + 1) * sizeof *rows);
    if (!rows)
        return out_of_memory(err);
    out->rows = rows;
    struct tg_trace_row *row = &rows[out->count];
    *row = (struct tg_trace_row){.trace = &set->traces[index],
                                 .what = set->what[index],
                                 .has_argument = argument != NULL,
                                 .argument = argument ? *argument : 0};
    if (tg_summarize_trace(row->trace, argument, &row->summary) == TG_ENOMEM)
        return out_of_memory(err);
    out->count++;
    return TG_OK;
}

static int add_trace(struct tg_trace_rows *out, const struct tg_trace_set *set, size_t index,
                     struct tg_error *err)
{
    double *values;
    size_t count;
    if (tg_trace_argument_values(&set->traces[index], &values, &count))
        return out_of_memory(err);
    int rc = count ? TG_OK : add_row(out, set, index, NULL, err);
    for (size_t i = 0; i < count && !rc; i++)
        rc = add_row(out, set, index, &values[i], err);
    free(values);
    return rc;
}

int tg_trace_rows_of(const struct tg_trace_set *set, struct tg_trace_rows *out, struct tg_error *err)
{
    int rc = TG_OK;
    *out = (struct tg_trace_rows){0};
    for (size_t i = 0; i < set->count && !rc; i++)
        rc = add_trace(out, set, i, err);
    if (rc)
        tg_trace_rows_release(out);
    return rc;
}

void tg_trace_rows_release(struct tg_trace_rows *rows)
{
    free(rows->rows);
    *rows = (struct tg_trace_rows){0};
}

char *tg_trace_row_name(const struct tg_trace_row *row, char *buf, size_t size)
{
    if (row->has_argument)
        snprintf(buf, size, "%s[%s=%.15g]", row->trace->name, row->trace->argument_name, row->argument);
    else
        snprintf(buf, size, "%s", row->trace->name);
    return buf;
}

static const struct tg_trace_row *find_like(const struct tg_trace_rows *rows,
                                            const struct tg_trace_row *wanted)
{
    for (size_t i = 0; i < rows->count; i++) {
        const struct tg_trace_row *row = &rows->rows[i];
        if (strcmp(row->trace->name, wanted->trace->name) == 0 && row->has_argument == wanted->has_argument &&
            row->argument == wanted->argument)
            return row;
    }
    return NULL;
}

static enum tg_trace_verdict judge(const struct tg_trace_row *a, const struct tg_trace_row *b,
                                   double relative, double tolerance)
{
    if (a->trace->is_jitter)
        return TG_TRACE_NOT_COUNTED;
    if (fabs(relative) <= tolerance)
        return TG_TRACE_AGREES;
    bool overlap = a->summary.low <= b->summary.high && b->summary.low <= a->summary.high;
    return overlap ? TG_TRACE_UNSETTLED : TG_TRACE_DIFFERS;
}

int tg_trace_compare(const struct tg_trace_rows *a, const struct tg_trace_rows *b, double tolerance,
                     double wanted, struct tg_trace_comparison *out, struct tg_error *err)
{
    *out = (struct tg_trace_comparison){.differences = calloc(a->count + 1, sizeof *out->differences)};
    if (!out->differences)
        return out_of_memory(err);
    for (size_t i = 0; i < a->count; i++) {
        const struct tg_trace_row *mine = &a->rows[i], *other = find_like(b, mine);
        if (!other)
            continue;
        struct tg_trace_difference *d = &out->differences[out->count++];
        *d = (struct tg_trace_difference){.a = mine, .b = other};
        double from = mine->summary.median, to = other->summary.median;
        d->relative = from > 0 ? to / from - 1 : to > 0 ? INFINITY : 0;
        d->verdict = judge(mine, other, d->relative, tolerance);
        out->counted += d->verdict != TG_TRACE_NOT_COUNTED;
        out->agreeing += d->verdict == TG_TRACE_AGREES;
    }
    out->agree = out->counted && (double)out->agreeing >= wanted * (double)out->counted;
    return TG_OK;
}

void tg_trace_comparison_release(struct tg_trace_comparison *comparison)
{
    free(comparison->differences);
    *comparison = (struct tg_trace_comparison){0};
}
