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
    TG_METRIC_RESPONSE_PS,        /* of requests over connections */
    TG_METRIC_CLIENT_UTILIZATION, /* of all client machines */
    TG_METRIC_DRIVER_UTILIZATION, /* of the driver domain's core */
    TG_METRIC_MEMORY_PEAK_BYTES,  /* of the server's machine */
    TG_METRIC_CRASHED,            /* 1 where the server ran out of memory and died; their mean is a share */
    TG_METRIC_DESCRIPTORS_PEAK,   /* of one client */
    TG_METRIC_PORTS_PEAK,
    TG_METRIC_REPLY_SAMPLED_PER_S, /* as a load generator prints it; where the workload has reply windows */
    TG_METRIC_COUNT
};

enum tg_metric_kind {
    TG_METRIC_RATE, /* a second */
    TG_METRIC_SHARE,
    TG_METRIC_TIME, /* ps */
    TG_METRIC_BYTES,
    TG_METRIC_NUMBER
};

/* Names for JSON, in the order of the enum; times are given in seconds there. */
extern const char *const tg_metric_names[];

enum tg_metric_kind tg_metric_kind(enum tg_metric metric);

/* NaN where there is nothing to tell: latencies without replies, response times of datagrams. */
void tg_metric_compute(const struct tg_result *result, double out[TG_METRIC_COUNT]);

/* Student's interval over the values that are not NaN; all NaN where there are none. Every metric is a time,
 * a rate or a share: what of the interval lies below zero is cut off, which costs no coverage. */
struct tg_estimate tg_metric_estimate(const double *values, size_t stride, size_t count);

#endif
