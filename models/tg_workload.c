#include "tg_workload.h"

#include <stdlib.h>
#include <string.h>

#include "tg_catalog.h"
#include "tg_json.h"

static const char *const formats[] = {"tollgate workload", NULL};
static const char *const kind_names[] = {"open", "window", "closed", NULL};
static const char *const gap_names[] = {"exponential", "deterministic", "log", NULL};

const char *const tg_client_point_names[] = {
    "client_open",  "client_port", "client_packet_out", "client_packet_in", "client_reply",
    "client_close", NULL};

struct document {
    struct tg_workload workload;
    int format;
    int64_t version;
    char *use;
};

#define POINT(index, what, text)                                                                            \
    {                                                                                                       \
        .name = "client_" index, .kind = TG_CUSTOM,                                                         \
        .offset = offsetof(struct document, workload.points[what]), .read = tg_cost_list_read, .help = text \
    }

const struct tg_field tg_workload_fields[] = {
    {.name = "format",
     .kind = TG_CHOICE,
     .offset = offsetof(struct document, format),
     .choices = formats,
     .fallback = "tollgate workload",
     .help = "\"tollgate workload\", in a file of its own"},
    {.name = "version",
     .kind = TG_INTEGER,
     .offset = offsetof(struct document, version),
     .fallback = "1",
     .min = 1,
     .max = 1.5,
     .help = "1"},
    {.name = "name",
     .kind = TG_STRING,
     .offset = offsetof(struct document, workload.name),
     .fallback = "",
     .help = "short name"},
    {.name = "title",
     .kind = TG_STRING,
     .offset = offsetof(struct document, workload.title),
     .fallback = "",
     .help = "the load in words"},
    {.name = "use",
     .kind = TG_STRING,
     .offset = offsetof(struct document, use),
     .help = "a workload, by name or path, that holds what is not given here"},
    {.name = "client",
     .kind = TG_CHOICE,
     .offset = offsetof(struct document, workload.client),
     .choices = kind_names,
     .fallback = "open",
     .help = "open: sends at its own times; window: keeps so many requests under way; closed: users who "
             "think, send and wait"},
    {.name = "gaps",
     .kind = TG_CHOICE,
     .offset = offsetof(struct document, workload.gaps),
     .choices = gap_names,
     .fallback = "exponential",
     .help = "gaps between requests of the open client, and the users' thinking: exponential or "
             "deterministic; log: those of an arrival log, stretched to the offered rate"},
    {.name = "log",
     .kind = TG_STRING,
     .offset = offsetof(struct document, workload.log),
     .help = "file of the arrival log, with a column t_ns"},
    {.name = "window",
     .kind = TG_INTEGER,
     .offset = offsetof(struct document, workload.window),
     .fallback = "20",
     .min = 1,
     .max = 65536,
     .help = "requests that a window client keeps under way"},
    {.name = "think",
     .kind = TG_TIME,
     .offset = offsetof(struct document, workload.think_ps),
     .fallback = "1 s",
     .flags = TG_POSITIVE,
     .help = "mean time that a user thinks before each request"},
    {.name = "timeout",
     .kind = TG_TIME,
     .offset = offsetof(struct document, workload.timeout_ps),
     .fallback = "0 s",
     .flags = TG_NONNEGATIVE,
     .help = "when the client gives a request up; 0: never"},
    {.name = "drain",
     .kind = TG_TIME,
     .offset = offsetof(struct document, workload.drain_ps),
     .flags = TG_NONNEGATIVE,
     .help =
         "how long a run goes on after the horizon; left out: until all requests have ended, where an open "
         "client sends datagrams, else not at all"},
    {.name = "request_size",
     .kind = TG_BYTES,
     .offset = offsetof(struct document, workload.request_bytes),
     .fallback = "64 B",
     .flags = TG_POSITIVE,
     .help = "size of a request"},
    {.name = "reply_size",
     .kind = TG_BYTES,
     .offset = offsetof(struct document, workload.reply_bytes),
     .fallback = "64 B",
     .flags = TG_POSITIVE,
     .help = "size of a reply"},
    {.name = "clients",
     .kind = TG_INTEGER,
     .offset = offsetof(struct document, workload.clients),
     .fallback = "1",
     .min = 1,
     .max = 64,
     .help = "client machines, which share the load"},
    {.name = "addresses",
     .kind = TG_INTEGER,
     .offset = offsetof(struct document, workload.addresses),
     .fallback = "1",
     .min = 1,
     .max = 256,
     .help = "addresses of each client, each with ports of its own"},
    {.name = "ports",
     .kind = TG_INTEGER,
     .offset = offsetof(struct document, workload.ports),
     .fallback = "0",
     .min = 0,
     .max = 65535,
     .help = "ports that may be used on each address; 0: without limit"},
    {.name = "descriptors",
     .kind = TG_INTEGER,
     .offset = offsetof(struct document, workload.descriptors),
     .fallback = "16384",
     .min = 1,
     .max = 1e6,
     .help = "requests or sockets that a client may have open at a time"},
    {.name = "pause",
     .kind = TG_TIME,
     .offset = offsetof(struct document, workload.pause_ps),
     .fallback = "0 s",
     .flags = TG_NONNEGATIVE,
     .help =
         "pause between two rates, after which ports in TIME_WAIT and memory not yet reclaimed are handed "
         "on; 0: each rate begins afresh"},
    {.name = "reply_window",
     .kind = TG_TIME,
     .offset = offsetof(struct document, workload.reply_window_ps),
     .fallback = "0 s",
     .flags = TG_NONNEGATIVE,
     .help = "the reply rate is sampled in windows so long; 0: in tenths of the time that is counted"},
    POINT("open", TG_CLIENT_POINT_OPEN,
          "paid by the client when it begins a request: sendto, or socket and connect"),
    POINT("port", TG_CLIENT_POINT_PORT, "paid by the client for each port that it tries"),
    POINT("packet_out", TG_CLIENT_POINT_PACKET_OUT, "paid by the client for each packet sent"),
    POINT("packet_in", TG_CLIENT_POINT_PACKET_IN, "paid by the client for each packet received"),
    POINT("reply", TG_CLIENT_POINT_REPLY, "paid by the client when it takes the reply"),
    POINT("close", TG_CLIENT_POINT_CLOSE, "paid by the client when it closes the connection"),
    {.name = "costs",
     .kind = TG_CUSTOM,
     .offset = offsetof(struct document, workload.costs),
     .read = tg_price_list_read,
     .help = "prices of the client's own work, by name"},
};
const size_t tg_workload_field_count = TG_COUNT(tg_workload_fields);

static int check(const struct tg_workload *w, struct tg_error *err)
{
    if ((w->gaps == TG_GAPS_LOG) != (w->log != NULL))
        return tg_error_set(err, TG_EINPUT, "'gaps': \"log\" and 'log' go together");
    if (w->gaps == TG_GAPS_LOG && w->client != TG_CLIENT_OPEN)
        return tg_error_set(err, TG_EINPUT, "only an open client replays a log");
    return TG_OK;
}

static int read_object(const cJSON *object, const char *path, struct tg_workload *workload,
                       struct tg_error *err)
{
    struct document document = {.workload.drain_ps = -1};
    struct tg_workload *w = &document.workload;
    int rc = tg_json_read_object(object, path, tg_workload_fields, tg_workload_field_count, &document, err);
    free(document.use);
    if (!rc && (rc = check(w, err)))
        tg_error_wrap(err, rc, "%s", *path ? path : "workload");
    if (!rc && !(w->document = cJSON_Duplicate(object, 1)))
        rc = tg_error_set(err, TG_ENOMEM, "out of memory");
    if (rc) {
        tg_workload_release(w);
        return rc;
    }
    *workload = *w;
    return TG_OK;
}

static int load_file(const char *reference, const char *beside_file, cJSON **json, char **file,
                     struct tg_error *err)
{
    int rc = tg_catalog_find(TG_CATALOG_WORKLOADS, reference, beside_file, file, err);
    return rc ? rc : tg_json_read_file(*file, json, err);
}

/* The file's keys, with those of the object over them. */
static int lay_over_file(const cJSON *object, const char *reference, const char *beside_file, cJSON **whole,
                         struct tg_error *err)
{
    char *file = NULL;
    const cJSON *item;
    int rc = load_file(reference, beside_file, whole, &file, err);
    free(file);
    cJSON_ArrayForEach(item, object)
    {
        if (rc || strcmp(item->string, "use") == 0)
            continue;
        cJSON *copy = cJSON_Duplicate(item, 1);
        cJSON_DeleteItemFromObjectCaseSensitive(*whole, item->string);
        if (!copy || !cJSON_AddItemToObject(*whole, item->string, copy))
            rc = tg_error_set(err, TG_ENOMEM, "out of memory");
    }
    return rc;
}

static int read_using(const cJSON *object, const char *name, const char *reference, const char *beside_file,
                      struct tg_workload *workload, struct tg_error *err)
{
    cJSON *whole = NULL;
    int rc = lay_over_file(object, reference, beside_file, &whole, err);
    rc = rc ? rc : read_object(whole, "workload", workload, err);
    cJSON_Delete(whole);
    return rc ? tg_error_wrap(err, rc, "%s", name) : TG_OK;
}

int tg_workload_read(const cJSON *value, const char *name, const char *beside_file,
                     struct tg_workload *workload, struct tg_error *err)
{
    if (cJSON_IsString(value)) {
        cJSON *json = NULL;
        char *file = NULL;
        int rc = load_file(value->valuestring, beside_file, &json, &file, err);
        if (!rc && (rc = read_object(json, "", workload, err)))
            tg_error_wrap(err, rc, "%s", file);
        cJSON_Delete(json);
        free(file);
        return rc;
    }
    if (!cJSON_IsObject(value))
        return tg_error_set(err, TG_EINPUT,
                            "%s: workload: expected the name or path of a workload, or an object", name);
    const cJSON *use = cJSON_GetObjectItemCaseSensitive(value, "use");
    if (cJSON_IsString(use))
        return read_using(value, name, use->valuestring, beside_file, workload, err);
    int rc = read_object(value, "workload", workload, err);
    return rc ? tg_error_wrap(err, rc, "%s", name) : TG_OK;
}

void tg_workload_release(struct tg_workload *w)
{
    free(w->name);
    free(w->title);
    free(w->log);
    for (int i = 0; i < TG_CLIENT_POINTS; i++)
        tg_cost_list_release(&w->points[i]);
    tg_price_list_release(&w->costs);
    cJSON_Delete(w->document);
    *w = (struct tg_workload){0};
}
