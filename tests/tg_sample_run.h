/* A run to test reports with: four techniques at twelve rates, shaped as a queue of one server shapes them
 * (mean latency of M/M/1 up to the saturation, a full queue of 256 beyond it). Nothing in it was measured or
 * simulated. */
#ifndef TG_SAMPLE_RUN_H
#define TG_SAMPLE_RUN_H

#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "tg_run.h"
#include "tg_store.h"
#include "tg_test.h"

enum { SAMPLE_TECHNIQUES = 4, SAMPLE_RATES = 12, SAMPLE_QUEUE = 256 };

static const struct sample_technique {
    const char *name, *title;
    double service_us;
    const char *limited_by;
} sample_techniques[SAMPLE_TECHNIQUES] = {
    {"user-process", "user-space process", 7.9, "core 0: system calls and packets"},
    {"kernel-service", "kernel service", 4.9, "core 0: packets"},
    {"kernel-plugin", "kernel service + plugin", 5.0, "core 0: packets"},
    {"vm-user-process", "user-space process in a VM", 19.5, "core 0: VM exits"},
};

static const struct tg_run_price sample_prices[] = {
    {"context_switch",
     "operation",
     {1412, 1398, 1426},
     1380,
     2210,
     20000,
     "measured",
     "context_switch.csv, SHA-256 5f1d0c…",
     NAN,
     NAN,
     NULL,
     NULL},
    {"plugin_call",
     "operation",
     {18.4, 18.1, 18.7},
     18,
     31,
     20000,
     "measured",
     "plugin_call.csv, SHA-256 77aa01…",
     NAN,
     NAN,
     NULL,
     NULL},
    {"syscall",
     "operation",
     {105.3, 104.8, 105.8},
     104,
     143,
     20000,
     "measured",
     "syscall.csv, SHA-256 9be2f4…",
     NAN,
     NAN,
     NULL,
     NULL},
    {"udp_receive",
     "packet",
     {2105, 2080, 2130},
     2060,
     3900,
     20000,
     "measured",
     "udp_receive.csv, SHA-256 01c3aa…",
     NAN,
     NAN,
     NULL,
     NULL},
    {"udp_send",
     "packet",
     {2480, 2450, 2510},
     2400,
     4300,
     20000,
     "measured",
     "udp_send.csv, SHA-256 c0ffee…",
     NAN,
     NAN,
     NULL,
     NULL},
    {"vm_exit",
     "operation",
     {1905, NAN, NAN},
     NAN,
     NAN,
     0,
     "assumed",
     "<no hypervisor> here",
     1200,
     2600,
     "another host",
     NULL},
};

/* The run's own. */
static const struct tg_run_price sample_own_prices[] = {
    {"service",
     "operation",
     {500, NAN, NAN},
     500,
     500,
     0,
     "assumed",
     "a table look-up",
     100,
     2000,
     NULL,
     "server"},
};

static struct tg_run_profile sample_profile = {
    .sha256 = "5f1d0c0ffee0123456789abcdef0123456789abcdef0123456789abcdef01234",
    .name = "sample host",
    .json = "{\"schema\": 1}",
    .host_json = "{\"cpu_model\": \"Sample CPU @ 2.50GHz\", \"cores\": 2, \"kernel\": \"6.1.0\"}",
    .prices = sample_prices,
    .price_count = sizeof sample_prices / sizeof *sample_prices,
};

static inline struct tg_run_estimate sample_estimate(double value, double relative)
{
    return (struct tg_run_estimate){value, value * (1 - relative), value * (1 + relative)};
}

static inline void sample_latencies(struct tg_run_point *point, double mean_us, double relative)
{
    static const struct {
        enum tg_run_figure figure;
        double of_mean;
    } shape[] = {
        {TG_RUN_LATENCY_MEAN_PS, 1},
        {TG_RUN_LATENCY_STDDEV_PS, 1},
        {TG_RUN_LATENCY_FASTEST_DECILE_PS, 0.32},
        {TG_RUN_LATENCY_P50_PS, 0.72},
        {TG_RUN_LATENCY_P90_PS, 2.3},
        {TG_RUN_LATENCY_P95_PS, 3.0},
        {TG_RUN_LATENCY_P99_PS, 4.6},
        {TG_RUN_LATENCY_P999_PS, 6.9},
        {TG_RUN_LATENCY_P9999_PS, 9.2},
        {TG_RUN_LATENCY_MAX_PS, 12},
    };
    for (size_t i = 0; i < sizeof shape / sizeof *shape; i++)
        point->figures[shape[i].figure] = sample_estimate(mean_us * shape[i].of_mean * 1e6, relative);
}

/* The tolls of a point add up to its mean latency: the service by parts, the rest is waiting. */
static inline size_t sample_tolls(const struct sample_technique *t, double mean_us, struct tg_run_toll *tolls)
{
    const bool vm = t->service_us > 10, user = t->service_us > 6, plugin = strstr(t->name, "plugin") != NULL;
    const struct {
        const char *primitive, *place;
        double us;
    } parts[] = {
        {"vm_exit", "service", vm ? 11.4 : 0},  {"context_switch", "service", user ? 1.4 : 0},
        {"syscall", "service", user ? 0.4 : 0}, {"plugin_call", "service", plugin ? 0.1 : 0},
        {"udp_receive", "service", 2.1},        {"udp_send", "service", 2.5},
        {"wakeup", "service", user ? 1.1 : 0},  {"jitter", "wait", 0.2},
    };
    size_t n = 0;
    double sum = 0;
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        if (parts[i].us > 0)
            tolls[n++] = (struct tg_run_toll){parts[i].primitive, parts[i].place,
                                              sample_estimate(parts[i].us * 1e6, 0.01)};
        sum += parts[i].us;
    }
    tolls[n++] = (struct tg_run_toll){"core", "wait", sample_estimate((mean_us - sum) * 1e6, 0.03)};
    return n;
}

/* The first two techniques need nothing for isolation; the last two add to the plain path, which is the
 * process's latency less a saving. */
static inline void sample_toll_parts(struct tg_store *store, int64_t point, const struct sample_technique *t,
                                     double mean_us)
{
    struct tg_error err = {0};
    const bool vm = t->service_us > 10, plugin = strstr(t->name, "plugin") != NULL;
    const double isolation_us = vm ? 3.2 : plugin ? 0.1 : 0, work_us = vm ? 8.2 : plugin ? -2.9 : 0;
    const double wait_us = vm ? 0.2 * mean_us : plugin ? -0.1 * mean_us : 0;
    const double plain_us = mean_us - isolation_us - work_us - wait_us;
    struct tg_run_estimate parts[TG_RUN_PARTS] = {
        sample_estimate(plain_us * 1e6, 0.01), sample_estimate(isolation_us * 1e6, 0.01),
        sample_estimate(work_us * 1e6, 0.01), sample_estimate(wait_us * 1e6, 0.05)};
    ck_assert_tg_ok(tg_run_set_toll_parts(store, point, parts, &err), err);
}

static inline void sample_point(struct tg_store *store, int64_t curve, const struct sample_technique *t,
                                double rate)
{
    struct tg_error err = {0};
    const double capacity = 1e6 / t->service_us, load = rate / capacity;
    const double rho = load < 0.985 ? load : 0.985;
    double mean_us = t->service_us / (1 - rho);
    if (load > 1)
        mean_us = t->service_us * SAMPLE_QUEUE;
    struct tg_run_toll tolls[16];
    struct tg_run_point point = {
        .offered_per_s = rate, .status = TG_RUN_DONE, .replication_count = 5, .tolls = tolls};
    for (int i = 0; i < TG_RUN_FIGURES; i++)
        point.figures[i] = TG_RUN_NO_ESTIMATE;
    point.toll_count = sample_tolls(t, mean_us, tolls);
    sample_latencies(&point, mean_us, 0.01 + 0.2 * pow(rho, 20));
    double reply = load < 1 ? rate : capacity * (1 - 0.03 * (load - 1));
    point.figures[TG_RUN_REPLY_PER_S] = sample_estimate(reply, 0.004 + 0.008 * rho);
    point.figures[TG_RUN_LOST_RATIO] = sample_estimate(1 - reply / rate, 0.02);
    point.figures[TG_RUN_UTILIZATION_RATIO] = sample_estimate(load < 1 ? load : 1, 0.003);
    struct tg_run_share loss = {"server queue full", sample_estimate(1 - reply / rate, 0.02)};
    point.losses = point.drops = &loss;
    point.loss_count = point.drop_count = load > 1;
    int64_t id;
    ck_assert_tg_ok(tg_run_add_point(store, curve, &point, &id, &err), err);
    if (rate == 20000 * round(capacity / 40000))
        sample_toll_parts(store, id, t, mean_us);
    for (int i = 0; i < 2; i++) {
        struct tg_run_replication r = {.number = i, .seed = (uint64_t)i, .horizon_ps = TG_PS_PER_S};
        r.offered = r.sent = (int64_t)rate;
        r.replied = (int64_t)reply;
        for (int k = 0; k < TG_RUN_FIGURES; k++)
            r.figures[k] = point.figures[k].value;
        ck_assert_tg_ok(tg_run_add_replication(store, id, &r, &err), err);
    }
}

/* Stores the sample under this title and returns its id; `status` as it should end. */
static inline int64_t sample_run(struct tg_store *store, const char *title, enum tg_run_status status)
{
    struct tg_error err = {0};
    struct tg_run run = {
        .kind = "sweep",
        .title = title,
        .started_utc = "2026-01-02T03:04:05Z",
        .scenario_json =
            "{\"title\": \"sample\", \"workload\": {\"clients\": \"open loop\", \"gap\": \"exponential\"}}",
        .profile = &sample_profile,
        .prices = sample_own_prices,
        .price_count = sizeof sample_own_prices / sizeof *sample_own_prices,
        .seed = UINT64_C(0x9E3779B97F4A7C15),
        .tool_version = "0.1.0",
        .git_commit = "0123456789ab",
        .compiler = "gcc 12.2.0",
        .host_json = "{\"cpu_model\": \"Sample CPU @ 2.50GHz\", \"cores\": 2, \"mitigations\": "
                     "{\"retbleed\": \"none\"}}",
        .command_line = "tollgate sweep scenario.json",
    };
    int64_t id, curve_id;
    ck_assert_tg_ok(tg_store_begin(store, &err), err);
    ck_assert_tg_ok(tg_run_begin(store, &run, &id, &err), err);
    for (int i = 0; i < SAMPLE_TECHNIQUES; i++) {
        const struct sample_technique *t = &sample_techniques[i];
        struct tg_run_curve curve = {
            .technique = t->name,
            .title = t->title,
            .saturation_per_s = sample_estimate(0.98 * 1e6 / t->service_us, 0.012),
            .saturation_rule = "the highest reply rate at which replies are at least 98 % of offers",
            .limited_by = t->limited_by,
        };
        ck_assert_tg_ok(tg_run_add_curve(store, id, &curve, &curve_id, &err), err);
        for (int k = 1; k <= SAMPLE_RATES; k++)
            sample_point(store, curve_id, t, (double)k * 20000);
    }
    ck_assert_tg_ok(tg_run_finish(store, id, status, &err), err);
    ck_assert_tg_ok(tg_store_commit(store, &err), err);
    return id;
}

#endif
