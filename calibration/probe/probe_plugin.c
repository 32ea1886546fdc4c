/* Calls of plugins, timed by the plugin prototype's own timers. */
#include <stdio.h>

#include "tg_plugin_timer.h"
#include "tg_probe_kind.h"

static bool kernel_call_available(char *reason, size_t size)
{
    struct tg_error why = {0};
    if (tg_plugin_available(TG_PLUGIN_KERNEL_CALL, &why) == TG_OK)
        return true;
    snprintf(reason, size, "%s", why.text);
    return false;
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

static int kernel_call_setup(const struct tg_bench *bench, double argument, void **state,
                             struct tg_error *err)
{
    struct tg_plugin_timer *timer = NULL;
    (void)bench;
    int rc = tg_plugin_timer_open(&timer, TG_PLUGIN_KERNEL_CALL, (unsigned)argument, err);
    *state = timer;
    return rc;
}

static const struct tg_probe probes[] = {
    {.name = "plugin_call",
     .what = "a call of a null plugin inside the kernel and its return: one eBPF program calling another's "
             "function",
     .available = kernel_call_available,
     .setup = kernel_call_setup,
     .sample = plugin_sample,
     .teardown = plugin_teardown},
};

const struct tg_probe_family tg_probes_plugin = {probes, TG_COUNT(probes)};
