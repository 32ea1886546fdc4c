/* The verbs of `tollgate plugin` that need no service: a plugin in segments, and the timings. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "tg_command.h"
#include "tg_expression.h"
#include "tg_json.h"
#include "tg_plugin_study.h"
#include "tg_plugin_verbs.h"
#include "tg_segment.h"
#include "tg_units.h"

enum { CODE_BYTES = 64 * 1024 };

static int read_arguments(const struct tg_strings *operands, int32_t *arguments, struct tg_error *err)
{
    for (size_t i = 1; i < operands->count; i++) {
        char *end;
        errno = 0;
        long value = strtol(operands->items[i], &end, 0);
        if (errno || *end || end == operands->items[i] || value < INT32_MIN || value > INT32_MAX)
            return tg_error_set(err, TG_EUSAGE, "plugin: the argument '%s' is not a 32-bit integer",
                                operands->items[i]);
        arguments[i - 1] = (int32_t)value;
    }
    return TG_OK;
}

static int run_in_segments(const char *expression, const int32_t *arguments, unsigned count,
                           size_t *code_bytes, int32_t *result, struct tg_error *err)
{
    static const struct tg_segment_sizes sizes = {CODE_BYTES, 4096, 16384};
    const uint64_t budget_ns = 1000000000;
    struct tg_segment *segment = NULL;
    uint8_t *code = malloc(CODE_BYTES);
    struct tg_i386 out = {.code = code, .capacity = CODE_BYTES - TG_STUB_BYTES};
    int rc =
        code ? tg_expression_compile(expression, &out, err) : tg_error_set(err, TG_ENOMEM, "out of memory");
    if (!rc)
        rc = tg_segment_open(&segment, &sizes, err);
    if (!rc)
        rc = tg_segment_link(segment, code, out.size, err);
    if (!rc) {
        tg_segment_set_budget(segment, budget_ns);
        rc = tg_segment_call(segment, arguments, count, result, err);
    }
    *code_bytes = out.size;
    tg_segment_close(segment);
    free(code);
    return rc;
}

int tg_plugin_run(const struct tg_plugin_options *options, const struct tg_strings *operands,
                  struct tg_error *err)
{
    int32_t arguments[TG_SEGMENT_ARGUMENTS_MAX] = {0}, result = 0;
    size_t code_bytes = 0;
    int rc = read_arguments(operands, arguments, err);
    if (!rc)
        rc = run_in_segments(operands->items[0], arguments, (unsigned)operands->count - 1, &code_bytes,
                             &result, err);
    if (rc && rc != TG_ECHECK)
        return tg_error_wrap(err, rc, "plugin");
    if (!options->json) {
        if (rc)
            printf("%s\n", err->text);
        else
            printf("%d\n", result);
        return rc;
    }
    cJSON *document = tg_plugin_document();
    cJSON_AddNumberToObject(document, "code_bytes", (double)code_bytes);
    if (rc)
        cJSON_AddStringToObject(document, "killed", err->text);
    else
        cJSON_AddNumberToObject(document, "result", result);
    int printed = tg_plugin_print(document, err);
    return printed ? printed : rc;
}

static const char *duration(double ns, char *text, size_t size)
{
    return tg_time_format(ns * 1e-9, text, size);
}

static void print_row(const struct tg_plugin_row *row)
{
    char name[40], median[24], low[24], high[24], fastest[24], published[48] = "-", least[24], most[24];
    const struct tg_plugin_published *study = row->published;
    snprintf(name, sizeof name, "%s%s", tg_plugin_operation_name(row->operation),
             row->arguments ? ", 8 arguments" : "");
    if (study->least_ns != study->most_ns)
        snprintf(published, sizeof published, "%s to %s", duration(study->least_ns, least, sizeof least),
                 duration(study->most_ns, most, sizeof most));
    else if (study->most_ns > 0)
        duration(study->most_ns, published, sizeof published);
    if (row->skipped) {
        printf("%-31s %-23s not here: %s\n", name, study->what, row->skipped);
        return;
    }
    printf("%-31s %-23s %10s  %10s .. %-10s  %10s   %s\n", name, study->what,
           duration(row->median_ns, median, sizeof median), duration(row->median_low_ns, low, sizeof low),
           duration(row->median_high_ns, high, sizeof high),
           duration(row->fastest_decile_mean_ns, fastest, sizeof fastest), published);
}

static void add_row(cJSON *list, const struct tg_plugin_row *row)
{
    cJSON *o = cJSON_CreateObject();
    cJSON_AddStringToObject(o, "name", tg_plugin_operation_name(row->operation));
    cJSON_AddStringToObject(o, "what", row->published->what);
    cJSON_AddNumberToObject(o, "arguments", row->arguments);
    cJSON_AddItemToArray(list, o);
    if (row->skipped) {
        cJSON_AddStringToObject(o, "reason", row->skipped);
        return;
    }
    cJSON_AddStringToObject(o, "unit", "ns");
    cJSON_AddNumberToObject(o, "samples", row->samples);
    cJSON_AddNumberToObject(o, "ops_per_sample", row->ops_per_sample);
    cJSON_AddNumberToObject(o, "median", row->median_ns);
    cJSON *interval = cJSON_AddArrayToObject(o, "interval");
    cJSON_AddItemToArray(interval, cJSON_CreateNumber(row->median_low_ns));
    cJSON_AddItemToArray(interval, cJSON_CreateNumber(row->median_high_ns));
    cJSON_AddNumberToObject(o, "mean", row->mean_ns);
    cJSON_AddNumberToObject(o, "fastest_decile_mean", row->fastest_decile_mean_ns);
    if (row->published->most_ns > 0) {
        cJSON *published = cJSON_AddArrayToObject(o, "published");
        cJSON_AddItemToArray(published, cJSON_CreateNumber(row->published->least_ns));
        cJSON_AddItemToArray(published, cJSON_CreateNumber(row->published->most_ns));
    }
}

static void print_table(const struct tg_plugin_row *rows, size_t count)
{
    printf("%-31s %-23s %10s  %-24s  %10s   %s\n", "operation", "what", "median", "95 % interval of median",
           "fastest 10%", "2004 study");
    for (size_t i = 0; i < count; i++)
        print_row(&rows[i]);
    printf("plugin_*: verified bytecode in the kernel, through an indirect slot; plugin_fixed_*: through a "
           "slot\n"
           "fixed at compile time. segment_*: generated code in segments of a process. key_*: memory "
           "protection\n"
           "keys. 2004 study: kernel plugins on a Pentium III at 866 MHz (USENIX VM'04).\n");
}

int tg_plugin_measure(const struct tg_plugin_options *options, const struct tg_strings *operands,
                      struct tg_error *err)
{
    struct tg_plugin_row *rows;
    size_t count;
    (void)operands;
    int rc = tg_plugin_study((unsigned)options->samples, tg_command_interrupted, &rows, &count, err);
    if (rc)
        return rc;
    if (options->json) {
        cJSON *document = tg_plugin_document(), *done = cJSON_AddArrayToObject(document, "primitives"),
              *skipped = cJSON_AddArrayToObject(document, "skipped");
        for (size_t i = 0; i < count; i++)
            add_row(rows[i].skipped ? skipped : done, &rows[i]);
        rc = tg_plugin_print(document, err);
    } else {
        print_table(rows, count);
    }
    tg_plugin_study_release(rows, count);
    return rc;
}
