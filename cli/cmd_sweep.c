#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "tg_arrival_times.h"
#include "tg_command.h"
#include "tg_json.h"
#include "tg_record.h"
#include "tg_report.h"

struct options {
    char *profile, *db;
    int64_t replications, seed, threads;
    tg_ps horizon_ps;
    bool json, quiet;
};

static const struct tg_field fields[] = {
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
     .help = "replications of each point, in the place of the scenario's"},
    {.name = "seed",
     .letter = 's',
     .kind = TG_INTEGER,
     .offset = offsetof(struct options, seed),
     .metavar = "N",
     .flags = TG_NONNEGATIVE,
     .fallback = "0",
     .help = "master seed, in the place of the scenario's (0: the scenario's)"},
    {.name = "horizon",
     .kind = TG_TIME,
     .offset = offsetof(struct options, horizon_ps),
     .metavar = "TIME",
     .flags = TG_POSITIVE,
     .help = "simulated time of each replication, in the place of the scenario's"},
    {.name = "threads",
     .letter = 'j',
     .kind = TG_INTEGER,
     .offset = offsetof(struct options, threads),
     .metavar = "N",
     .min = 1,
     .max = 256,
     .help = "threads; as many as there are cores if left out"},
    {.name = "db",
     .kind = TG_STRING,
     .offset = offsetof(struct options, db),
     .metavar = "FILE",
     .help = "run store; else $TOLLGATE_DB, else under $XDG_DATA_HOME"},
    {.name = "json",
     .kind = TG_FLAG,
     .offset = offsetof(struct options, json),
     .help = "print the run as JSON"},
    {.name = "quiet",
     .letter = 'q',
     .kind = TG_FLAG,
     .offset = offsetof(struct options, quiet),
     .help = "no progress"},
};

static bool interrupted(void *context)
{
    (void)context;
    return tg_command_interrupted();
}

static void show_progress(void *context, const struct tg_technique *technique, size_t done, size_t total)
{
    (void)context;
    fprintf(stderr, "\r\033[K%3zu %%  %s", 100 * done / total, technique->title);
    fflush(stderr);
}

static int on_curve(void *context, const struct tg_sweep_curve *curve, struct tg_error *err)
{
    return tg_record_curve(context, curve, err);
}

static int on_replication(void *context, const struct tg_sweep_curve *curve, double offered_per_s,
                          size_t number, const struct tg_result *result, struct tg_error *err)
{
    return tg_record_replication(context, curve, offered_per_s, number, result, err);
}

static int on_point(void *context, const struct tg_sweep_curve *curve, const struct tg_sweep_point *point,
                    struct tg_error *err)
{
    return tg_record_point(context, curve, point, err);
}

static int on_toll(void *context, const struct tg_sweep_curve *curve, const struct tg_sweep_point *point,
                   const struct tg_sweep_toll *toll, struct tg_error *err)
{
    (void)curve, (void)point;
    return tg_record_toll(context, toll, err);
}

static int override(const struct options *o, struct tg_scenario *s, struct tg_error *err)
{
    if (o->replications)
        s->replications = o->replications;
    if (o->seed)
        s->seed = o->seed;
    if (o->horizon_ps)
        s->horizon_ps = o->horizon_ps;
    if (s->warm_up_ps >= s->horizon_ps)
        return tg_error_set(err, TG_EUSAGE, "sweep: option '--horizon': must be longer than the warm-up");
    return TG_OK;
}

static int print_run(struct tg_store *store, int64_t run_id, bool json, struct tg_error *err)
{
    if (!json)
        return tg_report_table(store, run_id, stdout, err);
    struct cJSON *document;
    int rc = tg_report_json(store, run_id, &document, err);
    if (rc)
        return rc;
    char *text = tg_json_print(document);
    cJSON_Delete(document);
    if (!text)
        return tg_error_set(err, TG_ENOMEM, "out of memory");
    puts(text);
    free(text);
    return TG_OK;
}

static int sweep(const struct options *o, const struct tg_scenario *scenario, struct tg_store *store,
                 struct tg_error *err)
{
    struct tg_record record;
    bool show = !o->quiet && isatty(STDERR_FILENO);
    struct tg_sweep_listener listener = {.context = &record,
                                         .curve = on_curve,
                                         .replication = on_replication,
                                         .point = on_point,
                                         .toll = on_toll,
                                         .progress = show ? show_progress : NULL,
                                         .interrupted = interrupted};
    unsigned threads = o->threads ? (unsigned)o->threads : tg_workers_cores();
    int rc = tg_record_begin(&record, store, "sweep", scenario, err);
    if (rc)
        return rc;
    rc = tg_sweep_run(scenario, threads, &listener, err);
    if (show)
        fprintf(stderr, "\r\033[K");
    rc = tg_record_finish(&record, rc, err);
    if (rc == TG_EINTERRUPTED)
        return tg_error_set(err, rc, "run %lld: interrupted; its complete replications are kept in '%s'",
                            (long long)record.run_id, tg_store_path(store));
    if (rc)
        return tg_error_wrap(err, rc, "run %lld", (long long)record.run_id);
    return print_run(store, record.run_id, o->json, err);
}

static int run(void *opaque, const struct tg_strings *operands, struct tg_error *err)
{
    const struct options *o = opaque;
    struct tg_scenario scenario;
    struct tg_arrival_times times = {0};
    struct tg_store *store = NULL;
    char *db = NULL;
    if (operands->count != 1)
        return tg_error_set(err, TG_EUSAGE, "sweep: give one scenario file");
    int rc = tg_scenario_read_file(operands->items[0], o->profile, &scenario, err);
    if (rc)
        return rc;
    rc = override(o, &scenario, err);
    if (!rc)
        rc = tg_arrival_times_read(&times, &scenario, operands->items[0], err);
    if (!rc)
        rc = tg_store_default_path(o->db, &db, err);
    if (!rc)
        rc = tg_store_open(&store, db, TG_STORE_WRITE, err);
    if (!rc)
        rc = sweep(o, &scenario, store, err);
    tg_store_close(store);
    free(db);
    tg_scenario_release(&scenario);
    tg_arrival_times_release(&times);
    return rc;
}

const struct tg_command tg_command_sweep = {
    .name = "sweep",
    .summary = "simulate a scenario: saturation and latency curves of all its techniques",
    .operands = "SCENARIO",
    .help =
        "Simulates each technique of the scenario: finds its saturation throughput, then runs it at offered "
        "rates\n"
        "below and above, with replications, and keeps everything in the run store. Prints for each "
        "technique\n"
        "the saturation throughput with its 95 % interval, and latency at half of it. Ctrl-C keeps every\n"
        "replication that was complete.",
    .options = fields,
    .option_count = TG_COUNT(fields),
    .option_size = sizeof(struct options),
    .run = run,
};
