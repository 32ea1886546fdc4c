/* Other tools' output: whatever is given must be refused with a sentence, or become traces and points that
 * keep the promises of their formats. */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "tg_import.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(int holds)
{
    if (!holds)
        abort();
}

static void check_trace(const struct tg_trace *trace)
{
    must(trace->count > 0);
    for (size_t i = 0; i < trace->count; i++) {
        must(trace->cost_ns[i] >= 0);
        must(i == 0 || trace->t_ns[i] >= trace->t_ns[i - 1]);
    }
}

static void check_point(const struct tg_curve_point *point)
{
    must(point->values[TG_CURVE_REPLY] >= 0);
    must(point->values[TG_CURVE_OFFERED] >= 0);
    for (int i = 0; i < TG_CURVE_COLUMNS; i++)
        must(isnan(point->values[i]) || (point->values[i] >= 0 && isfinite(point->values[i])));
}

/* An odd size stands for a unit given on the command line. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct tg_import import = {0};
    struct tg_error err = {0};
    const struct tg_import_options options = {.samples_max = 50, .unit_ns = size % 2 ? 1e3 : 0};
    char *text = malloc(size + 1);
    must(text != NULL);
    if (size)
        memcpy(text, data, size);
    text[size] = '\0';
    int rc = tg_import_text(&import, &options, text, size, "fuzzed", &err);
    must(rc == TG_OK || *err.text);
    for (size_t i = 0; rc == TG_OK && i < import.set.count; i++)
        check_trace(&import.set.traces[i]);
    for (size_t i = 0; rc == TG_OK && i < import.curve.count; i++)
        check_point(&import.curve.points[i]);
    tg_import_release(&import);
    free(text);
    return 0;
}
