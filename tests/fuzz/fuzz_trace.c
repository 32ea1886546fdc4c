/* The reader of traces: whatever it is given it must refuse with a sentence that names the place, or read
 * into samples that keep the format's promises and can be written so that they read back as the same bits. */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "tg_decimal.h"
#include "tg_trace.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(int holds)
{
    if (!holds)
        abort();
}

static void check_number(double value)
{
    char text[TG_DECIMAL_MAX + 1];
    double back;
    must(isfinite(value));
    char *end = tg_decimal_write(text, value);
    must(end - text <= TG_DECIMAL_MAX);
    *end = '\0';
    must(tg_decimal_read(text, &back) == end && back == value);
}

static void check_samples(const struct tg_trace *trace)
{
    must(trace->count > 0 || trace->is_jitter);
    must(trace->count <= trace->capacity);
    must((trace->argument == NULL) == (trace->argument_name == NULL));
    for (size_t i = 0; i < trace->count; i++) {
        check_number(trace->t_ns[i]);
        check_number(trace->cost_ns[i]);
        must(trace->cost_ns[i] >= 0);
        must(i == 0 || trace->t_ns[i] >= trace->t_ns[i - 1]);
        must(!trace->ops || (trace->ops[i] >= 1 && floor(trace->ops[i]) == trace->ops[i]));
        must(!trace->argument || trace->argument[i] >= 0);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct tg_trace trace;
    struct tg_error err = {0};
    char *text = malloc(size + 1);
    must(text != NULL);
    if (size)
        memcpy(text, data, size);
    text[size] = '\0';
    int rc = tg_trace_read_text(&trace, text, size, "fuzzed", "fuzzed.csv", &err);
    if (rc == TG_OK) {
        check_samples(&trace);
        tg_trace_release(&trace);
    } else {
        must(rc == TG_EINPUT);
        must(strncmp(err.text, "fuzzed.csv: ", 12) == 0);
        must(size == 0 || strstr(err.text, "line ") != NULL);
    }
    free(text);
    return 0;
}
