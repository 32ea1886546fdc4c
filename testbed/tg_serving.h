/* tg_serving: a system's server while it runs, on a core and in a network that are there; inner header.
 *
 * One row a server: how it starts and what is left to stop. Real servers get their settings as files in a
 * folder of the testbed's, and touch no other. */
#ifndef TG_SERVING_H
#define TG_SERVING_H

#include <sys/types.h>

#include "tg_bed_system.h"
#include "tg_process.h"

/* What every server knows: the name and its address, or the page. */
#define TG_SERVING_NAME "www.example.org"
#define TG_SERVING_ADDRESS "192.0.2.7"
#define TG_SERVING_PAGE "/index.html"
enum { TG_SERVING_PAGE_BYTES = 1024, TG_SERVING_DNS_PORT = 53, TG_SERVING_HTTP_PORT = 80 };

struct tg_serving {
    const struct tg_bed_system *system;
    const struct tg_bed_net *net;
    const char *folder; /* of the testbed's own */
    int cpu;
    pid_t root; /* whose time, with its descendants', is the server's */
    struct tg_process process;
};

/* After a failure too, stop. */
typedef int tg_serving_start_function(struct tg_serving *serving, struct tg_error *err);
typedef void tg_serving_stop_function(struct tg_serving *serving);

tg_serving_start_function tg_serving_start_responder, tg_serving_start_xdp, tg_serving_start_bind,
    tg_serving_start_lighttpd, tg_serving_start_apache;
tg_serving_stop_function tg_serving_stop_responder, tg_serving_stop_xdp, tg_serving_stop_process;

/* system, net, folder and cpu are set by the caller. On return it was started, but may not yet answer. */
int tg_serving_start(struct tg_serving *serving, struct tg_error *err);
void tg_serving_stop(struct tg_serving *serving);

/* The sentence for a server that ended, with what it said last; TG_OK while it runs. */
int tg_serving_check(struct tg_serving *serving, struct tg_error *err);

/* Writes a file of the folder. */
int tg_serving_write(const struct tg_serving *serving, const char *name, const char *text,
                     struct tg_error *err);

#endif
