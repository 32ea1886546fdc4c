#include "tg_hop_settings.h"

#include <stdlib.h>
#include <string.h>

#include "tg_json.h"

const char *const tg_direction_names[] = {"receive", "transmit", NULL};
const char *const tg_core_role_names[] = {"server", "driver_domain", NULL};
const char *const tg_interrupts_names[] = {"polled", "each", NULL};
/* The classes of tg_class, which stand in tg_server.h above this file. */
static const char *const class_names[] = {"steal", "hard_irq", "soft_irq", "kernel", "user", NULL};

const struct tg_field tg_hop_fields[] = {
    {.name = "name",
     .kind = TG_STRING,
     .offset = offsetof(struct tg_hop_settings, name),
     .flags = TG_REQUIRED,
     .help = "what waits there is called in tolls and losses"},
    {.name = "direction",
     .kind = TG_CHOICE,
     .offset = offsetof(struct tg_hop_settings, direction),
     .choices = tg_direction_names,
     .flags = TG_REQUIRED,
     .help = "the packets that go through it: receive or transmit"},
    {.name = "core",
     .kind = TG_CHOICE,
     .offset = offsetof(struct tg_hop_settings, core),
     .choices = tg_core_role_names,
     .fallback = "server",
     .help = "whose core pays: server, or driver_domain, a core of its own"},
    {.name = "interrupts",
     .kind = TG_CHOICE,
     .offset = offsetof(struct tg_hop_settings, interrupts),
     .choices = tg_interrupts_names,
     .fallback = "polled",
     .help = "polled: one notice, then packets until the queue is empty; each: one notice a packet"},
    {.name = "notify_class",
     .kind = TG_CHOICE,
     .offset = offsetof(struct tg_hop_settings, notify_class),
     .choices = class_names,
     .fallback = "hard_irq",
     .help = "CPU class of the notice"},
    {.name = "packet_class",
     .kind = TG_CHOICE,
     .offset = offsetof(struct tg_hop_settings, packet_class),
     .choices = class_names,
     .fallback = "soft_irq",
     .help = "CPU class of the work for a packet"},
    {.name = "queue",
     .kind = TG_INTEGER,
     .offset = offsetof(struct tg_hop_settings, queue),
     .fallback = "256",
     .min = 1,
     .max = 1e5,
     .help = "packets that may wait there"},
    {.name = "coalesce_time",
     .kind = TG_TIME,
     .offset = offsetof(struct tg_hop_settings, coalesce_ps),
     .fallback = "0 s",
     .flags = TG_NONNEGATIVE,
     .help = "time that a notice waits for more packets"},
    {.name = "coalesce_frames",
     .kind = TG_INTEGER,
     .offset = offsetof(struct tg_hop_settings, coalesce_packets),
     .fallback = "1",
     .min = 1,
     .max = 1e5,
     .help = "packets for which it waits no longer"},
    {.name = "notify",
     .kind = TG_CUSTOM,
     .offset = offsetof(struct tg_hop_settings, notify),
     .read = tg_cost_list_read,
     .help = "paid for each notice"},
    {.name = "packet",
     .kind = TG_CUSTOM,
     .offset = offsetof(struct tg_hop_settings, packet),
     .read = tg_cost_list_read,
     .help = "paid for each packet"},
};
const size_t tg_hop_field_count = TG_COUNT(tg_hop_fields);

int tg_hop_settings_read(const cJSON *value, const char *path, void *member, struct tg_error *err)
{
    struct tg_hop_settings *hop = member;
    int rc = tg_json_read_object(value, path, tg_hop_fields, tg_hop_field_count, hop, err);
    if (rc)
        tg_hop_settings_release(hop);
    return rc;
}

int tg_hop_settings_copy(struct tg_hop_settings *copy, const struct tg_hop_settings *hop,
                         struct tg_error *err)
{
    *copy = *hop;
    copy->notify = copy->packet = (struct tg_cost_list){0};
    copy->name = strdup(hop->name);
    int rc = copy->name ? TG_OK : tg_error_set(err, TG_ENOMEM, "out of memory");
    if (!rc)
        rc = tg_cost_list_append(&copy->notify, &hop->notify, 1, err);
    if (!rc)
        rc = tg_cost_list_append(&copy->packet, &hop->packet, 1, err);
    if (rc)
        tg_hop_settings_release(copy);
    return rc;
}

void tg_hop_settings_release(struct tg_hop_settings *hop)
{
    free(hop->name);
    tg_cost_list_release(&hop->notify);
    tg_cost_list_release(&hop->packet);
    *hop = (struct tg_hop_settings){0};
}
