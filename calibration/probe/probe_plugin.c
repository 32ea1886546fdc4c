/* Calls of plugins and what goes with them, timed by the plugin prototype's own timers. */
#include <stdio.h>

#include "tg_plugin_timer.h"
#include "tg_probe_kind.h"

static bool plugin_available(const struct tg_probe *probe, char *reason, size_t size)
{
    struct tg_error why = {0};
    if (tg_plugin_available((enum tg_plugin_operation)probe->selector, &why) == TG_OK)
        return true;
    snprintf(reason, size, "%s", why.text);
    return false;
}

static int plugin_setup(const struct tg_probe *probe, const struct tg_bench *bench, double argument,
                        void **state, struct tg_error *err)
{
    struct tg_plugin_timer *timer = NULL;
    (void)bench;
    int rc = tg_plugin_timer_open(&timer, (enum tg_plugin_operation)probe->selector, (unsigned)argument, err);
    *state = timer;
    return rc;
}

/* The timer says when a sample began on CLOCK_MONOTONIC; the session's own stamp, taken just before, is on
 * the clock that all other traces are on. */
static int plugin_sample(const struct tg_bench *bench, void *state, struct tg_sample *sample,
                         struct tg_error *err)
{
    struct tg_plugin_sample taken;
    (void)bench;
    sample->begin = tg_clock_glance();
    int rc = tg_plugin_timer_sample(state, &taken, err);
    if (rc)
        return rc;
    sample->cost_ns = taken.cost_ns;
    sample->ops = taken.ops;
    return TG_OK;
}

static void plugin_teardown(void *state)
{
    tg_plugin_timer_close(state);
}

#define PLUGIN_PROBE(operation, label, sentence)                                               \
    {                                                                                          \
        .name = label, .what = sentence, .selector = operation, .available = plugin_available, \
        .setup = plugin_setup, .sample = plugin_sample, .teardown = plugin_teardown            \
    }

static const struct tg_probe probes[] = {
    PLUGIN_PROBE(
        TG_PLUGIN_KERNEL_CALL, "plugin_call",
        "a call of a null plugin inside the kernel and its return: verified bytecode compiled by the kernel"),
    PLUGIN_PROBE(TG_PLUGIN_KERNEL_CALLBACK, "plugin_callback",
                 "a call from a plugin in the kernel to a function of the kernel that does next to nothing"),
    PLUGIN_PROBE(TG_PLUGIN_KERNEL_ROUND, "plugin_round",
                 "a round of the plugin that computes, in the kernel: a multiplication that needs the last"),
    PLUGIN_PROBE(TG_PLUGIN_KERNEL_CODEGEN, "plugin_codegen",
                 "code generation for a null plugin in the kernel: verifying its bytecode and compiling it"),
    PLUGIN_PROBE(TG_PLUGIN_KERNEL_LINK, "plugin_link",
                 "putting a compiled plugin into the empty slot of a program that is loaded"),
    PLUGIN_PROBE(TG_PLUGIN_KERNEL_UNLINK, "plugin_unlink", "taking a plugin out of its slot"),
    PLUGIN_PROBE(
        TG_PLUGIN_KERNEL_FIXED_CALL, "plugin_fixed_call",
        "a call of a null plugin through a slot that is a direct jump in the program's machine code"),
    PLUGIN_PROBE(TG_PLUGIN_KERNEL_FIXED_LINK, "plugin_fixed_link",
                 "linking such a plugin, which rewrites machine code"),
    PLUGIN_PROBE(TG_PLUGIN_KERNEL_FIXED_UNLINK, "plugin_fixed_unlink",
                 "unlinking such a plugin, which waits until no core can still be inside"),
    PLUGIN_PROBE(TG_PLUGIN_KERNEL_REPLACED_CALL, "plugin_replaced_call",
                 "a call of a null plugin that has taken the place of a function of its host in the kernel"),
    PLUGIN_PROBE(TG_PLUGIN_KERNEL_REPLACED_LINK, "plugin_replaced_link",
                 "putting such a plugin in place of the function"),
    PLUGIN_PROBE(TG_PLUGIN_KERNEL_REPLACED_UNLINK, "plugin_replaced_unlink",
                 "putting the function back in place of such a plugin"),
    PLUGIN_PROBE(
        TG_PLUGIN_SEGMENT_CALL, "segment_call",
        "a call of a null plugin in segments of its own inside this process, by far call and return"),
    PLUGIN_PROBE(TG_PLUGIN_SEGMENT_CALLBACK, "segment_callback",
                 "a call from a plugin in segments of its own back to its host"),
    PLUGIN_PROBE(TG_PLUGIN_SEGMENT_CODEGEN, "segment_codegen",
                 "compiling the text of a small filter to machine code"),
    PLUGIN_PROBE(TG_PLUGIN_SEGMENT_LINK, "segment_link",
                 "putting such code into place and making its three segments"),
    PLUGIN_PROBE(TG_PLUGIN_SEGMENT_UNLINK, "segment_unlink", "taking the segments away"),
    PLUGIN_PROBE(TG_PLUGIN_KEY_CALL, "key_call",
                 "a call of a null plugin that may write only memory of a protection key of its own"),
};

const struct tg_probe_family tg_probes_plugin = {.probes = probes, .count = TG_COUNT(probes)};
