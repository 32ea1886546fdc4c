/* tg_generating: the load generators, each of which makes one point; inner header.
 *
 * One row a generator. The network is up and the server answers; a generator runs in the client's name space
 * and on the client's core, is bounded in time, and fills in what it can tell of the point. */
#ifndef TG_GENERATING_H
#define TG_GENERATING_H

#include "tg_bed_net.h"
#include "tg_bed_point.h"
#include "tg_serving.h"
#include "tg_testbed.h"
#include "tg_usage.h"

struct tg_generating {
    const struct tg_bed_net *net;
    const char *folder;
    pid_t server; /* whose time is counted */
    int server_cpu, client_cpu;
    int (*interrupted)(void);
};

typedef int tg_generate_function(const struct tg_generating *g, const struct tg_bed_load *load,
                                 struct tg_bed_point *point, struct tg_error *err);

tg_generate_function tg_generate_open, tg_generate_dnsperf, tg_generate_httperf;

/* The row of a generator: makes the load, and decides what limited it. */
int tg_generate(enum tg_bed_generator generator, const struct tg_generating *g,
                const struct tg_bed_load *load, struct tg_bed_point *point, struct tg_error *err);

/* Waits until the server answers this generator's kind of request. */
int tg_generating_await(enum tg_bed_generator generator, const struct tg_generating *g, double timeout_s,
                        struct tg_error *err);

/* What the server used in the point's window, whose length and reply rate are set. */
void tg_generating_account(const struct tg_usage *used, struct tg_bed_point *point);

#endif
