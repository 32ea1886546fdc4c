#include "tg_prediction_record.h"

#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tg_bed_model.h"
#include "tg_calibrate.h"
#include "tg_file.h"
#include "tg_json.h"
#include "tg_sha256.h"
#include "tg_text.h"
#include "tg_watches.h"

#define FILE_NAME "predictions.json"
#define TRACES "traces"

/* Profile. */

/* A load generator of others is a part of what it loads: whom the server wakes, and how often. */
static int add_price(cJSON *profile, int server, int generator, const char *what, const struct tg_span *span,
                     const char *provenance, struct tg_error *err)
{
    char name[64];
    snprintf(name, sizeof name, "%s%s_%s", tg_bed_server_name((enum tg_bed_server)server),
             generator == TG_GENERATOR_DNSPERF ? "_dnsperf" : "", what);
    const struct tg_bed_price price = {.name = name,
                                       .mean_ns = span->mid,
                                       .low_ns = span->low,
                                       .high_ns = span->high,
                                       .provenance = provenance,
                                       .source = "runs at two low loads"};
    return tg_bed_model_add_price(profile, &price, err);
}

static const struct tg_low_load *low_load_at(const struct tg_prediction_record *record, int i)
{
    return &record->low_loads[i / TG_GENERATORS][i % TG_GENERATORS];
}

static int add_watches(cJSON *profile, const struct tg_trace_set *traces, struct tg_error *err)
{
    cJSON *watches = cJSON_AddArrayToObject(profile, "watches");
    return watches ? tg_watches_json(watches, tg_trace_set_find(traces, "jitter"), TRACES "/jitter.csv", err)
                   : tg_error_set(err, TG_ENOMEM, "out of memory");
}

int tg_prediction_record_profile(const struct tg_prediction_record *record, const struct tg_trace_set *traces,
                                 cJSON **profile, struct tg_error *err)
{
    int rc = tg_calibrate(traces, TRACES, NULL, profile, err);
    for (int i = 0; !rc && i < TG_SERVERS * TG_GENERATORS; i++) {
        const struct tg_low_load *low = low_load_at(record, i);
        if (!(low->guess_per_s > 0))
            continue;
        /* Not told apart, a request is what was measured, and a wake-up is taken to be free. */
        rc = add_price(*profile, i / TG_GENERATORS, i % TG_GENERATORS, "request", &low->request_ns,
                       low->told_apart ? "fitted" : "measured", err);
        rc = rc ? rc
                : add_price(*profile, i / TG_GENERATORS, i % TG_GENERATORS, "wakeup", &low->wakeup_ns,
                            low->told_apart ? "fitted" : "assumed", err);
    }
    rc = rc ? rc : tg_bed_model_derive(*profile, err);
    return rc ? rc : add_watches(*profile, traces, err);
}

/* Writing. */

static void hash_traces(const struct tg_trace_set *traces, char hex[TG_SHA256_HEX])
{
    struct tg_text all = {0};
    for (size_t i = 0; i < traces->count; i++)
        tg_text_printf(&all, "%s %s\n", traces->traces[i].name, traces->traces[i].sha256);
    tg_sha256_bytes(all.data ? all.data : "", all.length, hex);
    tg_text_release(&all);
}

static void add_span(cJSON *object, const char *key, const struct tg_span *span)
{
    cJSON_AddItemToObject(object, key,
                          cJSON_CreateDoubleArray((const double[]){span->mid, span->low, span->high}, 3));
}

/* For people: the prices are what predictions are made from. */
static cJSON *low_point_to_json(const struct tg_bed_point *point)
{
    cJSON *o = cJSON_CreateObject();
    tg_json_add_number(o, "reply_per_s", point->reply_per_s);
    tg_json_add_number(o, "server_ns_per_reply", point->server_ns_per_reply);
    tg_json_add_number(o, "sleeps_per_reply", point->sleeps_per_s / point->reply_per_s);
    return o;
}

static cJSON *low_loads_to_json(const struct tg_prediction_record *record)
{
    cJSON *list = cJSON_CreateArray();
    for (int i = 0; i < TG_SERVERS * TG_GENERATORS; i++) {
        const struct tg_low_load *low = low_load_at(record, i);
        if (!(low->guess_per_s > 0))
            continue;
        cJSON *o = cJSON_CreateObject();
        cJSON_AddStringToObject(o, "server", tg_bed_server_name((enum tg_bed_server)(i / TG_GENERATORS)));
        cJSON_AddStringToObject(o, "generator",
                                tg_bed_generator_name((enum tg_bed_generator)(i % TG_GENERATORS)));
        cJSON_AddNumberToObject(o, "guess_per_s", low->guess_per_s);
        add_span(o, "request_ns", &low->request_ns);
        add_span(o, "wakeup_ns", &low->wakeup_ns);
        cJSON_AddBoolToObject(o, "told_apart", low->told_apart);
        cJSON *points = cJSON_AddArrayToObject(o, "points");
        for (int k = 0; k < 2; k++)
            cJSON_AddItemToArray(points, low_point_to_json(&low->points[k]));
        cJSON_AddItemToArray(list, o);
    }
    return list;
}

static cJSON *to_json(const struct tg_prediction_record *record, const struct tg_trace_set *traces)
{
    char hex[TG_SHA256_HEX];
    cJSON *document = cJSON_CreateObject();
    hash_traces(traces, hex);
    cJSON_AddNumberToObject(document, "schema", 1);
    if (record->tool)
        cJSON_AddStringToObject(document, "tool", record->tool);
    cJSON_AddStringToObject(document, "made_at", record->made_at);
    cJSON_AddStringToObject(document, "traces_sha256", hex);
    cJSON *settings = cJSON_AddObjectToObject(document, "settings");
    cJSON_AddNumberToObject(settings, "draws", (double)record->settings.draws);
    cJSON_AddNumberToObject(settings, "window_s", record->settings.window_s);
    cJSON_AddNumberToObject(settings, "warmup_s", record->settings.warmup_s);
    cJSON_AddNumberToObject(settings, "seed", (double)record->settings.seed);
    cJSON_AddItemToObject(document, "low_loads", low_loads_to_json(record));
    cJSON_AddItemToObject(document, "systems", tg_prediction_to_json(&record->prediction));
    return document;
}

/* Measuring begins when this returns: what was said must be kept by then. */
static int sync_file(const char *path, struct tg_error *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    int failed = fd < 0 || fsync(fd);
    if (fd >= 0)
        close(fd);
    return failed ? tg_error_set(err, TG_EENV, "%s: cannot be brought to the disk", path) : TG_OK;
}

int tg_prediction_record_write(const struct tg_prediction_record *record, const struct tg_trace_set *traces,
                               const char *folder, struct tg_error *err)
{
    cJSON *document = to_json(record, traces);
    char *text = document ? tg_json_print(document) : NULL, *path = tg_file_join(folder, FILE_NAME);
    int rc = text && path ? tg_file_make_folder(folder, err) : tg_error_set(err, TG_ENOMEM, "out of memory");
    rc = rc ? rc : tg_file_write(path, text, strlen(text), err);
    rc = rc ? rc : sync_file(path, err);
    free(text);
    free(path);
    cJSON_Delete(document);
    return rc;
}

/* Reading. */

static double number(const cJSON *object, const char *key)
{
    const cJSON *value = cJSON_GetObjectItemCaseSensitive(object, key);
    return cJSON_IsNumber(value) ? value->valuedouble : NAN;
}

static int read_span(const cJSON *object, const char *key, struct tg_span *span, struct tg_error *err)
{
    const cJSON *list = cJSON_GetObjectItemCaseSensitive(object, key);
    double values[3];
    for (int i = 0; i < 3; i++) {
        const cJSON *item = cJSON_GetArrayItem(list, i);
        if (!cJSON_IsNumber(item))
            return tg_error_set(err, TG_EINPUT, "%s: expected three numbers", key);
        values[i] = item->valuedouble;
    }
    *span = (struct tg_span){values[0], values[1], values[2]};
    return TG_OK;
}

static bool same(const cJSON *object, const char *key, const char *name)
{
    const char *value = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, key));
    return value && strcmp(value, name) == 0;
}

static int read_low_load(const cJSON *o, struct tg_prediction_record *record, struct tg_error *err)
{
    for (int i = 0; i < TG_SERVERS * TG_GENERATORS; i++) {
        int server = i / TG_GENERATORS, generator = i % TG_GENERATORS;
        struct tg_low_load *low = &record->low_loads[server][generator];
        if (!same(o, "server", tg_bed_server_name((enum tg_bed_server)server)) ||
            !same(o, "generator", tg_bed_generator_name((enum tg_bed_generator)generator)))
            continue;
        low->guess_per_s = number(o, "guess_per_s");
        low->told_apart = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(o, "told_apart"));
        int rc = read_span(o, "request_ns", &low->request_ns, err);
        return rc ? rc : read_span(o, "wakeup_ns", &low->wakeup_ns, err);
    }
    const char *server = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(o, "server"));
    const char *generator = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(o, "generator"));
    return tg_error_set(err, TG_EINPUT, "low_loads: the testbed has no server '%s' under load '%s'",
                        server ? server : "", generator ? generator : "");
}

static int read_settings(const cJSON *document, struct tg_prediction_settings *settings, struct tg_error *err)
{
    const cJSON *o = cJSON_GetObjectItemCaseSensitive(document, "settings");
    double draws = number(o, "draws"), seed = number(o, "seed");
    *settings = tg_prediction_full();
    settings->window_s = number(o, "window_s");
    settings->warmup_s = number(o, "warmup_s");
    if (!(draws >= 1 && draws <= TG_PREDICTION_DRAWS_MAX && seed >= 0 && settings->window_s > 0 &&
          settings->warmup_s >= 0))
        return tg_error_set(err, TG_EINPUT, "settings: draws, window_s, warmup_s and seed must be given");
    settings->draws = (size_t)draws;
    settings->seed = (uint64_t)seed;
    return TG_OK;
}

static int from_json(const cJSON *document, struct tg_prediction_record *record, struct tg_error *err)
{
    const char *tool = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(document, "tool"));
    const char *made_at = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(document, "made_at"));
    const cJSON *item;
    record->tool = tool ? strdup(tool) : NULL;
    snprintf(record->made_at, sizeof record->made_at, "%s", made_at ? made_at : "");
    int rc = read_settings(document, &record->settings, err);
    cJSON_ArrayForEach(item, cJSON_GetObjectItemCaseSensitive(document, "low_loads"))
    {
        rc = rc ? rc : read_low_load(item, record, err);
    }
    return rc ? rc
              : tg_prediction_from_json(cJSON_GetObjectItemCaseSensitive(document, "systems"),
                                        &record->prediction, err);
}

static int check_traces(const cJSON *document, const struct tg_trace_set *traces, struct tg_error *err)
{
    char hex[TG_SHA256_HEX];
    const char *stated = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(document, "traces_sha256"));
    hash_traces(traces, hex);
    return stated && strcmp(stated, hex) == 0
               ? TG_OK
               : tg_error_set(err, TG_EINPUT, "the traces are not those that the prediction was made from");
}

int tg_prediction_record_read(struct tg_prediction_record *record, struct tg_trace_set *traces,
                              const char *folder, struct tg_error *err)
{
    char *path = tg_file_join(folder, FILE_NAME), *set = tg_file_join(folder, TRACES);
    cJSON *document = NULL;
    *record = (struct tg_prediction_record){0};
    *traces = (struct tg_trace_set){0};
    int rc =
        path && set ? tg_json_read_file(path, &document, err) : tg_error_set(err, TG_ENOMEM, "out of memory");
    if (!rc) {
        rc = tg_trace_set_read(traces, set, err);
        rc = rc ? rc : check_traces(document, traces, err);
        rc = rc ? rc : from_json(document, record, err);
        rc = rc ? tg_error_wrap(err, rc, "%s", path) : TG_OK;
    }
    if (rc) {
        tg_prediction_record_release(record);
        tg_trace_set_release(traces);
    }
    free(path);
    free(set);
    cJSON_Delete(document);
    return rc;
}

void tg_prediction_record_release(struct tg_prediction_record *record)
{
    free(record->tool);
    tg_prediction_release(&record->prediction);
    *record = (struct tg_prediction_record){0};
}
