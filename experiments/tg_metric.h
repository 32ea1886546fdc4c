/* tg_metric: the numbers that sum up a replication, and their estimates over replications. */
#ifndef TG_METRIC_H
#define TG_METRIC_H

#include "tg_interval.h"
#include "tg_result.h"

enum tg_metric {
    TG_METRIC_REPLY_PER_S,
    TG_METRIC_REPLY_STDDEV_PER_S,
    TG_METRIC_LOST_RATIO,
    TG_METRIC_UTILIZATION,
    TG_METRIC_MEAN_PS,
    TG_METRIC_STDDEV_PS,
    TG_METRIC_FASTEST_DECILE_PS,
    TG_METRIC_P50_PS,
    TG_METRIC_P90_PS,
    TG_METRIC_P95_PS,
    TG_METRIC_P99_PS,
    TG_METRIC_P999_PS,
    TG_METRIC_P9999_PS,
    TG_METRIC_MAX_PS,
    TG_METRIC_COUNT
};

/* Names for JSON, in the order of the enum; times are given in seconds there. */
extern const char *const tg_metric_names[];

/* True where the metric is a time in picoseconds. */
bool tg_metric_is_time(enum tg_metric metric);
/* True where the metric is a share, from 0 to 1. */
bool tg_metric_is_share(enum tg_metric metric);

/* Latencies are NaN where nothing was replied. */
void tg_metric_compute(const struct tg_result *result, double out[TG_METRIC_COUNT]);

/* Student's interval over the values that are not NaN; all NaN where there are none. Every metric is a time,
 * a rate or a share: what of the interval lies below zero is cut off, which costs no coverage. */
struct tg_estimate tg_metric_estimate(const double *values, size_t stride, size_t count);

#endif
