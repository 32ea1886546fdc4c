/* tg_campaign: the measured curve of one system: where it saturates, and points below and beyond.
 *
 * First a quick search doubles the rate until the replies fall behind. Then, as many times as there are
 * repetitions, the system is started anew in fresh name spaces, and each load is measured, in rising order:
 * fractions of what the search found, or rates as they are. Where connections leave something behind
 * (httperf), each point has a start of its own. A point in which other work had the server's or the client's
 * core for more than a tenth of the time is measured again, `tries` times at most, and the least disturbed is
 * kept.
 *
 * Where already the first repetition shows no offer that is too much, the search was misled, and all begins
 * again from twice what it found.
 *
 * When interrupted, what is complete is kept: TG_EINTERRUPTED, with `measured` filled.
 */
#ifndef TG_CAMPAIGN_H
#define TG_CAMPAIGN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tg_error.h"
#include "tg_saturation.h"
#include "tg_testbed.h"

struct tg_campaign {
    double window_s, warmup_s, search_s; /* of a point; of a point of the search */
    unsigned repetitions, tries;
    const double *loads; /* fractions of the saturation found; or, */
    size_t load_count;
    const double *rates_per_s; /* where not NULL, these instead */
    size_t rate_count;
    bool even;
    uint64_t seed;
    void (*progress)(const struct tg_system *system, size_t done, size_t total, void *context); /* or NULL */
    void *context;
};

/* Eleven loads from 5 to 150 % and windows of 0.3 s; eight and 0.1 s. Five repetitions. */
struct tg_campaign tg_campaign_full(void);
struct tg_campaign tg_campaign_quick(void);

struct tg_measured {
    const struct tg_system *system;
    char skipped[256];       /* why it was not measured; empty: it was */
    double searched_per_s;   /* what the search found; 0 where rates were given */
    struct tg_point *points; /* owned; in the order they were measured */
    size_t count;
    bool complete;
    struct tg_saturation saturation;
};

/* A system that cannot run here is no error: `skipped` says why. */
int tg_campaign_run(struct tg_bed *bed, const struct tg_system *system, const struct tg_campaign *campaign,
                    struct tg_measured *measured, struct tg_error *err);

/* A quick search alone; *per_s is the highest rate of replies seen. The system is started and stopped. */
int tg_campaign_search(struct tg_bed *bed, const struct tg_system *system, double window_s, double *per_s,
                       struct tg_error *err);
/* The mean over the repetitions of the points at the wanted rate nearest to this one; `limited_by` is the
 * last one's. Unknown where nothing was measured. */
struct tg_point tg_measured_at(const struct tg_measured *measured, double wanted_per_s);

/* The prices of a request and of a wake-up (tg_point_price) from the points nearest to two fractions of the
 * saturation, as 0.1 and 0.3. */
int tg_measured_price(const struct tg_measured *measured, double low_load, double high_load,
                      double *request_ns, double *wakeup_ns, struct tg_error *err);
void tg_measured_release(struct tg_measured *measured);

#endif
