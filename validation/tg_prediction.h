/* tg_prediction: what the simulator says of the testbed's systems, before they are measured.
 *
 * The prices of a profile are drawn a number of times from the intervals of their means, all independently.
 * With each draw every system is simulated at the same loads, from 5 % to twice its saturation, as the
 * testbed measures it: windows after a warm-up, replies counted within the window, and from the points the
 * saturation by the testbed's own rule (tg_saturation). What is said is the median of the draws; its ends are
 * their 2.5 % and 97.5 % quantiles, which hold the spread of a window as well as the prices'. A load is a
 * fraction of what the first look at the best prices found.
 *
 * The same profile, seed and settings give the same bits, whatever the number of threads. Rates are per
 * second, times ns. What is unknown is NaN.
 */
#ifndef TG_PREDICTION_H
#define TG_PREDICTION_H

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tg_bed_point.h"
#include "tg_bed_system.h"
#include "tg_error.h"
#include "tg_span.h"

enum { TG_PREDICTION_LOADS_MAX = 24, TG_PREDICTION_DRAWS_MAX = 64 };

struct tg_predicted_point {
    double offered_per_s;
    struct tg_span reply_per_s, mean_ns, p50_ns, p99_ns, lost_fraction;
};

struct tg_predicted {
    const struct tg_bed_system *system;
    char skipped[256]; /* why nothing is said of it; empty: it is */
    struct tg_span saturation_per_s;
    enum tg_limit limited_by;
    struct tg_predicted_point points[TG_PREDICTION_LOADS_MAX]; /* rising */
    size_t point_count;
    double draws_per_s[TG_PREDICTION_DRAWS_MAX]; /* the saturation in each draw */
    size_t draw_count;
};

struct tg_prediction {
    struct tg_predicted *systems; /* owned */
    size_t count;
};

struct tg_prediction_settings {
    size_t draws;
    double window_s, warmup_s;
    uint64_t seed;
    unsigned threads;
    void (*progress)(void *context, size_t done, size_t total); /* may be NULL; from any thread, in turn */
    bool (*interrupted)(void *context);                         /* may be NULL */
    void *context;
};

struct tg_prediction_settings tg_prediction_full(void);
struct tg_prediction_settings tg_prediction_quick(void);

/* profile: a cost profile's document, with all prices that the systems need; of a system that lacks one,
 * `skipped` names it. It may hold `watches`, a list of lists like its `jitter` (tg_watches): then each draw
 * takes the jitter of one of them, in turn. The caller releases the prediction. */
int tg_predict(const struct tg_bed_system *const *systems, size_t count, const cJSON *profile,
               const struct tg_prediction_settings *settings, struct tg_prediction *prediction,
               struct tg_error *err);
void tg_prediction_release(struct tg_prediction *prediction);

/* Of the system of that name, or NULL. */
const struct tg_predicted *tg_prediction_find(const struct tg_prediction *prediction, const char *system);

/* A column of the points at a fraction of the predicted saturation, between neighbours linearly; NaN beyond
 * its ends. `column` is the offset of a struct tg_span in a point. */
struct tg_span tg_predicted_at(const struct tg_predicted *predicted, double load, size_t column);

/* The systems as a list in JSON, and back. A system that this program does not know is TG_EINPUT. */
cJSON *tg_prediction_to_json(const struct tg_prediction *prediction);
int tg_prediction_from_json(const cJSON *systems, struct tg_prediction *prediction, struct tg_error *err);

#endif
