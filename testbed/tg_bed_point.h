/* tg_bed_point: one measured point of the testbed: what was offered, what came back, and what it took.
 *
 * Rates are per second of the window, times ns, shares of the window's time. What a load generator does not
 * tell is NaN. The server's time is that of its threads (tg_usage); where it serves in a kernel thread, of
 * that.
 *
 * A point says what limited it. It is sustained where at least 98 % of the offers were answered. Where it is
 * not, the evidence decides, in this order:
 *   client   an open loop did not send 98 % of what was due, yet the server answered 98 % of what was sent
 *   server   its threads ran, or waited while other work had their core, for 90 % of the time or more
 *   client   it did not send 98 % of what was offered, or ran out of descriptors or ports
 *   unclear  neither; something lost requests while both had time left
 *
 * That a client did not send counts for nothing where other work had its core for more than a tenth of the
 * time.
 */
#ifndef TG_BED_POINT_H
#define TG_BED_POINT_H

#include <stdbool.h>
#include <stddef.h>

#include "tg_curve.h"
#include "tg_error.h"

enum tg_limit { TG_LIMIT_NONE, TG_LIMIT_SERVER, TG_LIMIT_CLIENT, TG_LIMIT_UNCLEAR };

struct tg_bed_point {
    double repetition;   /* from 1; 0: a point of the curve that is measured once */
    double wanted_per_s; /* that was asked for; what came of it is offered */
    double offered_per_s, sent_per_s, reply_per_s;
    double answered_fraction; /* of the offers */
    double lost_fraction;     /* of what was sent */
    double latency_mean_ns, latency_sd_ns, latency_p50_ns, latency_p90_ns, latency_p99_ns, latency_p999_ns,
        latency_max_ns;
    double window_s;
    double server_run_share;    /* of one core */
    double server_waited_share; /* ready, but not on the core: the sum over its threads */
    double server_ns_per_reply;
    double sleeps_per_s; /* wake-ups */
    double core_busy_share, core_irq_share, core_stolen_share;
    double client_waited_share;   /* the load generator, the same */
    double client_sleeps_per_s;   /* a load generator that does not spin: its wake-ups */
    double late_p99_ns;           /* the client's sending after the intended time */
    double batch_mean, batch_max; /* packets sent in one call */
    double refused_per_s;         /* connections that the client could not even open */
    double wrong_per_s;           /* answers that were none */
    enum tg_limit limited_by;
};

/* The numbers of a point by name, for reading and writing; ended by a row without name. */
struct tg_bed_point_field {
    const char *name;
    size_t offset; /* of a double */
};
extern const struct tg_bed_point_field tg_bed_point_fields[];

/* A point of which nothing is known. */
struct tg_bed_point tg_bed_point_unknown(void);

/* "none", "server", "client", "unclear". */
const char *tg_limit_name(enum tg_limit limit);
/* TG_EINPUT if there is none of that name. */
int tg_limit_parse(const char *name, enum tg_limit *limit, struct tg_error *err);

bool tg_bed_point_sustained(const struct tg_bed_point *point);

/* The share of the time in which the server or the load generator could not run because other work had its
 * core.
 */
double tg_bed_point_disturbed(const struct tg_bed_point *point);

/* By the evidence in the point; what is NaN is no evidence. open_loop: the client would have sent whatever
 * the server does. */
enum tg_limit tg_bed_point_limit(const struct tg_bed_point *point, bool open_loop);

struct tg_curve_point tg_bed_point_to_curve(const struct tg_bed_point *point);

/* The price of a request and of a wake-up, ns, from two points at different loads: the server's time is taken
 * to be replies x request + sleeps x wake-up at both. TG_ECHECK where the two do not tell them apart. */
int tg_bed_point_price(const struct tg_bed_point *a, const struct tg_bed_point *b, double *request_ns,
                       double *wakeup_ns, struct tg_error *err);

#endif
