#include "tg_system.h"

#include <stdio.h>

#include "tg_json.h"

static const char *const when_full_names[] = {"refuse", "crash", NULL};

static const char *const adapter_core_names[] = {"server", "sender", NULL};

const struct tg_field tg_adapter_fields[] = {
    {.name = "core",
     .kind = TG_CHOICE,
     .offset = offsetof(struct tg_adapter_settings, core),
     .choices = adapter_core_names,
     .fallback = "server",
     .help = "whose core takes packets up: server; or sender, as on a pair of virtual devices, where "
             "packet_in is "
             "paid by the client's machine and there is no ring and no interrupt"},
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
    {.name = "coalesce_time",
     .kind = TG_TIME,
     .offset = offsetof(struct tg_adapter_settings, coalesce_ps),
     .fallback = "0 s",
     .flags = TG_NONNEGATIVE,
     .help = "time that an interrupt waits for more packets"},
    {.name = "coalesce_frames",
     .kind = TG_INTEGER,
     .offset = offsetof(struct tg_adapter_settings, coalesce_packets),
     .fallback = "1",
     .min = 1,
     .max = 1e5,
     .help = "packets for which it waits no longer"},
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
    {.name = "framing",
     .kind = TG_BYTES,
     .offset = offsetof(struct tg_link_settings, framing_bytes),
     .fallback = "0 B",
     .flags = TG_NONNEGATIVE,
     .help = "what each packet takes on the wire beside what it carries: headers, preamble, gap"},
    {.name = "stores",
     .kind = TG_INTEGER,
     .offset = offsetof(struct tg_link_settings, stores),
     .fallback = "0",
     .min = 0,
     .max = 1,
     .help =
         "1: a switch in between takes each packet whole before it sends it on, where the link has a rate; "
         "0: a cable, a hub, or a switch that cuts through"},
    {.name = "queue",
     .kind = TG_INTEGER,
     .offset = offsetof(struct tg_link_settings, queue),
     .fallback = "1000",
     .min = 1,
     .max = 1e6,
     .help = "packets that may wait for the link in each direction, where it has a rate"},
};
const size_t tg_link_field_count = TG_COUNT(tg_link_fields);

static int read_retries(const cJSON *value, const char *path, void *member, struct tg_error *err)
{
    static const struct tg_field wait = {.name = "wait", .kind = TG_TIME, .flags = TG_POSITIVE};
    struct tg_retries *retries = member;
    if (!cJSON_IsArray(value))
        return tg_error_set(err, TG_EINPUT, "%s: expected a list of times, '[...]'", path);
    *retries = (struct tg_retries){0};
    const cJSON *item;
    cJSON_ArrayForEach(item, value)
    {
        char where[TG_PATH_MAX];
        snprintf(where, sizeof where, "%s[%zu]", path, retries->count);
        if (retries->count == TG_SYN_RETRIES_MAX)
            return tg_error_set(err, TG_EINPUT, "%s: at most %d retransmissions", path, TG_SYN_RETRIES_MAX);
        int rc = tg_json_read_value(item, where, &wait, &retries->waits_ps[retries->count], err);
        if (rc)
            return rc;
        retries->count++;
    }
    return TG_OK;
}

const struct tg_field tg_tcp_fields[] = {
    {.name = "accept_queue",
     .kind = TG_INTEGER,
     .offset = offsetof(struct tg_tcp_settings, accept_queue),
     .fallback = "128",
     .min = 1,
     .max = 1e6,
     .help = "connections that may wait for the server to accept them; beyond it SYNs are dropped"},
    {.name = "syn_queue",
     .kind = TG_INTEGER,
     .offset = offsetof(struct tg_tcp_settings, syn_queue),
     .fallback = "256",
     .min = 1,
     .max = 1e6,
     .help = "connections that may be half open; beyond it SYNs are dropped"},
    {.name = "syn_retries",
     .kind = TG_CUSTOM,
     .offset = offsetof(struct tg_tcp_settings, syn_retries),
     .read = read_retries,
     .help = "waits before a lost SYN is sent again, one after another; an empty list: never; left out: 1, "
             "2, 4, 8, 16 and 32 s"},
    {.name = "minimum_rto",
     .kind = TG_TIME,
     .offset = offsetof(struct tg_tcp_settings, minimum_rto_ps),
     .fallback = "200 ms",
     .flags = TG_POSITIVE,
     .help = "wait before any other lost segment is sent again, doubled each time"},
    {.name = "segment",
     .kind = TG_BYTES,
     .offset = offsetof(struct tg_tcp_settings, segment_bytes),
     .fallback = "1460 B",
     .flags = TG_POSITIVE,
     .help = "bytes that a segment carries at most"},
    {.name = "initial_window",
     .kind = TG_INTEGER,
     .offset = offsetof(struct tg_tcp_settings, initial_window),
     .fallback = "10",
     .min = 1,
     .max = 1e6,
     .help = "segments of a reply that are sent before the first acknowledgement; each acknowledgement then "
             "allows "
             "what it acknowledges, and one more (slow start)"},
    {.name = "time_wait",
     .kind = TG_TIME,
     .offset = offsetof(struct tg_tcp_settings, time_wait_ps),
     .fallback = "60 s",
     .flags = TG_POSITIVE,
     .help = "how long the side that closed first keeps the connection, and its port"},
};
const size_t tg_tcp_field_count = TG_COUNT(tg_tcp_fields);

const struct tg_field tg_memory_fields[] = {
    {.name = "limit",
     .kind = TG_BYTES,
     .offset = offsetof(struct tg_memory_settings, limit_bytes),
     .flags = TG_POSITIVE,
     .help = "memory of the machine, or of the guest; left out: without limit"},
    {.name = "system",
     .kind = TG_BYTES,
     .offset = offsetof(struct tg_memory_settings, system_bytes),
     .fallback = "0 B",
     .flags = TG_NONNEGATIVE,
     .help = "what the system takes"},
    {.name = "server",
     .kind = TG_BYTES,
     .offset = offsetof(struct tg_memory_settings, server_bytes),
     .fallback = "0 B",
     .flags = TG_NONNEGATIVE,
     .help = "what the server takes"},
    {.name = "connection",
     .kind = TG_BYTES,
     .offset = offsetof(struct tg_memory_settings, connection_bytes),
     .fallback = "0 B",
     .flags = TG_NONNEGATIVE,
     .help = "what an open connection takes"},
    {.name = "closed",
     .kind = TG_BYTES,
     .offset = offsetof(struct tg_memory_settings, closed_bytes),
     .fallback = "0 B",
     .flags = TG_NONNEGATIVE,
     .help = "what a closed connection holds until it is reclaimed"},
    {.name = "reclaim",
     .kind = TG_TIME,
     .offset = offsetof(struct tg_memory_settings, reclaim_ps),
     .fallback = "60 s",
     .flags = TG_POSITIVE,
     .help = "when a closed connection is reclaimed"},
    {.name = "when_full",
     .kind = TG_CHOICE,
     .offset = offsetof(struct tg_memory_settings, when_full),
     .choices = when_full_names,
     .fallback = "refuse",
     .help = "refuse: new connections are dropped; crash: the server dies"},
};
const size_t tg_memory_field_count = TG_COUNT(tg_memory_fields);

#define READ_OBJECT(function, fields)                                                             \
    static int function(const cJSON *value, const char *path, void *member, struct tg_error *err) \
    {                                                                                             \
        return tg_json_read_object(value, path, fields, TG_COUNT(fields), member, err);           \
    }

READ_OBJECT(read_adapter, tg_adapter_fields)
READ_OBJECT(read_link, tg_link_fields)
READ_OBJECT(read_tcp, tg_tcp_fields)
READ_OBJECT(read_memory, tg_memory_fields)

const struct tg_field tg_system_fields[] = {
    {.name = "adapter",
     .kind = TG_CUSTOM,
     .offset = offsetof(struct tg_system, adapter),
     .read = read_adapter,
     .help = "the server's network adapter"},
    {.name = "link",
     .kind = TG_CUSTOM,
     .offset = offsetof(struct tg_system, link),
     .read = read_link,
     .help = "the network between client and server"},
    {.name = "tcp",
     .kind = TG_CUSTOM,
     .offset = offsetof(struct tg_system, tcp),
     .read = read_tcp,
     .help = "connections: queues, retransmission, TIME_WAIT"},
    {.name = "memory",
     .kind = TG_CUSTOM,
     .offset = offsetof(struct tg_system, memory),
     .read = read_memory,
     .help = "what the system, the server and connections take"},
    {.name = "time_slice",
     .kind = TG_TIME,
     .offset = offsetof(struct tg_system, time_slice_ps),
     .fallback = "3 ms",
     .flags = TG_POSITIVE,
     .help = "time slice of threads that share a core"},
};
const size_t tg_system_field_count = TG_COUNT(tg_system_fields);

static void set_default_retries(struct tg_retries *retries)
{
    /* Linux since 3.1 (RFC 6298): one second, doubled six times. */
    retries->count = 6;
    for (size_t i = 0; i < retries->count; i++)
        retries->waits_ps[i] = TG_PS_PER_S << i;
}

static int set_defaults(struct tg_system *system, struct tg_error *err)
{
    *system = (struct tg_system){0};
    set_default_retries(&system->tcp.syn_retries);
    int rc = tg_field_defaults(tg_adapter_fields, tg_adapter_field_count, &system->adapter, err);
    if (!rc)
        rc = tg_field_defaults(tg_link_fields, tg_link_field_count, &system->link, err);
    if (!rc)
        rc = tg_field_defaults(tg_tcp_fields, tg_tcp_field_count, &system->tcp, err);
    if (!rc)
        rc = tg_field_defaults(tg_memory_fields, tg_memory_field_count, &system->memory, err);
    return rc;
}

static int read_whole(const cJSON *json, const char *path, struct tg_system *system, struct tg_error *err)
{
    int rc = set_defaults(system, err);
    return rc ? rc : tg_json_read_object(json, path, tg_system_fields, tg_system_field_count, system, err);
}

int tg_system_part_read(const cJSON *value, const char *path, void *part, struct tg_error *err)
{
    struct tg_system system;
    cJSON **copy = part;
    int rc = read_whole(value, path, &system, err);
    if (!rc && !(*copy = cJSON_Duplicate(value, 1)))
        rc = tg_error_set(err, TG_ENOMEM, "out of memory");
    return rc;
}

/* Sections are laid over key by key; everything else replaces what was there. */
static bool lay_over(cJSON *base, const cJSON *over, bool deep)
{
    const cJSON *item;
    cJSON_ArrayForEach(item, over)
    {
        cJSON *there = cJSON_GetObjectItemCaseSensitive(base, item->string);
        if (deep && there && cJSON_IsObject(there) && cJSON_IsObject(item)) {
            if (!lay_over(there, item, false))
                return false;
            continue;
        }
        cJSON *copy = cJSON_Duplicate(item, 1);
        if (there)
            cJSON_DeleteItemFromObjectCaseSensitive(base, item->string);
        if (!copy || !cJSON_AddItemToObject(base, item->string, copy))
            return false;
    }
    return true;
}

int tg_system_resolve(struct tg_system *system, const cJSON *const *parts, size_t count, struct tg_error *err)
{
    cJSON *whole = cJSON_CreateObject();
    bool ok = whole != NULL;
    for (size_t i = 0; ok && i < count; i++)
        ok = !parts[i] || lay_over(whole, parts[i], true);
    int rc = ok ? read_whole(whole, "", system, err) : tg_error_set(err, TG_ENOMEM, "out of memory");
    cJSON_Delete(whole);
    return rc;
}
