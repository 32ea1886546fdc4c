/* tg_campaign: measured curves of systems: where each saturates, and points below and beyond.
 *
 * First a quick search doubles the rate until the replies fall behind. Then come passes: in each the system
 * is started anew in fresh name spaces, and each load is measured, in rising order: fractions of what the
 * search found, or rates as they are. Where connections leave something behind (httperf), each point has a
 * start of its own. A point in which other work had the server's or the client's core for more than a tenth
 * of the time is measured again, `tries` times at most, and the least disturbed is kept. Where already the
 * first pass shows no offer that is too much, the search was misled, and the system begins again from twice
 * what it found.
 *
 * With several systems, all are begun and then pass after pass goes over all of them, so that a slow mood of
 * the machine reaches all alike:
 *
 *   for each system: tg_campaign_begin(bed, system, &campaign, &measured[i], err);
 *   for each repetition, for each system: tg_campaign_pass(bed, &campaign, &measured[i], err);
 *
 * tg_campaign_run() does all of one. `measured` is whole after each call, after a failure or an interruption
 * (TG_EINTERRUPTED) too.
 */
#ifndef TG_CAMPAIGN_H
#define TG_CAMPAIGN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tg_error.h"
#include "tg_saturation.h"
#include "tg_testbed.h"

struct tg_measured;

struct tg_campaign {
    double window_s, warmup_s, search_s; /* of a point; of a point of the search */
    unsigned repetitions, tries;
    const double *loads; /* fractions of the saturation found; or, */
    size_t load_count;
    const double *rates_per_s; /* where not NULL, these instead */
    size_t rate_count;
    bool even;
    uint64_t seed;
    /* NULL, or told of each point: its number in the pass, and how many a pass has. */
    void (*progress)(const struct tg_measured *measured, size_t done, size_t total, void *context);
    void *context;
};

/* Eleven loads from 5 to 150 % and windows of 0.3 s; eight and 0.1 s. Five repetitions. */
struct tg_campaign tg_campaign_full(void);
struct tg_campaign tg_campaign_quick(void);

struct tg_measured {
    const struct tg_bed_system *system;
    char skipped[256];     /* why it was not measured; empty: it was */
    char failed[256];      /* why it was given up, where the caller decides so; passes over it do nothing */
    double searched_per_s; /* what the search found; 0 where rates were given */
    struct tg_bed_point *points; /* owned; in the order they were measured */
    size_t count;
    unsigned passes; /* that are complete */
    bool complete;   /* as many as there were to be */
    struct tg_saturation saturation;
};

/* Searches. A system that cannot run here is no error: `skipped` says why, and passes over it do nothing. */
int tg_campaign_begin(struct tg_bed *bed, const struct tg_bed_system *system,
                      const struct tg_campaign *campaign, struct tg_measured *measured, struct tg_error *err);
int tg_campaign_pass(struct tg_bed *bed, const struct tg_campaign *campaign, struct tg_measured *measured,
                     struct tg_error *err);
int tg_campaign_run(struct tg_bed *bed, const struct tg_bed_system *system,
                    const struct tg_campaign *campaign, struct tg_measured *measured, struct tg_error *err);

/* A quick search alone; *per_s is the highest rate of replies seen. The system is started and stopped. */
int tg_campaign_search(struct tg_bed *bed, const struct tg_bed_system *system, double window_s, double *per_s,
                       struct tg_error *err);
/* The mean over the repetitions of the points at the wanted rate nearest to this one; `limited_by` is the
 * last one's. Unknown where nothing was measured. */
struct tg_bed_point tg_measured_at(const struct tg_measured *measured, double wanted_per_s);

/* The prices of a request and of a wake-up (tg_bed_point_price) from the points nearest to two fractions of
 * the saturation, as 0.1 and 0.3. */
int tg_measured_price(const struct tg_measured *measured, double low_load, double high_load,
                      double *request_ns, double *wakeup_ns, struct tg_error *err);
void tg_measured_release(struct tg_measured *measured);

#endif
