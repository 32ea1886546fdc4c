#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "point_words.h"
#include "tg_arrival_times.h"
#include "tg_command.h"
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
     .help =
         "print the mean latency taken apart, by primitive and by waiting place, and what isolation needs"},
    {.name = "json", .kind = TG_FLAG, .offset = offsetof(struct options, json), .help = "print as JSON"},
};

static int on_curve(void *context, const struct tg_sweep_curve *curve, struct tg_error *err)
{
    return tg_point_words_take_names(context, curve->path, err);
}

static int on_toll(void *context, const struct tg_sweep_curve *curve, const struct tg_sweep_point *point,
                   const struct tg_sweep_toll *toll, struct tg_error *err)
{
    struct tg_point_words *words = context;
    (void)curve, (void)point, (void)err;
    words->toll = *toll;
    words->has_toll = true;
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

static int simulate(const struct options *o, const struct tg_scenario *scenario, struct tg_error *err)
{
    size_t technique;
    int rc = choose_technique(scenario, o->technique, &technique, err);
    if (rc)
        return rc;
    struct tg_point_words words = {.technique = &scenario->techniques[technique],
                                   .closed = scenario->workload.client != TG_CLIENT_OPEN};
    struct tg_sweep_listener listener = {
        .context = &words, .curve = on_curve, .toll = o->toll ? on_toll : NULL, .interrupted = interrupted};
    unsigned threads = o->threads ? (unsigned)o->threads : tg_workers_cores();
    rc = tg_sweep_run_point(scenario, technique, o->rate_per_s, threads, &listener, &words.point, err);
    if (!rc && o->json)
        rc = tg_point_words_print_json(&words, err);
    else if (!rc)
        tg_point_words_print(&words, o->toll);
    tg_point_words_release(&words);
    return rc;
}

static int run(void *opaque, const struct tg_strings *operands, struct tg_error *err)
{
    const struct options *o = opaque;
    struct tg_scenario scenario;
    struct tg_arrival_times times = {0};
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
    rc = tg_arrival_times_read(&times, &scenario, operands->items[0], err);
    rc = rc ? rc : simulate(o, &scenario, err);
    tg_scenario_release(&scenario);
    tg_arrival_times_release(&times);
    return rc;
}

const struct tg_command tg_command_simulate = {
    .name = "simulate",
    .summary = "simulate one technique at one offered rate, and show the toll of a request",
    .operands = "SCENARIO",
    .help = "Simulates one point: one technique of the scenario at one offered rate. Prints reply rate, "
            "losses, latency\n"
            "and, with --toll, what the mean latency is made of, and what of it isolation itself needs: the "
            "technique\n"
            "beside the plain path of the same server. Nothing is stored.",
    .options = fields,
    .option_count = TG_COUNT(fields),
    .option_size = sizeof(struct options),
    .run = run,
};
