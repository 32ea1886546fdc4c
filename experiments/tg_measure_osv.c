/* The claims of "Performance Evaluation of OSv". */
#include <math.h>

#include "tg_measure.h"
#include "tg_sweep.h"

/* A rate that no DNS server here can answer: the window then holds as many queries as it may. */
static const double FLOOD_PER_S = 200000;

static const char MB_128[] = "{\"memory\": {\"limit\": \"128 MB\"}}";
static const char MB_512[] = "{\"memory\": {\"limit\": \"512 MB\"}}";
static const char MB_256[] = "{\"memory\": {\"limit\": \"256 MB\"}}";
static const char TEN_ADDRESSES[] = "{\"workload\": {\"addresses\": 10}}";

static int see(struct tg_study_draw *draw, const char *system, const char *patch, double rate_per_s,
               struct tg_sight *sight, struct tg_error *err)
{
    return tg_study_draw_see(
        draw, &(struct tg_case){.system = system, .patch = patch, .rate_per_s = rate_per_s}, sight, err);
}

static int flood(struct tg_study_draw *draw, const char *system, struct tg_measured *m, struct tg_error *err)
{
    struct tg_sight sight;
    int rc = see(draw, system, NULL, FLOOD_PER_S, &sight, err);
    if (rc)
        return rc;
    m->value = sight.metrics[TG_METRIC_REPLY_PER_S];
    tg_measured_part(m, "latency, us", sight.metrics[TG_METRIC_MEAN_PS] * 1e-6);
    return TG_OK;
}

static int measure_o2(struct tg_study_draw *draw, struct tg_measured *m, struct tg_error *err)
{
    return flood(draw, "dns-linux", m, err);
}

static int measure_o3a(struct tg_study_draw *draw, struct tg_measured *m, struct tg_error *err)
{
    return flood(draw, "dns-osv", m, err);
}

static int measure_o3b(struct tg_study_draw *draw, struct tg_measured *m, struct tg_error *err)
{
    struct tg_sight linux_sight, osv_sight;
    double rate;
    int rc = tg_study_draw_setting(draw, "dns_rate", &rate, err);
    rc = rc ? rc : see(draw, "dns-linux", NULL, rate, &linux_sight, err);
    rc = rc ? rc : see(draw, "dns-osv", NULL, rate, &osv_sight, err);
    if (rc)
        return rc;
    tg_measured_part(m, "Linux, us", linux_sight.metrics[TG_METRIC_MEAN_PS] * 1e-6);
    tg_measured_part(m, "OSv, us", osv_sight.metrics[TG_METRIC_MEAN_PS] * 1e-6);
    m->value = osv_sight.metrics[TG_METRIC_MEAN_PS] / linux_sight.metrics[TG_METRIC_MEAN_PS];
    return TG_OK;
}

/* The search begins at the target. */
static int measure_o4a(struct tg_study_draw *draw, struct tg_measured *m, struct tg_error *err)
{
    double target = tg_study_claim(tg_study_draw_study(draw), "O4a")->value;
    return tg_study_draw_saturation(draw, &(struct tg_case){.system = "http-linux", .rate_per_s = target},
                                    0.01, &m->value, err);
}

/* What an overloaded server replies while the load lasts, as a rate of which TG_SUSTAINED are replied. */
static int quick_o4a(struct tg_study_draw *draw, struct tg_measured *m, struct tg_error *err)
{
    double target = tg_study_claim(tg_study_draw_study(draw), "O4a")->value;
    struct tg_case what = {.system = "http-linux",
                           .rate_per_s = 1.3 * target,
                           .horizon_ps = 4 * TG_PS_PER_S,
                           .warm_up_ps = TG_PS_PER_S / 2};
    struct tg_sight sight;
    int rc = tg_study_draw_see(draw, &what, &sight, err);
    m->value = rc ? NAN : sight.metrics[TG_METRIC_REPLY_PER_S] / TG_SUSTAINED;
    return rc;
}

/* How far beyond the rate that is sustained the collapse is looked for. */
static const double beyond[] = {1.1, 1.2, 1.3};

/* The lesser of: latency's rise over a hundredfold, the reply rate's fall over 30 %. */
static int measure_o4b(struct tg_study_draw *draw, struct tg_measured *m, struct tg_error *err)
{
    struct tg_measured top = {0};
    struct tg_sight sight;
    double rate, latency, rise = 0, least = INFINITY;
    int rc = measure_o4a(draw, &top, err);
    rc = rc ? rc : tg_study_draw_setting(draw, "http_rate", &rate, err);
    rc = rc ? rc : see(draw, "http-linux", NULL, rate, &sight, err);
    latency = rc ? NAN : sight.metrics[TG_METRIC_MEAN_PS];
    for (size_t i = 0; !rc && i < TG_COUNT(beyond); i++) {
        rc = see(draw, "http-linux", NULL, beyond[i] * top.value, &sight, err);
        rise = fmax(rise, sight.metrics[TG_METRIC_MEAN_PS] / latency);
        least = fmin(least, sight.httperf_per_s / top.value);
    }
    if (rc)
        return rc;
    tg_measured_part(m, "latency, times", rise);
    tg_measured_part(m, "reply rate, fall", 1 - least);
    m->value = fmin(rise / 100, (1 - least) / 0.3);
    return TG_OK;
}

/* The highest of the study's rates that is sustained, and the next one. */
static int sustained_osv(struct tg_study_draw *draw, double *per_s, double *next_per_s, struct tg_error *err)
{
    double step, start = tg_study_claim(tg_study_draw_study(draw), "O4c")->value;
    struct tg_sight sight;
    int rc = tg_study_draw_setting(draw, "step", &step, err);
    if (rc)
        return rc;
    step = step < 354 ? 250 : step < 707 ? 500 : 1000;
    int64_t at = (int64_t)(start / step), direction = 0;
    for (*per_s = NAN; !rc && isnan(*per_s) && at > 0;) {
        rc = see(draw, "http-osv", NULL, (double)at * step, &sight, err);
        bool sustained = sight.replied_ratio >= TG_SUSTAINED;
        if (direction > 0 && !sustained)
            *per_s = (double)(at - 1) * step;
        else if (direction < 0 && sustained)
            *per_s = (double)at * step;
        direction = sustained ? 1 : -1;
        at += direction;
    }
    *next_per_s = *per_s + step;
    return rc ? rc : isnan(*per_s) ? tg_error_set(err, TG_EINPUT, "no rate is sustained") : TG_OK;
}

static int measure_o4c(struct tg_study_draw *draw, struct tg_measured *m, struct tg_error *err)
{
    double next;
    int rc = sustained_osv(draw, &m->value, &next, err);
    tg_measured_part(m, "not at, /s", next);
    return rc;
}

/* How many times as long replies take at the first rate that is not sustained as they do with ten times the
 * ports; 0 where that rate is not near 5,000/s. */
static int measure_o4d(struct tg_study_draw *draw, struct tg_measured *m, struct tg_error *err)
{
    struct tg_sight few, many;
    double top, next;
    int rc = sustained_osv(draw, &top, &next, err);
    rc = rc ? rc : see(draw, "http-osv", NULL, next, &few, err);
    rc = rc ? rc : see(draw, "http-osv", TEN_ADDRESSES, next, &many, err);
    if (rc)
        return rc;
    double rise = few.metrics[TG_METRIC_MEAN_PS] / many.metrics[TG_METRIC_MEAN_PS];
    tg_measured_part(m, "at, /s", next);
    tg_measured_part(m, "latency, us", few.metrics[TG_METRIC_MEAN_PS] * 1e-6);
    tg_measured_part(m, "with ten addresses, us", many.metrics[TG_METRIC_MEAN_PS] * 1e-6);
    tg_measured_part(m, "without a port", few.no_port_ratio);
    m->value = next > 3500 && next < 7500 ? rise : 0;
    return TG_OK;
}

/* The least reply rate of both systems with so much memory, to that with 1 GB. */
static int with_memory(struct tg_study_draw *draw, const char *const *systems, const char *limit,
                       const char *name, struct tg_measured *m, struct tg_error *err)
{
    static const double dns_and_http[] = {10000, 3500};
    double least = INFINITY;
    int rc = TG_OK;
    for (size_t i = 0; !rc && i < TG_COUNT(dns_and_http); i++) {
        struct tg_sight whole, less;
        rc = see(draw, systems[i], NULL, dns_and_http[i], &whole, err);
        rc = rc ? rc : see(draw, systems[i], limit, dns_and_http[i], &less, err);
        double ratio = less.metrics[TG_METRIC_REPLY_PER_S] / whole.metrics[TG_METRIC_REPLY_PER_S];
        least = fmin(least, less.crashed ? 0 : ratio);
    }
    tg_measured_part(m, name, least);
    m->value = fmin(m->part_count > 1 ? m->value : INFINITY, least);
    return rc;
}

static int measure_o5a(struct tg_study_draw *draw, struct tg_measured *m, struct tg_error *err)
{
    static const char *const systems[] = {"dns-linux", "http-linux"};
    int rc = with_memory(draw, systems, MB_512, "with 512 MB", m, err);
    return rc ? rc : with_memory(draw, systems, MB_256, "with 256 MB", m, err);
}

static int measure_o5b(struct tg_study_draw *draw, struct tg_measured *m, struct tg_error *err)
{
    static const char *const systems[] = {"dns-osv", "http-osv"};
    return with_memory(draw, systems, MB_256, "with 256 MB", m, err);
}

static int measure_o5c(struct tg_study_draw *draw, struct tg_measured *m, struct tg_error *err)
{
    struct tg_sight sight;
    int rc = see(draw, "http-osv", MB_128, 4000, &sight, err);
    m->value = !rc && sight.crashed ? 1 : 0;
    return rc;
}

const struct tg_measure tg_measures_osv[] = {
    {"osv", "O2", measure_o2, NULL},   {"osv", "O3a", measure_o3a, NULL},
    {"osv", "O3b", measure_o3b, NULL}, {"osv", "O4a", measure_o4a, quick_o4a},
    {"osv", "O4b", measure_o4b, NULL}, {"osv", "O4c", measure_o4c, NULL},
    {"osv", "O4d", measure_o4d, NULL}, {"osv", "O5a", measure_o5a, NULL},
    {"osv", "O5b", measure_o5b, NULL}, {"osv", "O5c", measure_o5c, NULL},
    {NULL, NULL, NULL, NULL},
};
