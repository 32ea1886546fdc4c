#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tg_command.h"
#include "tg_json.h"
#include "tg_sweep.h"
#include "tg_text.h"

struct options {
    char *profile, *technique;
    double rate_per_s;
    int64_t replications, seed, threads;
    bool json, toll;
};

static const struct tg_field fields[] = {
    {.name = "technique",
     .letter = 't',
     .kind = TG_STRING,
     .offset = offsetof(struct options, technique),
     .metavar = "NAME",
     .help = "one of the scenario's techniques; its first if left out"},
    {.name = "rate",
     .letter = 'r',
     .kind = TG_RATE,
     .offset = offsetof(struct options, rate_per_s),
     .metavar = "RATE",
     .flags = TG_POSITIVE,
     .help = "offered rate, like 20k/s; required"},
    {.name = "profile",
     .letter = 'p',
     .kind = TG_STRING,
     .offset = offsetof(struct options, profile),
     .metavar = "PROFILE",
     .help = "cost profile, by name or path, in the place of the scenario's"},
    {.name = "replications",
     .letter = 'n',
     .kind = TG_INTEGER,
     .offset = offsetof(struct options, replications),
     .metavar = "N",
     .min = 2,
     .max = 100000,
     .help = "replications, in the place of the scenario's"},
    {.name = "seed",
     .letter = 's',
     .kind = TG_INTEGER,
     .offset = offsetof(struct options, seed),
     .metavar = "N",
     .flags = TG_NONNEGATIVE,
     .fallback = "0",
     .help = "master seed, in the place of the scenario's (0: the scenario's)"},
    {.name = "threads",
     .letter = 'j',
     .kind = TG_INTEGER,
     .offset = offsetof(struct options, threads),
     .metavar = "N",
     .min = 1,
     .max = 256,
     .help = "threads; as many as there are cores if left out"},
    {.name = "toll",
     .kind = TG_FLAG,
     .offset = offsetof(struct options, toll),
     .help = "print the mean latency taken apart, by primitive and by waiting place"},
    {.name = "json", .kind = TG_FLAG, .offset = offsetof(struct options, json), .help = "print as JSON"},
};

/* Ends of an interval as text, in the metric's own scale. */
static void print_time(const char *name, struct tg_estimate e)
{
    char mean[32], low[32], high[32];
    if (isnan(e.mean)) {
        printf("  %-28s -\n", name);
        return;
    }
    printf("  %-28s %-10s (%s to %s)\n", name, tg_time_format(e.mean * 1e-12, mean, sizeof mean),
           tg_time_format(e.low * 1e-12, low, sizeof low), tg_time_format(e.high * 1e-12, high, sizeof high));
}

static void print_rate(const char *name, struct tg_estimate e)
{
    char mean[32], low[32], high[32];
    printf("  %-28s %-10s (%s to %s)\n", name, tg_rate_format(e.mean, mean, sizeof mean),
           tg_rate_format(e.low, low, sizeof low), tg_rate_format(e.high, high, sizeof high));
}

static void print_share(const char *name, struct tg_estimate e)
{
    if (isnan(e.mean)) {
        printf("  %-28s -\n", name);
        return;
    }
    printf("  %-28s %-6.3g %%   (%.3g to %.3g)\n", name, 100 * e.mean, 100 * e.low, 100 * e.high);
}

/* What a listener saw of the curve: names outlive it in the scenario. */
struct seen {
    const char *costs[TG_PATH_COSTS_MAX];
    uint32_t cost_count;
    const char *waits[TG_WAITS_MAX];
    unsigned wait_count;
};

static int on_curve(void *context, const struct tg_sweep_curve *curve, struct tg_error *err)
{
    struct seen *seen = context;
    (void)err;
    seen->cost_count = curve->path->cost_count;
    seen->wait_count = curve->path->wait_count;
    /* The names belong to the technique's own copy of the server, which ends with the sweep. */
    for (uint32_t i = 0; i < seen->cost_count; i++) {
        if (!(seen->costs[i] = strdup(curve->path->costs[i])))
            return tg_error_set(err, TG_ENOMEM, "out of memory");
    }
    for (unsigned i = 0; i < seen->wait_count; i++) {
        if (!(seen->waits[i] = strdup(tg_path_wait_name(curve->path, i))))
            return tg_error_set(err, TG_ENOMEM, "out of memory");
    }
    return TG_OK;
}

static void print_text(const struct tg_technique *t, const struct tg_sweep_point *p, const struct seen *seen,
                       bool toll)
{
    static const char *const labels[] = {"reply rate",   "spread of reply rate",
                                         "lost",         "utilization",
                                         "latency mean", "standard deviation",
                                         "fastest 10 %", "p50",
                                         "p90",          "p95",
                                         "p99",          "p99.9",
                                         "p99.99",       "largest"};
    char rate[32];
    printf("%s at %s offered, %zu replications (95 %% intervals)\n", t->title,
           tg_rate_format(p->offered_per_s, rate, sizeof rate), p->replications);
    for (int i = 0; i < TG_METRIC_COUNT; i++) {
        if (tg_metric_is_time((enum tg_metric)i))
            print_time(labels[i], p->metrics[i]);
        else if (tg_metric_is_share((enum tg_metric)i))
            print_share(labels[i], p->metrics[i]);
        else
            print_rate(labels[i], p->metrics[i]);
    }
    if (!toll)
        return;
    printf("toll of a request:\n");
    for (uint32_t i = 0; i < seen->cost_count; i++)
        print_time(seen->costs[i], p->paid_ps[i]);
    for (unsigned i = 0; i < seen->wait_count; i++) {
        char name[64];
        snprintf(name, sizeof name, "wait: %s", seen->waits[i]);
        print_time(name, p->waited_ps[i]);
    }
}

static void add_estimate(cJSON *object, const char *name, struct tg_estimate e, double scale)
{
    cJSON *json = cJSON_AddObjectToObject(object, name);
    tg_json_add_number(json, "mean", e.mean * scale);
    tg_json_add_number(json, "low", e.low * scale);
    tg_json_add_number(json, "high", e.high * scale);
}

static int print_json(const struct tg_technique *t, const struct tg_sweep_point *p, const struct seen *seen,
                      struct tg_error *err)
{
    cJSON *json = cJSON_CreateObject();
    cJSON_AddNumberToObject(json, "schema", 1);
    cJSON_AddStringToObject(json, "technique", t->name);
    cJSON_AddNumberToObject(json, "offered_per_s", p->offered_per_s);
    cJSON_AddNumberToObject(json, "replications", (double)p->replications);
    for (int i = 0; i < TG_METRIC_COUNT; i++)
        add_estimate(json, tg_metric_names[i], p->metrics[i],
                     tg_metric_is_time((enum tg_metric)i) ? 1e-12 : 1);
    cJSON *paid = cJSON_AddObjectToObject(json, "toll_paid_s");
    for (uint32_t i = 0; i < seen->cost_count; i++)
        add_estimate(paid, seen->costs[i], p->paid_ps[i], 1e-12);
    cJSON *waited = cJSON_AddObjectToObject(json, "toll_waited_s");
    for (unsigned i = 0; i < seen->wait_count; i++)
        add_estimate(waited, seen->waits[i], p->waited_ps[i], 1e-12);
    char *text = tg_json_print(json);
    cJSON_Delete(json);
    if (!text)
        return tg_error_set(err, TG_ENOMEM, "out of memory");
    puts(text);
    free(text);
    return TG_OK;
}

static int choose_technique(const struct tg_scenario *s, const char *name, size_t *index,
                            struct tg_error *err)
{
    struct tg_text names = {0};
    *index = 0;
    if (!name)
        return TG_OK;
    for (; *index < s->technique_count; ++*index) {
        const char *known = s->techniques[*index].name;
        if (strcmp(known, name) == 0)
            break;
        tg_text_printf(&names, "%s%s", names.length ? ", " : "", known);
    }
    int rc = TG_OK;
    if (*index == s->technique_count)
        rc = tg_error_set(err, TG_EUSAGE, "simulate: the scenario has no technique '%s' (it has %s)", name,
                          names.data);
    tg_text_release(&names);
    return rc;
}

static bool interrupted(void *context)
{
    (void)context;
    return tg_command_interrupted();
}

static int run(void *opaque, const struct tg_strings *operands, struct tg_error *err)
{
    const struct options *o = opaque;
    struct tg_scenario scenario;
    struct tg_sweep_point point;
    struct seen seen = {0};
    size_t technique;
    if (operands->count != 1)
        return tg_error_set(err, TG_EUSAGE, "simulate: give one scenario file");
    if (!(o->rate_per_s > 0))
        return tg_error_set(err, TG_EUSAGE, "simulate: give the offered rate, like --rate 20k/s");
    int rc = tg_scenario_read_file(operands->items[0], o->profile, &scenario, err);
    if (rc)
        return rc;
    if (o->replications)
        scenario.replications = o->replications;
    if (o->seed)
        scenario.seed = o->seed;
    struct tg_sweep_listener listener = {.context = &seen, .curve = on_curve, .interrupted = interrupted};
    unsigned threads = o->threads ? (unsigned)o->threads : tg_workers_cores();
    rc = choose_technique(&scenario, o->technique, &technique, err);
    if (!rc)
        rc = tg_sweep_run_point(&scenario, technique, o->rate_per_s, threads, &listener, &point, err);
    if (!rc && o->json)
        rc = print_json(&scenario.techniques[technique], &point, &seen, err);
    else if (!rc)
        print_text(&scenario.techniques[technique], &point, &seen, o->toll);
    for (uint32_t i = 0; i < seen.cost_count; i++)
        free((void *)(uintptr_t)seen.costs[i]);
    for (unsigned i = 0; i < seen.wait_count; i++)
        free((void *)(uintptr_t)seen.waits[i]);
    tg_scenario_release(&scenario);
    return rc;
}

const struct tg_command tg_command_simulate = {
    .name = "simulate",
    .summary = "simulate one technique at one offered rate, and show the toll of a request",
    .operands = "SCENARIO",
    .help = "Simulates one point: one technique of the scenario at one offered rate. Prints reply rate, "
            "losses, latency\n"
            "and, with --toll, what the mean latency is made of. Nothing is stored.",
    .options = fields,
    .option_count = TG_COUNT(fields),
    .option_size = sizeof(struct options),
    .run = run,
};
