#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "tg_command.h"
#include "tg_json.h"
#include "tg_probe.h"
#include "tg_trace_rows.h"
#include "tg_version.h"

struct options {
    char *output;
    bool quick;
    struct tg_strings probes;
    int64_t cpu;
    tg_ps budget;
    int64_t samples;
    bool list;
    bool compare;
    double tolerance;
    bool json;
};

#define AT(member) offsetof(struct options, member)

static const struct tg_field fields[] = {
    {.name = "output",
     .letter = 'o',
     .kind = TG_STRING,
     .offset = AT(output),
     .metavar = "DIR",
     .help = "where the trace set goes (default: a folder named by CPU, kernel and time)"},
    {.name = "quick", .kind = TG_FLAG, .offset = AT(quick), .help = "under 15 s, fewer samples"},
    {.name = "probe",
     .kind = TG_STRINGS,
     .offset = AT(probes),
     .metavar = "NAME",
     .help = "measure this primitive only; may be repeated"},
    {.name = "cpu",
     .kind = TG_INTEGER,
     .offset = AT(cpu),
     .metavar = "N",
     .fallback = "-1",
     .min = -1,
     .max = 4095,
     .help = "the CPU to measure on; -1 takes an isolated one, else the last"},
    {.name = "budget",
     .kind = TG_TIME,
     .offset = AT(budget),
     .metavar = "TIME",
     .flags = TG_NONNEGATIVE,
     .help = "time for all probes together (default 60 s, quick 8 s)"},
    {.name = "samples",
     .kind = TG_INTEGER,
     .offset = AT(samples),
     .metavar = "N",
     .min = 0,
     .max = 1e8,
     .help = "the most samples to keep of each primitive and argument (default 4000, quick 1000)"},
    {.name = "list",
     .kind = TG_FLAG,
     .offset = AT(list),
     .help = "show all probes and whether they can run here"},
    {.name = "compare",
     .kind = TG_FLAG,
     .offset = AT(compare),
     .help = "compare the medians of trace sets A and B"},
    {.name = "tolerance",
     .kind = TG_NUMBER,
     .offset = AT(tolerance),
     .fallback = "10 %",
     .flags = TG_NONNEGATIVE,
     .help = "the largest difference of medians that agrees"},
    {.name = "json", .kind = TG_FLAG, .offset = AT(json), .help = "print as JSON"},
};

static int print_json(cJSON *document, struct tg_error *err)
{
    char *text = document ? tg_json_print(document) : NULL;
    if (text)
        puts(text);
    free(text);
    cJSON_Delete(document);
    return text ? TG_OK : tg_error_set(err, TG_ENOMEM, "out of memory");
}

static cJSON *new_document(void)
{
    cJSON *document = cJSON_CreateObject();
    cJSON_AddNumberToObject(document, "schema", 1);
    return document;
}

static int list_probes(const struct options *options, struct tg_error *err)
{
    struct tg_probe_info info;
    cJSON *document = new_document(), *list = cJSON_AddArrayToObject(document, "probes");
    for (size_t i = 0; i < tg_probe_count(); i++) {
        tg_probe_describe(i, &info);
        cJSON *o = cJSON_CreateObject();
        cJSON_AddStringToObject(o, "name", info.name);
        cJSON_AddStringToObject(o, "what", info.what);
        if (info.argument)
            cJSON_AddStringToObject(o, "argument", info.argument);
        cJSON_AddBoolToObject(o, "available", info.available);
        if (!info.available)
            cJSON_AddStringToObject(o, "reason", info.reason);
        cJSON_AddItemToArray(list, o);
        if (!options->json)
            printf("%-22s %s\n", info.name, info.what);
        if (!options->json && !info.available)
            printf("%-22s   cannot run here: %s\n", "", info.reason);
    }
    if (options->json)
        return print_json(document, err);
    cJSON_Delete(document);
    return TG_OK;
}

static void show_progress(void *context, const char *name, size_t done, size_t total)
{
    (void)context;
    fprintf(stderr, "\r\033[Kmeasuring %zu of %zu: %s", done + 1, total, name);
    fflush(stderr);
}

static void add_row(cJSON *list, const struct tg_trace_row *row)
{
    const struct tg_summary *s = &row->summary;
    cJSON *o = cJSON_CreateObject();
    cJSON_AddStringToObject(o, "name", row->trace->name);
    if (row->has_argument) {
        cJSON *argument = cJSON_AddObjectToObject(o, "argument");
        cJSON_AddStringToObject(argument, "name", row->trace->argument_name);
        cJSON_AddNumberToObject(argument, "value", row->argument);
    }
    cJSON_AddStringToObject(o, "unit", "ns");
    cJSON_AddNumberToObject(o, "samples", (double)s->samples);
    cJSON_AddNumberToObject(o, "median", s->median);
    cJSON_AddNumberToObject(o, "mean", s->mean);
    cJSON_AddNumberToObject(o, "fastest_decile_mean", s->fastest_decile_mean);
    cJSON *interval = cJSON_AddArrayToObject(o, "interval");
    cJSON_AddItemToArray(interval, cJSON_CreateNumber(s->low));
    cJSON_AddItemToArray(interval, cJSON_CreateNumber(s->high));
    cJSON_AddNumberToObject(o, "drift", s->drift);
    const char *remark = row->what ? tg_probe_remark(row->trace->name, row->what) : NULL;
    if (remark)
        cJSON_AddStringToObject(o, "remark", remark);
    if (row->trace->is_jitter)
        cJSON_AddNumberToObject(o, "observed_ns", row->trace->observed_ns);
    cJSON_AddItemToArray(list, o);
}

static int print_set_json(const struct tg_trace_set *set, const struct tg_trace_rows *rows,
                          const char *folder, struct tg_error *err)
{
    cJSON *document = new_document();
    cJSON_AddStringToObject(document, "folder", folder);
    cJSON *list = cJSON_AddArrayToObject(document, "primitives");
    for (size_t i = 0; i < rows->count; i++)
        add_row(list, &rows->rows[i]);
    cJSON *skipped = cJSON_AddArrayToObject(document, "skipped");
    const cJSON *reason;
    cJSON_ArrayForEach(reason, set->skipped)
    {
        cJSON *o = cJSON_CreateObject();
        cJSON_AddStringToObject(o, "name", reason->string);
        cJSON_AddStringToObject(o, "reason", reason->valuestring);
        cJSON_AddItemToArray(skipped, o);
    }
    cJSON_AddItemToObject(document, "settings", cJSON_Duplicate(set->settings, 1));
    cJSON_AddItemToObject(document, "host", tg_host_to_json(&set->host));
    return print_json(document, err);
}

static const char *as_time(double ns, char buf[24])
{
    return tg_time_format(ns * 1e-9, buf, 24);
}

static void print_row(const struct tg_trace_row *row)
{
    char name[128], a[24], b[24], c[24], d[24], e[24];
    const struct tg_summary *s = &row->summary;
    printf("%-40s %8zu %10s %10s %10s   %s .. %s", tg_trace_row_name(row, name, sizeof name), s->samples,
           as_time(s->median, a), as_time(s->mean, b), as_time(s->fastest_decile_mean, c), as_time(s->low, d),
           as_time(s->high, e));
    const double worth_saying = 0.05;
    if (fabs(s->drift) > worth_saying && !row->trace->is_jitter)
        printf("  (drifted by %+.0f %%)", s->drift * 100);
    putchar('\n');
}

static void print_jitter(const struct tg_trace *trace)
{
    double stolen = 0;
    for (size_t i = 0; i < trace->count; i++)
        stolen += trace->cost_ns[i];
    if (trace->observed_ns > 0)
        printf(
            "\njitter: %.3g gaps a second, %.3g %% of the time stolen (%.3g s watched, gaps from %.0f ns)\n",
            (double)trace->count / trace->observed_ns * 1e9, stolen / trace->observed_ns * 100,
            trace->observed_ns * 1e-9, trace->threshold_ns);
}

static double setting(const struct tg_trace_set *set, const char *name)
{
    const cJSON *value = cJSON_GetObjectItemCaseSensitive(set->settings, name);
    return cJSON_IsNumber(value) ? value->valuedouble : 0;
}

static void print_conditions(const struct tg_trace_set *set)
{
    printf("\nmeasured on CPU %.0f; the clock moves in steps of %.3g ns; a bracket of it (%.3g ns) is "
           "subtracted\n",
           setting(set, "cpu"), setting(set, "clock_resolution_ns"), setting(set, "clock_overhead_ns"));
    for (size_t i = 0; i < set->host.uncontrolled.count; i++)
        printf("note: %s\n", set->host.uncontrolled.items[i]);
}

static void print_remarks(const struct tg_trace_set *set)
{
    for (size_t i = 0; i < set->count; i++) {
        const char *remark = set->what[i] ? tg_probe_remark(set->traces[i].name, set->what[i]) : NULL;
        if (remark)
            printf("\n%s: %s\n", set->traces[i].name, remark);
    }
}

static void print_set(const struct tg_trace_set *set, const struct tg_trace_rows *rows)
{
    printf("%-40s %8s %10s %10s %10s   %s\n", "primitive", "samples", "median", "mean", "fastest",
           "median's interval");
    printf("%-40s %8s %10s %10s %10s   %s\n", "", "", "", "", "10 %", "(95 %)");
    for (size_t i = 0; i < rows->count; i++)
        print_row(&rows->rows[i]);
    const struct tg_trace *jitter = tg_trace_set_find(set, "jitter");
    if (jitter)
        print_jitter(jitter);
    print_conditions(set);
    print_remarks(set);
    if (set->skipped && set->skipped->child)
        printf("\nskipped:\n");
    const cJSON *reason;
    cJSON_ArrayForEach(reason, set->skipped) printf("  %-20s %s\n", reason->string, reason->valuestring);
}

static char *default_folder(const struct tg_host *host)
{
    char slug[128], stamp[32], *folder = NULL;
    time_t now = time(NULL);
    struct tm utc;
    strftime(stamp, sizeof stamp, "%Y%m%dT%H%M%SZ", gmtime_r(&now, &utc));
    if (asprintf(&folder, "%s-%s", tg_host_slug(host, slug, sizeof slug), stamp) < 0)
        return NULL;
    return folder;
}

static struct tg_probe_settings settings_of(const struct options *options)
{
    struct tg_probe_settings settings = options->quick ? tg_probe_settings_quick() : tg_probe_settings_full();
    settings.cpu = (int)options->cpu;
    settings.only = &options->probes;
    settings.interrupted = tg_command_interrupted;
    if (options->budget)
        settings.budget_s = tg_s_from_ps(options->budget);
    if (options->samples)
        settings.samples_max = (size_t)options->samples;
    if (settings.samples_min > settings.samples_max)
        settings.samples_min = settings.samples_max;
    if (isatty(STDERR_FILENO))
        settings.progress = show_progress;
    return settings;
}

static int report_set(const struct options *options, struct tg_trace_set *set, const char *folder,
                      struct tg_error *err)
{
    struct tg_trace_rows rows;
    int rc = tg_trace_rows_of(set, &rows, err);
    if (rc)
        return rc;
    if (options->json)
        rc = print_set_json(set, &rows, folder, err);
    else
        print_set(set, &rows);
    tg_trace_rows_release(&rows);
    return rc;
}

static int measure(const struct options *options, struct tg_error *err)
{
    struct tg_probe_settings settings = settings_of(options);
    struct tg_trace_set set;
    int rc = tg_probe_session(&settings, &set, err);
    if (settings.progress)
        fputs("\r\033[K", stderr);
    if (rc)
        return rc;
    set.tool = strdup("tollgate " TG_VERSION " (" TG_COMMIT ")");
    char *folder = options->output ? strdup(options->output) : default_folder(&set.host);
    rc = folder ? tg_trace_set_write(&set, folder, err) : tg_error_set(err, TG_ENOMEM, "out of memory");
    if (!rc)
        rc = report_set(options, &set, folder, err);
    if (!rc)
        fprintf(stderr, "trace set: %s\n", folder);
    free(folder);
    tg_trace_set_release(&set);
    return rc;
}

static const char *const verdicts[] = {
    [TG_TRACE_AGREES] = "agrees",
    [TG_TRACE_UNSETTLED] = "intervals overlap",
    [TG_TRACE_DIFFERS] = "differs",
    [TG_TRACE_NOT_COUNTED] = "not counted",
};

static void print_comparison(const struct tg_trace_comparison *comparison, double tolerance)
{
    char name[128], a[24], b[24];
    printf("%-40s %10s %10s %8s\n", "primitive", "A", "B", "B over A");
    for (size_t i = 0; i < comparison->count; i++) {
        const struct tg_trace_difference *d = &comparison->differences[i];
        printf("%-40s %10s %10s %+7.1f%%  %s\n", tg_trace_row_name(d->a, name, sizeof name),
               as_time(d->a->summary.median, a), as_time(d->b->summary.median, b), d->relative * 100,
               verdicts[d->verdict]);
    }
    printf("\n%zu of %zu medians agree within %.3g %%\n", comparison->agreeing, comparison->counted,
           tolerance * 100);
}

static int print_comparison_json(const struct tg_trace_comparison *comparison, double tolerance,
                                 struct tg_error *err)
{
    cJSON *document = new_document();
    cJSON_AddNumberToObject(document, "tolerance", tolerance);
    cJSON_AddNumberToObject(document, "counted", (double)comparison->counted);
    cJSON_AddNumberToObject(document, "agreeing", (double)comparison->agreeing);
    cJSON_AddBoolToObject(document, "agree", comparison->agree);
    cJSON *list = cJSON_AddArrayToObject(document, "primitives");
    for (size_t i = 0; i < comparison->count; i++) {
        const struct tg_trace_difference *d = &comparison->differences[i];
        char name[128];
        cJSON *o = cJSON_CreateObject();
        cJSON_AddStringToObject(o, "name", tg_trace_row_name(d->a, name, sizeof name));
        cJSON_AddNumberToObject(o, "a_ns", d->a->summary.median);
        cJSON_AddNumberToObject(o, "b_ns", d->b->summary.median);
        tg_json_add_number(o, "relative", d->relative);
        cJSON_AddStringToObject(o, "verdict", verdicts[d->verdict]);
        cJSON_AddItemToArray(list, o);
    }
    return print_json(document, err);
}

static int compare_rows(const struct options *options, const struct tg_trace_rows *a,
                        const struct tg_trace_rows *b, struct tg_error *err)
{
    const double wanted = 0.9;
    struct tg_trace_comparison comparison;
    int rc = tg_trace_compare(a, b, options->tolerance, wanted, &comparison, err);
    if (rc)
        return rc;
    if (!comparison.count)
        rc = tg_error_set(err, TG_EINPUT, "the two trace sets have no primitive in common");
    else if (options->json)
        rc = print_comparison_json(&comparison, options->tolerance, err);
    else
        print_comparison(&comparison, options->tolerance);
    if (!rc && !comparison.agree)
        rc = tg_error_set(err, TG_ECHECK, "the sets do not agree");
    tg_trace_comparison_release(&comparison);
    return rc;
}

static int compare(const struct options *options, const struct tg_strings *operands, struct tg_error *err)
{
    struct tg_trace_set a = {0}, b = {0};
    struct tg_trace_rows rows_a = {0}, rows_b = {0};
    if (operands->count != 2)
        return tg_error_set(err, TG_EUSAGE, "measure: --compare takes two trace sets, but %zu were given",
                            operands->count);
    int rc = tg_trace_set_read(&a, operands->items[0], err);
    if (!rc)
        rc = tg_trace_set_read(&b, operands->items[1], err);
    if (!rc)
        rc = tg_trace_rows_of(&a, &rows_a, err);
    if (!rc)
        rc = tg_trace_rows_of(&b, &rows_b, err);
    if (!rc)
        rc = compare_rows(options, &rows_a, &rows_b, err);
    tg_trace_rows_release(&rows_a);
    tg_trace_rows_release(&rows_b);
    tg_trace_set_release(&a);
    tg_trace_set_release(&b);
    return rc;
}

static int run(void *opaque, const struct tg_strings *operands, struct tg_error *err)
{
    const struct options *options = opaque;
    if (options->compare)
        return compare(options, operands, err);
    if (operands->count)
        return tg_error_set(err, TG_EUSAGE, "measure: '%s' is no option; trace sets are named with --compare",
                            operands->items[0]);
    return options->list ? list_probes(options, err) : measure(options, err);
}

const struct tg_command tg_command_measure = {
    .name = "measure",
    .summary = "measure what each primitive costs on this machine",
    .operands = "[--compare A B]",
    .help =
        "Runs the probes on one CPU and writes their raw samples as a trace set, which 'tollgate calibrate'\n"
        "turns into a cost profile. Probes that cannot run here are skipped, with the reason. Some need "
        "root.\n"
        "With --compare, prints two trace sets side by side; the status is 1 where fewer than 90 % of the\n"
        "medians agree.",
    .options = fields,
    .option_count = TG_COUNT(fields),
    .option_size = sizeof(struct options),
    .run = run,
};
