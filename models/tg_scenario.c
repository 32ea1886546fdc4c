#include "tg_scenario.h"

#include <stdlib.h>
#include <string.h>

#include "tg_catalog.h"
#include "tg_json.h"

static const char *const formats[] = {"tollgate scenario", NULL};

struct rate_list {
    double *items;
    size_t count;
};

/* The values stay in the document, which outlives the reading. */
struct document {
    struct tg_scenario scenario;
    struct rate_list rates;
    const cJSON *profile, *client, *server, *techniques, *workload;
    char of_system; /* read later, as a whole */
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

static int skip_value(const cJSON *value, const char *path, void *member, struct tg_error *err)
{
    (void)value, (void)path, (void)member, (void)err;
    return TG_OK;
}

#define OF_SYSTEM(key, what)                                                                                \
    {                                                                                                       \
        .name = key, .kind = TG_CUSTOM, .offset = offsetof(struct document, of_system), .read = skip_value, \
        .help = what                                                                                        \
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
    {.name = "workload",
     .kind = TG_CUSTOM,
     .offset = offsetof(struct document, workload),
     .read = keep_value,
     .help = "what the client sends: a workload by name or path, or the workload itself"},
    {.name = "client",
     .kind = TG_CUSTOM,
     .offset = offsetof(struct document, client),
     .read = keep_value,
     .help = "cost profile of the client's machine, by name or path, or itself; left out: a client that pays "
             "nothing"},
    OF_SYSTEM("adapter", "the server's network adapter"),
    OF_SYSTEM("link", "the network between client and server"),
    OF_SYSTEM("tcp", "connections: queues, retransmission, TIME_WAIT"),
    OF_SYSTEM("memory", "what the system, the server and connections take"),
    OF_SYSTEM("time_slice", "time slice of threads that share a core"),
    {.name = "jitter",
     .kind = TG_FLAG,
     .offset = offsetof(struct document, scenario.jitter),
     .fallback = "true",
     .help = "whether the profile's jitter steals time"},
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

/* The settings among the scenario's keys, gathered as one part. */
static int load_system(struct tg_scenario *s, const cJSON *json, const char *path, struct tg_error *err)
{
    cJSON *part = cJSON_CreateObject();
    for (size_t i = 0; i < tg_system_field_count; i++) {
        const cJSON *value = cJSON_GetObjectItemCaseSensitive(json, tg_system_fields[i].name);
        if (value)
            cJSON_AddItemToObject(part, value->string, cJSON_Duplicate(value, 1));
    }
    int rc = tg_system_part_read(part, "", &s->system, err);
    cJSON_Delete(part);
    return rc ? tg_error_wrap(err, rc, "%s", path) : TG_OK;
}

static int load_workload(struct tg_scenario *s, const cJSON *value, const char *path, struct tg_error *err)
{
    cJSON *empty = value ? NULL : cJSON_CreateObject();
    int rc = tg_workload_read(value ? value : empty, path, path, &s->workload, err);
    cJSON_Delete(empty);
    return rc;
}

/* The client's machine. */
static int load_client(struct tg_scenario *s, const cJSON *value, const char *path, struct tg_error *err)
{
    char *file = NULL, *text;
    if (!value)
        return TG_OK;
    if (cJSON_IsObject(value)) {
        if (!(text = tg_json_print(value)))
            return tg_error_set(err, TG_ENOMEM, "out of memory");
        int rc = tg_profile_read_text(text, "client", &s->client, err);
        free(text);
        return rc ? tg_error_wrap(err, rc, "%s", path) : TG_OK;
    }
    if (!cJSON_IsString(value))
        return tg_error_set(err, TG_EINPUT,
                            "%s: client: expected the name or path of a profile, or an object", path);
    int rc = tg_catalog_find(TG_CATALOG_HARDWARE, value->valuestring, path, &file, err);
    if (!rc)
        rc = tg_profile_read_file(file, &s->client, err);
    free(file);
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
    int rc = tg_json_read_object(json, "", tg_scenario_fields, tg_scenario_field_count, &document, err);
    s->rates_per_s = document.rates.items;
    s->rate_count = document.rates.count;
    if (rc)
        tg_error_wrap(err, rc, "%s", name);
    rc = rc ? rc : check(s, name, err);
    if (!rc && profile.text)
        rc = tg_profile_read_text(profile.text, "the cost profile", &s->profile, err);
    else if (!rc)
        rc = load_profile(s, document.profile, name, profile.file, err);
    rc = rc ? rc : load_system(s, json, name, err);
    rc = rc ? rc : load_workload(s, document.workload, name, err);
    rc = rc ? rc : load_client(s, document.client, name, err);
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
    const cJSON *workload = cJSON_GetObjectItemCaseSensitive(json, "workload");
    const cJSON *client = cJSON_GetObjectItemCaseSensitive(json, "client");
    bool whole = cJSON_IsObject(cJSON_GetObjectItemCaseSensitive(json, "server")) &&
                 (!workload || (cJSON_IsObject(workload) && !cJSON_HasObjectItem(workload, "use"))) &&
                 (!client || cJSON_IsObject(client));
    cJSON_ArrayForEach(technique, techniques) whole &= cJSON_IsObject(technique) != 0;
    return whole ? TG_OK
                 : tg_error_set(err, TG_EINPUT,
                                "%s: it does not hold its server, techniques and client in full", name);
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
    tg_profile_release(&s->client);
    tg_workload_release(&s->workload);
    cJSON_Delete(s->system);
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
    cJSON_AddItemToObject(json, "workload", cJSON_Duplicate(s->workload.document, 1));
    if (s->client.name)
        cJSON_AddItemToObject(json, "client", cJSON_Parse(s->client.text));
    for (const cJSON *part = s->system->child; part; part = part->next)
        cJSON_AddItemToObject(json, part->string, cJSON_Duplicate(part, 1));
    cJSON_AddBoolToObject(json, "jitter", s->jitter);
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
