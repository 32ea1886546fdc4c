#include <fnmatch.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "tg_bed_record.h"
#include "tg_command.h"
#include "tg_json.h"
#include "tg_text.h"
#include "tg_version.h"

struct options {
    char *output;
    bool quick, all, even, json;
    struct tg_strings rates;
    double seconds;
    int64_t repetitions, seed, server_cpu, client_cpu;
};

#define AT(member) offsetof(struct options, member)

static const struct tg_field fields[] = {
    {.name = "output",
     .letter = 'o',
     .kind = TG_STRING,
     .offset = AT(output),
     .metavar = "DIR",
     .help = "run: where the results go (default: a folder named by CPU, kernel and time)"},
    {.name = "quick", .kind = TG_FLAG, .offset = AT(quick), .help = "run: a few seconds a system"},
    {.name = "all", .kind = TG_FLAG, .offset = AT(all), .help = "run: every system that can run here"},
    {.name = "rates",
     .kind = TG_STRINGS,
     .offset = AT(rates),
     .metavar = "RATE",
     .help = "run: this offered rate instead of fractions of the saturation, as 20k/s; may be repeated, or a "
             "list with commas"},
    {.name = "seconds",
     .kind = TG_NUMBER,
     .offset = AT(seconds),
     .metavar = "S",
     .flags = TG_NONNEGATIVE,
     .max = 60,
     .help = "run: the measured window of a point (default 0.3, quick 0.1)"},
    {.name = "repetitions",
     .kind = TG_INTEGER,
     .offset = AT(repetitions),
     .metavar = "N",
     .fallback = "5",
     .min = 1,
     .max = 100,
     .help = "run: how often each system is started anew and its points are measured"},
    {.name = "even",
     .kind = TG_FLAG,
     .offset = AT(even),
     .help = "run: packets at even distances, not exponential ones"},
    {.name = "seed",
     .kind = TG_INTEGER,
     .offset = AT(seed),
     .metavar = "N",
     .fallback = "1",
     .max = 1e15,
     .help = "run: of the distances between packets"},
    {.name = "server-cpu",
     .kind = TG_INTEGER,
     .offset = AT(server_cpu),
     .metavar = "N",
     .fallback = "0",
     .max = 4095,
     .help = "the server's CPU"},
    {.name = "client-cpu",
     .kind = TG_INTEGER,
     .offset = AT(client_cpu),
     .metavar = "N",
     .fallback = "1",
     .max = 4095,
     .help = "the client's CPU"},
    {.name = "json", .kind = TG_FLAG, .offset = AT(json), .help = "print as JSON"},
};

static int print_json(cJSON *document, struct tg_error *err)
{
    char *text = document ? tg_json_print(document) : NULL;
    if (text)
        puts(text);
    free(text);
    cJSON_Delete(document);
    return text ? TG_OK : tg_error_set(err, TG_ENOMEM, "out of memory");
}

static void list_system(const struct tg_bed_system *system, cJSON *list)
{
    struct tg_error why;
    int unavailable = tg_bed_system_available(system, &why);
    if (!list) {
        printf("%-28s %s\n", system->name, system->what);
        if (unavailable)
            printf("%-28s   cannot run here: %s\n", "", why.text);
        return;
    }
    cJSON *o = cJSON_CreateObject();
    cJSON_AddStringToObject(o, "name", system->name);
    cJSON_AddStringToObject(o, "what", system->what);
    cJSON_AddStringToObject(o, "generator", tg_bed_generator_name(system->generator));
    cJSON_AddBoolToObject(o, "available", !unavailable);
    if (unavailable)
        cJSON_AddStringToObject(o, "reason", why.text);
    cJSON_AddItemToArray(list, o);
}

static int list(const struct options *options, const struct tg_strings *operands, struct tg_error *err)
{
    (void)operands;
    cJSON *document = options->json ? cJSON_CreateObject() : NULL;
    if (document)
        cJSON_AddNumberToObject(document, "schema", 1);
    cJSON *systems = document ? cJSON_AddArrayToObject(document, "systems") : NULL;
    for (const struct tg_bed_system *system = tg_bed_systems; system->name; system++)
        list_system(system, systems);
    return document ? print_json(document, err) : TG_OK;
}

static int up(const struct options *options, const struct tg_strings *operands, struct tg_error *err)
{
    struct tg_bed_net net;
    enum tg_bed_path path = TG_BED_DIRECT;
    (void)options;
    if (operands->count && strcmp(operands->items[0], "container") == 0)
        path = TG_BED_CONTAINER;
    else if (operands->count && strcmp(operands->items[0], "direct") != 0)
        return tg_error_set(err, TG_EUSAGE, "testbed: '%s' is no way: direct and container are",
                            operands->items[0]);
    int rc = tg_bed_stand(path, &net, err);
    if (rc)
        return rc;
    printf("server %s, %s on interface %s\nclient %s, reaches it at %s\n", net.server_namespace,
           net.server_address, net.server_interface, net.client_namespace, net.target);
    return TG_OK;
}

static int down(const struct options *options, const struct tg_strings *operands, struct tg_error *err)
{
    unsigned removed;
    (void)options, (void)operands;
    int rc = tg_bed_sweep(&removed, err);
    if (!rc)
        rc = tg_bed_fell(err);
    if (!rc && removed)
        fprintf(stderr, "removed what %u process%s had left\n", removed, removed == 1 ? "" : "es");
    return rc;
}

/* Each operand is a name or a shell pattern; `chosen` is by place in the table. */
static int choose(const struct options *options, const struct tg_strings *operands, bool *chosen,
                  size_t count, struct tg_error *err)
{
    if (!operands->count && !options->all)
        return tg_error_set(
            err, TG_EUSAGE,
            "testbed: which system is missing; 'tollgate testbed list' names them, and --all takes "
            "every one");
    for (size_t i = 0; i < count; i++)
        chosen[i] = options->all;
    for (size_t k = 0; k < operands->count; k++) {
        bool found = false;
        for (size_t i = 0; i < count; i++) {
            if (fnmatch(operands->items[k], tg_bed_systems[i].name, 0) != 0)
                continue;
            found = chosen[i] = true;
        }
        if (!found)
            return tg_error_set(err, TG_EUSAGE,
                                "testbed: there is no system '%s'; 'tollgate testbed list' names them",
                                operands->items[k]);
    }
    return TG_OK;
}

enum { RATES_MAX = 64, SYSTEMS_MAX = 256 };

/* Options are parsed one at a time, so that a list is taken apart here. */
static int read_rates(const struct options *options, double rates_per_s[RATES_MAX], size_t *count,
                      struct tg_error *err)
{
    *count = 0;
    for (size_t i = 0; i < options->rates.count; i++) {
        char *rest = options->rates.items[i], *word;
        while ((word = strsep(&rest, ",")) != NULL) {
            if (*count == RATES_MAX)
                return tg_error_set(err, TG_EUSAGE, "testbed: more than %d rates", RATES_MAX);
            int rc = tg_quantity_parse(word, TG_DIM_RATE, &rates_per_s[*count], err);
            if (!rc && !(rates_per_s[*count] > 0))
                rc = tg_error_set(err, TG_EINPUT, "'%s' is not greater than zero", word);
            if (rc)
                return tg_error_wrap(err, TG_EUSAGE, "testbed: --rates");
            ++*count;
        }
    }
    return TG_OK;
}

static void show_progress(const struct tg_measured *measured, size_t done, size_t total, void *context)
{
    (void)context;
    if (total)
        fprintf(stderr, "\r\033[Kpass %u: %s, point %zu of %zu", measured->passes + 1, measured->system->name,
                done + 1, total);
    else
        fprintf(stderr, "\r\033[Klooking for the saturation of %s", measured->system->name);
    fflush(stderr);
}

static const char *as_rate(double per_s, char buf[24])
{
    return tg_rate_format(per_s, buf, 24);
}

static void print_header(void)
{
    printf("%-28s %10s %26s  %-8s %8s %9s %9s\n", "system", "saturation", "interval", "limit", "kind",
           "p50 at", "p99 at");
    printf("%-28s %10s %26s  %-8s %8s %9s %9s\n", "", "", "", "", "", "half load", "half load");
}

static const char *as_time(double ns, char buf[24])
{
    return isfinite(ns) ? tg_time_format(ns * 1e-9, buf, 24) : "-";
}

static void print_measured(const struct tg_measured *m)
{
    char value[24], low[24], high[24], p50[24], p99[24], interval[64] = "-";
    const struct tg_saturation *s = &m->saturation;
    if (*m->skipped) {
        printf("%-28s skipped: %s\n", m->system->name, m->skipped);
        return;
    }
    if (*m->failed)
        printf("%-28s failed: %s\n", m->system->name, m->failed);
    if (!m->count)
        return;
    struct tg_bed_point half = tg_measured_at(m, s->per_s / 2);
    if (isfinite(s->low) && isfinite(s->high))
        snprintf(interval, sizeof interval, "%s .. %s", as_rate(s->low, low), as_rate(s->high, high));
    printf("%-28s %10s %26s  %-8s %8s %9s %9s", m->system->name, as_rate(s->per_s, value), interval,
           s->reached ? tg_limit_name(s->limited_by) : "-",
           !s->reached  ? "at least"
           : s->plateau ? "plateau"
                        : "peak",
           as_time(half.latency_p50_ns, p50), as_time(half.latency_p99_ns, p99));
    const double worth_saying = 0.1;
    if (s->disturbed_share > worth_saying)
        printf("  (other work had a core for %.0f %% of the time)", s->disturbed_share * 100);
    putchar('\n');
    fflush(stdout);
}

static char *default_folder(const struct tg_host *host)
{
    char slug[128], stamp[32], *folder = NULL;
    time_t now = time(NULL);
    struct tm utc;
    strftime(stamp, sizeof stamp, "%Y%m%dT%H%M%SZ", gmtime_r(&now, &utc));
    if (asprintf(&folder, "testbed-%s-%s", tg_host_slug(host, slug, sizeof slug), stamp) < 0)
        return NULL;
    return folder;
}

static int measure_chosen(struct tg_bed *bed, const bool *chosen, const struct tg_campaign *campaign,
                          struct tg_bed_record *record, const char *folder, struct tg_error *err)
{
    const struct tg_bed_system *systems[SYSTEMS_MAX];
    size_t count = 0;
    for (size_t i = 0; tg_bed_systems[i].name && i < SYSTEMS_MAX; i++) {
        if (chosen[i])
            systems[count++] = &tg_bed_systems[i];
    }
    int rc = tg_bed_record_measure(record, bed, systems, count, campaign, folder, err);
    if (campaign->progress)
        fputs("\r\033[K", stderr);
    return rc;
}

static int run_chosen(const struct options *options, const bool *chosen, const struct tg_campaign *campaign,
                      const struct tg_bed_settings *settings, struct tg_bed_record *record,
                      const char *folder, struct tg_error *err)
{
    struct tg_bed *bed;
    int rc = tg_bed_open(&bed, settings, err);
    if (rc)
        return rc;
    rc = measure_chosen(bed, chosen, campaign, record, folder, err);
    tg_bed_close(bed);
    if (!options->json) {
        print_header();
        for (size_t i = 0; i < record->count; i++)
            print_measured(&record->systems[i]);
    }
    for (size_t i = 0; i < record->count && !rc; i++) {
        if (*record->systems[i].failed)
            rc = tg_error_set(err, TG_EENV, "%s", record->systems[i].failed);
    }
    return rc == TG_EINTERRUPTED
               ? tg_error_set(err, rc, "interrupted; the points that are complete are kept in '%s'", folder)
               : rc;
}

static struct tg_campaign campaign_of(const struct options *options)
{
    struct tg_campaign campaign = options->quick ? tg_campaign_quick() : tg_campaign_full();
    campaign.repetitions = (unsigned)options->repetitions;
    campaign.even = options->even;
    campaign.seed = (uint64_t)options->seed;
    if (options->seconds > 0) {
        const double warmup_share = 0.25;
        campaign.window_s = options->seconds;
        campaign.warmup_s = options->seconds * warmup_share;
    }
    if (isatty(STDERR_FILENO))
        campaign.progress = show_progress;
    return campaign;
}

static int run_systems(const struct options *options, const struct tg_strings *operands, struct tg_error *err)
{
    bool chosen[SYSTEMS_MAX];
    double rates_per_s[RATES_MAX];
    struct tg_bed_record record = {0};
    struct tg_campaign campaign = campaign_of(options);
    struct tg_bed_settings settings = {.server_cpu = (int)options->server_cpu,
                                       .client_cpu = (int)options->client_cpu,
                                       .interrupted = tg_command_interrupted};
    size_t count = 0;
    while (tg_bed_systems[count].name && count < SYSTEMS_MAX)
        count++;
    int rc = choose(options, operands, chosen, count, err);
    if (!rc)
        rc = read_rates(options, rates_per_s, &campaign.rate_count, err);
    if (!rc)
        rc = tg_host_read(&record.host, err);
    if (rc)
        return rc;
    if (campaign.rate_count)
        campaign.rates_per_s = rates_per_s;
    record.tool = strdup("tollgate " TG_VERSION " (" TG_COMMIT ")");
    record.settings = tg_bed_record_settings(&campaign, &settings);
    char *folder = options->output ? strdup(options->output) : default_folder(&record.host);
    rc = folder ? run_chosen(options, chosen, &campaign, &settings, &record, folder, err)
                : tg_error_set(err, TG_ENOMEM, "out of memory");
    /* What there is, also where some failed or the user had enough. */
    if (options->json && record.count) {
        int printed = print_json(tg_bed_record_to_json(&record), rc ? NULL : err);
        rc = rc ? rc : printed;
    }
    if (!rc)
        fprintf(stderr, "results: %s\n", folder);
    free(folder);
    tg_bed_record_release(&record);
    return rc;
}

static const struct {
    const char *name;
    size_t most; /* operands */
    int (*run)(const struct options *options, const struct tg_strings *operands, struct tg_error *err);
} verbs[] = {
    {"list", 0, list},
    {"run", SIZE_MAX, run_systems},
    {"up", 1, up},
    {"down", 0, down},
};

static int unknown_verb(const char *name, struct tg_error *err)
{
    const char *names[TG_COUNT(verbs) + 1] = {NULL};
    for (size_t i = 0; i < TG_COUNT(verbs); i++)
        names[i] = verbs[i].name;
    const char *near = tg_text_nearest(name, names);
    return tg_error_set(err, TG_EUSAGE, "testbed: there is no '%s'; %s%s%s", name,
                        near ? "did you mean '" : "", near ? near : "list, run, up and down are",
                        near ? "'?" : "");
}

static int run(void *opaque, const struct tg_strings *operands, struct tg_error *err)
{
    const struct options *options = opaque;
    if (!operands->count)
        return tg_error_set(err, TG_EUSAGE, "testbed: what to do is missing: list, run, up or down");
    if (options->server_cpu == options->client_cpu)
        return tg_error_set(err, TG_EUSAGE, "testbed: server and client need a CPU each");
    for (size_t i = 0; i < TG_COUNT(verbs); i++) {
        const struct tg_strings rest = {operands->items + 1, operands->count - 1};
        if (strcmp(verbs[i].name, operands->items[0]) != 0)
            continue;
        if (rest.count > verbs[i].most)
            return tg_error_set(err, TG_EUSAGE, "testbed: '%s' takes %s", verbs[i].name,
                                verbs[i].most ? "one operand at most" : "no operands");
        return verbs[i].run(options, &rest, err);
    }
    return unknown_verb(operands->items[0], err);
}

const struct tg_command tg_command_testbed = {
    .name = "testbed",
    .summary = "run real servers on this machine, load them, and measure their curves",
    .operands = "list | run SYSTEM... | up [direct | container] | down",
    .help =
        "Servers and load generators in network name spaces of their own, the server on one CPU, the client\n"
        "on another; nothing leaves this machine, and all is removed at the end.\n"
        "  list         the systems, and whether each can run here\n"
        "  run SYSTEM.. find each one's saturation and measure points from 5 % to 150 % of it; a system is "
        "a\n"
        "               name or a pattern, as 'udp-*'\n"
        "  up           make a network that stays, to try things by hand: two name spaces and a veth pair, "
        "or\n"
        "               the way to a container's published port\n"
        "  down         remove it, and whatever runs that were killed have left\n"
        "Needs root. docs/testbed.md tells the whole story.",
    .options = fields,
    .option_count = TG_COUNT(fields),
    .option_size = sizeof(struct options),
    .run = run,
};
