#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tg_command.h"
#include "tg_import.h"
#include "tg_version.h"

struct options {
    char *output;
    char *format;
    char *name;
    char *column;
    int unit;
    double offered_per_s;
    int64_t samples;
};

#define AT(member) offsetof(struct options, member)

static const char *const units[] = {"as-the-file-says", "ns", "us", "ms", "s", NULL};
static const double unit_ns[] = {0, 1, 1e3, 1e6, 1e9};

static const struct tg_field fields[] = {
    {.name = "output",
     .letter = 'o',
     .kind = TG_STRING,
     .offset = AT(output),
     .metavar = "PATH",
     .help = "where the result goes: a folder for traces, a .csv file for a curve"},
    {.name = "format",
     .kind = TG_STRING,
     .offset = AT(format),
     .metavar = "NAME",
     .help = "the format, where it is not recognized: rtla, cyclictest, httperf, dnsperf, queryperf, ab, "
             "wrk, hdr, "
             "lmbench, json, csv"},
    {.name = "name",
     .kind = TG_STRING,
     .offset = AT(name),
     .metavar = "NAME",
     .help = "the primitive that was measured, for formats that do not say (csv, hdr, cyclictest)"},
    {.name = "column",
     .kind = TG_STRING,
     .offset = AT(column),
     .metavar = "NAME",
     .help = "csv: the column with the costs"},
    {.name = "unit",
     .kind = TG_CHOICE,
     .offset = AT(unit),
     .choices = units,
     .fallback = "as-the-file-says",
     .metavar = "UNIT",
     .help = "of the file's numbers: ns, us, ms or s"},
    {.name = "offered",
     .kind = TG_RATE,
     .offset = AT(offered_per_s),
     .metavar = "RATE",
     .flags = TG_NONNEGATIVE,
     .help = "curves: the rate that was offered, where the file does not say"},
    {.name = "samples",
     .kind = TG_INTEGER,
     .offset = AT(samples),
     .metavar = "N",
     .fallback = "100000",
     .min = 1,
     .max = 1e8,
     .help = "the most samples to make of a histogram"},
};

/* What is known of the machine that the measurements came from: nothing. */
static int describe(struct tg_trace_set *set, struct tg_error *err)
{
    set->host.cpu_model = strdup("unknown");
    set->host.kernel = strdup("unknown");
    set->host.date = strdup("");
    set->tool = strdup("tollgate " TG_VERSION " (" TG_COMMIT "), imported");
    if (!set->host.cpu_model || !set->host.kernel || !set->host.date || !set->tool)
        return tg_error_set(err, TG_ENOMEM, "out of memory");
    return TG_OK;
}

static int write_result(struct tg_import *import, const char *output, struct tg_error *err)
{
    if (import->set.count && import->curve.count)
        return tg_error_set(err, TG_EUSAGE,
                            "import: traces and curves were given together: import them one by one");
    if (import->curve.count) {
        int rc = tg_curve_write(&import->curve, output, err);
        if (!rc)
            printf("%s: a curve of %zu point%s\n", output, import->curve.count,
                   import->curve.count == 1 ? "" : "s");
        return rc;
    }
    int rc = describe(&import->set, err);
    if (!rc)
        rc = tg_trace_set_write(&import->set, output, err);
    for (size_t i = 0; !rc && i < import->set.count; i++)
        printf("%s/%s.csv: %zu sample%s: %s\n", output, import->set.traces[i].name,
               import->set.traces[i].count, import->set.traces[i].count == 1 ? "" : "s", import->set.what[i]);
    return rc;
}

static int run(void *opaque, const struct tg_strings *operands, struct tg_error *err)
{
    const struct options *options = opaque;
    struct tg_import import = {0};
    const struct tg_import_options settings = {.format = options->format,
                                               .name = options->name,
                                               .column = options->column,
                                               .unit_ns = unit_ns[options->unit],
                                               .offered_per_s = options->offered_per_s,
                                               .samples_max = (size_t)options->samples};
    int rc = TG_OK;
    if (!operands->count)
        return tg_error_set(err, TG_EUSAGE, "import: which file? usage: tollgate import -o PATH FILE...");
    if (!options->output)
        return tg_error_set(err, TG_EUSAGE, "import: where to? -o PATH is needed");
    for (size_t i = 0; i < operands->count && !rc; i++)
        rc = tg_import_file(&import, &settings, operands->items[i], err);
    if (!rc)
        rc = write_result(&import, options->output, err);
    tg_import_release(&import);
    return rc;
}

const struct tg_command tg_command_import = {
    .name = "import",
    .summary = "turn other tools' measurements into traces and curves",
    .operands = "FILE...",
    .help = "Reads histograms of cyclictest and rtla, percentile output of HdrHistogram and wrk2, results of "
            "lmbench,\n"
            "CSV and JSON, as a trace set; and output of httperf, dnsperf, queryperf, wrk and ab as points "
            "of a curve,\n"
            "one a run. The format is recognized by what the file says.",
    .options = fields,
    .option_count = TG_COUNT(fields),
    .option_size = sizeof(struct options),
    .run = run,
};
