/* tg_curve: a measured saturation curve: how a server answered at each offered rate.
 *
 * The file is CSV with a header. Required: `offered_per_s`, `reply_per_s`. Optional: `latency_mean_ns`,
 * `latency_sd_ns`, `latency_p50_ns`, `latency_p90_ns`, `latency_p99_ns`, `latency_max_ns`, and
 * `lost_fraction` (of the requests sent, 0 to 1). An optional value may be absent in a row: it is NaN then.
 * Points are in rising order of offered rate. All values are zero or more.
 */
#ifndef TG_CURVE_H
#define TG_CURVE_H

#include <stddef.h>

#include "tg_error.h"

enum tg_curve_column {
    TG_CURVE_OFFERED,
    TG_CURVE_REPLY,
    TG_CURVE_LATENCY_MEAN,
    TG_CURVE_LATENCY_SD,
    TG_CURVE_LATENCY_P50,
    TG_CURVE_LATENCY_P90,
    TG_CURVE_LATENCY_P99,
    TG_CURVE_LATENCY_MAX,
    TG_CURVE_LOST,
    TG_CURVE_COLUMNS
};

struct tg_curve_point {
    double values[TG_CURVE_COLUMNS]; /* by enum tg_curve_column; NaN where unknown */
};

struct tg_curve {
    struct tg_curve_point *points; /* owned */
    size_t count;
};

const char *tg_curve_column_name(enum tg_curve_column column);

/* A point of which nothing is known. */
struct tg_curve_point tg_curve_unknown(void);

/* Puts a point in its place. */
int tg_curve_add(struct tg_curve *curve, const struct tg_curve_point *point, struct tg_error *err);

int tg_curve_read(struct tg_curve *curve, const char *path, struct tg_error *err);
int tg_curve_read_text(struct tg_curve *curve, const char *text, size_t size, const char *where,
                       struct tg_error *err);

/* Writes the required columns and those of which anything is known; beside and renamed. */
int tg_curve_write(const struct tg_curve *curve, const char *path, struct tg_error *err);
void tg_curve_release(struct tg_curve *curve);

#endif
