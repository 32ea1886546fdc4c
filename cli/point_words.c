#include "point_words.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tg_json.h"

int tg_point_words_take_names(struct tg_point_words *words, const struct tg_path *path, struct tg_error *err)
{
    int failed = 0;
    for (uint32_t i = 0; i < path->cost_count; i++)
        failed |= tg_strings_add(&words->costs, path->costs[i]);
    for (unsigned i = 0; i < path->wait_count; i++)
        failed |= tg_strings_add(&words->waits, tg_path_wait_name(path, i));
    for (unsigned i = 0; i < path->loss_count; i++)
        failed |= tg_strings_add(&words->losses, tg_path_loss_name(path, i));
    return failed ? tg_error_set(err, TG_ENOMEM, "out of memory") : TG_OK;
}

void tg_point_words_release(struct tg_point_words *words)
{
    tg_strings_release(&words->costs);
    tg_strings_release(&words->waits);
    tg_strings_release(&words->losses);
}

/* Text. */

static char *format_share(double value, char *buf, size_t size)
{
    snprintf(buf, size, "%.3g %%", 100 * value);
    return buf;
}

static char *format_ps(double value, char *buf, size_t size)
{
    return tg_time_format(value * 1e-12, buf, size);
}

static char *format_bytes(double value, char *buf, size_t size)
{
    snprintf(buf, size, "%.4g MB", value / 1e6);
    return buf;
}

static char *format_number(double value, char *buf, size_t size)
{
    snprintf(buf, size, "%.5g", value);
    return buf;
}

typedef char *format_fn(double value, char *buf, size_t size);

static format_fn *const formats[] = {
    [TG_METRIC_RATE] = tg_rate_format, [TG_METRIC_SHARE] = format_share,   [TG_METRIC_TIME] = format_ps,
    [TG_METRIC_BYTES] = format_bytes,  [TG_METRIC_NUMBER] = format_number,
};

static void print_row(const char *name, struct tg_estimate e, format_fn *format, const char *note)
{
    char mean[32], low[32], high[32], interval[80] = "";
    if (isnan(e.mean)) {
        printf("  %-28s -\n", name);
        return;
    }
    if (isfinite(e.low))
        snprintf(interval, sizeof interval, "(%s to %s)", format(e.low, low, sizeof low),
                 format(e.high, high, sizeof high));
    printf("  %-28s %-10s %s%s%s\n", name, format(e.mean, mean, sizeof mean), interval, *note ? "  " : "",
           note);
}

static const char *const labels[TG_METRIC_COUNT] = {
    [TG_METRIC_REPLY_PER_S] = "reply rate",
    [TG_METRIC_REPLY_STDDEV_PER_S] = "spread of reply rate",
    [TG_METRIC_LOST_RATIO] = "lost",
    [TG_METRIC_UTILIZATION] = "utilization",
    [TG_METRIC_MEAN_PS] = "latency mean",
    [TG_METRIC_STDDEV_PS] = "standard deviation",
    [TG_METRIC_FASTEST_DECILE_PS] = "fastest 10 %",
    [TG_METRIC_P50_PS] = "p50",
    [TG_METRIC_P90_PS] = "p90",
    [TG_METRIC_P95_PS] = "p95",
    [TG_METRIC_P99_PS] = "p99",
    [TG_METRIC_P999_PS] = "p99.9",
    [TG_METRIC_P9999_PS] = "p99.99",
    [TG_METRIC_MAX_PS] = "largest",
    [TG_METRIC_CLIENT_UTILIZATION] = "client CPU",
    [TG_METRIC_DRIVER_UTILIZATION] = "driver domain CPU",
    [TG_METRIC_MEMORY_PEAK_BYTES] = "memory, peak",
    [TG_METRIC_CRASHED] = "servers that died",
    [TG_METRIC_DESCRIPTORS_PEAK] = "descriptors in use, peak",
    [TG_METRIC_PORTS_PEAK] = "ports in use, peak",
    [TG_METRIC_RESPONSE_PS] = "response time mean",
    [TG_METRIC_REPLY_SAMPLED_PER_S] = "reply rate, sampled",
};

static bool is_zero(struct tg_estimate e)
{
    return e.mean == 0 || isnan(e.mean); /* all replications', since none is negative */
}

/* The figures that every server has; the others are printed where there are any. */
static bool is_always_printed(int metric)
{
    return metric <= TG_METRIC_MAX_PS;
}

static void print_shares(const char *title, const struct tg_strings *names, const struct tg_estimate *ratios)
{
    bool titled = false;
    for (size_t i = 0; i < names->count; i++) {
        if (!(ratios[i].mean > 0))
            continue;
        if (!titled)
            printf("%s:\n", title);
        titled = true;
        print_row(names->items[i], ratios[i], format_share, "");
    }
}

static bool is_isolation(const struct tg_technique *t, const char *cost)
{
    for (size_t i = 0; i < t->isolation.count; i++) {
        if (strcmp(t->isolation.items[i], cost) == 0)
            return true;
    }
    return false;
}

static void print_parts(const struct tg_point_words *w)
{
    printf("of it, beside the plain path of the same server:\n");
    print_row("plain path, whole", w->toll.plain_ps, format_ps, "");
    print_row("+ isolation", w->toll.isolation_ps, format_ps, "");
    print_row("+ other work", w->toll.work_ps, format_ps, "");
    print_row("+ waiting", w->toll.wait_ps, format_ps, "");
    print_row("= latency mean", w->point.metrics[TG_METRIC_MEAN_PS], format_ps, "");
}

static void print_toll(const struct tg_point_words *w)
{
    const struct tg_sweep_point *p = &w->point;
    printf("toll of a request:\n");
    for (size_t i = 0; i < w->costs.count; i++) {
        const char *cost = w->costs.items[i];
        if (!is_zero(p->paid_ps[i]))
            print_row(cost, p->paid_ps[i], format_ps, is_isolation(w->technique, cost) ? "isolation" : "");
    }
    for (size_t i = 0; i < w->waits.count; i++) {
        char name[96];
        snprintf(name, sizeof name, "wait: %s", w->waits.items[i]);
        if (!is_zero(p->waited_ps[i]))
            print_row(name, p->waited_ps[i], format_ps, "");
    }
    if (w->has_toll)
        print_parts(w);
}

void tg_point_words_print(const struct tg_point_words *w, bool with_toll)
{
    const struct tg_sweep_point *p = &w->point;
    char rate[32];
    printf("%s at %s %s, %zu replications (95 %% intervals)\n", w->technique->title,
           tg_rate_format(p->offered_per_s, rate, sizeof rate), w->closed ? "nominal" : "offered",
           p->replications);
    for (int i = 0; i < TG_METRIC_COUNT; i++) {
        if (is_always_printed(i) || !is_zero(p->metrics[i]))
            print_row(labels[i], p->metrics[i], formats[tg_metric_kind((enum tg_metric)i)], "");
    }
    print_shares("requests lost, of those offered", &w->losses, p->lost_ratio);
    print_shares("packets dropped, for each request offered", &w->losses, p->dropped_ratio);
    if (with_toll)
        print_toll(w);
}

/* JSON. */

static void add_estimate(cJSON *object, const char *name, struct tg_estimate e, double scale)
{
    cJSON *json = cJSON_AddObjectToObject(object, name);
    tg_json_add_number(json, "mean", e.mean * scale);
    tg_json_add_number(json, "low", e.low * scale);
    tg_json_add_number(json, "high", e.high * scale);
}

static void add_shares(cJSON *parent, const char *key, const struct tg_strings *names,
                       const struct tg_estimate *ratios)
{
    cJSON *object = cJSON_AddObjectToObject(parent, key);
    for (size_t i = 0; i < names->count; i++) {
        if (ratios[i].mean > 0)
            add_estimate(object, names->items[i], ratios[i], 1);
    }
}

static void add_parts(cJSON *json, const struct tg_sweep_toll *toll)
{
    cJSON *parts = cJSON_AddObjectToObject(json, "toll_parts_s");
    add_estimate(parts, "plain", toll->plain_ps, 1e-12);
    add_estimate(parts, "isolation", toll->isolation_ps, 1e-12);
    add_estimate(parts, "other_work", toll->work_ps, 1e-12);
    add_estimate(parts, "waiting", toll->wait_ps, 1e-12);
}

int tg_point_words_print_json(const struct tg_point_words *w, struct tg_error *err)
{
    const struct tg_sweep_point *p = &w->point;
    cJSON *json = cJSON_CreateObject();
    cJSON_AddNumberToObject(json, "schema", 1);
    cJSON_AddStringToObject(json, "technique", w->technique->name);
    cJSON_AddNumberToObject(json, "offered_per_s", p->offered_per_s);
    cJSON_AddNumberToObject(json, "replications", (double)p->replications);
    for (int i = 0; i < TG_METRIC_COUNT; i++) {
        bool is_time = tg_metric_kind((enum tg_metric)i) == TG_METRIC_TIME;
        add_estimate(json, tg_metric_names[i], p->metrics[i], is_time ? 1e-12 : 1);
    }
    add_shares(json, "lost_by_cause_ratio", &w->losses, p->lost_ratio);
    add_shares(json, "dropped_by_place_ratio", &w->losses, p->dropped_ratio);
    cJSON *paid = cJSON_AddObjectToObject(json, "toll_paid_s");
    for (size_t i = 0; i < w->costs.count; i++)
        add_estimate(paid, w->costs.items[i], p->paid_ps[i], 1e-12);
    cJSON *waited = cJSON_AddObjectToObject(json, "toll_waited_s");
    for (size_t i = 0; i < w->waits.count; i++)
        add_estimate(waited, w->waits.items[i], p->waited_ps[i], 1e-12);
    if (w->has_toll)
        add_parts(json, &w->toll);
    char *text = tg_json_print(json);
    cJSON_Delete(json);
    if (!text)
        return tg_error_set(err, TG_ENOMEM, "out of memory");
    puts(text);
    free(text);
    return TG_OK;
}
