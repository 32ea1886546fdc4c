/* tg_workload: the load as data: what kind of client, what it sends, and what its own machine pays for it.
 *
 * Kinds of client:
 *   open    sends at its own times, whatever the server does (httperf, and any traffic of many users)
 *   window  sends at most at the offered rate and keeps at most `window` requests under way (queryperf)
 *   closed  so many users, each of which thinks, sends, and waits for the reply; the offered rate is that
 *           of users / think: their number follows from it
 *
 * Read only once made.
 */
#ifndef TG_WORKLOAD_H
#define TG_WORKLOAD_H

#include <stdbool.h>

#include "tg_cost_list.h"
#include "tg_error.h"
#include "tg_profile.h"

enum tg_client_kind { TG_CLIENT_OPEN, TG_CLIENT_WINDOW, TG_CLIENT_CLOSED };
enum tg_gaps { TG_GAPS_EXPONENTIAL, TG_GAPS_DETERMINISTIC, TG_GAPS_LOG };

/* Where the client's machine spends time: the first of these is the point after the server's last. */
enum tg_client_point {
    TG_CLIENT_POINT_OPEN,       /* a request is begun: sendto, or socket and connect */
    TG_CLIENT_POINT_PORT,       /* a port is tried */
    TG_CLIENT_POINT_PACKET_OUT, /* a packet is sent */
    TG_CLIENT_POINT_PACKET_IN,  /* a packet is received */
    TG_CLIENT_POINT_REPLY,      /* the reply is taken */
    TG_CLIENT_POINT_CLOSE,      /* the connection is closed */
    TG_CLIENT_POINTS
};

extern const char *const tg_client_point_names[]; /* NULL-terminated */

struct tg_workload {
    char *name, *title;
    int client; /* enum tg_client_kind */
    int gaps;   /* enum tg_gaps */
    int64_t window;
    tg_ps think_ps;
    tg_ps timeout_ps; /* 0: none */
    tg_ps drain_ps;   /* how long a run goes on after the horizon; negative: until all requests have ended */
    double request_bytes, reply_bytes;
    int64_t clients;       /* machines, each with a CPU, descriptors and addresses of its own */
    int64_t addresses;     /* of each */
    int64_t ports;         /* of each address; 0: without limit */
    int64_t descriptors;   /* of each client */
    tg_ps pause_ps;        /* between two rates; 0: each rate begins afresh */
    tg_ps reply_window_ps; /* the reply rate is sampled in windows so long; 0: in tenths of what is counted */
    char *log;             /* file of an arrival log, or NULL */
    struct tg_cost_list points[TG_CLIENT_POINTS];
    struct tg_price_list costs; /* prices of its own, which go before the client's profile */
    cJSON *document;            /* as read, files it uses laid under it */
};

/* From the scenario's value: the name or path of a file, or an object, which may `use` one. beside_file: the
 * file that holds the value, or NULL. */
int tg_workload_read(const cJSON *value, const char *name, const char *beside_file,
                     struct tg_workload *workload, struct tg_error *err);
void tg_workload_release(struct tg_workload *workload);

extern const struct tg_field tg_workload_fields[];
extern const size_t tg_workload_field_count;

#endif
