/* Histograms of latency testers: cyclictest, rtla, HdrHistogram. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tg_decimal.h"
#include "tg_import_kind.h"

enum { COLUMNS_MAX = 1024 };

static int fault(const struct tg_import_text *in, const char *at, const char *cause, struct tg_error *err)
{
    return tg_error_set(err, TG_EINPUT, "%s: line %zu: %s", in->where, tg_import_line(in, at), cause);
}

/* The numbers of a line; their count, or -1 where something in it is none. */
static int read_numbers(const char *line, double *values, int max)
{
    int count = 0;
    const char *p = line + strspn(line, " \t");
    while (*p && *p != '\n' && *p != '\r') {
        const char *end = count < max ? tg_decimal_read(p, &values[count]) : NULL;
        if (!end || !strchr(" \t\r\n", *end))
            return -1;
        count++;
        p = end + strspn(end, " \t");
    }
    return count;
}

static const char *next_line(const char *p)
{
    const char *end = strchr(p, '\n');
    return end ? end + 1 : p + strlen(p);
}

/* A bin holds what was cut down to its value: its middle is the better guess. The width is the smallest
 * distance of two bins seen, or one unit. */
static void move_to_middles(struct tg_import_bins *bins, double unit_ns)
{
    double width_ns = 0;
    for (size_t i = 1; i < bins->count; i++) {
        double distance_ns = bins->items[i].cost_ns - bins->items[i - 1].cost_ns;
        if (distance_ns > 0 && (width_ns <= 0 || distance_ns < width_ns))
            width_ns = distance_ns;
    }
    for (size_t i = 0; i < bins->count; i++)
        bins->items[i].cost_ns += (width_ns > 0 ? width_ns : unit_ns) / 2;
}

/* The values past the last bin are counted, not recorded: the largest stands for them all. */
static int add_overflows(const char *text, double unit_ns, struct tg_import_bins *bins, struct tg_error *err)
{
    double overflows[COLUMNS_MAX], maxima[COLUMNS_MAX];
    const char *o = strstr(text, "# Histogram Overflows:"), *m = strstr(text, "# Max Latencies:");
    int n = o ? read_numbers(o + strlen("# Histogram Overflows:"), overflows, COLUMNS_MAX) : 0;
    int k = m ? read_numbers(m + strlen("# Max Latencies:"), maxima, COLUMNS_MAX) : 0;
    for (int i = 0; i < n && i < k; i++) {
        int rc = tg_import_add_bin(bins, maxima[i] * unit_ns, overflows[i], err);
        if (rc)
            return rc;
    }
    return TG_OK;
}

int tg_import_cyclictest(const struct tg_import_text *in, struct tg_import *out, struct tg_error *err)
{
    double unit_ns = in->options->unit_ns > 0 ? in->options->unit_ns : 1e3, values[COLUMNS_MAX];
    struct tg_import_bins bins = {0};
    int rc = TG_OK;
    const char *start = strstr(in->text, "# Histogram");
    for (const char *line = start ? next_line(start) : in->text; *line && !rc; line = next_line(line)) {
        if (*line == '#' || *line == '\n' || *line == '\r')
            continue;
        int n = read_numbers(line, values, COLUMNS_MAX);
        if (n < 2 || values[0] < 0) {
            rc = fault(in, line, "expected a bin and its counts", err);
            break;
        }
        for (int i = 1; i < n && !rc; i++)
            rc = values[i] < 0 ? fault(in, line, "a negative count", err)
                               : tg_import_add_bin(&bins, values[0] * unit_ns, values[i], err);
    }
    move_to_middles(&bins, unit_ns);
    if (!rc)
        rc = add_overflows(in->text, unit_ns, &bins, err);
    if (!rc)
        rc = tg_import_add_histogram(out, in, in->options->name ? in->options->name : "timer_wakeup", &bins,
                                     0, "imported from a cyclictest histogram: how late a sleeper runs", err);
    free(bins.items);
    return rc;
}

/* "# Duration:   0 00:01:00": days, hours, minutes, seconds. */
static double rtla_duration_ns(const char *text)
{
    int days, hours, minutes, seconds;
    const char *p = strstr(text, "# Duration:");
    if (!p || sscanf(p, "# Duration: %d %d:%d:%d", &days, &hours, &minutes, &seconds) != 4)
        return 0;
    return (((days * 24.0 + hours) * 60 + minutes) * 60 + seconds) * 1e9;
}

/* What a column of rtla's is, by the start of its name. */
static const struct {
    const char *prefix, *primitive, *what;
} rtla_columns[] = {
    {"CPU-", "jitter", "imported from rtla osnoise: time that the system took from a busy thread"},
    {"IRQ-", "timer_irq_latency", "imported from rtla timerlat: how late a timer's interrupt is"},
    {"Thr-", "timer_wakeup", "imported from rtla timerlat: how late a thread runs that a timer wakes"},
    {"Usr-", "timer_user_return", "imported from rtla timerlat: how late a process is back in user space"},
};

enum { RTLA_KINDS = sizeof rtla_columns / sizeof *rtla_columns };

/* The kind of each column after "Index"; their number, or -1. */
static int read_rtla_header(const char *line, int kinds[COLUMNS_MAX])
{
    int count = 0;
    const char *p = line + strlen("Index");
    for (p += strspn(p, " \t"); *p && *p != '\n' && *p != '\r'; p += strspn(p, " \t")) {
        int kind = 0;
        while (kind < RTLA_KINDS && strncmp(p, rtla_columns[kind].prefix, 4) != 0)
            kind++;
        if (kind == RTLA_KINDS || count == COLUMNS_MAX - 1)
            return -1;
        kinds[count++] = kind;
        p += strcspn(p, " \t\r\n");
    }
    return count;
}

static int read_rtla_rows(const struct tg_import_text *in, const char *line, int columns,
                          const int kinds[COLUMNS_MAX], double unit_ns,
                          struct tg_import_bins bins[RTLA_KINDS], struct tg_error *err)
{
    double values[COLUMNS_MAX];
    int rc = TG_OK;
    for (; *line >= '0' && *line <= '9' && !rc; line = next_line(line)) {
        if (read_numbers(line, values, COLUMNS_MAX) != columns + 1)
            return fault(in, line, "expected a bin and one count for each column", err);
        for (int i = 0; i < columns && !rc; i++)
            rc = tg_import_add_bin(&bins[kinds[i]], values[0] * unit_ns, values[i + 1], err);
    }
    return rc;
}

int tg_import_rtla(const struct tg_import_text *in, struct tg_import *out, struct tg_error *err)
{
    int kinds[COLUMNS_MAX], rc = TG_OK;
    struct tg_import_bins bins[RTLA_KINDS] = {0};
    const char *header = strstr(in->text, "\nIndex");
    if (!header)
        return tg_error_set(err, TG_EINPUT, "%s: no line that starts with 'Index'", in->where);
    const char *said = strstr(in->text, "# Time unit is ");
    double unit_ns = said ? tg_import_unit_ns(said + strlen("# Time unit is ")) : 0;
    unit_ns = in->options->unit_ns > 0 ? in->options->unit_ns : unit_ns > 0 ? unit_ns : 1e3;
    int columns = read_rtla_header(++header, kinds);
    if (columns <= 0)
        return fault(in, header, "expected columns such as CPU-000, IRQ-000, Thr-000", err);
    rc = read_rtla_rows(in, next_line(header), columns, kinds, unit_ns, bins, err);
    for (int kind = 0; kind < RTLA_KINDS && !rc; kind++) {
        int cpus = 0;
        for (int i = 0; i < columns; i++)
            cpus += kinds[i] == kind;
        move_to_middles(&bins[kind], unit_ns);
        if (bins[kind].count)
            rc = tg_import_add_histogram(out, in, rtla_columns[kind].primitive, &bins[kind],
                                         rtla_duration_ns(in->text) * cpus, rtla_columns[kind].what, err);
    }
    for (int kind = 0; kind < RTLA_KINDS; kind++)
        free(bins[kind].items);
    return rc;
}

/* Rows of value, percentile, count up to here, inverse. */
int tg_import_hdr(const struct tg_import_text *in, struct tg_import *out, struct tg_error *err)
{
    struct tg_import_bins bins = {0};
    double values[8], before = 0;
    int rc = TG_OK;
    bool wrk2 = strstr(in->text, "Detailed Percentile spectrum") != NULL;
    double unit_ns = in->options->unit_ns > 0 ? in->options->unit_ns : wrk2 ? 1e6 : 0;
    if (unit_ns <= 0)
        return tg_error_set(err, TG_EINPUT, "%s: percentile output does not say its unit: name it by --unit",
                            in->where);
    const char *header = strstr(in->text, "1/(1-Percentile)");
    const char *line = header ? next_line(header) : in->text;
    for (; *line && *line != '#' && !rc; line = next_line(line)) {
        /* The last row's inverse is written "inf", or not at all. */
        char row[256];
        size_t length = strcspn(line, "\r\n");
        snprintf(row, sizeof row, "%.*s", (int)(length < 255 ? length : 255), line);
        char *infinite = strstr(row, "inf");
        if (infinite)
            *infinite = '\0';
        int n = read_numbers(row, values, 8);
        if (n == 0)
            continue;
        if (n < 3 || values[2] < before)
            rc = fault(in, line, "expected value, percentile and a count that does not fall", err);
        else
            rc = tg_import_add_bin(&bins, values[0] * unit_ns, values[2] - before, err);
        before = values[2];
    }
    if (!rc)
        rc = tg_import_add_histogram(out, in, in->options->name ? in->options->name : "latency", &bins, 0,
                                     "imported from HdrHistogram's percentile output", err);
    free(bins.items);
    return rc;
}
