#include "tg_server.h"

#include <stdlib.h>
#include <string.h>

#include "tg_json.h"

const char *const tg_class_names[] = {"steal", "hard_irq", "soft_irq", "kernel", "user", NULL};
const char *const tg_point_names[] = {"idle_exit", "interrupt", "packet_in", "syn_in", "packet_out", "wakeup",
                                      "accept",    "request",   "reply",     "close",  NULL};
const char *const tg_protocol_names[] = {"udp", "tcp", NULL};
static const char *const holds_names[] = {"request", "connection", NULL};
static const char *const closes_names[] = {"client", "server", NULL};
static const char *const formats[] = {"tollgate server", NULL};

struct document {
    struct tg_server server;
    int format;
    int64_t version;
};

#define POINT(row, index, what)                                                                    \
    {                                                                                              \
        .name = row, .kind = TG_CUSTOM, .offset = offsetof(struct document, server.points[index]), \
        .read = tg_cost_list_read, .help = what                                                    \
    }

const struct tg_field tg_server_fields[] = {
    {.name = "format",
     .kind = TG_CHOICE,
     .offset = offsetof(struct document, format),
     .choices = formats,
     .flags = TG_REQUIRED,
     .help = "\"tollgate server\""},
    {.name = "version",
     .kind = TG_INTEGER,
     .offset = offsetof(struct document, version),
     .flags = TG_REQUIRED,
     .min = 1,
     .max = 1.5,
     .help = "1"},
    {.name = "name",
     .kind = TG_STRING,
     .offset = offsetof(struct document, server.name),
     .flags = TG_REQUIRED,
     .help = "short name"},
    {.name = "title",
     .kind = TG_STRING,
     .offset = offsetof(struct document, server.title),
     .fallback = "",
     .help = "the server in words"},
    {.name = "protocol",
     .kind = TG_CHOICE,
     .offset = offsetof(struct document, server.protocol),
     .choices = tg_protocol_names,
     .fallback = "udp",
     .help = "udp: a packet each way; tcp: a connection a request"},
    {.name = "workers",
     .kind = TG_INTEGER,
     .offset = offsetof(struct document, server.workers),
     .fallback = "1",
     .min = 1,
     .max = 10000,
     .help = "processes or threads that serve; an event loop is one"},
    {.name = "holds",
     .kind = TG_CHOICE,
     .offset = offsetof(struct document, server.holds),
     .choices = holds_names,
     .fallback = "request",
     .help = "how long a worker is taken: for a request (an event loop), or until the connection is closed "
             "(a process a connection)"},
    {.name = "closes",
     .kind = TG_CHOICE,
     .offset = offsetof(struct document, server.closes),
     .choices = closes_names,
     .fallback = "client",
     .help = "who closes a connection first, and keeps it in TIME_WAIT: client or server"},
    {.name = "runs_in",
     .kind = TG_CHOICE,
     .offset = offsetof(struct document, server.runs_in),
     .choices = tg_class_names,
     .fallback = "user",
     .help = "where its code runs: soft_irq, kernel or user"},
    {.name = "sleeps",
     .kind = TG_FLAG,
     .offset = offsetof(struct document, server.sleeps),
     .fallback = "true",
     .help = "whether it sleeps while there are no requests, and must be woken"},
    {.name = "queue_limit",
     .kind = TG_INTEGER,
     .offset = offsetof(struct document, server.queue_limit),
     .fallback = "256",
     .min = 1,
     .max = 1e6,
     .help = "requests that may wait for the server"},
    {.name = "reply_batch",
     .kind = TG_INTEGER,
     .offset = offsetof(struct document, server.reply_batch),
     .fallback = "1",
     .min = 1,
     .max = 1e6,
     .help =
         "datagrams: a worker sends its replies in turn when no request waits, or after so many requests"},
    POINT("idle_exit", TG_POINT_IDLE_EXIT, "paid on top of an interrupt that finds the core idle"),
    POINT("interrupt", TG_POINT_INTERRUPT, "paid once for each interrupt of the adapter, as hard interrupt"),
    POINT("packet_in", TG_POINT_PACKET_IN, "paid for each packet taken from the ring, as soft interrupt"),
    POINT("syn_in", TG_POINT_SYN_IN, "paid on top of it for a SYN that is answered"),
    POINT("packet_out", TG_POINT_PACKET_OUT,
          "paid for each packet sent, by the soft interrupt or the server"),
    POINT("wakeup", TG_POINT_WAKEUP, "paid when something finds the server asleep, in the kernel"),
    POINT("accept", TG_POINT_ACCEPT, "paid for each connection that the server takes up"),
    POINT("request", TG_POINT_REQUEST, "paid for each request that the server takes and handles"),
    POINT("reply", TG_POINT_REPLY, "paid for each reply that the server sends"),
    POINT("close", TG_POINT_CLOSE, "paid for each connection that the server closes"),
    {.name = "system",
     .kind = TG_CUSTOM,
     .offset = offsetof(struct document, server.system),
     .read = tg_system_part_read,
     .help = "settings of adapter, link, TCP and memory that are the server's own"},
    {.name = "costs",
     .kind = TG_CUSTOM,
     .offset = offsetof(struct document, server.costs),
     .read = tg_price_list_read,
     .help = "prices of the server's own work, by name"},
};
const size_t tg_server_field_count = TG_COUNT(tg_server_fields);

static int check_batch(const struct tg_server *server, struct tg_error *err)
{
    if (server->protocol == TG_UDP || server->reply_batch == 1)
        return TG_OK;
    return tg_error_set(err, TG_EINPUT,
                        "reply_batch: replies over connections leave one by one (protocol \"udp\" sends them "
                        "together)");
}

int tg_server_read_json(const cJSON *json, const char *name, struct tg_server *server, struct tg_error *err)
{
    struct document document = {0};
    int rc = tg_json_read_object(json, "", tg_server_fields, tg_server_field_count, &document, err);
    rc = rc ? rc : check_batch(&document.server, err);
    if (!rc && !(document.server.document = cJSON_Duplicate(json, 1)))
        rc = tg_error_set(err, TG_ENOMEM, "out of memory");
    if (rc) {
        tg_server_release(&document.server);
        return tg_error_wrap(err, rc, "%s", name);
    }
    *server = document.server;
    return TG_OK;
}

int tg_server_read_file(const char *path, struct tg_server *server, struct tg_error *err)
{
    cJSON *json;
    int rc = tg_json_read_file(path, &json, err);
    if (rc)
        return rc;
    rc = tg_server_read_json(json, path, server, err);
    cJSON_Delete(json);
    return rc;
}

void tg_server_release(struct tg_server *server)
{
    free(server->name);
    free(server->title);
    for (int i = 0; i < TG_POINT_COUNT; i++)
        tg_cost_list_release(&server->points[i]);
    for (size_t i = 0; i < server->hop_count; i++)
        tg_hop_settings_release(&server->hops[i]);
    tg_price_list_release(&server->costs);
    cJSON_Delete(server->system);
    cJSON_Delete(server->document);
    *server = (struct tg_server){0};
}

int tg_server_copy(struct tg_server *copy, const struct tg_server *server, struct tg_error *err)
{
    return tg_server_read_json(server->document, server->name, copy, err);
}
