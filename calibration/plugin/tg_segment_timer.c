/* Timed operations on a plugin in segments: call, call back, code generation, link, unlink. */
#include <stdio.h>
#include <stdlib.h>

#include "tg_expression.h"
#include "tg_segment.h"
#include "tg_stopwatch.h"
#include "tg_timer_kind.h"

enum { CODE_BYTES = 4096, CALLS = 32, CALLBACKS = 32, COMPILATIONS = 8 };

/* What code generation is timed on: a filter that hashes its arguments and looks the hash up in its data. */
static const char filter_program[] = "h = 5381; h = h * 33 ^ a0; h = h * 33 ^ a1; i = 0; found = 0;"
                                     "while (i < 16 && !found) {"
                                     "  if (mem[4 * ((h + i) & 15)] == h) { found = 1 } else { i = i + 1 }"
                                     "}; found";

/* A call whose plugin does nothing but call back CALLBACKS times, as one row of code and not in a loop. */
static const char callback_call[] = "host(0);";

struct segment_timer {
    struct tg_segment *segment;
    uint8_t code[CODE_BYTES];
    size_t size;
    unsigned arguments;
    double empty_ns; /* of the clock, and of the call that makes the callbacks */
};

static int compile(struct segment_timer *timer, const char *text, struct tg_error *err)
{
    struct tg_i386 out = {.code = timer->code, .capacity = sizeof timer->code};
    int rc = tg_expression_compile(text, &out, err);
    timer->size = out.size;
    return rc;
}

static int link_text(struct segment_timer *timer, const char *text, struct tg_error *err)
{
    int rc = compile(timer, text, err);
    return rc ? rc : tg_segment_link(timer->segment, timer->code, timer->size, err);
}

static int open_segment(void **state, unsigned arguments, struct tg_error *err)
{
    static const struct tg_segment_sizes sizes = {CODE_BYTES, 4096, 4096};
    struct segment_timer *timer = calloc(1, sizeof *timer);
    if (!timer)
        return tg_error_set(err, TG_ENOMEM, "out of memory");
    *state = timer;
    timer->arguments = arguments;
    timer->empty_ns = tg_stopwatch_empty_ns();
    int rc = tg_segment_open(&timer->segment, &sizes, err);
    return rc ? rc : link_text(timer, filter_program, err);
}

static void close_segment(void *state)
{
    struct segment_timer *timer = state;
    tg_segment_close(timer->segment);
    free(timer);
}

/* The null plugin reads each of its arguments once and returns their sum. */
static int open_call(void **state, unsigned arguments, struct tg_error *err)
{
    static const char sum[] = "a0 + a1 + a2 + a3 + a4 + a5 + a6 + a7";
    char text[sizeof sum] = "0";
    if (arguments)
        snprintf(text, sizeof text, "%.*s", (int)(5 * arguments - 3), sum);
    int rc = open_segment(state, arguments, err);
    return rc ? rc : link_text(*state, text, err);
}

static int sample_call(void *state, struct tg_plugin_sample *sample, struct tg_error *err)
{
    static const int32_t arguments[TG_SEGMENT_ARGUMENTS_MAX] = {1, 2, 3, 4, 5, 6, 7, 8};
    struct segment_timer *timer = state;
    int32_t sum = 0, expected = CALLS * (int32_t)(timer->arguments * (timer->arguments + 1) / 2);
    int rc = TG_OK;
    struct tg_stopwatch watch = tg_stopwatch_start();
    for (int i = 0; i < CALLS; i++) {
        int32_t result = 0;
        rc |= tg_segment_call(timer->segment, arguments, timer->arguments, &result, err);
        sum += result;
    }
    tg_stopwatch_stop(&watch, CALLS, timer->empty_ns, sample);
    if (!rc && sum != expected)
        rc = tg_error_set(err, TG_EBUG, "the null plugin returned %d instead of %d", sum, expected);
    return rc;
}

static int open_callback(void **state, unsigned arguments, struct tg_error *err)
{
    enum { CALLS_MEASURED = 1000 };
    double durations[CALLS_MEASURED];
    char text[CALLBACKS * sizeof callback_call] = "0";
    struct segment_timer *timer;
    int rc = open_segment(state, arguments, err);
    if (rc)
        return rc;
    timer = *state;
    rc = link_text(timer, text, err);
    for (int i = 0; i < CALLS_MEASURED && !rc; i++) {
        struct tg_plugin_sample sample;
        int32_t result;
        struct tg_stopwatch watch = tg_stopwatch_start();
        rc = tg_segment_call(timer->segment, NULL, 0, &result, err);
        tg_stopwatch_stop(&watch, 1, 0, &sample);
        durations[i] = sample.cost_ns;
    }
    if (rc)
        return rc;
    timer->empty_ns = tg_stopwatch_quiet_mean(durations, CALLS_MEASURED);
    for (size_t i = 0; i < CALLBACKS; i++)
        snprintf(text + i * (sizeof callback_call - 1), sizeof callback_call, "%s", callback_call);
    return link_text(timer, text, err);
}

static int sample_callback(void *state, struct tg_plugin_sample *sample, struct tg_error *err)
{
    struct segment_timer *timer = state;
    int32_t result;
    struct tg_stopwatch watch = tg_stopwatch_start();
    int rc = tg_segment_call(timer->segment, NULL, 0, &result, err);
    tg_stopwatch_stop(&watch, CALLBACKS, timer->empty_ns, sample);
    return rc;
}

static int sample_codegen(void *state, struct tg_plugin_sample *sample, struct tg_error *err)
{
    struct segment_timer *timer = state;
    int rc = TG_OK;
    struct tg_stopwatch watch = tg_stopwatch_start();
    for (int i = 0; i < COMPILATIONS; i++)
        rc |= compile(timer, filter_program, err);
    tg_stopwatch_stop(&watch, COMPILATIONS, timer->empty_ns, sample);
    return rc;
}

static int sample_link(void *state, struct tg_plugin_sample *sample, struct tg_error *err)
{
    struct segment_timer *timer = state;
    tg_segment_unlink(timer->segment);
    struct tg_stopwatch watch = tg_stopwatch_start();
    int rc = tg_segment_link(timer->segment, timer->code, timer->size, err);
    tg_stopwatch_stop(&watch, 1, timer->empty_ns, sample);
    return rc;
}

static int sample_unlink(void *state, struct tg_plugin_sample *sample, struct tg_error *err)
{
    struct segment_timer *timer = state;
    int rc = tg_segment_link(timer->segment, timer->code, timer->size, err);
    struct tg_stopwatch watch = tg_stopwatch_start();
    tg_segment_unlink(timer->segment);
    tg_stopwatch_stop(&watch, 1, timer->empty_ns, sample);
    return rc;
}

const struct tg_timer_kind tg_timer_segment_call = {
    .name = "segment_call",
    .arguments_max = TG_SEGMENT_ARGUMENTS_MAX,
    .available = tg_segment_available,
    .open = open_call,
    .sample = sample_call,
    .close = close_segment,
};
const struct tg_timer_kind tg_timer_segment_callback = {
    .name = "segment_callback",
    .available = tg_segment_available,
    .open = open_callback,
    .sample = sample_callback,
    .close = close_segment,
};
const struct tg_timer_kind tg_timer_segment_codegen = {
    .name = "segment_codegen",
    .available = tg_segment_available,
    .open = open_segment,
    .sample = sample_codegen,
    .close = close_segment,
};
const struct tg_timer_kind tg_timer_segment_link = {
    .name = "segment_link",
    .available = tg_segment_available,
    .open = open_segment,
    .sample = sample_link,
    .close = close_segment,
};
const struct tg_timer_kind tg_timer_segment_unlink = {
    .name = "segment_unlink",
    .available = tg_segment_available,
    .open = open_segment,
    .sample = sample_unlink,
    .close = close_segment,
};
