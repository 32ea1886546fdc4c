/* tg_testbed: real servers and load generators on this machine, for predictions to be compared with.
 *
 * A bed is one process's right to build: it makes name spaces, services and files under a tag of its own
 * ("tb" and its process number), and knows by a lock that dies with it whose they are. Opening a bed first
 * removes what processes that are gone have left. One bed a process. In order: open; start a system (fresh
 * name spaces, its server); points; stop; any number of times; close. Stop and close remove everything; so
 * does the next open, of whatever process, after a kill.
 *
 *   tg_bed_open(&bed, &settings, err);
 *   tg_bed_start(bed, tg_bed_system_find("udp"), err);
 *   tg_bed_point(bed, &load, &point, err);      as often as wanted
 *   tg_bed_close(bed);
 *
 * Or tg_campaign_run() (tg_campaign.h), which looks for a system's saturation and measures its curve.
 *
 * Needs root and two CPUs: TG_EENV with the reason. Interrupted work is TG_EINTERRUPTED.
 */
#ifndef TG_TESTBED_H
#define TG_TESTBED_H

#include <stdbool.h>
#include <stdint.h>

#include "tg_bed_net.h"
#include "tg_bed_point.h"
#include "tg_bed_system.h"
#include "tg_error.h"

struct tg_bed_settings {
    int server_cpu, client_cpu;
    int (*interrupted)(void); /* NULL: never */
};

/* Server on CPU 0, client on CPU 1. */
struct tg_bed_settings tg_bed_settings_usual(void);

struct tg_bed_load {
    double rate_per_s;
    double window_s, warmup_s; /* programs of others have no warm-up, and a window of whole seconds */
    bool even;                 /* our own: gaps all alike, otherwise exponential */
    uint64_t seed;
    unsigned batch_max; /* packets a call */
};

/* A load as it is usually made: exponential gaps, half a second after a tenth, at most 8 packets a call. */
struct tg_bed_load tg_bed_load_usual(double rate_per_s);

struct tg_bed;

int tg_bed_open(struct tg_bed **bed, const struct tg_bed_settings *settings, struct tg_error *err);
int tg_bed_start(struct tg_bed *bed, const struct tg_bed_system *system, struct tg_error *err);
int tg_bed_point(struct tg_bed *bed, const struct tg_bed_load *load, struct tg_bed_point *point,
                 struct tg_error *err);
int tg_bed_stop(struct tg_bed *bed, struct tg_error *err);
void tg_bed_close(struct tg_bed *bed); /* NULL is allowed */

/* Removes what processes that are gone have left; *removed counts their beds. */
int tg_bed_sweep(unsigned *removed, struct tg_error *err);

/* A network that stays, to try things by hand, and its end. */
#define TG_BED_STANDING "tbup"
int tg_bed_stand(enum tg_bed_path path, struct tg_bed_net *net, struct tg_error *err);
int tg_bed_fell(struct tg_error *err);

#endif
