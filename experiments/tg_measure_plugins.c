/* The claims of "Kernel Plugins". Latencies are read at a low rate in user space at the client: the response
 * time, as httperf prints it, from the first byte of the request to the first of the reply. */
#include <math.h>
#include <stdlib.h>

#include "tg_catalog.h"
#include "tg_json.h"
#include "tg_measure.h"

enum { IDLE_REQUESTS = 600, IDLE_WARM_UP = 20 };

static const char SPREAD_WINDOWS[] = "{\"workload\": {\"reply_window\": \"100 ms\"}}";

/* Below this many replies in a window a spread cannot be told from how gaps fall into windows. */
static const double LEAST_SPREAD_PER_S = 0.3 / 0.1;

static int idle_latency(struct tg_study_draw *draw, const char *system, double *latency_us,
                        struct tg_error *err)
{
    struct tg_case what = {.system = system};
    struct tg_sight sight;
    int rc = tg_study_draw_setting(draw, "idle_rate", &what.rate_per_s, err);
    if (rc)
        return rc;
    what.horizon_ps = tg_ps_from_s((IDLE_REQUESTS + IDLE_WARM_UP) / what.rate_per_s);
    what.warm_up_ps = tg_ps_from_s(IDLE_WARM_UP / what.rate_per_s);
    rc = tg_study_draw_see(draw, &what, &sight, err);
    *latency_us = rc ? NAN : sight.metrics[TG_METRIC_RESPONSE_PS] * 1e-6;
    return rc;
}

/* One latency over another. */
static int idle_ratio(struct tg_study_draw *draw, const char *over, const char *under, const char *name,
                      struct tg_measured *m, struct tg_error *err)
{
    double a, b;
    int rc = idle_latency(draw, over, &a, err);
    rc = rc ? rc : idle_latency(draw, under, &b, err);
    if (rc)
        return rc;
    m->value = a / b;
    tg_measured_part(m, name, m->value);
    return TG_OK;
}

static int measure_p6a(struct tg_study_draw *draw, struct tg_measured *m, struct tg_error *err)
{
    return idle_ratio(draw, "khttpd", "apache", "kHTTPd / Apache", m, err);
}

/* The number is taken for each server, so that the lesser of their ratios has to meet it. */
static int measure_p6b(struct tg_study_draw *draw, struct tg_measured *m, struct tg_error *err)
{
    int rc = idle_ratio(draw, "khttpd-vm", "khttpd", "kHTTPd in the VM / without", m, err);
    double khttpd = m->value;
    rc = rc ? rc : idle_ratio(draw, "apache-vm", "apache", "Apache in the VM / without", m, err);
    if (!rc && khttpd < m->value)
        m->value = khttpd;
    return rc;
}

static int measure_p6c(struct tg_study_draw *draw, struct tg_measured *m, struct tg_error *err)
{
    return idle_ratio(draw, "khttpd-vm", "apache", "kHTTPd in the VM / Apache", m, err);
}

static int measure_p7c(struct tg_study_draw *draw, struct tg_measured *m, struct tg_error *err)
{
    return idle_ratio(draw, "khttpd-vm", "khttpd-plugin", "kHTTPd in the VM / with the plugin", m, err);
}

/* Series. */

static int by_value(const void *a, const void *b)
{
    tg_ps x = *(const tg_ps *)a, y = *(const tg_ps *)b;
    return (x > y) - (x < y);
}

static double mean_us(const tg_ps *values, size_t count)
{
    double sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += tg_us_from_ps(values[i]);
    return sum / (double)count;
}

static int one_series(struct tg_study_draw *draw, const char *system, size_t count, uint64_t number,
                      const char *patch, double *mean, double *fastest, struct tg_error *err)
{
    struct tg_case what = {.system = system, .patch = patch};
    struct tg_rig rig;
    struct tg_sight sight;
    tg_ps *series = malloc(count * sizeof *series);
    if (!series)
        return tg_error_set(err, TG_ENOMEM, "out of memory");
    int rc = tg_study_draw_setting(draw, "idle_rate", &what.rate_per_s, err);
    what.horizon_ps = tg_ps_from_s((double)(count + 1) / what.rate_per_s);
    if (rc || (rc = tg_rig_open(draw, &what, &rig, err))) {
        free(series);
        return rc;
    }
    rig.result.series_ps = series;
    rig.result.series_room = count;
    rc = tg_rig_run(&rig, what.rate_per_s, number, NULL, &sight, err);
    size_t got = rig.result.series_count;
    tg_rig_close(&rig);
    if (!rc && got < 10)
        rc = tg_error_set(err, TG_EINPUT, "a series has %zu response times only", got);
    if (!rc) {
        *mean = mean_us(series, got);
        qsort(series, got, sizeof *series, by_value);
        *fastest = mean_us(series, got / 10);
    }
    free(series);
    return rc;
}

int tg_measure_series(struct tg_study_draw *draw, size_t count, uint64_t pair, const char *patch,
                      struct tg_series_means *means, struct tg_error *err)
{
    int rc = one_series(draw, "khttpd", count, 2 * pair, patch, &means->mean[0], &means->fastest[0], err);
    return rc ? rc
              : one_series(draw, "khttpd-plugin", count, 2 * pair + 1, patch, &means->mean[1],
                           &means->fastest[1], err);
}

static int series_of_draw(struct tg_study_draw *draw, struct tg_series_means *means, struct tg_measured *m,
                          struct tg_error *err)
{
    double count;
    int rc = tg_study_draw_setting(draw, "series", &count, err);
    if (rc)
        return rc;
    tg_measured_part(m, "requests in a series", floor(count));
    /* 8 us inside the central 95 % of differences of two means. */
    tg_measured_part(m, "deviation of latencies that 8 us need, us", 8 / 1.96 * sqrt(count / 2));
    return tg_measure_series(draw, (size_t)count, 0, NULL, means, err);
}

static int measure_p7a(struct tg_study_draw *draw, struct tg_measured *m, struct tg_error *err)
{
    struct tg_series_means means;
    int rc = series_of_draw(draw, &means, m, err);
    m->value = rc ? NAN : means.mean[1] - means.mean[0];
    return rc;
}

static int measure_p7b(struct tg_study_draw *draw, struct tg_measured *m, struct tg_error *err)
{
    struct tg_series_means means;
    int rc = series_of_draw(draw, &means, m, err);
    m->value = rc ? NAN : means.fastest[1] - means.fastest[0];
    return rc;
}

/* Throughput. */

static int saturation(struct tg_study_draw *draw, const char *system, double *per_s, struct tg_error *err)
{
    return tg_study_draw_saturation(draw, &(struct tg_case){.system = system}, 0.004, per_s, err);
}

static int saturation_ratio(struct tg_study_draw *draw, const char *system, struct tg_measured *m,
                            struct tg_error *err)
{
    double base, other;
    int rc = saturation(draw, "khttpd", &base, err);
    rc = rc ? rc : saturation(draw, system, &other, err);
    if (rc)
        return rc;
    m->value = other / base;
    tg_measured_part(m, "kHTTPd, /s", base);
    tg_measured_part(m, "the other, /s", other);
    return TG_OK;
}

static int measure_p8a(struct tg_study_draw *draw, struct tg_measured *m, struct tg_error *err)
{
    return saturation_ratio(draw, "khttpd-plugin", m, err);
}

static int measure_p8b(struct tg_study_draw *draw, struct tg_measured *m, struct tg_error *err)
{
    return saturation_ratio(draw, "khttpd-vm", m, err);
}

static int spreads(struct tg_study_draw *draw, const char *system, double rate_per_s, double spread[2],
                   struct tg_error *err)
{
    struct tg_case what = {.system = system,
                           .patch = SPREAD_WINDOWS,
                           .rate_per_s = rate_per_s,
                           .horizon_ps = 5 * TG_PS_PER_S,
                           .warm_up_ps = TG_PS_PER_S / 5};
    struct tg_sight sight;
    int rc = tg_study_draw_see(draw, &what, &sight, err);
    if (rc)
        return rc;
    spread[0] = sight.metrics[TG_METRIC_STDDEV_PS];
    spread[1] = fmax(sight.metrics[TG_METRIC_REPLY_STDDEV_PER_S], LEAST_SPREAD_PER_S);
    return TG_OK;
}

/* The lesser of the two ratios in the VM; 1 at most where the plugin's are not at most 1.2. */
static int measure_p8c(struct tg_study_draw *draw, struct tg_measured *m, struct tg_error *err)
{
    double top, load, base[2], plugin[2], vm[2];
    int rc = saturation(draw, "khttpd-vm", &top, err);
    rc = rc ? rc : tg_study_draw_setting(draw, "load", &load, err);
    rc = rc ? rc : spreads(draw, "khttpd", load * top, base, err);
    rc = rc ? rc : spreads(draw, "khttpd-plugin", load * top, plugin, err);
    rc = rc ? rc : spreads(draw, "khttpd-vm", load * top, vm, err);
    if (rc)
        return rc;
    double worst = fmax(plugin[0] / base[0], plugin[1] / base[1]);
    tg_measured_part(m, "VM, latency", vm[0] / base[0]);
    tg_measured_part(m, "VM, reply rate", vm[1] / base[1]);
    tg_measured_part(m, "plugin, latency", plugin[0] / base[0]);
    tg_measured_part(m, "plugin, reply rate", plugin[1] / base[1]);
    m->value = fmin(vm[0] / base[0], vm[1] / base[1]);
    if (worst > 1.2)
        m->value = fmin(m->value, 1);
    return TG_OK;
}

/* The prototype. */

const char *const tg_prototype_claims[] = {"P7a", "P7b", "P8a", NULL};

static int read_recorded(const char *profile, cJSON **json, struct tg_profile *out, struct tg_error *err)
{
    char *file = NULL;
    int rc = tg_catalog_find(TG_CATALOG_HARDWARE, profile, NULL, &file, err);
    rc = rc ? rc : tg_json_read_file(file, json, err);
    rc = rc ? rc : tg_profile_read_file(file, out, err);
    free(file);
    return rc;
}

/* The recorded law, as a price at another clock. It has no range: it is no prior. */
static cJSON *scaled_price(const cJSON *recorded, double factor)
{
    cJSON *price = cJSON_CreateObject(), *law = cJSON_AddObjectToObject(price, "law");
    cJSON_AddStringToObject(law, "family", "shifted");
    cJSON_AddNumberToObject(law, "factor", factor);
    cJSON_AddItemToObject(law, "part", cJSON_Duplicate(cJSON_GetObjectItem(recorded, "law"), 1));
    cJSON_AddStringToObject(price, "provenance", "scaled");
    cJSON_AddStringToObject(price, "source", "the recorded trace of the prototype, scaled by cycles");
    return price;
}

int tg_measure_prototype(struct tg_study *study, struct tg_prototype *prototype, struct tg_error *err)
{
    static const char RECORDED[] = "epyc-zen5-linux-6.18", PRIMITIVE[] = "segment_call";
    cJSON *json = NULL, *machine = tg_study_model(study, "pentium3-866");
    struct tg_profile profile = {0};
    double clock_hz = NAN;
    int rc = read_recorded(RECORDED, &json, &profile, err);
    const struct tg_price *price = rc ? NULL : tg_profile_price(&profile, PRIMITIVE);
    const char *clock = cJSON_GetStringValue(cJSON_GetObjectItem(machine, "clock"));
    if (!rc && (!price || !clock))
        rc = tg_error_set(err, TG_EINPUT, "profile '%s' has no price for '%s'", RECORDED, PRIMITIVE);
    rc = rc ? rc : tg_quantity_parse(clock, TG_DIM_FREQUENCY, &clock_hz, err);
    if (!rc) {
        *prototype =
            (struct tg_prototype){.profile = RECORDED, .cycles = price->mean_ns * 1e-9 * profile.clock_hz};
        prototype->price_ns = prototype->cycles / clock_hz * 1e9;
        const cJSON *recorded = cJSON_GetObjectItem(cJSON_GetObjectItem(json, "costs"), PRIMITIVE);
        cJSON *scaled = scaled_price(recorded, profile.clock_hz / clock_hz);
        cJSON_ReplaceItemInObject(cJSON_GetObjectItem(machine, "costs"), PRIMITIVE, scaled);
    }
    tg_profile_release(&profile);
    cJSON_Delete(json);
    return rc;
}

const struct tg_measure tg_measures_plugins[] = {
    {"plugins", "P6a", measure_p6a, NULL}, {"plugins", "P6b", measure_p6b, NULL},
    {"plugins", "P6c", measure_p6c, NULL}, {"plugins", "P7a", measure_p7a, NULL},
    {"plugins", "P7b", measure_p7b, NULL}, {"plugins", "P7c", measure_p7c, NULL},
    {"plugins", "P8a", measure_p8a, NULL}, {"plugins", "P8b", measure_p8b, NULL},
    {"plugins", "P8c", measure_p8c, NULL}, {NULL, NULL, NULL, NULL},
};
