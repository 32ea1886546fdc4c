/* Single numbers and plain samples: lmbench, CSV, JSON. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tg_columns.h"
#include "tg_field.h"
#include "tg_import_kind.h"
#include "tg_json.h"

/* lmbench's lines and what they are here. Its pipe latency is a round trip, which is two hand-overs. */
static const struct {
    const char *label, *primitive;
    double ops;
} lmbench_lines[] = {
    {"Simple syscall:", "syscall", 1},
    {"Signal handler overhead:", "signal", 1},
    {"Protection fault:", "protection_fault", 1},
    {"Pipe latency:", "pipe_handover", 2},
    {"UDP latency using localhost:", "udp_round_trip", 1},
    {"TCP latency using localhost:", "tcp_round_trip", 1},
    {"TCP/IP connection cost to localhost:", "tcp_connection", 1},
};

static int import_lmbench_line(const struct tg_import_text *in, size_t index, struct tg_import *out,
                               size_t *found, struct tg_error *err)
{
    double value;
    const char *after;
    char what[160];
    if (!tg_import_number(in->text, lmbench_lines[index].label, &value, &after))
        return TG_OK;
    double unit_ns = tg_import_unit_ns(after);
    if (unit_ns <= 0 || value < 0 || !isfinite(value * unit_ns))
        return tg_error_set(err, TG_EINPUT, "%s: line %zu: expected a time after '%s'", in->where,
                            tg_import_line(in, after), lmbench_lines[index].label);
    ++*found;
    snprintf(what, sizeof what, "imported from lmbench: %s", lmbench_lines[index].label);
    what[strlen(what) - 1] = '\0';
    return tg_import_add_number(out, lmbench_lines[index].primitive, value * unit_ns,
                                lmbench_lines[index].ops, what, err);
}

/* "Pagefaults on FILE: 0.16 microseconds". */
static int import_lmbench_faults(const struct tg_import_text *in, struct tg_import *out, size_t *found,
                                 struct tg_error *err)
{
    const char *line = strstr(in->text, "Pagefaults on "), *colon = line ? strchr(line, ':') : NULL, *after;
    double value;
    if (!colon || !tg_import_number_anywhere(colon, ":", &value, &after) || tg_import_unit_ns(after) <= 0)
        return TG_OK;
    ++*found;
    return tg_import_add_number(out, "page_fault", value * tg_import_unit_ns(after), 1,
                                "imported from lmbench: page faults on a file", err);
}

/* Two processes of size 0: a line "size=0k ovr=...", then "2 1.02" (microseconds). */
static int import_lmbench_switch(const struct tg_import_text *in, struct tg_import *out, size_t *found,
                                 struct tg_error *err)
{
    const char *size = strstr(in->text, "size=0k");
    const char *line = size ? strchr(size, '\n') : NULL;
    double processes, us;
    const char *after;
    if (!line || !tg_import_number_anywhere(line, "\n", &processes, &after) || processes != 2 ||
        !tg_import_number_anywhere(after, " ", &us, &after))
        return TG_OK;
    ++*found;
    return tg_import_add_number(out, "context_switch", us * 1e3, 1,
                                "imported from lmbench: context switch between two processes of size 0", err);
}

int tg_import_lmbench(const struct tg_import_text *in, struct tg_import *out, struct tg_error *err)
{
    size_t found = 0;
    int rc = TG_OK;
    for (size_t i = 0; i < TG_COUNT(lmbench_lines) && !rc; i++)
        rc = import_lmbench_line(in, i, out, &found, err);
    if (!rc)
        rc = import_lmbench_faults(in, out, &found, err);
    if (!rc)
        rc = import_lmbench_switch(in, out, &found, err);
    if (!rc && !found)
        rc = tg_error_set(err, TG_EINPUT, "%s: none of lmbench's lines that are known here", in->where);
    return rc;
}

/* The unit in a column's name: "latency_us" -> 1000; 0 where there is none. */
static double unit_of_name(const char *name)
{
    const char *last = strrchr(name, '_');
    double ns = tg_import_unit_ns(last ? last + 1 : "");
    return last && (strcmp(last, "_ns") == 0 || strcmp(last, "_us") == 0 || strcmp(last, "_ms") == 0 ||
                    strcmp(last, "_s") == 0)
               ? ns
               : 0;
}

static int add_samples(struct tg_import *out, const struct tg_import_text *in, const char *name,
                       const double *times_ns, const double *costs, size_t count, double unit_ns,
                       struct tg_error *err)
{
    struct tg_trace trace;
    int rc = tg_trace_init(&trace, name, NULL, false, err);
    if (rc)
        return tg_error_wrap(err, rc, "%s", in->where);
    if (!rc)
        rc = tg_trace_reserve(&trace, count, err);
    for (size_t i = 0; i < count && !rc; i++) {
        double t_ns = times_ns ? times_ns[i] : (double)i * 1000;
        if (!(costs[i] >= 0) || !isfinite(costs[i] * unit_ns))
            rc = tg_error_set(err, TG_EINPUT, "%s: sample %zu is negative or no number", in->where, i + 1);
        else if (i && t_ns < trace.t_ns[i - 1])
            rc = tg_error_set(err, TG_EINPUT, "%s: the time of sample %zu is before the last one's",
                              in->where, i + 1);
        else
            tg_trace_append(&trace, t_ns, costs[i] * unit_ns, 1, 0);
    }
    if (!rc && !count)
        rc = tg_error_set(err, TG_EINPUT, "%s: no samples", in->where);
    if (!rc)
        rc =
            tg_trace_set_add(&out->set, &trace, times_ns ? "imported" : "imported; times are not known", err);
    tg_trace_release(&trace);
    return rc;
}

int tg_import_csv(const struct tg_import_text *in, struct tg_import *out, struct tg_error *err)
{
    struct tg_columns c;
    int rc = tg_columns_read(&c, in->text, in->size, in->where, false, err);
    if (rc)
        return rc;
    int column = in->options->column ? tg_columns_find(&c, in->options->column) : 0,
        times = tg_columns_find(&c, "t_ns");
    if (!in->options->column && times == 0 && c.count > 1)
        column = 1;
    double unit_ns =
        in->options->unit_ns > 0 || column < 0 ? in->options->unit_ns : unit_of_name(c.names[column]);
    if (column < 0)
        rc = tg_error_set(err, TG_EINPUT, "%s: line 1: there is no column '%s'", in->where,
                          in->options->column);
    else if (unit_ns <= 0)
        rc = tg_error_set(err, TG_EINPUT,
                          "%s: line 1: column '%s' does not say its unit (as in 'cost_us'): name it by "
                          "--unit",
                          in->where, c.names[column]);
    else
        rc = add_samples(out, in, in->options->name ? in->options->name : "imported",
                         times >= 0 && times != column ? c.values[times] : NULL, c.values[column], c.rows,
                         unit_ns, err);
    tg_columns_release(&c);
    return rc;
}

/* {"name": "syscall", "unit": "us", "samples": [0.11, 0.12, ...]}, or a list of such under "traces". */
struct json_samples {
    char *name, *unit;
    double *values;
    size_t count;
};

static int read_numbers(const cJSON *value, const char *path, void *member, struct tg_error *err)
{
    struct json_samples *s = (struct json_samples *)((char *)member - offsetof(struct json_samples, values));
    const cJSON *item;
    if (!cJSON_IsArray(value))
        return tg_error_set(err, TG_EINPUT, "%s: expected a list of numbers", path);
    s->values = malloc(((size_t)cJSON_GetArraySize(value) + 1) * sizeof *s->values);
    if (!s->values)
        return tg_error_set(err, TG_ENOMEM, "out of memory");
    cJSON_ArrayForEach(item, value)
    {
        if (!cJSON_IsNumber(item))
            return tg_error_set(err, TG_EINPUT, "%s[%zu]: expected a number", path, s->count);
        s->values[s->count++] = item->valuedouble;
    }
    return TG_OK;
}

static const struct tg_field json_fields[] = {
    {.name = "name", .kind = TG_STRING, .offset = offsetof(struct json_samples, name), .flags = TG_REQUIRED},
    {.name = "unit", .kind = TG_STRING, .offset = offsetof(struct json_samples, unit), .flags = TG_REQUIRED},
    {.name = "samples",
     .kind = TG_CUSTOM,
     .offset = offsetof(struct json_samples, values),
     .flags = TG_REQUIRED,
     .read = read_numbers},
};

static int import_object(const struct tg_import_text *in, const cJSON *object, const char *path,
                         struct tg_import *out, struct tg_error *err)
{
    struct json_samples s = {0};
    int rc = tg_json_read_object(object, path, json_fields, TG_COUNT(json_fields), &s, err);
    if (rc)
        tg_error_wrap(err, rc, "%s", in->where);
    double unit_ns = rc ? 0 : tg_import_unit_ns(s.unit);
    if (!rc && unit_ns <= 0)
        rc = tg_error_set(err, TG_EINPUT, "%s: unit: '%s' is none of ns, us, ms, s", in->where, s.unit);
    if (!rc)
        rc = add_samples(out, in, s.name, NULL, s.values, s.count, unit_ns, err);
    free(s.values);
    tg_field_release(json_fields, TG_COUNT(json_fields), &s);
    return rc;
}

int tg_import_json(const struct tg_import_text *in, struct tg_import *out, struct tg_error *err)
{
    cJSON *document;
    int rc = tg_json_read_text(in->text, in->where, &document, err);
    if (rc)
        return rc;
    const cJSON *list = cJSON_GetObjectItemCaseSensitive(document, "traces"), *item;
    if (!cJSON_IsArray(list)) {
        rc = import_object(in, document, "", out, err);
    } else {
        cJSON_ArrayForEach(item, list)
        {
            rc = rc ? rc : import_object(in, item, "traces", out, err);
        }
    }
    cJSON_Delete(document);
    return rc;
}
