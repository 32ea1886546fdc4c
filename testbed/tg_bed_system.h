/* tg_bed_system: the servers that the testbed can run, each with its load.
 *
 * One row of the table is a system: a server, the way to it, the boundaries that it crosses extra times a
 * request, and the generator of its load. Rows whose crossing has the same name differ in its count, so that
 * a crossing's price is the slope of time over count. tg_bed_system_available() says whether a system can run
 * here, or why not.
 */
#ifndef TG_BED_SYSTEM_H
#define TG_BED_SYSTEM_H

#include <stdbool.h>
#include <stddef.h>

#include "tg_bed_net.h"
#include "tg_error.h"

enum tg_bed_server {
    TG_SERVER_RESPONDER, /* bundled, one process in user space */
    TG_SERVER_XDP,       /* bundled, in the kernel's receive path, in a thread that receives */
    TG_SERVER_BIND,
    TG_SERVER_LIGHTTPD,
    TG_SERVER_APACHE,
    TG_SERVERS
};

enum tg_bed_generator {
    TG_GENERATOR_OPEN, /* our own: open loop over UDP */
    TG_GENERATOR_DNSPERF,
    TG_GENERATOR_HTTPERF, /* a connection a request */
    TG_GENERATORS
};

struct tg_bed_system {
    const char *name;
    const char *what;
    enum tg_bed_server server;
    enum tg_bed_path path;
    enum tg_bed_generator generator;
    /* What is crossed extra times a request, by the name of tg_crossing or, in the kernel, "plugin_call";
     * NULL: nothing. */
    const char *crossing;
    unsigned crossings;
    unsigned work;      /* rounds that the first of the plugins computes; 0: it does nothing, as the others */
    double guess_per_s; /* where to begin to look for saturation */
    const char *needs;  /* programs, in words; NULL: none of others */
    const char *program[2]; /* and by name; NULL ends */
};

/* Ended by a row without name. */
extern const struct tg_bed_system tg_bed_systems[];

const struct tg_bed_system *tg_bed_system_find(const char *name);

/* TG_OK, or TG_EENV with the reason. */
int tg_bed_system_available(const struct tg_bed_system *system, struct tg_error *why);

/* The generator's name: "open", "dnsperf", "httperf"; the server's: "responder", "xdp", ... */
const char *tg_bed_generator_name(enum tg_bed_generator generator);
const char *tg_bed_server_name(enum tg_bed_server server);

#endif
