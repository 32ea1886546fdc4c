#include "tg_metric.h"

#include <math.h>
#include <stdbool.h>

#include "tg_welford.h"

const char *const tg_metric_names[] = {"reply_per_s",
                                       "reply_stddev_per_s",
                                       "lost_ratio",
                                       "utilization",
                                       "latency_mean_s",
                                       "latency_stddev_s",
                                       "latency_fastest_decile_s",
                                       "latency_p50_s",
                                       "latency_p90_s",
                                       "latency_p95_s",
                                       "latency_p99_s",
                                       "latency_p999_s",
                                       "latency_p9999_s",
                                       "latency_max_s",
                                       "response_mean_s",
                                       "client_utilization",
                                       "driver_domain_utilization",
                                       "memory_peak_bytes",
                                       "crashed_ratio",
                                       "descriptors_peak",
                                       "ports_peak",
                                       "reply_sampled_per_s",
                                       NULL};

enum tg_metric_kind tg_metric_kind(enum tg_metric metric)
{
    static const enum tg_metric_kind others[TG_METRIC_COUNT] = {
        [TG_METRIC_REPLY_PER_S] = TG_METRIC_RATE,         [TG_METRIC_REPLY_STDDEV_PER_S] = TG_METRIC_RATE,
        [TG_METRIC_LOST_RATIO] = TG_METRIC_SHARE,         [TG_METRIC_UTILIZATION] = TG_METRIC_SHARE,
        [TG_METRIC_CLIENT_UTILIZATION] = TG_METRIC_SHARE, [TG_METRIC_DRIVER_UTILIZATION] = TG_METRIC_SHARE,
        [TG_METRIC_MEMORY_PEAK_BYTES] = TG_METRIC_BYTES,  [TG_METRIC_CRASHED] = TG_METRIC_SHARE,
        [TG_METRIC_DESCRIPTORS_PEAK] = TG_METRIC_NUMBER,  [TG_METRIC_PORTS_PEAK] = TG_METRIC_NUMBER,
        [TG_METRIC_REPLY_SAMPLED_PER_S] = TG_METRIC_RATE,
    };
    bool is_time = metric >= TG_METRIC_MEAN_PS && metric <= TG_METRIC_RESPONSE_PS;
    return is_time ? TG_METRIC_TIME : others[metric];
}

static double utilization(const struct tg_result *r)
{
    tg_ps busy = 0;
    for (int k = 0; k < TG_CLASS_COUNT; k++)
        busy += r->busy_ps[k];
    return (double)busy / (double)r->window_ps;
}

void tg_metric_compute(const struct tg_result *r, double out[TG_METRIC_COUNT])
{
    static const struct {
        enum tg_metric metric;
        double q;
    } quantiles[] = {
        {TG_METRIC_P50_PS, 0.5},  {TG_METRIC_P90_PS, 0.9},    {TG_METRIC_P95_PS, 0.95},
        {TG_METRIC_P99_PS, 0.99}, {TG_METRIC_P999_PS, 0.999}, {TG_METRIC_P9999_PS, 0.9999},
    };
    out[TG_METRIC_REPLY_PER_S] = (double)r->replies_in_window / tg_s_from_ps(r->window_ps);
    out[TG_METRIC_REPLY_STDDEV_PER_S] = r->reply_stddev_per_s;
    out[TG_METRIC_LOST_RATIO] =
        r->offered ? (double)(r->offered - r->replied - r->still_open) / (double)r->offered : NAN;
    out[TG_METRIC_UTILIZATION] = utilization(r);
    double window = (double)r->window_ps;
    out[TG_METRIC_CLIENT_UTILIZATION] = (double)r->client_busy_ps / (window * (double)r->clients);
    out[TG_METRIC_DRIVER_UTILIZATION] = (double)r->driver_busy_ps / window;
    out[TG_METRIC_MEMORY_PEAK_BYTES] = r->memory_peak_bytes;
    out[TG_METRIC_CRASHED] = r->crashed_ps >= 0;
    out[TG_METRIC_DESCRIPTORS_PEAK] = (double)r->descriptors_peak;
    out[TG_METRIC_PORTS_PEAK] = (double)r->ports_peak;
    out[TG_METRIC_REPLY_SAMPLED_PER_S] = r->samples ? r->reply_sampled_per_s : NAN;
    for (int i = TG_METRIC_MEAN_PS; i <= TG_METRIC_RESPONSE_PS; i++)
        out[i] = NAN;
    if (!r->latency.count)
        return;
    out[TG_METRIC_MEAN_PS] = tg_hist_mean(&r->latency);
    out[TG_METRIC_STDDEV_PS] = tg_hist_stddev(&r->latency);
    out[TG_METRIC_FASTEST_DECILE_PS] = tg_hist_fastest_mean(&r->latency, 0.1);
    for (size_t i = 0; i < sizeof quantiles / sizeof *quantiles; i++)
        out[quantiles[i].metric] = tg_hist_quantile(&r->latency, quantiles[i].q);
    out[TG_METRIC_MAX_PS] = (double)tg_hist_max(&r->latency);
    if (r->response_ps)
        out[TG_METRIC_RESPONSE_PS] = (double)r->response_ps / (double)r->replied;
}

struct tg_estimate tg_metric_estimate(const double *values, size_t stride, size_t count)
{
    struct tg_welford w = {0};
    for (size_t i = 0; i < count; i++) {
        if (!isnan(values[i * stride]))
            tg_welford_add(&w, values[i * stride]);
    }
    if (!w.count)
        return (struct tg_estimate){.mean = NAN, .low = NAN, .high = NAN, .level = 0.95};
    struct tg_estimate e = tg_interval_welford(&w, 0.95);
    e.low = fmax(e.low, 0);
    return e;
}
