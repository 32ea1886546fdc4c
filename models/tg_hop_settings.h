/* tg_hop_settings: a place that packets go through on their way, as data: a queue, a notice that something
 * came, and work for each packet.
 *
 * A server's own adapter is one. Techniques insert others further out: the driver domain of a paravirtualized
 * machine, the host's world of a hosted one.
 */
#ifndef TG_HOP_SETTINGS_H
#define TG_HOP_SETTINGS_H

#include "tg_cost_list.h"

enum { TG_HOPS_MAX = 4 };

enum tg_interrupts { TG_INTERRUPTS_POLLED, TG_INTERRUPTS_EACH };
enum tg_direction { TG_RECEIVE, TG_TRANSMIT };
enum tg_core_role { TG_CORE_SERVER, TG_CORE_DRIVER_DOMAIN, TG_CORE_ROLES };

extern const char *const tg_direction_names[], *const tg_core_role_names[], *const tg_interrupts_names[];

struct tg_hop_settings {
    char *name;
    int direction;    /* enum tg_direction */
    int core;         /* enum tg_core_role */
    int interrupts;   /* enum tg_interrupts */
    int notify_class; /* enum tg_class of the notice */
    int packet_class; /* enum tg_class of the work */
    int64_t queue;
    tg_ps coalesce_ps;        /* the notice waits so long for more packets; 0: given at once */
    int64_t coalesce_packets; /* ... or for so many */
    struct tg_cost_list notify, packet;
};

extern const struct tg_field tg_hop_fields[];
extern const size_t tg_hop_field_count;

/* Has the form of tg_field.read, for a struct tg_hop_settings. */
int tg_hop_settings_read(const cJSON *value, const char *path, void *hop, struct tg_error *err);
int tg_hop_settings_copy(struct tg_hop_settings *copy, const struct tg_hop_settings *hop,
                         struct tg_error *err);
void tg_hop_settings_release(struct tg_hop_settings *hop);

#endif
