/* tg_comparison: predicted against measured.
 *
 * Loads of both sides are fractions of each side's own saturation. An error is predicted over measured, less
 * one. Measured intervals: of saturations as tg_saturation gives them; of latencies and losses the least and
 * the greatest of the repetitions, about their median. Predicted ones are the prediction's. What is unknown
 * is NaN.
 *
 * A slope is the time that one more crossing adds to a request: of each repetition, and of each draw, the
 * line through the times a request (one over the saturation) of the systems that differ in the number of
 * crossings alone, weighted by one over their squares, because errors grow with the times. Only systems that
 * the server limits take part.
 *
 * What is asked of a validation is a table of checks, each with what was wanted and what was found.
 */
#ifndef TG_COMPARISON_H
#define TG_COMPARISON_H

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>

#include "tg_bed_record.h"
#include "tg_error.h"
#include "tg_prediction.h"

enum { TG_COMPARED_LATENCIES = 3, TG_COMPARED_LOSSES = 2, TG_SLOPES_MAX = 16, TG_CHECKS = 7 };

struct tg_compared_pair {
    double load; /* of the measured point */
    struct tg_span predicted, measured;
    double error; /* of losses: the difference */
};

struct tg_compared {
    const struct tg_bed_system *system;
    char left_out[256]; /* why nothing is compared; empty: it is */
    struct tg_span predicted_per_s, measured_per_s;
    double error;
    enum tg_limit limited_by, predicted_limit;
    struct tg_compared_pair p50_ns[TG_COMPARED_LATENCIES], p99_ns[TG_COMPARED_LATENCIES];
    struct tg_compared_pair lost_fraction[TG_COMPARED_LOSSES];
};

struct tg_compared_slope {
    char name[64]; /* of the crossing */
    size_t systems;
    struct tg_span predicted_ns, measured_ns;
    double error;
    bool met; /* within 15 %, or the intervals overlap */
};

/* Measured apart and predicted the other way round. */
struct tg_wrong_order {
    const struct tg_compared *slower, *faster; /* as measured */
};

struct tg_check {
    const char *what;
    double wanted, found;
    const char *unit; /* "%", "systems", ... */
    bool met;
};

struct tg_comparison {
    struct tg_compared *rows; /* owned */
    size_t count;
    struct tg_compared_slope slopes[TG_SLOPES_MAX];
    size_t slope_count;
    struct tg_wrong_order *wrong; /* owned */
    size_t wrong_count;
    size_t server_limited, client_limited, unclear; /* rows that are compared */
    double median_error, worst_error;               /* absolute, of those that the server limits */
    struct tg_check checks[TG_CHECKS];
    size_t check_count;
};

int tg_compare(const struct tg_prediction *prediction, const struct tg_bed_record *measured,
               struct tg_comparison *comparison, struct tg_error *err);
void tg_comparison_release(struct tg_comparison *comparison);

/* Adds "systems", "slopes", "wrong_order", "summary" and "checks" to an object. */
int tg_comparison_to_json(const struct tg_comparison *comparison, cJSON *document, struct tg_error *err);

#endif
