#include "tg_import.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tg_decimal.h"
#include "tg_field.h"
#include "tg_file.h"
#include "tg_import_kind.h"

static const struct tg_import_format formats[] = {
    {"rtla", "# RTLA ", tg_import_rtla},
    {"cyclictest", "# Histogram", tg_import_cyclictest},
    {"httperf", "httperf --", tg_import_httperf},
    {"dnsperf", "DNS Performance Testing Tool", tg_import_dnsperf},
    {"queryperf", "DNS Query Performance Testing Tool", tg_import_queryperf},
    {"ab", "Time taken for tests:", tg_import_ab},
    {"wrk", "Thread Stats", tg_import_wrk},
    {"hdr", "1/(1-Percentile)", tg_import_hdr},
    {"lmbench", "Simple syscall:", tg_import_lmbench},
    {"json", NULL, tg_import_json},
    {"csv", NULL, tg_import_csv},
};

const char *const *tg_import_formats(void)
{
    static const char *names[TG_COUNT(formats) + 1];
    for (size_t i = 0; i < TG_COUNT(formats); i++)
        names[i] = formats[i].name;
    return names;
}

static const struct tg_import_format *find_format(const char *name)
{
    for (size_t i = 0; i < TG_COUNT(formats); i++) {
        if (strcmp(formats[i].name, name) == 0)
            return &formats[i];
    }
    return NULL;
}

static const struct tg_import_format *recognize(const char *text)
{
    for (size_t i = 0; i < TG_COUNT(formats); i++) {
        if (formats[i].sign && strstr(text, formats[i].sign))
            return &formats[i];
    }
    const char *start = text + strspn(text, " \t\r\n");
    if (*start == '{')
        return find_format("json");
    size_t line = strcspn(text, "\n");
    const char *comma = memchr(text, ',', line);
    return comma || strcspn(text, "0123456789") >= line ? find_format("csv") : NULL;
}

int tg_import_text(struct tg_import *out, const struct tg_import_options *options, const char *text,
                   size_t size, const char *where, struct tg_error *err)
{
    const struct tg_import_text in = {.options = options, .text = text, .size = size, .where = where};
    if (!size || memchr(text, '\0', size))
        return tg_error_set(err, TG_EINPUT, "%s: %s", where, size ? "not a text file" : "the file is empty");
    const struct tg_import_format *format = options->format ? find_format(options->format) : recognize(text);
    if (!format && options->format)
        return tg_error_set(err, TG_EUSAGE, "there is no format '%s'", options->format);
    if (!format)
        return tg_error_set(err, TG_EINPUT,
                            "%s: not a form of measurement that is known here; name it by --format", where);
    return format->read(&in, out, err);
}

int tg_import_file(struct tg_import *out, const struct tg_import_options *options, const char *path,
                   struct tg_error *err)
{
    char *text;
    size_t size;
    int rc = tg_file_read(path, &text, &size, err);
    if (rc)
        return rc;
    rc = tg_import_text(out, options, text, size, path, err);
    free(text);
    return rc;
}

void tg_import_release(struct tg_import *import)
{
    tg_trace_set_release(&import->set);
    tg_curve_release(&import->curve);
}

int tg_import_add_bin(struct tg_import_bins *bins, double cost_ns, double count, struct tg_error *err)
{
    if (count <= 0)
        return TG_OK;
    if (!(cost_ns >= 0) || !isfinite(cost_ns))
        return tg_error_set(err, TG_EINPUT, "a histogram's value of %g ns is no time", cost_ns);
    struct tg_import_bin *items = realloc(bins->items, (bins->count + 1) * sizeof *items);
    if (!items)
        return tg_error_set(err, TG_ENOMEM, "out of memory");
    size_t place = bins->count++;
    bins->items = items;
    for (; place > 0 && items[place - 1].cost_ns > cost_ns; place--)
        items[place] = items[place - 1];
    items[place] = (struct tg_import_bin){cost_ns, count};
    return TG_OK;
}

/* A fixed order in which no stretch of a sorted list stands out: steps of nearly the golden ratio of its
 * length, prime to it. */
static size_t shuffle_step(size_t count)
{
    size_t step = (size_t)((double)count * 0.6180339887498949);
    for (;; step++) {
        size_t a = step ? step : 1, b = count;
        while (b) {
            size_t rest = a % b;
            a = b;
            b = rest;
        }
        if (a == 1)
            return step ? step : 1;
    }
}

static int add_trace(struct tg_import *out, struct tg_trace *trace, const char *what, struct tg_error *err)
{
    int rc = tg_trace_set_add(&out->set, trace, what, err);
    tg_trace_release(trace);
    return rc;
}

/* The k-th of `samples` values, evenly through the quantiles. */
static void spread(double *sorted, size_t samples, const struct tg_import_bins *bins, double total)
{
    double seen = bins->items[0].count;
    size_t bin = 0;
    for (size_t k = 0; k < samples; k++) {
        double rank = ((double)k + 0.5) / (double)samples * total;
        while (bin + 1 < bins->count && seen < rank)
            seen += bins->items[++bin].count;
        sorted[k] = bins->items[bin].cost_ns;
    }
}

static int fill_samples(struct tg_trace *trace, const struct tg_import_bins *bins, double total,
                        size_t samples, double spacing_ns, struct tg_error *err)
{
    double *sorted = malloc(samples * sizeof *sorted);
    size_t step = shuffle_step(samples), place = 0;
    if (!sorted)
        return tg_error_set(err, TG_ENOMEM, "out of memory");
    spread(sorted, samples, bins, total);
    for (size_t k = 0; k < samples; k++) {
        tg_trace_append(trace, (double)k * spacing_ns, sorted[place], 1, 0);
        place = (place + step) % samples;
    }
    free(sorted);
    return TG_OK;
}

int tg_import_add_histogram(struct tg_import *out, const struct tg_import_text *in, const char *name,
                            const struct tg_import_bins *bins, double observed_ns, const char *what,
                            struct tg_error *err)
{
    struct tg_trace trace;
    char sentence[512];
    double total = 0, most = (double)in->options->samples_max;
    for (size_t i = 0; i < bins->count; i++)
        total += bins->items[i].count;
    size_t samples = (size_t)fmin(total, most);
    if (!samples)
        return tg_error_set(err, TG_EINPUT, "%s: the histogram counts nothing", in->where);
    int rc = tg_trace_init(&trace, name, NULL, false, err);
    if (!rc)
        rc = tg_trace_reserve(&trace, samples, err);
    if (!rc)
        rc = fill_samples(&trace, bins, total, samples,
                          observed_ns > 0 ? observed_ns / (double)samples : 1000, err);
    if (rc) {
        tg_trace_release(&trace);
        return rc;
    }
    trace.observed_ns = trace.is_jitter ? observed_ns : 0;
    if (total > most)
        snprintf(sentence, sizeof sentence,
                 "%s; %zu of %.0f, evenly through the quantiles; times are not known", what, samples, total);
    else
        snprintf(sentence, sizeof sentence, "%s; times are not known", what);
    return add_trace(out, &trace, sentence, err);
}

int tg_import_add_number(struct tg_import *out, const char *name, double cost_ns, double ops,
                         const char *what, struct tg_error *err)
{
    struct tg_trace trace;
    if (!(cost_ns >= 0) || !isfinite(cost_ns))
        return tg_error_set(err, TG_EINPUT, "%s: %g ns is no time", name, cost_ns);
    int rc = tg_trace_init(&trace, name, NULL, ops > 1, err);
    if (rc)
        return rc;
    tg_trace_append(&trace, 0, cost_ns, ops, 0);
    return add_trace(out, &trace, what, err);
}

static bool number_at(const char *p, double *value, const char **after)
{
    p += strspn(p, " \t:=<");
    const char *end = tg_decimal_read(p, value);
    if (end && after)
        *after = end;
    return end != NULL;
}

bool tg_import_number_anywhere(const char *text, const char *label, double *value, const char **after)
{
    const char *place = strstr(text, label);
    return place && number_at(place + strlen(label), value, after);
}

bool tg_import_number(const char *text, const char *label, double *value, const char **after)
{
    for (const char *line = text; line; line = strchr(line, '\n')) {
        line += *line == '\n';
        const char *start = line + strspn(line, " \t");
        if (strncmp(start, label, strlen(label)) == 0)
            return number_at(start + strlen(label), value, after);
    }
    return false;
}

size_t tg_import_line(const struct tg_import_text *in, const char *at)
{
    size_t line = 1;
    for (const char *p = in->text; p < at; p++)
        line += *p == '\n';
    return line;
}

double tg_import_unit_ns(const char *p)
{
    static const struct {
        const char *name;
        double ns;
    } units[] = {
        {"nanoseconds", 1}, {"microseconds", 1e3}, {"milliseconds", 1e6}, {"seconds", 1e9},
        {"nsec", 1},        {"usec", 1e3},         {"msec", 1e6},         {"sec", 1e9},
        {"ns", 1},          {"us", 1e3},           {"ms", 1e6},           {"s", 1e9},
        {"m", 60e9},        {"h", 3600e9},
    };
    p += strspn(p, " \t[(");
    for (size_t i = 0; i < TG_COUNT(units); i++) {
        if (strncmp(p, units[i].name, strlen(units[i].name)) == 0)
            return units[i].ns;
    }
    return 0;
}

int tg_import_add_point(struct tg_import *out, const struct tg_import_text *in, struct tg_curve_point *point,
                        struct tg_error *err)
{
    if (in->options->offered_per_s > 0)
        point->values[TG_CURVE_OFFERED] = in->options->offered_per_s;
    if (isnan(point->values[TG_CURVE_OFFERED]))
        point->values[TG_CURVE_OFFERED] = point->values[TG_CURVE_REPLY];
    for (int i = 0; i < TG_CURVE_COLUMNS; i++) {
        if (point->values[i] < 0 || isinf(point->values[i]))
            return tg_error_set(err, TG_EINPUT, "%s: %s would be %g", in->where,
                                tg_curve_column_name((enum tg_curve_column)i), point->values[i]);
    }
    return tg_curve_add(&out->curve, point, err);
}
