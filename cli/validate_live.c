#include "validate_live.h"

#include <fnmatch.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "tg_bed_model.h"
#include "tg_command.h"
#include "tg_file.h"
#include "tg_json.h"
#include "tg_probe.h"
#include "tg_version.h"

enum { SYSTEMS_MAX = 128 };

/* What a quick run takes: one of each kind, none that needs seconds. And what only --all takes: systems that
 * the client limits many times over, and those that take longest. */
static const char *const quick_systems[] = {"udp-syscall-20",   "udp-signal-2",        "udp-vm_exit-2",
                                            "udp-page_fault-5", "udp-segment_call-20", "udp-container",
                                            "xdp-compute-1000", "udp-pipe_handover-2"};
static const char *const rare_systems[] = {"xdp-null",     "xdp-chain-8",        "xdp-chain-16",
                                           "xdp-chain-32", "xdp-null-container", "lighttpd-container"};

/* One validation under way. */
struct live {
    const struct validate_live_options *options;
    const struct tg_bed_system *systems[SYSTEMS_MAX];
    size_t count;
    char *folder;
    struct tg_trace_set traces;
    struct tg_prediction_record record;
    struct tg_bed_record measured;
    struct tg_bed *bed;
    bool terminal;
};

static bool among(const char *name, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(name, names[i]) == 0)
            return true;
    }
    return false;
}

static bool wanted(const struct live *l, const char *name, const struct tg_strings *patterns)
{
    if (l->options->all)
        return true;
    for (size_t i = 0; i < patterns->count; i++) {
        if (fnmatch(patterns->items[i], name, 0) == 0)
            return true;
    }
    if (patterns->count)
        return false;
    return l->options->quick ? among(name, quick_systems, TG_COUNT(quick_systems))
                             : !among(name, rare_systems, TG_COUNT(rare_systems));
}

static int choose(struct live *l, const struct tg_strings *patterns, struct tg_error *err)
{
    for (const struct tg_bed_system *s = tg_bed_systems; s->name && l->count < SYSTEMS_MAX; s++) {
        if (wanted(l, s->name, patterns))
            l->systems[l->count++] = s;
    }
    for (size_t k = 0; k < patterns->count; k++) {
        bool found = false;
        for (size_t i = 0; i < l->count; i++)
            found = found || fnmatch(patterns->items[k], l->systems[i]->name, 0) == 0;
        if (!found)
            return tg_error_set(err, TG_EUSAGE,
                                "validate live: there is no system '%s'; 'tollgate testbed list' names them",
                                patterns->items[k]);
    }
    return TG_OK;
}

static void say(const struct live *l, const char *what)
{
    if (l->terminal)
        fprintf(stderr, "\r\033[K%s", what);
    else if (*what)
        fprintf(stderr, "%s\n", what);
}

/* Probes. */

static void show_probe(void *context, const char *name, size_t done, size_t total)
{
    (void)context;
    fprintf(stderr, "\r\033[Kmeasuring primitives: %s, %zu of %zu", name, done + 1, total);
}

/* The primitives that the systems are made of, the jitter, and what the model charges by itself. */
static int list_primitives(const struct live *l, struct tg_strings *names, struct tg_error *err)
{
    static const char *const always[] = {"jitter", "yield_switch", "context_switch"};
    struct tg_strings all = {0};
    int rc = TG_OK;
    for (size_t i = 0; !rc && i < TG_COUNT(always); i++)
        rc = tg_strings_add(&all, always[i]);
    for (size_t i = 0; !rc && i < l->count; i++)
        rc = tg_bed_model_primitives(l->systems[i], &all, err);
    for (size_t i = 0; !rc && i < all.count; i++) {
        bool known;
        tg_probe_nearest(all.items[i], &known);
        if (known)
            rc = tg_strings_add(names, all.items[i]);
    }
    tg_strings_release(&all);
    return rc;
}

static int probe(struct live *l, struct tg_error *err)
{
    struct tg_strings names = {0};
    struct tg_probe_settings s = l->options->quick ? tg_probe_settings_quick() : tg_probe_settings_full();
    int rc = list_primitives(l, &names, err);
    if (!l->options->quick) {
        /* Tails hang on stalls that come about once a second. */
        s.budget_s += 3 * s.jitter_s;
        s.jitter_s *= 4;
    }
    s.cpu = (int)l->options->server_cpu;
    s.only = &names;
    s.interrupted = tg_command_interrupted;
    s.progress = l->terminal ? show_probe : NULL;
    if (!rc && !l->terminal)
        say(l, "measuring primitives");
    rc = rc ? rc : tg_probe_session(&s, &l->traces, err);
    tg_strings_release(&names);
    if (rc)
        return rc;
    l->traces.tool = strdup(l->record.tool);
    char *path = tg_file_join(l->folder, "traces");
    rc = path ? tg_file_make_folder(l->folder, err) : tg_error_set(err, TG_ENOMEM, "out of memory");
    rc = rc ? rc : tg_trace_set_write(&l->traces, path, err);
    /* Predicted is from what the files hold, whose numbers are rounded: so that the folder gives the same
     * again.
     */
    if (!rc) {
        tg_trace_set_release(&l->traces);
        rc = tg_trace_set_read(&l->traces, path, err);
    }
    free(path);
    return rc;
}

/* Servers with work of their own, each under each of its loads. */

static const struct tg_bed_system *to_price(const struct live *l, int server, int generator)
{
    bool used = false;
    for (size_t i = 0; i < l->count; i++)
        used = used || ((int)l->systems[i]->server == server && (int)l->systems[i]->generator == generator);
    for (const struct tg_bed_system *s = tg_bed_systems; used && s->name; s++) {
        if ((int)s->server == server && (int)s->generator == generator && s->path == TG_BED_DIRECT)
            return tg_low_load_needed(s) ? s : NULL;
    }
    return NULL;
}

/* A server that cannot be priced is no failure: its systems lack a price then, and say so. */
static int price_server(struct live *l, const struct tg_bed_system *system, struct tg_low_load *low,
                        struct tg_error *err)
{
    const struct tg_low_load_settings full = {.repetitions = 8, .window_s = 0.5},
                                      quick = {.repetitions = 2, .window_s = 0.25};
    struct tg_error why = {0};
    char what[96];
    snprintf(what, sizeof what, "pricing %s at low loads", system->name);
    say(l, what);
    int rc = tg_low_load_measure(l->bed, system, l->options->quick ? &quick : &full, low, &why);
    if (rc == TG_EINTERRUPTED || rc == TG_ENOMEM) {
        *err = why;
        return rc;
    }
    if (rc) {
        *low = (struct tg_low_load){0};
        fprintf(stderr, "%snot priced: %s\n", l->terminal ? "\r\033[K" : "", why.text);
    }
    return TG_OK;
}

static int price_servers(struct live *l, struct tg_error *err)
{
    int rc = TG_OK;
    for (int i = 0; !rc && i < TG_SERVERS * TG_GENERATORS; i++) {
        int server = i / TG_GENERATORS, generator = i % TG_GENERATORS;
        const struct tg_bed_system *s = to_price(l, server, generator);
        if (s && tg_bed_system_available(s, NULL) == TG_OK)
            rc = price_server(l, s, &l->record.low_loads[server][generator], err);
    }
    return rc;
}

/* Predictions. */

static void show_prediction(void *context, size_t done, size_t total)
{
    (void)context;
    fprintf(stderr, "\r\033[Kpredicting: %zu of %zu", done, total);
}

static bool interrupted(void *context)
{
    (void)context;
    return tg_command_interrupted();
}

static int predict(struct live *l, struct tg_error *err)
{
    cJSON *profile = NULL;
    struct tg_prediction_settings *s = &l->record.settings;
    *s = l->options->quick ? tg_prediction_quick() : tg_prediction_full();
    s->seed = (uint64_t)l->options->seed;
    s->threads = (unsigned)l->options->threads;
    s->progress = l->terminal ? show_prediction : NULL;
    s->interrupted = interrupted;
    say(l, "predicting");
    int rc = tg_prediction_record_profile(&l->record, &l->traces, &profile, err);
    rc = rc ? rc : tg_predict(l->systems, l->count, profile, s, &l->record.prediction, err);
    cJSON_Delete(profile);
    time_t now = time(NULL);
    struct tm utc;
    strftime(l->record.made_at, sizeof l->record.made_at, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&now, &utc));
    return rc ? rc : tg_prediction_record_write(&l->record, &l->traces, l->folder, err);
}

/* The testbed. */

static void show_point(const struct tg_measured *measured, size_t done, size_t total, void *context)
{
    (void)context;
    if (total)
        fprintf(stderr, "\r\033[Krunning: pass %u, %s, point %zu of %zu", measured->passes + 1,
                measured->system->name, done + 1, total);
    else
        fprintf(stderr, "\r\033[Krunning: looking for the saturation of %s", measured->system->name);
}

static struct tg_campaign campaign_of(const struct live *l)
{
    static const double full_loads[] = {0.2, 0.5, 0.8, 0.95, 1.1, 1.2, 1.35, 1.5},
                        quick_loads[] = {0.2, 0.5, 0.8, 1.2, 1.5};
    struct tg_campaign c = l->options->quick ? tg_campaign_quick() : tg_campaign_full();
    c.loads = l->options->quick ? quick_loads : full_loads;
    c.load_count = l->options->quick ? TG_COUNT(quick_loads) : TG_COUNT(full_loads);
    c.seed = (uint64_t)l->options->seed;
    if (l->terminal)
        c.progress = show_point;
    return c;
}

/* What is not predicted is not measured either. */
static int run_testbed(struct live *l, struct tg_error *err)
{
    const struct tg_campaign c = campaign_of(l);
    const struct tg_bed_system *systems[SYSTEMS_MAX];
    size_t count = 0;
    for (size_t i = 0; i < l->count; i++) {
        if (!*l->record.prediction.systems[i].skipped)
            systems[count++] = l->systems[i];
    }
    say(l, "running the testbed");
    return tg_bed_record_measure(&l->measured, l->bed, systems, count, &c, l->folder, err);
}

/* All together. */

static int measure_and_predict(struct live *l, struct tg_error *err)
{
    int rc = price_servers(l, err);
    rc = rc ? rc : predict(l, err);
    return rc ? rc : run_testbed(l, err);
}

static int with_bed(struct live *l, struct tg_error *err)
{
    const struct tg_bed_settings settings = {.server_cpu = (int)l->options->server_cpu,
                                             .client_cpu = (int)l->options->client_cpu,
                                             .interrupted = tg_command_interrupted};
    const struct tg_campaign campaign = campaign_of(l);
    int rc = tg_host_read(&l->measured.host, err);
    if (rc)
        return rc;
    l->measured.tool = strdup(l->record.tool);
    l->measured.settings = tg_bed_record_settings(&campaign, &settings);
    rc = tg_bed_open(&l->bed, &settings, err);
    if (rc)
        return rc;
    rc = probe(l, err);
    rc = rc ? rc : measure_and_predict(l, err);
    tg_bed_close(l->bed);
    say(l, "");
    return rc == TG_EINTERRUPTED
               ? tg_error_set(err, rc, "interrupted; what is complete is kept in '%s'", l->folder)
               : rc;
}

static char *default_folder(void)
{
    char stamp[32], *folder = NULL;
    time_t now = time(NULL);
    struct tm utc;
    strftime(stamp, sizeof stamp, "%Y%m%dT%H%M%SZ", gmtime_r(&now, &utc));
    return asprintf(&folder, "validation-%s", stamp) < 0 ? NULL : folder;
}

int validate_live(const struct validate_live_options *options, const struct tg_strings *patterns,
                  struct tg_error *err)
{
    struct live l = {.options = options, .terminal = isatty(STDERR_FILENO)};
    if (options->server_cpu == options->client_cpu)
        return tg_error_set(err, TG_EUSAGE, "validate live: server and client need a CPU each");
    int rc = choose(&l, patterns, err);
    if (rc)
        return rc;
    l.record.tool = strdup("tollgate " TG_VERSION " (" TG_COMMIT ")");
    l.folder = options->output ? strdup(options->output) : default_folder();
    rc = l.record.tool && l.folder ? with_bed(&l, err) : tg_error_set(err, TG_ENOMEM, "out of memory");
    const struct validate_told told = {
        .prediction = &l.record.prediction, .measured = &l.measured, .shown = l.folder, .folder = l.folder};
    rc = rc ? rc : validate_tell(options, &told, err);
    tg_trace_set_release(&l.traces);
    tg_prediction_record_release(&l.record);
    tg_bed_record_release(&l.measured);
    free(l.folder);
    return rc;
}
