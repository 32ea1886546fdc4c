/* tg_server: a server as data: where its code runs, and what each step of a request's path costs.
 *
 * The steps ("points") are the places where a mechanism of the model spends CPU time; the lists of primitives
 * paid there are the server's, and techniques rewrite them. docs/model.md tells when each point is passed.
 */
#ifndef TG_SERVER_H
#define TG_SERVER_H

#include "tg_cost_list.h"
#include "tg_error.h"
#include "tg_hop_settings.h"
#include "tg_profile.h"

/* CPU classes, most urgent first: the priority classes of tg_cpu. */
enum tg_class {
    TG_CLASS_STEAL, /* jitter: whatever takes the core from everyone */
    TG_CLASS_HARD_IRQ,
    TG_CLASS_SOFT_IRQ,
    TG_CLASS_KERNEL,
    TG_CLASS_USER,
    TG_CLASS_COUNT
};

extern const char *const tg_class_names[]; /* NULL-terminated */

enum tg_point {
    TG_POINT_INTERRUPT, /* the adapter's interrupt, once each, as hard interrupt */
    TG_POINT_PACKET_IN, /* the kernel takes a packet from the ring, as soft interrupt */
    TG_POINT_WAKEUP,    /* the server was asleep and a request came, in the kernel */
    TG_POINT_REQUEST,   /* the server takes and handles a request */
    TG_POINT_REPLY,     /* the server sends the reply */
    TG_POINT_COUNT
};

extern const char *const tg_point_names[]; /* NULL-terminated */

struct tg_server {
    char *name;
    char *title;
    int runs_in;         /* enum tg_class: soft_irq, kernel or user */
    bool sleeps;         /* waits for requests asleep, and must be woken */
    int64_t queue_limit; /* requests waiting for the server; more are dropped */
    struct tg_cost_list points[TG_POINT_COUNT];
    struct tg_hop_settings hops[TG_HOPS_MAX]; /* put in by techniques; in each direction the outermost last */
    size_t hop_count;
    cJSON *document;            /* as read */
    struct tg_price_list costs; /* prices of the server's own, which go before the profile's */
};

/* From a document; `name` is what messages call it. Keeps a copy of the document. */
int tg_server_read_json(const cJSON *json, const char *name, struct tg_server *server, struct tg_error *err);
int tg_server_read_file(const char *path, struct tg_server *server, struct tg_error *err);

/* A copy for techniques to rewrite, which shares nothing with the original. */
int tg_server_copy(struct tg_server *copy, const struct tg_server *server, struct tg_error *err);
void tg_server_release(struct tg_server *server);

extern const struct tg_field tg_server_fields[];
extern const size_t tg_server_field_count;

#endif
