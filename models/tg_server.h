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
#include "tg_system.h"

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
    TG_POINT_IDLE_EXIT,  /* the interrupt found the core idle: on top of it */
    TG_POINT_INTERRUPT,  /* the adapter's interrupt, once each, as hard interrupt */
    TG_POINT_PACKET_IN,  /* the kernel takes a packet from the ring, as soft interrupt */
    TG_POINT_SYN_IN,     /* it is a SYN: on top of it */
    TG_POINT_PACKET_OUT, /* a packet is sent, by the soft interrupt or the server */
    TG_POINT_WAKEUP,     /* the server was asleep and something came for it, in the kernel */
    TG_POINT_ACCEPT,     /* the server takes up a connection */
    TG_POINT_REQUEST,    /* the server takes and handles a request */
    TG_POINT_REPLY,      /* the server sends the reply */
    TG_POINT_CLOSE,      /* the server closes a connection */
    TG_POINT_COUNT
};

extern const char *const tg_point_names[]; /* NULL-terminated */

enum tg_protocol { TG_UDP, TG_TCP };
extern const char *const tg_protocol_names[];
enum tg_holds { TG_HOLDS_REQUEST, TG_HOLDS_CONNECTION };
enum tg_closes { TG_CLOSES_CLIENT, TG_CLOSES_SERVER };

struct tg_server {
    char *name;
    char *title;
    int protocol;        /* enum tg_protocol */
    int64_t workers;     /* processes or threads that serve; an event loop is one */
    int holds;           /* enum tg_holds: what keeps a worker from taking up another connection */
    int closes;          /* enum tg_closes: who closes a connection first */
    int runs_in;         /* enum tg_class: soft_irq, kernel or user */
    bool sleeps;         /* waits for requests asleep, and must be woken */
    int64_t queue_limit; /* requests waiting for the server; more are dropped */
    int64_t reply_batch; /* datagrams: requests that a worker takes at most before it replies to them */
    struct tg_cost_list points[TG_POINT_COUNT];
    struct tg_hop_settings hops[TG_HOPS_MAX]; /* put in by techniques; in each direction the outermost last */
    size_t hop_count;
    cJSON *system;              /* the part of the settings that is its own, or NULL */
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
