#include "tg_scenario.h"

#include <stdlib.h>
#include <string.h>

#include "tg_catalog.h"
#include "tg_json.h"

static const char *const formats[] = {"tollgate scenario", NULL};
static const char *const gap_names[] = {"exponential", "deterministic", NULL};

const struct tg_field tg_adapter_fields[] = {
    {.name = "interrupts",
     .kind = TG_CHOICE,
     .offset = offsetof(struct tg_adapter_settings, interrupts),
     .choices = tg_interrupts_names,
     .fallback = "polled",
     .help =
         "polled: one interrupt, then polling until the ring is empty (NAPI); each: one interrupt a packet "
         "(Linux 2.4)"},
    {.name = "ring",
     .kind = TG_INTEGER,
     .offset = offsetof(struct tg_adapter_settings, ring),
     .fallback = "256",
     .min = 1,
     .max = 1e5,
     .help = "packets that may wait in the adapter's ring"},
    {.name = "budget",
     .kind = TG_INTEGER,
     .offset = offsetof(struct tg_adapter_settings, budget),
     .fallback = "300",
     .min = 1,
     .max = 1e6,
     .help = "packets polled in a row before polling moves to a kernel thread that shares the core with the "
             "server"},
    {.name = "backlog",
     .kind = TG_INTEGER,
     .offset = offsetof(struct tg_adapter_settings, backlog),
     .fallback = "300",
     .min = 1,
     .max = 1e5,
     .help = "with an interrupt a packet: packets that may wait for the soft interrupt"},
};
const size_t tg_adapter_field_count = TG_COUNT(tg_adapter_fields);

const struct tg_field tg_link_fields[] = {
    {.name = "latency",
     .kind = TG_TIME,
     .offset = offsetof(struct tg_link_settings, latency_ps),
     .fallback = "0 s",
     .flags = TG_NONNEGATIVE,
     .help = "one-way latency between client and server"},
    {.name = "rate",
     .kind = TG_BITRATE,
     .offset = offsetof(struct tg_link_settings, rate_per_s),
     .flags = TG_POSITIVE,
     .help = "transmission rate in each direction; left out: without limit"},
};
const size_t tg_link_field_count = TG_COUNT(tg_link_fields);

const struct tg_field tg_workload_fields[] = {
    {.name = "gaps",
     .kind = TG_CHOICE,
     .offset = offsetof(struct tg_workload_settings, gaps),
     .choices = gap_names,
     .fallback = "exponential",
     .help = "gaps between requests of the open-loop client"},
    {.name = "request_size",
     .kind = TG_BYTES,
     .offset = offsetof(struct tg_workload_settings, request_bytes),
     .fallback = "64 B",
     .flags = TG_POSITIVE,
     .help = "size of a request on the wire"},
    {.name = "reply_size",
     .kind = TG_BYTES,
     .offset = offsetof(struct tg_workload_settings, reply_bytes),
     .fallback = "64 B",
     .flags = TG_POSITIVE,
     .help = "size of a reply on the wire"},
};
const size_t tg_workload_field_count = TG_COUNT(tg_workload_fields);

#define READ_OBJECT(function, fields)                                                             \
    static int function(const cJSON *value, const char *path, void *member, struct tg_error *err) \
    {                                                                                             \
        return tg_json_read_object(value, path, fields, TG_COUNT(fields), member, err);           \
    }

READ_OBJECT(read_adapter, tg_adapter_fields)
READ_OBJECT(read_link, tg_link_fields)
READ_OBJECT(read_workload, tg_workload_fields)

struct rate_list {
    double *items;
    size_t count;
};

/* The values stay in the document, which outlives the reading. */
struct document {
    struct tg_scenario scenario;
    struct rate_list rates;
    const cJSON *profile, *server, *techniques;
    int format;
    int64_t version;
};

static int read_rates(const cJSON *value, const char *path, void *member, struct tg_error *err)
{
    static const struct tg_field rate = {.name = "rate", .kind = TG_RATE, .flags = TG_POSITIVE};
    struct rate_list *list = member;
    if (!cJSON_IsArray(value))
        return tg_error_set(err, TG_EINPUT, "%s: expected a list of rates, '[...]'", path);
    list->items = calloc((size_t)cJSON_GetArraySize(value) + 1, sizeof *list->items);
    if (!list->items)
        return tg_error_set(err, TG_ENOMEM, "out of memory");
    const cJSON *item;
    cJSON_ArrayForEach(item, value)
    {
        char where[TG_PATH_MAX];
        snprintf(where, sizeof where, "%s[%zu]", path, list->count);
        int rc = tg_json_read_value(item, where, &rate, &list->items[list->count], err);
        if (rc)
            return rc;
        list->count++;
    }
    return TG_OK;
}

static int keep_value(const cJSON *value, const char *path, void *member, struct tg_error *err)
{
    (void)path, (void)err;
    *(const cJSON **)member = value;
    return TG_OK;
}

const struct tg_field tg_scenario_fields[] = {
    {.name = "format",
     .kind = TG_CHOICE,
     .offset = offsetof(struct document, format),
     .choices = formats,
     .flags = TG_REQUIRED,
     .help = "\"tollgate scenario\""},
    {.name = "version",
     .kind = TG_INTEGER,
     .offset = offsetof(struct document, version),
     .flags = TG_REQUIRED,
     .min = 1,
     .max = 1.5,
     .help = "1"},
    {.name = "title",
     .kind = TG_STRING,
     .offset = offsetof(struct document, scenario.title),
     .fallback = "",
     .help = "what the scenario is about"},
    {.name = "profile",
     .kind = TG_CUSTOM,
     .offset = offsetof(struct document, profile),
     .read = keep_value,
     .help = "cost profile, by name or path; --profile takes its place"},
    {.name = "server",
     .kind = TG_CUSTOM,
     .offset = offsetof(struct document, server),
     .read = keep_value,
     .flags = TG_REQUIRED,
     .help = "server: by name or path, or the server itself"},
    {.name = "techniques",
     .kind = TG_CUSTOM,
     .offset = offsetof(struct document, techniques),
     .read = keep_value,
     .flags = TG_REQUIRED,
     .help = "list of techniques to compare, each by name or path, or the technique itself"},
    {.name = "adapter",
     .kind = TG_CUSTOM,
     .offset = offsetof(struct document, scenario.adapter),
     .read = read_adapter,
     .help = "the server's network adapter"},
    {.name = "link",
     .kind = TG_CUSTOM,
     .offset = offsetof(struct document, scenario.link),
     .read = read_link,
     .help = "the network between client and server"},
    {.name = "workload",
     .kind = TG_CUSTOM,
     .offset = offsetof(struct document, scenario.workload),
     .read = read_workload,
     .help = "what the client sends"},
    {.name = "jitter",
     .kind = TG_FLAG,
     .offset = offsetof(struct document, scenario.jitter),
     .fallback = "true",
     .help = "whether the profile's jitter steals time"},
    {.name = "time_slice",
     .kind = TG_TIME,
     .offset = offsetof(struct document, scenario.time_slice_ps),
     .fallback = "3 ms",
     .flags = TG_POSITIVE,
     .help = "time slice of threads that share a core"},
    {.name = "rates",
     .kind = TG_CUSTOM,
     .offset = offsetof(struct document, rates),
     .read = read_rates,
     .help = "offered rates; left out: chosen around saturation"},
    {.name = "horizon",
     .kind = TG_TIME,
     .offset = offsetof(struct document, scenario.horizon_ps),
     .fallback = "500 ms",
     .flags = TG_POSITIVE,
     .help = "simulated time for which requests arrive"},
    {.name = "warm_up",
     .kind = TG_TIME,
     .offset = offsetof(struct document, scenario.warm_up_ps),
     .fallback = "50 ms",
     .flags = TG_NONNEGATIVE,
     .help = "time at the start that is not counted"},
    {.name = "replications",
     .kind = TG_INTEGER,
     .offset = offsetof(struct document, scenario.replications),
     .fallback = "10",
     .min = 2,
     .max = 100000,
     .help = "independent replications of each point"},
    {.name = "seed",
     .kind = TG_INTEGER,
     .offset = offsetof(struct document, scenario.seed),
     .fallback = "1",
     .flags = TG_NONNEGATIVE,
     .help = "master seed of all random streams"},
};
const size_t tg_scenario_field_count = TG_COUNT(tg_scenario_fields);

static int set_defaults(struct tg_scenario *scenario, struct tg_error *err)
{
    int rc = tg_field_defaults(tg_adapter_fields, tg_adapter_field_count, &scenario->adapter, err);
    if (!rc)
        rc = tg_field_defaults(tg_link_fields, tg_link_field_count, &scenario->link, err);
    if (!rc)
        rc = tg_field_defaults(tg_workload_fields, tg_workload_field_count, &scenario->workload, err);
    return rc;
}

static int load_profile(struct tg_scenario *s, const cJSON *value, const char *path, const char *instead,
                        struct tg_error *err)
{
    char *file = NULL;
    if (!instead && !value)
        return tg_error_set(err, TG_EINPUT, "%s: profile: required key is missing (or give --profile)", path);
    if (!instead && !cJSON_IsString(value))
        return tg_error_set(err, TG_EINPUT, "%s: profile: expected the name or path of a profile", path);
    int rc = tg_catalog_find(TG_CATALOG_HARDWARE, instead ? instead : value->valuestring,
                             instead ? NULL : path, &file, err);
    if (!rc)
        rc = tg_profile_read_file(file, &s->profile, err);
    free(file);
    return rc;
}

static int load_server(struct tg_scenario *s, const cJSON *value, const char *path, struct tg_error *err)
{
    char *file = NULL;
    if (cJSON_IsObject(value))
        return tg_server_read_json(value, "server", &s->server, err);
    if (!cJSON_IsString(value))
        return tg_error_set(err, TG_EINPUT, "%s: server: expected the name or path of a server, or an object",
                            path);
    int rc = tg_catalog_find(TG_CATALOG_SERVERS, value->valuestring, path, &file, err);
    if (!rc)
        rc = tg_server_read_file(file, &s->server, err);
    free(file);
    return rc;
}

static int load_technique(struct tg_technique *technique, const cJSON *value, const char *path,
                          struct tg_error *err)
{
    char *file = NULL;
    if (cJSON_IsObject(value))
        return tg_technique_read_json(value, "techniques", technique, err);
    if (!cJSON_IsString(value))
        return tg_error_set(err, TG_EINPUT,
                            "%s: techniques: expected names or paths of techniques, or objects", path);
    int rc = tg_catalog_find(TG_CATALOG_TECHNIQUES, value->valuestring, path, &file, err);
    if (!rc)
        rc = tg_technique_read_file(file, technique, err);
    free(file);
    return rc;
}

static int load_techniques(struct tg_scenario *s, const cJSON *list, const char *path, struct tg_error *err)
{
    if (!cJSON_IsArray(list) || !cJSON_GetArraySize(list))
        return tg_error_set(err, TG_EINPUT, "%s: techniques: expected a list of at least one technique",
                            path);
    s->techniques = calloc((size_t)cJSON_GetArraySize(list), sizeof *s->techniques);
    if (!s->techniques)
        return tg_error_set(err, TG_ENOMEM, "out of memory");
    const cJSON *item;
    cJSON_ArrayForEach(item, list)
    {
        int rc = load_technique(&s->techniques[s->technique_count], item, path, err);
        if (rc)
            return rc;
        const char *name = s->techniques[s->technique_count++].name;
        for (size_t i = 0; i + 1 < s->technique_count; i++) {
            if (strcmp(s->techniques[i].name, name) == 0)
                return tg_error_set(err, TG_EINPUT, "%s: techniques: '%s' is named twice", path, name);
        }
    }
    return TG_OK;
}

static int check(const struct tg_scenario *s, const char *path, struct tg_error *err)
{
    if (s->warm_up_ps >= s->horizon_ps)
        return tg_error_set(err, TG_EINPUT, "%s: warm_up: must be shorter than the horizon", path);
    return TG_OK;
}

/* Where the profile is, other than where the scenario says. */
struct profile_source {
    const char *file; /* a path or name, or NULL */
    const char *text; /* its JSON, or NULL */
};

static int read_scenario(const cJSON *json, const char *name, struct profile_source profile,
                         struct tg_scenario *scenario, struct tg_error *err)
{
    struct document document = {0};
    struct tg_scenario *s = &document.scenario;
    int rc = set_defaults(s, err);
    if (!rc)
        rc = tg_json_read_object(json, "", tg_scenario_fields, tg_scenario_field_count, &document, err);
    s->rates_per_s = document.rates.items;
    s->rate_count = document.rates.count;
    if (rc)
        tg_error_wrap(err, rc, "%s", name);
    rc = rc ? rc : check(s, name, err);
    if (!rc && profile.text)
        rc = tg_profile_read_text(profile.text, "the cost profile", &s->profile, err);
    else if (!rc)
        rc = load_profile(s, document.profile, name, profile.file, err);
    rc = rc ? rc : load_server(s, document.server, name, err);
    rc = rc ? rc : load_techniques(s, document.techniques, name, err);
    if (rc) {
        tg_scenario_release(s);
        return rc;
    }
    *scenario = *s;
    return TG_OK;
}

int tg_scenario_read_json(const cJSON *json, const char *name, const char *profile,
                          struct tg_scenario *scenario, struct tg_error *err)
{
    return read_scenario(json, name, (struct profile_source){.file = profile}, scenario, err);
}

static int check_needs_no_file(const cJSON *json, const char *name, struct tg_error *err)
{
    const cJSON *technique, *techniques = cJSON_GetObjectItemCaseSensitive(json, "techniques");
    bool whole = cJSON_IsObject(cJSON_GetObjectItemCaseSensitive(json, "server"));
    cJSON_ArrayForEach(technique, techniques) whole &= cJSON_IsObject(technique) != 0;
    return whole
               ? TG_OK
               : tg_error_set(err, TG_EINPUT, "%s: it does not hold its server and techniques in full", name);
}

int tg_scenario_read_printed(const char *text, const char *profile_text, const char *name,
                             struct tg_scenario *scenario, struct tg_error *err)
{
    cJSON *json;
    int rc = tg_json_read_text(text, name, &json, err);
    if (rc)
        return rc;
    rc = check_needs_no_file(json, name, err);
    if (!rc)
        rc = read_scenario(json, name, (struct profile_source){.text = profile_text}, scenario, err);
    cJSON_Delete(json);
    return rc;
}

int tg_scenario_read_file(const char *path, const char *profile, struct tg_scenario *scenario,
                          struct tg_error *err)
{
    cJSON *json;
    int rc = tg_json_read_file(path, &json, err);
    if (rc)
        return rc;
    rc = tg_scenario_read_json(json, path, profile, scenario, err);
    cJSON_Delete(json);
    return rc;
}

void tg_scenario_release(struct tg_scenario *s)
{
    free(s->title);
    free(s->rates_per_s);
    tg_profile_release(&s->profile);
    tg_server_release(&s->server);
    for (size_t i = 0; i < s->technique_count; i++)
        tg_technique_release(&s->techniques[i]);
    free(s->techniques);
    *s = (struct tg_scenario){0};
}

static void add_time(cJSON *object, const char *key, tg_ps t)
{
    char text[40];
    snprintf(text, sizeof text, "%.17g s", tg_s_from_ps(t));
    cJSON_AddStringToObject(object, key, text);
}

static void add_quantity(cJSON *object, const char *key, double value, const char *unit)
{
    char text[48];
    snprintf(text, sizeof text, "%.17g%s", value, unit);
    cJSON_AddStringToObject(object, key, text);
}

char *tg_scenario_print(const struct tg_scenario *s)
{
    cJSON *json = cJSON_CreateObject();
    cJSON_AddStringToObject(json, "format", formats[0]);
    cJSON_AddNumberToObject(json, "version", 1);
    cJSON_AddStringToObject(json, "title", s->title);
    cJSON_AddStringToObject(json, "profile", s->profile.name);
    cJSON_AddItemToObject(json, "server", cJSON_Duplicate(s->server.document, 1));
    cJSON *techniques = cJSON_AddArrayToObject(json, "techniques");
    for (size_t i = 0; i < s->technique_count; i++)
        cJSON_AddItemToArray(techniques, cJSON_Duplicate(s->techniques[i].document, 1));
    cJSON *adapter = cJSON_AddObjectToObject(json, "adapter");
    cJSON_AddStringToObject(adapter, "interrupts", tg_interrupts_names[s->adapter.interrupts]);
    cJSON_AddNumberToObject(adapter, "ring", (double)s->adapter.ring);
    cJSON_AddNumberToObject(adapter, "budget", (double)s->adapter.budget);
    cJSON_AddNumberToObject(adapter, "backlog", (double)s->adapter.backlog);
    cJSON *link = cJSON_AddObjectToObject(json, "link");
    add_time(link, "latency", s->link.latency_ps);
    if (s->link.rate_per_s > 0)
        add_quantity(link, "rate", s->link.rate_per_s, " b/s");
    cJSON *workload = cJSON_AddObjectToObject(json, "workload");
    cJSON_AddStringToObject(workload, "gaps", gap_names[s->workload.gaps]);
    add_quantity(workload, "request_size", s->workload.request_bytes, " B");
    add_quantity(workload, "reply_size", s->workload.reply_bytes, " B");
    cJSON_AddBoolToObject(json, "jitter", s->jitter);
    add_time(json, "time_slice", s->time_slice_ps);
    if (s->rate_count) {
        cJSON *rates = cJSON_AddArrayToObject(json, "rates");
        for (size_t i = 0; i < s->rate_count; i++) {
            char text[40];
            snprintf(text, sizeof text, "%.17g/s", s->rates_per_s[i]);
            cJSON_AddItemToArray(rates, cJSON_CreateString(text));
        }
    }
    add_time(json, "horizon", s->horizon_ps);
    add_time(json, "warm_up", s->warm_up_ps);
    cJSON_AddNumberToObject(json, "replications", (double)s->replications);
    cJSON_AddNumberToObject(json, "seed", (double)s->seed);
    char *text = tg_json_print(json);
    cJSON_Delete(json);
    return text;
}
