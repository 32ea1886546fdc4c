/* tg_load: the testbed's own load: DNS queries over UDP at their intended times, whether answers come or not.
 *
 * Open loop: the intended times are drawn before the first packet is sent, with gaps that are exponential or
 * all alike. Latency counts from the intended time, so that a client that is late, or a server that makes it
 * late, hides nothing (no coordinated omission). One thread, bound to one core, spins: it sends what is due,
 * at most batch_max packets in one call, and takes replies in between. How late and in what batches it sent
 * is recorded, which tells whether the client was the limit.
 *
 * A run has a warm-up, then the window that is measured, then up to timeout_s for the last answers. Requests
 * that were due in the window but not sent when it ends are never sent. A reply counts if it answers a query
 * under way, with an address and without an error code. Queries are told apart by DNS's 16-bit identifier: a
 * reply that is later than 65,536 requests counts as a stray one.
 *
 * The calling thread is the client; its core is given back afterwards. Times are ns of CLOCK_MONOTONIC.
 */
#ifndef TG_LOAD_H
#define TG_LOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tg_error.h"

enum { TG_LOAD_BATCH_MAX = 32, TG_LOAD_REQUESTS_MAX = 1 << 24 };

enum tg_load_mark { TG_LOAD_WINDOW_BEGINS, TG_LOAD_WINDOW_ENDS };

struct tg_load {
    const char *netns;  /* to send from; NULL: this process's */
    const char *target; /* IPv4 address */
    uint16_t port;
    const char *name; /* asked for */
    double rate_per_s;
    double warmup_s, window_s, timeout_s;
    bool even;     /* all gaps alike; otherwise exponential */
    uint64_t seed; /* of the gaps */
    unsigned batch_max;
    int cpu; /* below 0: wherever */
    /* NULL: no one is told. A millisecond before the window begins, if there is a warm-up, and when it ends.
     */
    void (*mark)(enum tg_load_mark mark, void *context);
    void *context;
    int (*interrupted)(void); /* NULL: never */
};

/* All of the window's requests, and nothing of others. */
struct tg_load_tally {
    uint64_t due, sent, answered; /* answered: within the time-out */
    uint64_t in_time;      /* replies that arrived before the window ended, to requests of the warm-up too */
    uint64_t wrong, stray; /* in the whole run */
    double window_s;       /* as it came out */
    double *latency_ns;    /* of those answered, in rising order; owned */
    double late_mean_ns, late_p99_ns, late_max_ns; /* sending after the intended time */
    double batch_mean, batch_max;
};

/* TG_ELIMIT for more than TG_LOAD_REQUESTS_MAX requests. */
int tg_load_run(const struct tg_load *load, struct tg_load_tally *tally, struct tg_error *err);
void tg_load_tally_release(struct tg_load_tally *tally);

/* Waits until the server answers one query; TG_EENV after timeout_s. */
int tg_load_await(const struct tg_load *load, double timeout_s, struct tg_error *err);

#endif
